"""What Liwa says to each engine in SQL of its own, for `tests/db/golden/`.

`python -m tests.db.said` writes those files anew. Each has the statements of one folder of the code, as every engine
is given them; where openGauss is told something else than PostgreSQL, with the fact that this rests on. Facts were
measured on openGauss 6.0.2 and 5.0.1 beside PostgreSQL 15, unless they say otherwise.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import ConnectionHandler

from liwa.db import marks, sizes
from liwa.db.columns import Column
from liwa.db.engines import Engine, engine_of, engines
from liwa.db.stage import Stage
from liwa.db.statements import Statements

GOLDEN = Path(__file__).parent / "golden"
ENGINES = ("sqlite", "postgresql", "opengauss")
Said = dict[str, dict[str, str]]  # name, engine, statement

FACTS = {
    "stage": {
        "alone": "advisory locks hold across sessions on openGauss",
        "differs": "openGauss has the precedence of operators of PostgreSQL 9.2: what IS compares is in parentheses",
        "filling": "COPY by psycopg, as text: 100,000 rows in 0.49 s on openGauss",
        "settle": "openGauss analyses no table within a transaction but temporary ones (documented)",
        "make_room": "that openGauss grants it was not measured, so it is not asked for",
        "count_changes": "ON DUPLICATE KEY UPDATE … RETURNING is refused from 3.0 to 6.0.1: counted beforehand",
        "impatient": (
            "no lock_timeout (measured); lockwait_timeout is of the kind SUSET (documented): of an administrator"
        ),
        "writing": (
            "ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE has no conflict target, takes INSERT … SELECT, "
            "is atomic under concurrent writers, and is refused after WITH"
        ),
        "writing_new_alone": "ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE NOTHING is what leaves rows alone",
        "upsert": "ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE c = EXCLUDED.c without a conflict target",
        "insert_new": "ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE NOTHING",
    },
    "statements": {},
    "records": {},
    "marks": {},
    "sizes": {},
}


# Connections that lead nowhere


@cache
def connection_of(name: str) -> Any:
    """A connection of Django's for an engine, never opened: it quotes names and knows what the engine can do.

    What Liwa's backend for openGauss changes in Django's for PostgreSQL is not in these statements.
    """
    kind = "sqlite3" if name == "sqlite" else "postgresql"
    handler = ConnectionHandler({"default": {"ENGINE": f"django.db.backends.{kind}", "NAME": "nowhere"}})
    connection = handler["default"]
    connection.settings_dict["ENGINE"] = engines[name].backend
    return connection


class _Recorder:
    """Stands in for a connection and its cursor, and notes what it is told."""

    rowcount = 0

    def __init__(self, name: str) -> None:
        self.settings_dict = connection_of(name).settings_dict
        self.vendor = connection_of(name).vendor
        self.connection = self
        self.wrap_database_errors = nullcontext()
        self.texts: list[str] = []

    def ensure_connection(self) -> None:
        pass

    @contextmanager
    def cursor(self) -> Iterator["_Recorder"]:
        yield self

    @contextmanager
    def copy(self, sql: str) -> Iterator["_Recorder"]:
        self.texts.append(sql)
        yield self

    def write(self, piece: bytes) -> None:
        pass

    def write_row(self, row: object) -> None:
        pass

    def execute(self, sql: str, values: object = ()) -> "_Recorder":
        self.texts.append(sql)
        return self

    def executemany(self, sql: str, values: object) -> None:
        self.texts.append(sql)

    def fetchone(self) -> tuple[int, int]:
        return 0, 0


def _recorded(name: str, work: Callable[[Any], object]) -> str:
    recorder = _Recorder(name)
    work(recorder)
    return ";\n".join(recorder.texts)


# What is said


def _stage(name: str) -> dict[str, str]:
    """The statements of a stage for `records_org`, keyed by sourced_id; `writing`: all of an upsert, in order."""
    columns = [
        Column("sourced_id", "varchar(255)", str, null=False),
        Column("name", "text", str),
        Column("seats", "bigint", int),
    ]
    connection = connection_of(name)
    engine: Engine = engine_of(connection)
    stage = Stage(connection, "records_org", columns, ["sourced_id"])
    only_new = Stage(connection, "records_org", columns, ["sourced_id"], update=[])
    for one in (stage, only_new):
        number = one.quoted_name.strip('"').rpartition("_")[2]
        one._places = {
            place: text.replace(f"_stage_{number}", "_stage_1") for place, text in one._places.items()
        }
    others = {
        "left": "t.name",
        "right": "s.name",
        "column": '"parent_id"',
        "null_counts": "1 = 0",
        "referred": '"records_org"',
        "referred_column": '"sourced_id"',
        "also": '"_stage_2"',
        "condition": "t.status = %s",
        "milliseconds": "200",
    }
    texts = {key: engine.sql(key, {**stage._places, **others}) for key in engine.sql}
    texts["insert_new"] = engine.sql("insert_new", only_new._places)
    texts["writing"] = _recorded(name, lambda cursor: engine.upsert(cursor, stage._places))
    texts["writing_new_alone"] = _recorded(name, lambda cursor: engine.upsert(cursor, only_new._places))
    table, listed = '"_stage_1"', '"_line", "_row", "sourced_id", "name", "seats"'
    texts["filling"] = _recorded(
        name, lambda to: engine.fill(to, table, listed, [(1,), (1,), ("o",), ("n",), (2,)])
    )
    texts["deleting_lines"] = _recorded(name, lambda to: engine.delete_lines(to, table, [1, 2]))
    return texts


def _statements(name: str) -> dict[str, str]:
    from liwa.statements import attachments, bulk, query, tables

    found = bulk.bulk_of(connection_of(name))
    locks = connection_of(name).features.has_select_for_update
    places = {
        **found.places,
        **(tables._LOCKING if locks else tables._LOCKED),
        "values": "(%s, %s), (%s, %s)",
        "condition": "AND authority = %s",
        "conditions": "AND s.authority = %s",
        "order": "DESC",
        "seq": "l.seq",
        "terms": "%s, %s",
        "most": "200",
    }
    texts = {f"{file}.{key}": sql(key, places) for file, sql in _files(tables, query) for key in sql}
    texts["attachments.brought"] = attachments._sql("brought", {"values": "(%s), (%s)"})
    one: Any = _Prepared()
    texts["bulk.add_statements"] = _recorded(name, lambda to: found.add_statements(to, [(1, one, False)]))
    texts["bulk.add_links"] = _recorded(name, lambda to: found.add_links(to, [(1, 2)]))
    texts["bulk.add_activities"] = _recorded(name, lambda to: found.add_activities(to, [("k", "i", b"{}")]))
    return texts


class _Prepared:
    id = UUID(int=1)
    authority = 1
    payload = b"{}"


def _files(tables: Any, query: Any) -> list[tuple[str, Statements]]:
    return [("store", tables._sql), ("query", query._sql)]


def _records(name: str) -> dict[str, str]:
    from liwa.records import intake

    places = {"stage": '"_stage_1"', "target": '"records_org"', "values": "%s, %s"}
    return {key: intake._sql(key, places) for key in intake._sql}


def _sizes(name: str) -> dict[str, str]:
    of_server = engines[name].is_remote
    return {key: sizes._sql(key, {}) for key in sizes._sql if key.startswith("server") == of_server}


def _marks(name: str) -> dict[str, str]:
    return {key: marks._sql(key, {}) for key in marks._sql} if engines[name].is_remote else {}


_GROUPS: dict[str, Callable[[str], dict[str, str]]] = {
    "stage": _stage,
    "statements": _statements,
    "records": _records,
    "marks": _marks,
    "sizes": _sizes,
}


def groups() -> Sequence[str]:
    """The names of the golden files."""
    return list(_GROUPS)


def said(group: str) -> Said:
    """What is said to each engine, by the statement's name."""
    by_engine = {name: _GROUPS[group](name) for name in ENGINES}
    names = sorted({key for texts in by_engine.values() for key in texts})
    return {key: {name: by_engine[name][key] for name in ENGINES if key in by_engine[name]} for key in names}


def written(group: str) -> str:
    """The golden file."""
    parts = [f"-- Made by `python -m tests.db.said`; what is said to each engine by {group}.\n"]
    for name, texts in said(group).items():
        lines = [f"-- name: {name}"]
        fact = FACTS[group].get(name)
        if fact:
            lines.append(f"-- fact: {fact}")
        parts.append("\n".join([*lines, *_by_text(texts)]) + "\n")
    return "\n".join(parts)


def _by_text(texts: Mapping[str, str]) -> Iterator[str]:
    same: dict[str, list[str]] = {}
    for engine, text in texts.items():
        same.setdefault(text, []).append(engine)
    for text, names in same.items():
        yield f"-- for: {'every engine' if len(names) == len(ENGINES) else ', '.join(names)}"
        yield f"{text};"


def main() -> None:
    import django

    django.setup()
    GOLDEN.mkdir(exist_ok=True)
    for group in groups():
        (GOLDEN / f"{group}.sql").write_text(written(group), encoding="utf-8")


if __name__ == "__main__":
    main()
