"""Who is put into a trial, and who is held back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liwa.care.trials import actions, allowed, design, withheld
from liwa.care.trials.models import Assignment, Trial
from liwa.care.trials.terms import Terms
from liwa.digest.models import StudentDigest
from liwa.records.models import Enrollment, Klass
from tests.care.trials.school import CLASSES, ENDS, MONDAY, WEEK, begun, build

pytestmark = pytest.mark.django_db


def test_without_a_trial_everyone_is_allowed() -> None:
    names = build(5)
    actions.create("later", Terms("encouragement", "success", students=100))
    assert all(allowed(name, MONDAY) for name in names)
    assert not Assignment.objects.exists()


def test_about_the_share_is_offered_and_it_is_the_draws() -> None:
    names = build(400)
    trial = begun(share=0.3)
    held = withheld(names, MONDAY)
    assert abs(len(held) / 400 - 0.7) < 0.09
    assert held == {name for name in names if not design.is_offered(trial.seed, name, 0.3)}
    assert trial.assignments.count() == 400
    assert {one.student_id for one in trial.assignments.filter(offered=False)} == held


def test_asking_one_by_one_or_again_changes_nothing() -> None:
    names = build(60)
    trial = begun()
    one_by_one = {name for name in names if not allowed(name, MONDAY)}
    links = list(trial.assignments.order_by("number").values_list("link", flat=True))
    assert withheld(reversed(names), MONDAY) == one_by_one
    assert withheld(names, MONDAY + 3 * WEEK) == one_by_one
    assert list(trial.assignments.order_by("number").values_list("link", flat=True)) == links
    assert actions.verify(trial) == []


def test_chance_decides_about_those_whom_capacity_cannot_all_serve() -> None:
    names = build(200)
    trial = begun()
    held = withheld(names, MONDAY, places=20)
    rows = trial.assignments.order_by("number").values_list("student", "offered")
    assert [student for student, _offered in rows] == names[: len(rows)]  # from the greatest need down
    assert sum(offered for _student, offered in rows) == 20 and rows[len(rows) - 1][1]
    assert held == {student for student, offered in rows if not offered}
    assert withheld(names, MONDAY, places=20) == held  # the same cut-off again
    served = {student for student, offered in rows if offered}
    waiting = [name for name in names if name not in served]
    assert held < withheld(waiting, MONDAY + WEEK, places=20)
    assert trial.assignments.filter(offered=True).count() == 40
    assert withheld(waiting, MONDAY + 2 * WEEK, places=0) >= held
    assert trial.assignments.filter(offered=True).count() == 40


def test_only_those_within_the_risks_laid_down_take_part() -> None:
    names = build(100)
    trial = begun(threshold=0.4, ceiling=0.8)
    held = withheld([*names, "nobody"], MONDAY)
    taking_part = set(trial.assignments.values_list("student", flat=True))
    assert taking_part == set(names[40:80])
    assert held < taking_part


def test_nobody_is_held_back_above_the_ceiling_however_they_were_drawn() -> None:
    names = build(100)
    begun(threshold=0.4, ceiling=0.8)
    held = withheld(names, MONDAY)
    worse = sorted(held)[0]
    StudentDigest.objects.filter(pk=worse).update(need=0.9)
    assert withheld(names, MONDAY + WEEK) == held - {worse}


def test_nobody_is_held_back_longer_than_laid_down() -> None:
    names = build(60)
    begun(hold_days=28)
    held = withheld(names, MONDAY)
    assert held
    assert withheld(names, MONDAY + timedelta(days=27)) == held
    assert not withheld(names, MONDAY + timedelta(days=28))


def test_before_the_beginning_and_after_the_end_nobody_is_held_back() -> None:
    names = build(60)
    trial = begun()
    assert not withheld(names, MONDAY - WEEK)
    assert not trial.assignments.exists()
    assert withheld(names, MONDAY)
    actions.stop("autumn", "enough")
    assert not withheld(names, MONDAY + WEEK)


def test_by_week_more_are_offered_each_step_and_none_goes_back() -> None:
    names = build(400)
    trial = begun("weeks", steps=4, step_weeks=2)
    before = withheld(names, MONDAY)
    assert abs(len(before) / 400 - 0.75) < 0.08
    assert set(trial.assignments.values_list("period", "probability")) == {(1, 0.25)}
    for step in range(1, 4):
        assert withheld(names, MONDAY + 2 * step * WEEK - WEEK) == before
        now = withheld(names, MONDAY + 2 * step * WEEK)
        assert now < before
        before = now
    assert not before


def test_by_week_students_come_in_only_while_chance_decides() -> None:
    names = build(40)
    trial = begun("weeks", steps=3)
    withheld(names[:20], MONDAY + WEEK)
    withheld(names[20:], MONDAY + 2 * WEEK)
    assert set(trial.assignments.values_list("student", "period")) == {(name, 2) for name in names[:20]}


def test_by_class_whole_classes_have_their_turn() -> None:
    names = build(240)
    trial = begun("classes", steps=4)
    steps = design.steps_of_classes(trial.seed, trial.classes, 4)
    assert len(steps) == CLASSES
    assert withheld(names, MONDAY) == set(names)
    for period in range(1, 5):
        held = withheld(names, MONDAY + period * WEEK)
        assert held == {name for at, name in enumerate(names) if steps[f"k{at % CLASSES}"] > period}
    assert not held
    assert actions.verify(trial) == []


def test_a_class_that_began_later_is_not_part_of_it() -> None:
    build(48)
    trial = begun("classes")
    Klass.objects.create(
        sourced_id="new", title="new", course_id="c", starts_on=MONDAY.date() + WEEK, ends_on=ENDS, feed="sis"
    )
    Enrollment.objects.filter(pk="e-st0000").update(klass="new")
    assert allowed("st0000", MONDAY + WEEK)
    assert not trial.assignments.filter(student="st0000").exists()


def test_questions_do_not_grow_with_students() -> None:
    names = build(300)
    begun()
    counts = []
    for some in (names[:20], names[:300]):
        with CaptureQueriesContext(connection) as asked:
            withheld(some, MONDAY)
        counts.append(sum(one["sql"].startswith("SELECT") for one in asked))
    assert counts[0] == counts[1] <= 6


def test_a_trial_that_is_not_running_is_asked_for_once() -> None:
    build(3)
    with CaptureQueriesContext(connection) as asked:
        assert allowed("st0000", MONDAY)
    assert len(asked) == 1
    assert not Trial.objects.exists()
