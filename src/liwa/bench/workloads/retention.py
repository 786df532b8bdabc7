"""What statements of closed months said goes to the lake, is read from there, and comes back.

The statements were stored just now, so this is done as if their month were over.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from liwa.bench import Bench, workload
from liwa.core.clock import now
from liwa.flows import retention
from liwa.flows.home import Home
from liwa.records.intake import chunks
from liwa.statements import shelf
from liwa.statements.models import Statement
from liwa.statements.query import find, parse
from liwa.statements.versions import Version

MONTH = timedelta(days=31)  # later it is a later month, whatever the day


@workload("retention", after=("statement queries",))
def run(bench: Bench) -> None:
    """To the lake, as the command does it; questions whose answers are there; and back."""
    home, months = Home(), retention.months()
    statements = sum(one.statements for one in months)
    after = retention.next_month(months[-1].name)
    bench.settle()
    with bench.timed("retention: to the lake", "statements", statements):
        retention.move(home, after, progress=_quiet, at=now() + MONTH)
        retention.tidy()
    bench.answer("retention: left in the database", [Statement.objects.exclude(payload="").count()])
    for _ in range(bench.size.questions):
        with bench.timed("ask: the newest hundred, from the lake", "questions"):
            find(parse({"limit": "100"}, Version.V1), None)
    bench.answer("retention: in the lake", _told())
    with bench.timed("retention: back from the lake", "statements", statements):
        retention.bring_back(home, progress=_quiet)
        retention.tidy()
    bench.answer("retention: back", Statement.objects.order_by("seq").values_list("payload").iterator())


def _told() -> Iterator[list[Any]]:
    """What every statement said, in the order in which they were stored, from the lake where it is there."""
    rows = Statement.objects.order_by("seq").values_list("seq", "payload").iterator()
    for some in chunks(rows):
        for _, payload in shelf.completed(some):
            yield [payload]


def _quiet(_name: str, _done: int, _total: int | None) -> None:
    pass
