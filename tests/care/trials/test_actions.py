"""Making, starting, looking, ending; and that nothing can be changed unseen."""

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import translation

from liwa.care.models import Capacity
from liwa.care.trials import actions, design, estimate, withheld, words
from liwa.care.trials.models import Assignment, Look, Trial, Unchangeable
from liwa.care.trials.terms import Terms
from liwa.core.errors import LiwaError
from liwa.records.models import Klass, User
from tests.care.trials import school
from tests.care.trials.school import MONDAY, WEEK, begun, build

pytestmark = pytest.mark.django_db
LATER = MONDAY + 5 * WEEK


def arms(trial: Trial) -> tuple[list[str], list[str]]:
    rows = trial.assignments.order_by("number").values_list("student", "offered")
    return [name for name, offered in rows if offered], [name for name, offered in rows if not offered]


def run_trial(
    outcome: str = "stayed", helped: float = 0.9, alone: float = 0.5, **more: object
) -> tuple[Trial, list[str], list[str]]:
    """A trial in which these shares of the two arms stay."""
    names = build()
    trial = begun(outcome=outcome, **more)
    withheld(names, MONDAY)
    offered, others = arms(trial)
    for arm, share in ((offered, helped), (others, alone)):
        school.leave(arm[round(share * len(arm)) :], MONDAY.date() + timedelta(days=10))
    return trial, offered, others


def test_an_effect_is_told_in_both_languages() -> None:
    trial, offered, others = run_trial()
    seen = actions.look("autumn", LATER)
    assert (seen.offered, seen.others, seen.missing) == (len(offered), len(others), 0)
    assert seen.share_offered == pytest.approx(round(0.9 * len(offered)) / len(offered))
    assert seen.low is not None and 0 < seen.low < 0.4 < seen.high
    said = words.sentence(trial, seen)
    assert said.startswith("Of 100 students offered contact, between ")
    assert said.endswith(" more were still registered after 28 days.")
    low, high = map(int, re.findall(r"\b\d+\b", said)[1:3])
    assert low <= seen.low * 100 and high >= seen.high * 100
    with translation.override("zh-hans"):
        assert "100" in words.sentence(trial, seen) and "28" in words.sentence(trial, seen)
        assert words.sentence(trial, seen) != said


def test_the_look_is_the_estimators() -> None:
    trial, _offered, _others = run_trial()
    seen = actions.look("autumn", LATER)
    rows = list(trial.assignments.order_by("number").select_related("enrollment"))
    y = np.array([float(one.enrollment.end_date is None) for one in rows])
    offered, risk = (np.array([float(getattr(one, name)) for one in rows]) for name in ("offered", "risk"))
    effect = estimate.adjusted(y, offered, risk)
    assert (seen.effect, seen.se) == pytest.approx((float(effect.estimate), float(effect.se)))
    assert seen.fraction == pytest.approx(240 / 200)


def test_harm_is_told_as_plainly() -> None:
    trial, _offered, _others = run_trial(helped=0.5, alone=0.95)
    assert " fewer were still registered" in words.sentence(trial, actions.look("autumn", LATER))


def test_nothing_is_told_where_nothing_differs() -> None:
    trial, _offered, _others = run_trial(helped=0.7, alone=0.7)
    seen = actions.look("autumn", LATER)
    assert not seen.tells
    assert words.sentence(trial, seen).startswith("No difference can be told yet")


def test_a_look_before_outcomes_are_due_says_that_it_is_too_early() -> None:
    trial, _offered, _others = run_trial()
    seen = actions.look("autumn", MONDAY + timedelta(days=27))
    assert (seen.assigned, seen.offered, seen.others, seen.effect) == (240, 0, 0, None)
    assert words.sentence(trial, seen).startswith("Too early to say")
    assert actions.look("autumn", MONDAY + timedelta(days=28)).offered > 0


def test_two_looks_at_one_instant_are_one() -> None:
    trial, offered, _others = run_trial()
    first = actions.look("autumn", LATER)
    school.leave(offered, MONDAY.date())
    assert actions.look("autumn", LATER).pk == first.pk
    assert trial.looks.count() == 1


def test_success_is_known_when_the_class_has_ended_and_what_is_not_given_is_counted() -> None:
    names = build()
    trial = begun(outcome="success")
    withheld(names, MONDAY)
    offered, others = arms(trial)
    school.ended(offered[:-20], True)
    school.ended(offered[-20:-10], False)
    school.ended(others[:60], True)
    school.ended(others[60:-1], False)
    school.ended(others[-1:], None)
    early = actions.look("autumn", MONDAY + 10 * WEEK)
    assert (early.offered, early.others, early.missing) == (0, 0, 0)  # an early outcome is not counted early
    seen = actions.look("autumn", MONDAY + 20 * WEEK)
    assert (seen.offered, seen.others, seen.missing) == (len(offered) - 10, len(others) - 1, 11)
    assert seen.share_others == pytest.approx(60 / (len(others) - 1))
    assert seen.tells
    assert "completed the class" in words.sentence(trial, seen)


