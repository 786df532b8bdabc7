"""What every engine must do alike; Spark joins in where PySpark and Java are installed."""

import shutil
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from liwa.core.errors import ConfigError, LiwaError
from liwa.core.rows import EventRow
from liwa.lake.engines import engines
from liwa.lake.events import Lake
from liwa.lake.mirror import write_mirror
from liwa.lake.reader import Tables, open_lake
from tests.lake.made import event, mirror_rows, numbered

NO_SPARK = find_spec("pyspark") is None or shutil.which("java") is None
ENGINES = [
    "duckdb",
    pytest.param(
        "spark",
        marks=[
            pytest.mark.skipif(NO_SPARK, reason="needs PySpark and Java"),
            # PySpark's own, with pandas 3.
            pytest.mark.filterwarnings("ignore::FutureWarning"),
            pytest.mark.filterwarnings("ignore::DeprecationWarning"),
        ],
    ),
]


def weekly(tables: Tables) -> Any:
    """An expression with what features use: filter, join, group, window-free arithmetic on instants."""
    events = tables.events
    week = (events.occurred_at.epoch_seconds() // 604_800).cast("int64")
    return (
        events.filter(events.verb == "viewed")
        .group_by("user", "klass", "month", week=week)
        .aggregate(clicks=events.amount.sum(), last=events.occurred_at.max(), days=events.object.nunique())
        .order_by("user", "week", "month")
    )


ROWS = [
    event(str(n), user=f"u{n % 4}", day=n / 2, amount=float(n), object=str(n % 5), verb="viewed")
    for n in range(100)
]


def by_hand() -> list[dict[str, Any]]:
    """What `weekly` must give for ROWS, of whose users u3 is unknown."""
    groups: dict[tuple[Any, ...], list[EventRow]] = defaultdict(list)
    for row in ROWS:
        if row.user != "u3":
            week = int(row.occurred_at.timestamp()) // 604_800
            groups[row.user, row.klass, f"{row.occurred_at:%Y-%m}", week].append(row)
    return [
        {
            **dict(zip(("user", "klass", "month", "week"), key, strict=True)),
            "clicks": sum(row.amount or 0 for row in rows),
            "last": max(row.occurred_at for row in rows),
            "days": len({row.object for row in rows}),
        }
        for key, rows in sorted(groups.items(), key=lambda item: (item[0][0], item[0][3], item[0][2]))
    ]


@pytest.fixture
def version(tmp_path: Path) -> int | None:
    write_mirror(tmp_path, "user", mirror_rows("user", *({"sourced_id": f"u{n}"} for n in range(3))))
    return Lake(tmp_path).append_rows("lms", numbered(ROWS), None).version


@pytest.mark.parametrize("on", ENGINES)
@pytest.mark.parametrize("keep", [False, True])
def test_one_expression_one_answer(tmp_path: Path, version: int, on: str, keep: bool) -> None:
    with open_lake(tmp_path, events_version=version, engine=on, keep_events=keep) as tables:
        found = weekly(tables).to_pyarrow().to_pylist()
        unmatched = tables.unmatched.count().to_pyarrow().as_py()
        empty = tables.klass.count().to_pyarrow().as_py()
    assert found == by_hand()
    assert (unmatched, empty) == (25, 0)


@pytest.mark.skipif(not NO_SPARK, reason="PySpark and Java are here")
def test_without_spark_the_remedy_is_named() -> None:
    if find_spec("pyspark") is None:
        with pytest.raises(ConfigError, match="pip install"):
            engines["spark"]()


def test_other_engines_are_not_known(tmp_path: Path) -> None:
    with pytest.raises(LiwaError, match="duckdb, spark"):
        open_lake(tmp_path, events_version=None, engine="abacus")
