"""What Liwa's own small CSV feeds (advising, outcome, identity) share: one file, one record a line."""

from collections.abc import Callable
from pathlib import Path

from liwa.core.feeds import Feed
from liwa.core.rows import Accepted, Part, Record
from liwa.sources.files import open_file
from liwa.sources.options import check_options, text_option
from liwa.sources.tables import FieldError, Row, Table, open_table

Field = Callable[[Row, str], str]


def record_part(
    feed: Feed,
    path: Path,
    required: tuple[str, ...],
    record: type[Record],
    understand: Callable[[Field, Row], Record],
    key: tuple[str, ...] = ("sourcedId",),
) -> Part:
    """The file at `path` as a part of `record` rows.

    `understand(field, row)` makes one of them; `field(row, name)` is the trimmed text of a column, '' where the
    file has no such column. Options: `mode`, `delta` (default) or `bulk`: the file holds all there is; `encoding`;
    `delimiter`. The texts of the columns `key`, joined by ':', are the sourcedId; a line that repeats one is refused.
    """
    check_options(feed, "mode", "encoding", "delimiter")
    mode = text_option(feed, "mode", "delta", ("delta", "bulk"))
    table = open_table(
        open_file(path), encoding=text_option(feed, "encoding"), delimiter=text_option(feed, "delimiter", ",")
    )
    table.require(*required)
    field = _field_of(table)

    def read(line: int, row: Row) -> Accepted:
        return Accepted(line, (understand(field, row),))

    keys = [table.key_in(column) for column in key]

    def key_of(row: Row) -> str:
        return ":".join(one(row) for one in keys)

    return Part(
        table.file, lambda: table.read(read, key_of), complete=(record.table,) if mode == "bulk" else ()
    )


def _field_of(table: Table) -> Field:
    def field(row: Row, name: str) -> str:
        place = table.columns.get(name.lower())
        return "" if place is None else row[place].strip()

    return field


def needed(name: str, text: str) -> str:
    """`text`, which must not be blank."""
    if not text:
        raise FieldError(name, "", "is missing")
    return text
