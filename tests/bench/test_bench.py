import json

import pytest

from liwa.bench import Bench, ordered, workload
from liwa.bench.campus import MadeCampus, Size
from liwa.core.errors import LiwaError
from liwa.core.rows import RECORDS

SMALL = Size(enrollments=300, statements=200, questions=3)


def test_workloads_run_after_what_they_need() -> None:
    names = [name for name, _ in ordered()]
    river = ["roster load", "digest write", "weeks of care", "worklist pages"]
    assert [name for name in names if name in river] == river
    assert [name for name, _ in ordered(["worklist pages"])] == river
    assert names.index("statement queries") < names.index("retention")
    with pytest.raises(LiwaError, match="no workload called 'nonsense'"):
        ordered(["nonsense"])


def test_a_name_is_given_once() -> None:
    ordered()
    with pytest.raises(RuntimeError, match="two workloads"):
        workload("roster load")(lambda bench: None)


def test_the_campus_is_the_same_every_time() -> None:
    one, other, third = MadeCampus(SMALL), MadeCampus(SMALL), MadeCampus(Size(300, 200, 3, seed=2))
    assert one.enrollments() == other.enrollments() != third.enrollments()
    assert list(one.structure()) == list(other.structure())
    assert list(one.statements(5, 9)) == list(other.statements(5, 9)) != list(one.statements(6, 9))


def test_statements_are_as_long_as_real_ones() -> None:
    made = list(MadeCampus(SMALL).statements(0, 50))
    assert 800 < sum(map(len, made)) / 50 < 1100
    assert len({json.loads(one)["id"] for one in made}) == 50


def test_rows_name_only_rows_before_them() -> None:
    campus = MadeCampus(SMALL)
    rows = [*campus.structure(), *campus.enrollments()]
    keys = {(row.table, row.sourced_id) for row in rows}
    assert len(keys) == len(rows)
    named = {
        (target, getattr(row, field))
        for row in rows
        for field, target in row.refers.items()
        if getattr(row, field)
    }
    assert named <= keys
    assert {type(row) for row in rows} < set(RECORDS)


def test_what_a_tenth_changed_means() -> None:
    before, after = (
        {row.sourced_id: row for row in MadeCampus(SMALL).enrollments(changed)} for changed in (0.0, 0.1)
    )
    assert before.keys() == after.keys()
    assert sum(before[key] != after[key] for key in before) == 30


def test_answers_differ_where_rows_do() -> None:
    bench = Bench(SMALL)
    bench.answer("a", [(1, "x"), {"b": 1, "a": 2}])
    bench.answer("b", [(1, "x"), {"a": 2, "b": 1}])
    bench.answer("c", [(1, "y"), {"a": 2, "b": 1}])
    bench.answer("d", [(1, "x")])
    assert bench.answers["a"] == bench.answers["b"]
    assert len({bench.answers[name] for name in "acd"}) == 3


def test_calls_are_counted_by_name() -> None:
    bench = Bench(SMALL)
    for units in (3, 4):
        with bench.timed("work", "rows", units):
            pass
    assert (bench.series["work"].units, len(bench.series["work"].seconds)) == (7, 2)
    with pytest.raises(ZeroDivisionError), bench.timed("broken", "rows"):
        _ = 1 / 0
    assert bench.series["broken"].seconds == []
