"""The solver against every possible assignment of small cases, and against a proof for large ones."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.care.assign import assign, upper_bound

STUDENTS, ADVISERS = "abcde", "xyz"

Problem = tuple[dict[str, float], dict[str, int], dict[str, set[str]], dict[str, int]]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    students = STUDENTS[: draw(st.integers(0, len(STUDENTS)))]
    advisers = ADVISERS[: draw(st.integers(0, len(ADVISERS)))]
    need = {one: draw(st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.9])) for one in students}
    capacity = {one: draw(st.integers(-1, 3)) for one in advisers}
    load = {one: draw(st.integers(0, 4)) for one in advisers}
    eligible = {one: draw(st.sets(st.sampled_from(advisers))) if advisers else set() for one in students}
    return need, capacity, eligible, load


def every_assignment(problem: Problem) -> list[dict[str, str]]:
    need, capacity, eligible, _load = problem
    choices = [[None, *sorted(eligible[one])] for one in need]
    found = []
    for chosen in product(*choices):
        taken = [one for one in chosen if one is not None]
        if all(taken.count(adviser) <= max(0, capacity[adviser]) for adviser in capacity):
            found.append({one: to for one, to in zip(need, chosen, strict=True) if to is not None})
    return found


def imbalance(problem: Problem, answer: dict[str, str]) -> float:
    _need, capacity, _eligible, load = problem
    cost = 0.0
    for adviser, places in capacity.items():
        students = load[adviser] + list(answer.values()).count(adviser)
        cost += students**2 / max(1, max(0, places) + load[adviser])
    return cost


@given(problems())
def test_no_other_assignment_is_better(problem: Problem) -> None:
    need, capacity, eligible, load = problem
    answer = assign(need, capacity, eligible, load)
    possible = every_assignment(problem)
    assert answer in possible
    total = sum(need[one] for one in answer)
    assert total == pytest.approx(max(sum(need[one] for one in other) for other in possible))
    assert len(answer) == max(len(other) for other in possible), (
        "who has no need is served, too, where there is room"
    )
    same = [other for other in possible if set(other) == set(answer)]
    assert imbalance(problem, answer) == pytest.approx(min(imbalance(problem, other) for other in same))
    assert upper_bound(need, capacity, eligible, answer) == pytest.approx(total)


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_students_are_given_means_nothing(problem: Problem, random) -> None:  # type: ignore[no-untyped-def]
    need, capacity, eligible, load = problem
    shuffled = list(need)
    random.shuffle(shuffled)
    again = assign({one: need[one] for one in shuffled}, dict(reversed(capacity.items())), eligible, load)
    assert again == assign(need, capacity, eligible, load)


@given(problems())
def test_the_bound_holds_for_any_answer(problem: Problem) -> None:
    need, capacity, eligible, _load = problem
    best = max(sum(need[one] for one in other) for other in every_assignment(problem))
    assert upper_bound(need, capacity, eligible, {}) >= best - 1e-9


def test_somebody_is_moved_where_that_makes_room() -> None:
    need = {"a": 0.9, "b": 0.8}
    answer = assign(need, {"x": 1, "y": 1}, {"a": {"x", "y"}, "b": {"x"}})
    assert answer == {"a": "y", "b": "x"}


def test_load_is_balanced_by_what_each_can_take_and_has_already() -> None:
    need = {f"s{number:02}": 0.5 for number in range(12)}
    everyone = {student: {"x", "y"} for student in need}
    shares = list(assign(need, {"x": 20, "y": 10}, everyone).values())
    assert (shares.count("x"), shares.count("y")) == (8, 4)
    shares = list(assign(need, {"x": 15, "y": 15}, everyone, {"x": 6, "y": 0}).values())
    assert shares.count("y") > shares.count("x")


def test_an_unknown_adviser_gets_nobody_and_nobody_over_capacity() -> None:
    assert assign({"a": 1.0}, {"x": 0}, {"a": {"x", "gone"}}) == {}