def test_contacts_in_time_count_and_silence_does_not() -> None:
    names = build(100)
    trial = begun(outcome="contacted", horizon=14)
    withheld(names, MONDAY)
    offered, others = arms(trial)
    for place, name in enumerate(offered):
        school.contact(name, MONDAY + timedelta(days=20 if place % 4 == 0 else 3))
    for name in others:
        school.contact(name, MONDAY + timedelta(days=3), "no_answer" if name > "st0050" else "note")
    school.contact(others[0], MONDAY - timedelta(days=3), "met")
    seen = actions.look("autumn", MONDAY + timedelta(days=15))
    late = len(range(0, len(offered), 4))
    assert seen.share_offered == pytest.approx(1 - late / len(offered))
    assert (seen.share_others, seen.contacted_others) == (0, 0)
    assert actions.look("autumn", LATER).contacted_offered == 1


def test_staying_to_the_end_of_a_class_is_staying() -> None:
    build(80)
    trial = begun()
    Klass.objects.update(ends_on=MONDAY.date() + timedelta(days=14))
    withheld([f"st{at:04}" for at in range(80)], MONDAY)
    school.leave([f"st{at:04}" for at in range(40)], MONDAY.date() + timedelta(days=14))
    school.leave([f"st{at:04}" for at in range(40, 80)], MONDAY.date() + timedelta(days=13))
    seen = actions.look("autumn", LATER)
    whole = seen.share_offered * seen.offered + seen.share_others * seen.others  # type: ignore[operator]
    assert whole == pytest.approx(40)
    assert trial.looks.count() == 1


@pytest.mark.parametrize("design_", ["weeks", "classes"])
def test_a_stepped_roll_out_finds_its_effect(design_: str) -> None:
    names = build(960)
    trial = begun(design_, students=800, steps=4, horizon=7)
    for week in range(5):
        withheld(names[week * 192 : (week + 1) * 192], MONDAY + week * WEEK)
    for place, one in enumerate(trial.assignments.order_by("number")):
        if place % 10 >= (9 if one.offered else 5):
            school.leave([one.student_id], one.cutoff.date() + timedelta(days=2))
    seen = actions.look("autumn", MONDAY + 8 * WEEK)
    assert seen.assigned == (960 if design_ == "classes" else 576)
    assert seen.low is not None and 0.1 < seen.low < 0.4 < seen.high
    assert "more were still registered after 7 days" in words.sentence(trial, seen)


def test_a_roll_out_by_class_waits_for_enough_classes() -> None:
    names = build(240)
    trial = begun("classes", steps=2, horizon=7)
    few = [name for at, name in enumerate(names) if at % 12 < 9]
    for week in range(3):
        withheld(few[week * 60 : (week + 1) * 60], MONDAY + week * WEEK)
    school.leave(few[::2], MONDAY.date())
    seen = actions.look("autumn", MONDAY + 8 * WEEK)
    assert seen.why == "classes"
    assert "10 classes" in words.sentence(trial, seen)


def test_what_was_drawn_cannot_be_changed() -> None:
    trial, _offered, _others = run_trial()
    one, seen = trial.assignments.first(), actions.look("autumn", LATER)
    assert one is not None
    one.offered = not one.offered
    rows: list[Any] = [one, seen]
    for row in rows:
        table = type(row)
        for change in (
            row.save,
            row.delete,
            table.objects.all().delete,
            table.objects.filter(pk=row.pk).delete,
            lambda table=table: table.objects.update(trial=trial),
            lambda table=table: (
                trial.assignments.update(offered=True) if table is Assignment else trial.looks.update(low=0)
            ),
            lambda table=table, row=row: table.objects.bulk_update([row], ["trial"]),
            lambda table=table, row=row: table.objects.bulk_create([row], update_conflicts=True),
            lambda table=table: table.objects.update_or_create(trial=trial, defaults={"trial": trial}),
        ):
            with pytest.raises(Unchangeable):
                change()
    trial.terms = {**trial.terms, "alpha": 0.2}
    for change in (
        trial.save,
        trial.delete,
        lambda: Trial.objects.update(seed="0"),
        Trial.objects.all().delete,
    ):
        with pytest.raises(Unchangeable):
            change()
    assert actions.verify(Trial.objects.get()) == []


def test_no_action_can_change_what_was_drawn() -> None:
    """Whatever is called after the draw, the assignments stay as they were."""
    trial, _offered, _others = run_trial()
    before = list(trial.assignments.order_by("number").values())
    withheld([one["student_id"] for one in reversed(before)], MONDAY + WEEK)
    actions.look("autumn", LATER)
    for again in (actions.start, actions.create):
        with pytest.raises(LiwaError):
            again("autumn", *([] if again is actions.start else [trial.laid_down]))
    actions.stop("autumn", "enough")
    actions.look("autumn", LATER + WEEK)
    actions.export(Trial.objects.get())
    assert list(trial.assignments.order_by("number").values()) == before


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE care_assignment SET offered = NOT offered WHERE number = 7", "assignment 7 was changed"),
        ("UPDATE care_assignment SET risk = 0.123 WHERE number = 7", "assignment 7 was changed"),
        ("DELETE FROM care_assignment WHERE number = 7", "assignment 7 is gone"),
        ("DELETE FROM care_assignment WHERE number > 200", "are gone"),
        ("UPDATE care_trial SET seed = '" + "0" * 64 + "'", "committed to"),
    ],
)
def test_changes_past_the_program_show(statement: str, word: str) -> None:
    trial, _offered, _others = run_trial()
    actions.look("autumn", LATER)
    assert actions.verify(trial) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    problems = actions.verify(Trial.objects.get())
    assert any(word in problem for problem in problems)
    with pytest.raises(LiwaError, match="tampered"):
        actions.look("autumn", LATER + WEEK)


