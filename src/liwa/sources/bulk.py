"""Long CSV files read by DuckDB, with the same line numbers and the same refusals as line by line.

DuckDB reads a file in one sweep when it is plain: sound UTF-8, every record on one line, every line as wide as
the heading. That is verified, not assumed; whatever is not plain goes through `tables` first, which is slower
but takes anything.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from duckdb import DuckDBPyConnection

from liwa.core.rows import Refusal
from liwa.sources.files import CHUNK
from liwa.sources.tables import Table

TAIL = 1 << 16
READ = "auto_detect = false, header = true, delim = {delimiter}, quote = '\"', escape = '\"', columns = {columns}"
CREATE = """
CREATE OR REPLACE TEMP TABLE {into}_rows AS
WITH records AS (
    SELECT {line}, coalesce({fields}, NULL) IS NULL AS blank, {fields} FROM read_csv({path}, {options})
)
{select}
"""
# Rows of a temporary table are numbered in the order of the file, which unlike counting takes every core.
LINES = """
CREATE OR REPLACE TEMP VIEW {into} AS SELECT * REPLACE (coalesce(line, rowid + 2) AS line) FROM {into}_rows
"""
COUNT = "SELECT count(*) FROM {into}_rows"
REFUSED = """
CREATE OR REPLACE TEMP TABLE refused AS
SELECT line::BIGINT AS line, split_part(problem, chr(31), 1) AS field,
    split_part(problem, chr(31), 3) AS value, split_part(problem, chr(31), 2) AS reason
FROM {into} WHERE problem IS NOT NULL AND NOT blank
"""
BROKEN = """
INSERT INTO refused
SELECT line, coalesce(field, ''), coalesce(value, ''), coalesce(reason, '') FROM read_csv({path}, {options})
"""


def quoted(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def problem(field: str, reason: str, value: str) -> str:
    """The SQL expression that says why a line is refused; `value` is an SQL expression."""
    return f"{quoted(field)} || chr(31) || {quoted(reason)} || chr(31) || coalesce(left({value}, 200), '')"


def stage(
    connection: DuckDBPyConnection, table: Table, into: str, select: str, *, ordered: bool = False
) -> None:
    """Makes the view `into` of what `select` makes of each record of `table`, and the table `refused`.

    `select` queries `records(line, blank, c0, c1 …)`: texts in the order of the file, NULL where empty. It keeps
    every record, with `line`, `blank` and `problem` (NULL for a sound line, else as `problem()` writes it); it sees
    the value of `line` only with `ordered`.
    """
    with TemporaryDirectory(prefix="liwa-") as folder, _in_file_order(connection):
        broken: list[Refusal] = []
        if not _swept(connection, table, into, select, Path(folder), ordered):
            path = Path(folder) / "records.csv"
            broken = _rewrite(table, path)
            _create(connection, into, select, path, table, ",", "line")
        connection.execute(LINES.format(into=into))
        _refused(connection, into, broken, Path(folder))


@contextmanager
def _in_file_order(connection: DuckDBPyConnection) -> Iterator[None]:
    """Line numbers are counted by DuckDB, which keeps the order of a file only if told to."""
    row = connection.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    before = bool(row and row[0])
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute(f"SET preserve_insertion_order = {str(before).lower()}")


def _create(
    connection: DuckDBPyConnection,
    into: str,
    select: str,
    path: Path,
    table: Table,
    delimiter: str,
    line: str,
) -> None:
    names = [f"c{place}" for place in range(len(table.header))]
    columns = ["line", *names] if line == "line" else names
    kinds = [f"{name}: '{'BIGINT' if name == 'line' else 'VARCHAR'}'" for name in columns]
    typed = "{" + ", ".join(kinds) + "}"
    options = READ.format(delimiter=quoted(delimiter), columns=typed)
    connection.execute(
        CREATE.format(
            into=into,
            line=line,
            fields=", ".join(names),
            path=quoted(str(path)),
            options=options,
            select=select,
        )
    )


def _swept(
    connection: DuckDBPyConnection, table: Table, into: str, select: str, folder: Path, ordered: bool
) -> bool:
    """Whether the file was plain, so that the table is made and record n stands on line n + 1."""
    if not table.encoding.clean:
        return False
    path = _as_utf8(table, folder)
    lines = _plain_lines(path)
    if lines is None:
        return False
    try:
        line = "row_number() OVER () + 1 AS line" if ordered else "NULL::BIGINT AS line"
        _create(connection, into, select, path, table, table.delimiter, line)
    except duckdb.Error:
        return False
    row = connection.execute(COUNT.format(into=into)).fetchone()
    return row is not None and row[0] == lines - 1


def _as_utf8(table: Table, folder: Path) -> Path:
    member = table.member
    path = folder / "file.csv"
    if table.encoding.name.startswith("utf-8"):
        if member.path is not None:
            return member.path
        member.copy_to(path)
        return path
    with member.open() as raw, path.open("w", encoding="utf-8", newline="") as out:
        text = io.TextIOWrapper(io.BufferedReader(raw), table.encoding.name, newline="")  # type: ignore[type-var]
        while chunk := text.read(CHUNK):
            out.write(chunk)
    return path


def _plain_lines(path: Path) -> int | None:
    """How many lines there are up to the last that is not blank; None where a record might not be a line."""
    feeds = returns = pairs = 0
    last = b"\n"
    with path.open("rb") as stream:
        first = stream.readline(TAIL).removeprefix(b"\xef\xbb\xbf")
        if not first.strip(b' \t\r\n,;"'):
            return None  # the heading is further down
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
        size = stream.tell()
        stream.seek(max(0, size - TAIL))
        tail = stream.read()
    if returns != pairs:
        return None  # a lone carriage return: a line end to some, a character to others
    blank = tail[len(tail.rstrip(b"\r\n")) :].count(b"\n")
    return feeds - blank + 1


def _rewrite(table: Table, path: Path) -> list[Refusal]:
    """The records of `table` with their line numbers, as a plain file; gives the broken ones."""
    broken: list[Refusal] = []
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", *(f"c{place}" for place in range(len(table.header)))])
        for item in table.rows():
            if isinstance(item, Refusal):
                broken.append(item)
            else:
                writer.writerow([item[0], *item[1]])
    return broken


def _refused(connection: DuckDBPyConnection, into: str, broken: list[Refusal], folder: Path) -> None:
    connection.execute(REFUSED.format(into=into))
    if broken:
        rows = [(item.line, item.field, item.value, item.reason) for item in broken]
        path = folder / "refused.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([("line", "field", "value", "reason"), *rows])
        kinds = "{line: 'BIGINT', field: 'VARCHAR', value: 'VARCHAR', reason: 'VARCHAR'}"
        options = READ.format(delimiter="','", columns=kinds)
        connection.execute(BROKEN.format(path=quoted(str(path)), options=options))
