"""The digest is written: for the first time, the same again, and a week later, when everything differs."""

from datetime import timedelta
from typing import Any

from django.db import models

from liwa.bench import Bench, workload
from liwa.bench.campus import TODAY, MadeCampus
from liwa.core.clock import start_of
from liwa.core.feeds import Campus
from liwa.digest.models import Band, ClassDigest, EnrollmentDigest, StudentDigest
from liwa.flows.home import Home
from liwa.flows.refresh import Run
from liwa.flows.refresh.publish import publish
from liwa.records.models import Enrollment

MODELS = (EnrollmentDigest, StudentDigest, ClassDigest)
BANDS = [Band.HIGH, Band.MEDIUM, Band.LOW, Band.LOW, Band.LOW]
REASONS = [{"key": "activity_drop", "now": 3.0, "before": 11.0}, {"key": "missing_work", "missing": 2}]
SHARE = 4  # of so many enrollments one is in a running class

Row = dict[str, Any]


@workload("digest write", after=("roster load",))
def run(bench: Bench) -> None:
    """Three times the whole digest."""
    first, second = (_rows(bench, week) for week in (8, 9))
    bench.settle()
    _publish(bench, "digest: written", first)
    _publish(bench, "digest: the same again", first)
    _publish(bench, "digest: a week later", second)
    for model in MODELS:
        names = [field.attname for field in model._meta.concrete_fields]
        bench.answer(
            model._meta.db_table, model._default_manager.order_by("pk").values_list(*names).iterator()
        )


def _publish(bench: Bench, name: str, rows: dict[type, list[Row]]) -> None:
    campus = Campus(name="河畔大学", simulated=True)
    run = Run(Home(), campus, start_of(TODAY, campus.zone), digest=rows)
    with bench.timed(name, "rows", sum(map(len, rows.values()))):
        publish(run)


def _rows(bench: Bench, week: int) -> dict[type, list[Row]]:
    campus, chance = bench.campus, bench.campus.chance(f"digest {week}")
    taken = Enrollment.objects.order_by("pk").values_list("pk", "klass", "user")
    enrollments = [
        _row(
            EnrollmentDigest,
            enrollment=pk,
            klass=klass,
            user=user,
            week=week,
            band=chance.choice(BANDS),
            basis="rules",
            need=chance.random(),
            reasons=REASONS,
            weeks=[{"week": one, "amount": chance.randrange(90), "days": 3} for one in range(1, week + 1)],
            due=week,
            handed_in=week - 1,
            missing=1,
            mean_score=chance.randrange(600, 1000) / 10,
            last_active_on=TODAY - timedelta(days=chance.randrange(20)),
        )
        for number, (pk, klass, user) in enumerate(taken.iterator(chunk_size=5000))
        if number % SHARE == 0
    ]
    return {
        EnrollmentDigest: enrollments,
        StudentDigest: _students(enrollments, chance.randrange(1, 9)),
        ClassDigest: _classes(campus, week),
    }


def _students(enrollments: list[Row], missing: int) -> list[Row]:
    """The row of each student: of the enrollment with the greatest need."""
    top: dict[str, Row] = {}
    for row in enrollments:
        if row["user"] not in top or top[row["user"]]["need"] < row["need"]:
            top[row["user"]] = row
    return [
        _row(
            StudentDigest,
            user=user,
            top=row["enrollment"],
            need=row["need"],
            band=row["band"],
            basis="rules",
            reasons=[{**reason, "klass": row["klass"]} for reason in REASONS],
            classes=1,
            classes_at_risk=1,
            missing=missing,
            timeline=[{"on": TODAY.isoformat(), "kind": "submitted", "klass": row["klass"], "title": "作业"}]
            * 5,
            last_active_on=row["last_active_on"],
        )
        for user, row in top.items()
    ]


def _classes(campus: MadeCampus, week: int) -> list[Row]:
    shares = [
        {"week": one, "active_share": 0.9, "median": 20.0, "q1": 8.0, "q3": 31.0} for one in range(1, week)
    ]
    return [
        _row(ClassDigest, klass=campus.klass(number), week=week, running=True, students=100, weeks=shares)
        for number in range(campus.size.classes)
    ]


def _row(model: type[models.Model], **said: Any) -> Row:
    """A row with what is said; the rest is as the model has it by default."""
    return {
        field.name: said[field.name] if field.name in said else field.get_default()
        for field in model._meta.concrete_fields
    }
