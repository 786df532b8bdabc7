"""First steps: a default for every reason and language, the school's own words before it, and who may word them."""

from collections.abc import Callable

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from liwa.accounts.models import Account, Duty, Grant
from liwa.accounts.scope import Scope
from liwa.care.errors import Refused
from liwa.care.models import FirstStep
from liwa.care.steps import DEFAULTS, LONGEST, NO_REASON, defaults, first_step, restore, reword, steps
from liwa.core.clock import now
from liwa.insight.reasons import TEMPLATES

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.fixture
def scoped(transactional_db: None) -> Callable[..., Scope]:
    """The scope of a new account with these duties."""

    def make(*duties: str) -> Scope:
        account = Account.objects.create(username="-".join(duties) or "nobody")
        for duty in duties:
            Grant.objects.create(account=account, duty=duty)
        return Scope(account, now().date())

    return make


def test_every_reason_has_a_first_step_and_nothing_else_has() -> None:
    assert set(DEFAULTS) == {*TEMPLATES, NO_REASON}


@pytest.mark.parametrize("language", LANGUAGES)
def test_defaults_are_said_in_every_language(language: str) -> None:
    said = defaults(language)
    assert said.keys() == DEFAULTS.keys()
    chinese = {key for key, text in said.items() if any("\u4e00" <= letter <= "\u9fff" for letter in text)}
    assert chinese == (set(DEFAULTS) if language == "zh-hans" else set())
    assert all(0 < len(text) <= LONGEST for text in said.values())


@given(st.lists(st.sampled_from([*TEMPLATES, "of-tomorrow"]), max_size=3), st.sampled_from(LANGUAGES))
def test_the_strongest_known_reason_decides(keys: list[str], language: str) -> None:
    known = defaults(language)
    expected = next((key for key in keys if key in TEMPLATES), NO_REASON)
    assert first_step([{"key": key} for key in keys], language, known) == known[expected]


def test_the_schools_words_come_before_the_default_in_their_language(scoped) -> None:
    reword(scoped(Duty.LEADERSHIP), "inactive", {"en": "  Ring  the student\nfrom room 12. "})
    reasons = [{"key": "inactive", "days": 9}, {"key": "late_assignments", "count": 2}]
    assert first_step(reasons, "en") == "Ring the student from room 12."
    assert first_step(reasons, "zh-hans") == defaults("zh-hans")["inactive"]
    assert steps("en")["late_assignments"] == defaults("en")["late_assignments"]


@pytest.mark.parametrize("text", ["", "  ", DEFAULTS["inactive"]])
def test_no_words_and_the_defaults_words_bring_the_default_back(scoped, text: str) -> None:
    scope = scoped(Duty.DATA_OFFICE)
    reword(scope, "inactive", {"en": "Ours.", "zh-hans": "我们的。"})
    reword(scope, "inactive", {"en": text})
    assert steps("en") == defaults("en")
    assert steps("zh-hans")["inactive"] == "我们的。"
    assert FirstStep.objects.count() == 1


def test_restoring_takes_one_reason_back_in_every_language(scoped) -> None:
    scope = scoped(Duty.DATA_OFFICE)
    for reason in ("inactive", "low_marks"):
        reword(scope, reason, dict.fromkeys(LANGUAGES, "Ours."))
    restore(scope, "inactive")
    for language in LANGUAGES:
        assert steps(language)["inactive"] == defaults(language)["inactive"]
        assert steps(language)["low_marks"] == "Ours."


def test_wording_twice_keeps_the_last(scoped) -> None:
    scope = scoped(Duty.DATA_OFFICE)
    for text in ("First.", "Second."):
        reword(scope, "inactive", {"en": text})
    assert steps("en")["inactive"] == "Second."


@pytest.mark.parametrize("duties", [(), (Duty.REGISTRAR,), (Duty.RESEARCHER,)])
def test_others_may_not(scoped, duties: tuple[str, ...]) -> None:
    scope = scoped(*duties)
    with pytest.raises(Refused):
        reword(scope, "inactive", {"en": "Mine."})
    with pytest.raises(Refused):
        restore(scope, "inactive")
    assert not FirstStep.objects.exists()


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("spell", {"en": "x"}),
        ("inactive", {"tlh": "x"}),
        ("inactive", {"en": "x" * (LONGEST + 1)}),
        ("inactive", {"en": "fine", "zh-hans": "长" * (LONGEST + 1)}),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(scoped, reason: str, texts: dict[str, str]) -> None:
    with pytest.raises(Refused):
        reword(scoped(Duty.LEADERSHIP), reason, texts)
    assert not FirstStep.objects.exists()


def test_words_of_a_reason_that_is_gone_are_not_said(scoped) -> None:
    scoped()
    FirstStep.objects.create(reason="of-yesterday", language="en", text="Old.")
    assert steps("en") == defaults("en")
