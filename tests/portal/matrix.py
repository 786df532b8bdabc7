"""Who may open which page for which object, worked out from the registry of pages.

A page with a new noun in its route needs one line in `MAY_SEE`.
"""

import re
from itertools import product

from liwa.portal.pages import HELPER, PUBLIC, Page, pages
from tests.portal.campus import ACCOUNTS, CARD
from tests.portal.campus_cases import IN_CASE
from tests.portal.campus_trials import TRIAL

Seen = dict[str, set[str]]

STUDENTS: Seen = {
    "adviser": {"st1", "st2", "st3"},
    "other-adviser": {"st4", "st5"},
    "teacher": {"st1", "st2", "st3"},
    "other-teacher": {"st1", "st4", "st5"},
}
CLASSES: Seen = {"teacher": {"k0", "k1"}, "other-teacher": {"k2"}}
FEEDS: Seen = {"data-office": {"sis", "lms"}}
CASES: Seen = {name: {str(case) for case, people in IN_CASE.items() if name in people} for name in ACCOUNTS}
CARDS: Seen = {name: {CARD} for name in ACCOUNTS}

# Noun in a route -> (everything there is, who may see which of it).
MAY_SEE: dict[str, tuple[set[str], Seen]] = {
    "student": ({"st1", "st2", "st3", "st4", "st5", "no-such-student"}, STUDENTS),
    "klass": ({"k0", "k1", "k2", "no-such-class"}, CLASSES),
    "feed": ({"sis", "lms", "no-such-feed"}, FEEDS),
    "load": ({"0", "1", "2"}, {"data-office": {"1", "2"}}),
    "case": ({"0", *(str(case) for case in IN_CASE)}, CASES),
    "card": ({CARD, "no-such-card"}, CARDS),
    "trial": ({"0", str(TRIAL)}, {name: {str(TRIAL)} for name in ("leader", "data-office")}),
}

PAGES = [one for _, one in pages.items() if one.roles != PUBLIC]


def nouns(one: Page) -> list[str]:
    """The objects a page's route names."""
    return re.findall(r"<\w+:(\w+)>", one.route)


def roles(account: str) -> frozenset[str]:
    """What the account is to pages; whoever is in a case has the pages for that, too."""
    helps = {HELPER} if CASES[account] else set()
    return frozenset({ACCOUNTS[account], *helps} - {""})


def expected(one: Page, account: str, objects: dict[str, str]) -> bool:
    """Whether the account may open the page for these objects."""
    if not one.is_open_to(roles(account)):
        return False
    return all(key in MAY_SEE[noun][1].get(account, set()) for noun, key in objects.items())


def combinations(one: Page) -> list[dict[str, str]]:
    """Every choice of objects for the page's route."""
    names = nouns(one)
    return [dict(zip(names, keys, strict=True)) for keys in product(*(sorted(MAY_SEE[n][0]) for n in names))]


def someone(one: Page) -> tuple[str, dict[str, str]]:
    """An account that may open the page, and objects it may open it for."""
    return next(
        (account, objects)
        for account in ACCOUNTS
        for objects in combinations(one)
        if expected(one, account, objects)
    )
