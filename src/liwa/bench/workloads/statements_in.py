"""Statements come in: one in a transaction of its own, and a hundred in each.

Timed is the store's transaction, from the prepared statement to the commit.
"""

from collections.abc import Sequence

from liwa.bench import Bench, workload
from liwa.statements.models import Credential, Statement
from liwa.statements.prepare import Prepared, prepare
from liwa.statements.store import store
from liwa.statements.versions import Version

BATCH = 100
_CREDENTIAL = Credential(key="bench", scopes=["all"])


@workload("statements one by one")
def one_by_one(bench: Bench) -> None:
    """As clients send them that wait for each answer."""
    statements = _prepared(bench, 0, bench.size.statements // 10)
    bench.settle()
    for one in statements:
        _store(bench, "statements: one in a transaction", [one])
    _answer(bench, "statements: after one by one")


@workload("statements in batches", after=("statements one by one",))
def in_batches(bench: Bench) -> None:
    """As clients send what they have gathered."""
    first = bench.size.statements // 10
    statements = _prepared(bench, first, bench.size.statements - first)
    bench.settle()
    for at in range(0, len(statements), BATCH):
        _store(bench, f"statements: {BATCH} in a transaction", statements[at : at + BATCH])
    _answer(bench, "statements: after batches")


def _prepared(bench: Bench, first: int, number: int) -> list[Prepared]:
    made = bench.campus.statements(first, number)
    return [one for body in made for one in prepare(body, Version.V1, _CREDENTIAL)]


def _store(bench: Bench, name: str, statements: Sequence[Prepared]) -> None:
    with bench.timed(name, "statements", len(statements)):
        verdicts = store([statements]).verdicts
    if any(verdicts):
        raise RuntimeError("a statement was refused")


def _answer(bench: Bench, name: str) -> None:
    """Every statement in the order in which they were stored; when they were differs from run to run."""
    rows = Statement.objects.order_by("seq").values_list("id", "voided", "authority", "size", "payload")
    bench.answer(name, rows.iterator())
