"""Columns of text and CSV files of them, written in bulk and the same to the byte every time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from liwa.simulate.terms import DAY, UTC_OFFSET, Bools, Floats, Ints

Column = Any  # a pyarrow array
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time every member of a zip is given
OPTIONS = pacsv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)


def text(values: Iterable[str]) -> Column:
    """A column of these texts."""
    return pa.array(list(values), pa.string())


def pick(values: Sequence[str] | Column, places: Ints) -> Column:
    """The values at `places`, in their order."""
    found = values if isinstance(values, pa.Array) else text(values)
    return found.take(pa.array(places))


def same(value: str, count: int) -> Column:
    """The same text over and over."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def blank(count: int) -> Column:
    """A column with nothing in it."""
    return pa.nulls(count, pa.string())


def join(*parts: str | Column) -> Column:
    """Texts put together row by row."""
    return pc.binary_join_element_wise(*parts, "")


def swap(values: Column, old: str, new: str) -> Column:
    """Each text with `old` replaced by `new`."""
    return pc.replace_substring(values, old, new)


def cut(values: Column, start: int, stop: int | None = None) -> Column:
    """A part of each text."""
    return pc.utf8_slice_codeunits(values, start, stop)


def number(values: Ints | Floats) -> Column:
    """Numbers in their shortest form; blank for not-a-number."""
    if values.dtype.kind == "f":
        return pa.array(values, from_pandas=True)
    return pa.array(values)


def flag(values: Bools) -> Column:
    """`true` and `false`."""
    return pc.if_else(pa.array(values), "true", "false")


def where(condition: Bools, values: Column) -> Column:
    """The values where the condition holds, blank elsewhere."""
    return pc.if_else(pa.array(condition), values, None)


def moment(seconds: Ints) -> Column:
    """Campus seconds as `2026-09-07 08:00:00`, campus time."""
    return pa.array(seconds.astype("datetime64[s]")).cast(pa.string())


def utc(seconds: Ints) -> Column:
    """Campus seconds as `2026-09-07T00:00:00Z`."""
    return join(swap(moment(seconds - UTC_OFFSET), " ", "T"), "Z")


def day(seconds: Ints) -> Column:
    """The campus day, `2026-09-07`."""
    return pa.array(np.floor_divide(seconds, DAY).astype("datetime64[D]")).cast(pa.string())


class CsvFile:
    """A CSV file under way. `rows` counts what was written below the heading."""

    def __init__(self, stream: IO[bytes], header: Sequence[str]) -> None:
        self.stream = stream
        self.header = tuple(header)
        self.rows = 0
        stream.write((",".join(header) + "\n").encode())

    def add(self, columns: Mapping[str, Column]) -> None:
        """Rows given by column; a column of the heading that is not given stays blank."""
        unknown = set(columns) - set(self.header)
        if unknown:
            raise ValueError(f"not in the heading: {', '.join(sorted(unknown))}")
        count = len(next(iter(columns.values())))
        table = pa.table({name: columns.get(name, blank(count)) for name in self.header})
        if count:
            pacsv.write_csv(table, self.stream, OPTIONS)
        self.rows += count

    def add_lines(self, lines: Sequence[str]) -> tuple[int, ...]:
        """Rows given as they are; their line numbers, the heading being line 1."""
        self.stream.write("".join(f"{line}\n" for line in lines).encode())
        first = self.rows + 2
        self.rows += len(lines)
        return tuple(range(first, first + len(lines)))


def member(archive: ZipFile, name: str) -> IO[bytes]:
    """A file of the archive, open for writing, with nothing in it that depends on when or where."""
    info = ZipInfo(name, LONG_AGO)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return archive.open(info, "w")
