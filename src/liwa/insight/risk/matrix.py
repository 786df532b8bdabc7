"""From a table of features to numbers, and from outcomes to the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liwa.insight.features import Column, Feature, compute
from liwa.insight.population import Moment, spine
from liwa.insight.tables import Campus, kept

Floats = NDArray[np.float64]
CHUNK = 150_000
SHIFT = 1.234567891e-6
# What every row keeps of the spine.
SPINE = ["enrollment", "user", "klass", "course", "starts_on", "week", "cutoff"]
Vocabulary = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Rows:
    """Feature rows in a fixed order: `table` has the spine's and the features' columns."""

    table: pa.Table
    features: tuple[Feature, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def words(self, name: str) -> list[Any]:
        return self.table[name].to_pylist()

    def array(self, name: str) -> NDArray[Any]:
        """A text column as numpy strings, quick to compare."""
        encoded = self.table[name].combine_chunks().dictionary_encode()
        return np.array(encoded.dictionary.to_pylist(), dtype=object)[encoded.indices.to_numpy()]

    def number(self, name: str) -> Floats:
        """A number column; unknown is NaN."""
        return pc.cast(self.table[name], pa.float64()).to_numpy()

    def settled(self, name: str) -> Floats:
        """A number column as everything after it is to see it: the same from run to run.

        Sums over threads differ in the last bits from run to run; five decimals do not, once shifted by a little so
        that no ordinary number lies where rounding turns from down to up.
        """
        return np.round(self.number(name) + SHIFT, 5)

    def take(self, where: NDArray[Any]) -> "Rows":
        return Rows(self.table.filter(pa.array(where)), self.features)


def columns_of(features: Sequence[Feature], *, activity: bool) -> tuple[Column, ...]:
    """The columns a model may use; without `activity` those that need no activity feed."""
    used = [one for one in features if activity or not one.activity]
    return tuple(column for one in used for column in one.columns if column.learned)


def rows_at(campus: Campus, moments: Sequence[Moment], features: Sequence[Feature]) -> Rows:
    """Features of all students active at the given moments, ordered by class, week and enrollment."""
    found = spine(campus, moments).to_pyarrow()
    found = found.sort_by([(name, "ascending") for name in ("klass", "week", "cutoff", "enrollment")])
    found = found.append_column("row", pa.array(np.arange(len(found))))
    return Rows(
        pa.concat_tables(_fetched(campus, part, features) for part in _chunks(found)), tuple(features)
    )


def _fetched(campus: Campus, found: pa.Table, features: Sequence[Feature]) -> pa.Table:
    """The rows of the spine with the columns of every feature, fetched one feature at a time: a query of them all
    takes longer to plan than to run, and more memory.
    """
    at = kept(ibis.memtable(found), campus)
    table = found.select(SPINE)
    for one in features:
        names = [column.name for column in one.columns]
        computed = compute(campus, at, [one]).select("row", *names).order_by("row").to_pyarrow()
        for name in names:
            table = table.append_column(name, computed[name])
    return table


def _chunks(found: pa.Table) -> list[pa.Table]:
    """The rows in parts of about CHUNK, classes kept whole: memory then does not grow with the campus."""
    klass = found["klass"].combine_chunks().dictionary_encode().indices.to_numpy()
    begins = (np.flatnonzero(klass[1:] != klass[:-1]) + 1).tolist()
    edges = [0]
    for place, following in zip(begins, [*begins, len(klass)][1:], strict=True):
        if following - edges[-1] > CHUNK:
            edges.append(place)
    return [
        found.slice(begin, end - begin) for begin, end in zip(edges, [*edges[1:], len(klass)], strict=True)
    ]


def vocabulary(rows: Rows, columns: Sequence[Column]) -> dict[str, list[str]]:
    """The words of every category column, in order."""
    return {
        column.name: sorted({word for word in rows.words(column.name) if word})
        for column in columns
        if column.kind == "category"
    }


def matrix(rows: Rows, columns: Sequence[Column], words: Vocabulary) -> NDArray[np.float32]:
    """One row per row, one column per column; unknown is NaN, a category its place in its vocabulary."""
    filled = np.empty((len(rows), len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        if column.kind == "category":
            codes = {word: code for code, word in enumerate(words[column.name])}
            filled[:, place] = [codes.get(word, np.nan) for word in rows.words(column.name)]
        else:
            filled[:, place] = rows.settled(column.name)
    return filled


def target(campus: Campus, rows: Rows, before: Any = None) -> Floats:
    """1 for not completed successfully, 0 for completed, NaN where unknown (or not known before `before`)."""
    outcome = campus.outcome.filter(campus.outcome.success.notnull())
    if before is not None:
        outcome = outcome.filter(outcome.known_at < before)
    table = outcome.select("sourced_id", "success").to_pyarrow()
    failed = dict(zip(table["sourced_id"].to_pylist(), table["success"].to_pylist(), strict=True))
    return np.array([1.0 - failed[one] if one in failed else np.nan for one in rows.words("enrollment")])
