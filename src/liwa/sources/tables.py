"""CSV files as records with true line numbers; a broken record is a Refusal and never takes others with it."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from liwa.core.errors import SourceError
from liwa.core.rows import Accepted, Refusal
from liwa.sources.encoding import Encoding, detect
from liwa.sources.files import Member, readable

SHOWN = 200  # characters of a refused value that are kept
MAX_LINES = 500  # a record over more lines than this is a stray quotation mark
MAX_LENGTH = 1 << 18  # characters of one record

Row = list[str]
Key = Callable[[Row], str]


class FieldError(Exception):
    """One field is wrong. Raised by field parsers, turned into a Refusal of its line."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.value = value
        self.reason = reason

    def refusal(self, line: int, key: str = "") -> Refusal:
        return Refusal(line, self.field, self.value[:SHOWN], self.reason, key)


@dataclass(frozen=True)
class Table:
    """A CSV file whose heading has been read. `columns` maps a lower-case heading to its place."""

    member: Member
    encoding: Encoding
    header: tuple[str, ...]
    columns: dict[str, int]
    delimiter: str = ","

    def key_in(self, column: str) -> Key:
        """What tells a refused line's sourcedId, as far as it can be read: the text of `column`."""
        place = self.columns.get(column.lower())

        def key(row: Row) -> str:
            return row[place].strip()[:SHOWN] if place is not None and place < len(row) else ""

        return key

    @property
    def file(self) -> str:
        return self.member.name

    def require(self, *names: str) -> tuple[int, ...]:
        """The places of these columns. Raises SourceError naming those that are missing."""
        missing = [name for name in names if name.lower() not in self.columns]
        if missing:
            raise SourceError(
                f"{self.file} has no column {', '.join(missing)}.",
                remedy=f"Its columns are: {', '.join(self.header)}.",
            )
        return tuple(self.columns[name.lower()] for name in names)

    def rows(self, key: Key | None = None) -> Iterator[tuple[int, Row] | Refusal]:
        """Every record below the heading as (line it starts on, fields), or the Refusal of a broken one.

        `key` reads the sourcedId of a broken record. Lines that are blank but for separators are no records.
        """
        records = _records(self.member, self.encoding, self.delimiter, key)
        width = len(self.header)
        for item in records:  # past the heading
            if isinstance(item, Refusal) or any(item[1]):
                break
        for item in records:
            if isinstance(item, Refusal):
                yield item
                continue
            line, row = item
            if len(row) != width:
                if any(row):
                    reason = f"has {len(row)} fields where the heading has {width}"
                    yield Refusal(line, "", "", reason, key(row) if key else "")
            elif any(row):
                yield item

    def read(
        self, understand: Callable[[int, Row], Accepted], key: Key | None = None
    ) -> Iterator[Accepted | Refusal]:
        """Each record as `understand` takes it; where it raises FieldError, the Refusal, with its `key`."""
        for item in self.rows(key):
            if isinstance(item, Refusal):
                yield item
                continue
            line, row = item
            try:
                yield understand(line, row)
            except FieldError as error:
                yield error.refusal(line, key(row) if key else "")


def open_table(member: Member, *, encoding: str = "", delimiter: str = ",") -> Table:
    """Reads the heading of `member`: trimmed, its case ignored, a byte order mark taken off.

    Raises SourceError if the file is damaged, has no heading or names a column twice.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise SourceError(
            f"{delimiter!r} cannot separate fields.", remedy="Use one character such as ',' or ';'."
        )
    found = detect(member, encoding)
    for item in _records(member, found, delimiter):
        if isinstance(item, Refusal):
            raise SourceError(f"The heading of {member.name} cannot be read: it {item.reason}.")
        if any(item[1]):
            return _table(member, found, item[1], delimiter)
    raise SourceError(f"{member.name} is empty: not even a heading.", remedy="Export it with its heading.")


def _table(member: Member, encoding: Encoding, heading: Row, delimiter: str) -> Table:
    header = tuple(name.strip().strip("\ufeff").strip() for name in heading)
    columns: dict[str, int] = {}
    for place, name in enumerate(header):
        if name.lower() in columns:
            raise SourceError(f"{member.name} has two columns called {name}.", remedy="Keep one of them.")
        if name:
            columns[name.lower()] = place
    return Table(member, encoding, header, columns, delimiter)


class _Lines:
    """Physical lines, some of which may be given back to be read again."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._readline = stream.readline
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        taken = self.taken
        if taken and (len(taken) >= MAX_LINES or sum(map(len, taken)) > MAX_LENGTH):
            raise csv.Error("a quotation mark is not closed")
        line = self._again.popleft() if self._again else self._fresh()
        taken.append(line)
        if len(line) >= MAX_LENGTH:
            raise csv.Error(f"more than {MAX_LENGTH:,} characters")
        return line

    def _fresh(self) -> str:
        """The next line of the file, cut at the limit; what is beyond is passed over, never held."""
        line = self._readline(MAX_LENGTH)
        if not line:
            raise StopIteration
        rest = line
        while len(rest) == MAX_LENGTH and rest[-1] not in "\r\n":
            rest = self._readline(MAX_LENGTH)
        return line

    def keep_first(self) -> None:
        """All lines taken for the present record but its first are read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _records(
    member: Member, encoding: Encoding, delimiter: str, key: Key | None = None
) -> Iterator[tuple[int, Row] | Refusal]:
    errors = "strict" if encoding.clean else "replace"
    with readable(member.name), member.open() as raw:
        stream = io.TextIOWrapper(io.BufferedReader(raw, 1 << 18), encoding.name, errors, newline="")  # type: ignore[type-var]
        yield from _parsed(_Lines(stream), delimiter, encoding, key)


def _parsed(
    lines: _Lines, delimiter: str, encoding: Encoding, key: Key | None
) -> Iterator[tuple[int, Row] | Refusal]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    taken = lines.taken
    while True:
        taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.keep_first()
            yield Refusal(number, "", "", f"is not sound CSV: {error}")
            number += 1
            continue
        damage = "" if encoding.clean else _damage(taken, encoding.name)
        yield Refusal(number, "", "", damage, key(row) if key else "") if damage else (number, row)
        number += len(taken)


def _damage(taken: list[str], encoding: str) -> str:
    """Why a line with undecodable bytes or NULs is refused. '' for one that has neither."""
    text = "".join(taken)
    if "\0" in text:
        return "holds a NUL character"
    if "\ufffd" in text:
        return f"holds bytes that are not {encoding}"
    return ""
