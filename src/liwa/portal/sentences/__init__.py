"""What other parts of Liwa say in English, in the reader's language.

Why rows are refused and what loads say is kept in the database as it was said, in English, the same for whoever
reads it. Here such a sentence is recognised by its template and said again in the language of the page; one that no
template fits, of an older version perhaps, is shown as it is. Each module of this folder has `SENTENCES`; a test
reads the code for sentences that none of them fits.

Of a template's values these are sentences themselves: `reason` (a field may stand before it), `thing`, and `list`,
which has several, each after a semicolon. All others are shown as they are.
"""

import re
from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

from django.utils.translation import gettext

PLACE = re.compile(r"%\((\w+)\)s")
SENTENCES_IN_IT = frozenset({"reason", "thing"})


def translated(sentence: str) -> str:
    """The sentence in the language of the page; as it is where it is not known."""
    found = _recognised(sentence)
    if found is None:
        return sentence
    template, values = found
    if not values:
        return gettext(template)
    return gettext(template) % {name: _value(name, value) for name, value in values}


def _value(name: str, value: str) -> str:
    if name == "list":
        return gettext("; ").join(map(translated, value.split("; ")))
    if name not in SENTENCES_IN_IT:
        return value
    field, _, rest = value.partition(" ")
    if _recognised(value) is None and _recognised(rest):
        return f"{field} {translated(rest)}"
    return translated(value)


@lru_cache(2000)
def _recognised(sentence: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """The template that the sentence was made from, and its values; of several, the one that says most."""
    known, patterns = _templates()
    if sentence in known:
        return sentence, ()
    for template, pattern in patterns:
        match = pattern.fullmatch(sentence)
        if match:
            return template, tuple(match.groupdict().items())
    return None


@cache
def _templates() -> tuple[frozenset[str], list[tuple[str, re.Pattern[str]]]]:
    """Sentences without values, and the pattern of each that has some, those with the most words of their own first."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    every: set[str] = {sentence for module in modules for sentence in module.SENTENCES}
    varied = sorted(
        (one for one in every if PLACE.search(one)), key=lambda one: (-len(PLACE.sub("", one)), one)
    )
    return frozenset(every.difference(varied)), [(one, _pattern(one)) for one in varied]


def _pattern(template: str) -> re.Pattern[str]:
    """What the template can be. A value at its very start is the name of a file, and ends before a colon.

    For `sis.zip: users.csv is empty` is what is said of sis.zip, not of a file called `sis.zip: users.csv`.
    """
    pieces = PLACE.split(template)  # text, name, text, name … text
    written = [f"(?P<{piece}>.*?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)]
    if not pieces[0]:
        written[1] = f"(?P<{pieces[1]}>(?:(?!: ).)*?)"
    return re.compile("".join(written), re.DOTALL)