def test_a_draw_made_to_fit_shows_even_with_links_made_to_fit() -> None:
    trial, _offered, _others = run_trial()
    link = trial.first_link
    for one in trial.assignments.order_by("number"):
        one.offered = one.offered or one.number == 9
        link = one.linked_to(link)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE care_assignment SET offered = %s, link = %s WHERE id = %s",
                [one.offered, link, one.pk],
            )
    was = design.is_offered(trial.seed, trial.assignments.get(number=9).student_id, 0.5)
    assert bool(actions.verify(trial)) is not was


def test_nobody_sees_an_arm_before_the_end_and_everyone_can_check_it_after() -> None:
    trial, offered, _others = run_trial()
    assert all(str(one) == f"{trial.pk}/{one.number}" for one in trial.assignments.all())
    with pytest.raises(LiwaError, match="not ended"):
        actions.export(trial)
    actions.stop("autumn", "enough")
    trial = Trial.objects.get()
    rows = actions.export(trial)
    assert {row["student"] for row in rows if row["offered"]} == set(offered)
    assert design.commitment(trial.seed, trial.terms) == trial.commitment
    for row in rows:  # by the code alone, as one without ids would
        assert (int(row["code"][:16], 16) / 2**64 < 0.5) == bool(row["offered"])


def test_one_trial_runs_at_a_time_and_each_runs_once() -> None:
    build(20)
    begun()
    actions.create("spring", Terms("encouragement", "success", students=100))
    with pytest.raises(LiwaError, match="autumn is running"):
        actions.start("spring")
    with pytest.raises(LiwaError, match="already"):
        actions.start("autumn")
    actions.stop("autumn", "enough")
    assert actions.start("spring").state == Trial.State.RUNNING
    with pytest.raises(LiwaError, match="not running"):
        actions.stop("autumn", "again")


@pytest.mark.parametrize(
    ("do", "word"),
    [
        (lambda: actions.create(" ", Terms("encouragement", "success", students=9)), "name"),
        (lambda: actions.create("a\nb", Terms("encouragement", "success", students=9)), "one line"),
        (lambda: actions.create("x", Terms("coin", "success", students=9)), "coin"),
        (lambda: actions.start("nothing"), "liwa trial list"),
        (lambda: actions.look("planned", MONDAY), "not been started"),
        (lambda: actions.stop("planned", "why"), "not running"),
        (lambda: actions.share_of_capacity(0.0, 1.0), "--share"),
    ],
)
def test_mistakes_are_named(do: Any, word: str) -> None:
    actions.create("planned", Terms("encouragement", "success", students=9))
    with pytest.raises(LiwaError, match=word):
        do()


def test_a_roll_out_by_class_needs_classes() -> None:
    build(48)
    Klass.objects.filter(pk__in=["k0", "k1", "k2"]).update(ends_on=MONDAY.date() - WEEK)
    with pytest.raises(LiwaError, match="Only 9 classes"):
        begun("classes")
    assert Trial.objects.get().state == Trial.State.PLANNED


def test_the_share_of_capacity_is_what_cannot_be_served() -> None:
    build(100)
    User.objects.create(sourced_id="ad1", feed="sis")
    Capacity.objects.create(adviser_id="ad1", per_week=12)
    assert actions.share_of_capacity(0.6, 1.01) == pytest.approx(12 / 40)
    assert actions.share_of_capacity(0.0, 1.01) == pytest.approx(12 / 100)
    with pytest.raises(LiwaError, match="a place for each of the 10"):
        actions.share_of_capacity(0.9, 1.01)


def test_a_refresh_looks_once_for_each_cutoff() -> None:
    from types import SimpleNamespace

    from liwa.flows.refresh.trials import trials

    trial, _offered, _others = run_trial()
    for as_of in (MONDAY - WEEK, LATER, LATER, LATER + WEEK):
        trials(SimpleNamespace(as_of=as_of))  # type: ignore[arg-type]
    assert list(trial.looks.order_by("as_of").values_list("as_of", flat=True)) == [LATER, LATER + WEEK]


def test_a_refresh_survives_a_trial_that_was_tampered_with(caplog: pytest.LogCaptureFixture) -> None:
    from types import SimpleNamespace

    from liwa.flows.refresh.trials import trials

    run_trial()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM care_assignment WHERE number = 3")
    trials(SimpleNamespace(as_of=LATER))  # type: ignore[arg-type]
    assert "tampered" in caplog.text
    assert not Look.objects.exists()
