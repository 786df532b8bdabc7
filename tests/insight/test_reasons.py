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
from liwa.insight.features import Column, features
from liwa.insight.reasons import KEYS, MOST, SAYERS, TEMPLATES, chosen, english, group_of
from liwa.insight.risk import rules

COLUMNS = [column for _, one in features.items() for column in one.columns]
NAMES = [column.name for column in COLUMNS if column.kind == "number"]
# What a student brings along or what the course is like: nobody can act on it.
GIVEN = {"protected", "education", "earlier", "registration", "course"}
GIVEN_NAMES = (
    "sex age_band disability deprivation region education earlier_attempts earlier_ended earlier_completed "
    "earlier_share earlier_last earlier_score earlier_handed_in earlier_rank earlier_late banked_count "
    "registered_days registered_rank left_share"
).split()
# What a sentence may count in beside its own kind's columns: how far the class is, and whether there was anything.
CONTEXT = {"week_now", "days_since_active", "handed_in"}
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


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_every_column_is_of_a_kind_with_words_or_of_one_nobody_can_act_on(column: Column) -> None:
    assert (column.group in SAYERS) != (column.group in GIVEN)
    assert column.name not in GIVEN_NAMES or column.group in GIVEN


def test_the_columns_nobody_can_act_on_are_those_there_are() -> None:
    assert set(GIVEN_NAMES) <= {column.name for column in COLUMNS}
    protected = features["protected"].columns
    assert {column.group for column in protected} == {"protected"}


@given(st.dictionaries(st.sampled_from(sorted(GIVEN)), st.floats(0, 5)), st.data())
def test_what_nobody_can_act_on_is_never_a_reason(strength: dict[str, float], data: st.DataObject) -> None:
    values = data.draw(st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)))
    assert chosen(strength, values) == []


class Read(dict[str, float]):
    """Values that remember which of them were asked for."""

    def __init__(self, values: dict[str, float]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> float:
        self.names.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("group", list(SAYERS))
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, numbers)))
def test_a_sentence_reads_only_what_can_be_acted_on(group: str, values: dict[str, float]) -> None:
    read = Read(values)
    found = SAYERS[group](read)
    own = {column.name for column in COLUMNS if column.group == group}
    assert read.names <= own | CONTEXT
    assert not read.names & set(GIVEN_NAMES)
    assert found is None or found["key"] in KEYS[group]


def test_every_kind_and_every_sentence_is_known() -> None:
    assert set(KEYS) == set(SAYERS) == {column.group for column in COLUMNS} - GIVEN
    assert sorted(key for keys in KEYS.values() for key in keys) == sorted(TEMPLATES)
    assert set(rules.RULES) <= set(SAYERS)
    assert {group_of(key) for key in TEMPLATES} == set(KEYS)
    assert group_of("of tomorrow") == "of tomorrow"


@pytest.mark.parametrize(
    ("mean", "whole"), [(0.285, 29), (0.2849, 28), (0.145, 15), (0.0049, 0), (0.005, 1), (0.415, 42)]
)
def test_halves_go_up_whatever_the_product_comes_to(mean: float, whole: int) -> None:
    (found,) = chosen({"marks": 1.0}, {"score_mean": mean})
    assert found["mean"] == whole


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
