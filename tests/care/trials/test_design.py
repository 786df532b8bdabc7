"""Draws that can be checked afterwards, and how many students a trial needs."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.care.trials import design
from liwa.care.trials.terms import Terms
from liwa.core.errors import LiwaError

SEED = "0f" * 32


def test_a_draw_depends_on_seed_and_student_alone() -> None:
    assert design.draw(SEED, "st1") == design.draw(SEED, "st1")
    assert design.draw(SEED, "st1") != design.draw(SEED, "st2")
    assert design.draw(SEED, "st1") != design.draw("f0" * 32, "st1")
    # HMAC-SHA256, so anyone can draw again with other tools.
    assert design.code("00" * 32, "").startswith("b613679a0814d9ec")


def test_draws_are_uniform_and_shares_are_kept() -> None:
    draws = np.array([design.draw(SEED, f"student-{number}") for number in range(20_000)])
    counts, _edges = np.histogram(draws, 20, (0, 1))
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi-squared with 19 degrees of freedom, 1 in 1,000
    offered = sum(design.is_offered(SEED, f"student-{number}", 0.3) for number in range(20_000))
    assert abs(offered / 20_000 - 0.3) < 0.011


@given(st.sets(st.text(min_size=1, max_size=8), min_size=2, max_size=40), st.integers(2, 7))
def test_classes_are_spread_evenly_over_steps(classes: set[str], steps: int) -> None:
    found = design.steps_of_classes(SEED, classes, steps)
    assert found.keys() == classes
    counts = Counter(found.values())
    assert set(counts) <= set(range(1, steps + 1))
    assert max(counts.values()) - min(counts[step] for step in range(1, steps + 1)) <= 1


def test_students_of_a_roll_out_by_week_begin_evenly() -> None:
    counts = Counter(design.step_of_student(SEED, f"student-{number}", 4) for number in range(8_000))
    assert set(counts) == {1, 2, 3, 4}
    assert max(counts.values()) - min(counts.values()) < 250


def test_the_commitment_covers_seed_and_terms() -> None:
    terms = Terms("encouragement", "success", students=100).as_dict()
    hashed = design.commitment(SEED, terms)
    assert hashed == design.commitment(SEED, dict(reversed(terms.items())))
    assert hashed != design.commitment("1" * 64, terms)
    assert all(hashed != design.commitment(SEED, {**terms, name: "other"}) for name in terms)
    assert len({design.new_seed() for _ in range(50)}) == 50


def test_terms_survive_json_that_loses_the_kind_of_numbers() -> None:
    terms = Terms("weeks", "stayed", students=100, horizon=28, threshold=0.0, ceiling=1.0)
    assert Terms.of({**terms.as_dict(), "threshold": 0, "ceiling": 1}).as_dict() == terms.as_dict()


def test_the_smallest_effect_is_the_textbooks() -> None:
    # Two proportions around 0.5, 400 students, half of them offered: 2.8 standard errors of 0.05.
    found = design.plan_students(400, 0.5, 0.5, explained=0.0)
    assert found.se == pytest.approx(0.05)
    assert found.effect == pytest.approx(0.05 * (1.959964 + 0.841621), rel=1e-5)
    assert found.always > found.effect
    assert design.plan_students(400, 0.2, 0.5).effect > design.plan_students(400, 0.5, 0.5).effect


@pytest.mark.parametrize("always", [True, False])
def test_the_students_needed_find_the_effect_and_one_fewer_do_not(always: bool) -> None:
    n = design.students_needed(0.08, 0.4, 0.6, always=always)
    enough, fewer = (design.plan_students(count, 0.4, 0.6) for count in (n, n - 1))
    assert (enough.always if always else enough.effect) <= 0.08 < (fewer.always if always else fewer.effect)


def test_a_stepped_plan_is_hussey_and_hughes() -> None:
    """The formula, beside the variance of generalised least squares reckoned from the whole covariance matrix."""
    classes, each, steps, base, icc = 12, 5.0, 4, 0.4, 0.08
    found = design.plan_classes(classes, each, steps, base, icc, explained=0.0)
    periods = steps + 1
    total = base * (1 - base)
    block = np.full((periods, periods), total * icc) + np.eye(periods) * total * (1 - icc) / each
    inverse = np.linalg.inv(block)
    information = np.zeros((periods + 1, periods + 1))
    for klass in range(classes):
        offered = (np.arange(periods) >= 1 + klass % steps).astype(float)
        columns = np.column_stack([offered, np.eye(periods)])
        information += columns.T @ inverse @ columns
    assert found.se == pytest.approx(np.sqrt(np.linalg.inv(information)[0, 0]), rel=1e-9)
    assert design.plan_classes(classes, each, steps, base, 0.0).se < found.se * 1.2


def test_whole_classes_cost_students() -> None:
    assert design.design_effect(1) == 1
    assert design.design_effect(31, 0.05) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"design": "coin"}, "encouragement"),
        ({"outcome": "happiness"}, "success"),
        ({"students": 0}, "students"),
        ({"share": 0.95}, "share"),
        ({"steps": 1}, "steps"),
        ({"outcome": "stayed"}, "days"),
        ({"horizon": 28}, "leave out"),
        ({"threshold": 0.5, "ceiling": 0.5}, "above"),
        ({"base": 1.0}, "0.99"),
        ({"alpha": 0.5}, "alpha"),
    ],
)
def test_terms_that_make_no_sense_are_refused(changed: dict[str, object], word: str) -> None:
    terms = {"design": "encouragement", "outcome": "success", "students": 100, **changed}
    with pytest.raises(LiwaError) as caught:
        Terms(**terms).check()  # type: ignore[arg-type]
    assert word in str(caught.value)
