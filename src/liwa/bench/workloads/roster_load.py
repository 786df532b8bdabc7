"""A roster: structure and people, all enrollments new, the same again, and a tenth of them changed.

Timed is what a load does once its files are read: staging, refusing, comparing, storing in one transaction, and
working out what follows from it.
"""

from collections.abc import Sequence

from liwa.bench import Bench, workload
from liwa.core.feeds import Campus
from liwa.core.rows import Record
from liwa.db.retrying import retrying
from liwa.records.campus import describe
from liwa.records.intake import Intake, model_of
from liwa.records.settle import settle

FEED = "sis"
TABLES = ("org", "academic_session", "course", "klass", "user", "role", "advising", "enrollment", "outcome")


@workload("roster load")
def run(bench: Bench) -> None:
    """Four loads of one feed."""
    structure = list(bench.campus.structure())
    enrollments, changed = bench.campus.enrollments(), bench.campus.enrollments(changed=0.1)
    campus = Campus(name="河畔大学", simulated=True)
    bench.settle()
    _load(bench, "roster: classes and people", structure, campus)
    _load(bench, "roster: enrollments, all new", enrollments, campus)
    _load(bench, "roster: enrollments, the same again", enrollments, campus)
    _load(bench, "roster: enrollments, a tenth changed", changed, campus)
    for table in TABLES:
        model = model_of(table)
        names = [field.attname for field in model._meta.concrete_fields]
        bench.answer(
            f"records: {table}", model._default_manager.order_by("pk").values_list(*names).iterator()
        )


def _load(bench: Bench, name: str, rows: Sequence[Record], campus: Campus) -> None:
    with bench.timed(name, "rows", len(rows)), Intake(FEED) as intake:
        for line, row in enumerate(rows, start=2):
            intake.add(line, (row,))
        intake.staged()
        refused = intake.refuse({0})
        lines = intake.changed_lines()
        retrying(_store, intake, campus)
    bench.answer(f"{name}: refused, changed", [sorted(refused), sorted(lines)])


def _store(intake: Intake, campus: Campus) -> None:
    changed = intake.apply([]) | describe(campus, None)
    settle(changed, None, campus)
