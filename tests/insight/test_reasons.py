"""Reasons: at most three, only what raises the risk, only what someone can act on, in words one can translate."""

from io import BytesIO
from math import nan
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from hypothesis import given
from hypothesis import strategies as st

from liwa.core.errors import LiwaError
from liwa.insight import reasons
from liwa.insight.reasons import MOST, SAYERS, TEMPLATES, chosen, english

NAMES = (
    "missing_count handed_in days_since_hand_in late_count score_mean score_last score_change score_class score_count "
    "days_since_active active_ratio_7 active_days_28 active_trend campus_days_since other_classes withdrawn_elsewhere "
    "week_now"
).split()
numbers = st.one_of(st.just(nan), st.integers(0, 999).map(float), st.floats(-5, 5))


def test_the_sentence_of_the_brief() -> None:
    values = {"missing_count": 2.0, "handed_in": 1.0, "days_since_hand_in": 16.3}
    found = chosen({"missing": 0.8}, values)
    assert found == [{"key": "missing_assignments", "count": 2, "days": 16}]
    assert english(found[0]) == "2 assignments missing, none handed in for 16 days"
    assert english({**found[0], "count": 1}) == "1 assignment missing, nothing handed in for 16 days"


def test_the_strongest_come_first_and_what_lowers_the_risk_is_silent() -> None:
    values = {
        "missing_count": 1.0,
        "late_count": 2.0,
        "score_mean": 0.2,
        "days_since_active": 9.0,
        "handed_in": 3.0,
    }
    strength = {"late": 0.2, "missing": 0.9, "marks": -0.4, "activity": 0.5}
    assert [reason["key"] for reason in chosen(strength, values)] == [
        "missing_some",
        "inactive",
        "late_assignments",
    ]


def test_at_most_three() -> None:
    values = {"missing_count": 1.0, "late_count": 2.0, "score_mean": 0.2, "days_since_active": 9.0}
    values |= {"other_classes": 4.0, "campus_days_since": 20.0}
    assert len(chosen(dict.fromkeys(SAYERS, 1.0), values)) == MOST


def test_what_nobody_can_act_on_is_never_a_reason() -> None:
    values = {"education": 0.0, "earlier_ended": 3.0, "course_failed": 0.9, "registered_days": -20.0}
    groups = ("earlier", "education", "course", "registration", "protected")
    assert chosen(dict.fromkeys(groups, 3.0), values) == []


def test_nothing_unknown_is_said() -> None:
    assert chosen(dict.fromkeys(SAYERS, 1.0), dict.fromkeys(NAMES, nan)) == []


@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)),
    st.dictionaries(st.sampled_from(list(SAYERS)), numbers),
)
def test_every_reason_has_words_and_whole_numbers(
    values: dict[str, float], strength: dict[str, float]
) -> None:
    found = chosen(strength, values)
    assert len(found) <= MOST
    for reason in found:
        assert "%(" not in english(reason)
        assert all(isinstance(value, int) for name, value in reason.items() if name != "key")


@pytest.mark.parametrize("key", list(TEMPLATES))
def test_both_forms_need_the_same_numbers(key: str) -> None:
    template = TEMPLATES[key]

    class Asked(dict[str, Any]):
        def __missing__(self, name: str) -> int:
            self[name] = 1
            return 1

    one, many = Asked(), Asked()
    assert template.singular % one
    assert template.plural % many
    assert one.keys() == many.keys()
    assert template.number in one


def test_tools_find_every_template() -> None:
    source = Path(reasons.__file__).read_bytes()
    found = {words for _, words, _, _ in extract("python", BytesIO(source)) if isinstance(words, tuple)}
    pairs = {(singular, plural) for singular, plural, *_ in found}
    assert pairs == {(template.singular, template.plural) for template in TEMPLATES.values()}


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(LiwaError, match="no reason called 'spell'"):
        english({"key": "spell"})
