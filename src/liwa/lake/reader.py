"""Reading the lake: its tables as Ibis tables, in the state that belongs to the database."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from liwa.lake import log
from liwa.lake.engines import Engine, Table, engines
from liwa.lake.mirror import newest
from liwa.lake.schema import EVENTS, MIRRORS


class Tables:
    """The lake's Ibis tables. Use it with `with`, or call `close`.

    `raw_events` has every event as its source named the user; `events` has those whose user is known, by
    sourcedId; `unmatched` has the others. Every other attribute is a mirrored table of the records
    (`enrollment`, `klass` …, see `schema_of`), empty where it was never mirrored.
    """

    raw_events: Table
    events: Table
    unmatched: Table
    org: Table
    academic_session: Table
    course: Table
    klass: Table
    user: Table
    role: Table
    demographics: Table
    enrollment: Table
    category: Table
    line_item: Table
    result: Table
    resource: Table
    advising: Table
    outcome: Table
    identity: Table

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what the engine holds; the tables cannot be used afterwards."""
        self.engine.close()


def open_lake(
    root: Path,
    *,
    events_version: int | None,
    mirror_versions: Mapping[str, int] | None = None,
    engine: str = "duckdb",
    keep_events: bool = False,
) -> Tables:
    """Open the lake in `root` at these versions.

    `events_version` None is an empty lake; a table that `mirror_versions` does not name is empty; without
    `mirror_versions` the newest of each are taken. `keep_events` reads the events into the engine once, for
    callers that go over them many times. Raises LiwaError where a version is not there.
    """
    versions = newest(root) if mirror_versions is None else mirror_versions
    tables = Tables(engines[engine]())
    try:
        for name, schema in MIRRORS.items():
            folder = root / "mirror" / name
            files = [file.path for file in log.live_files(folder, versions.get(name))]
            setattr(tables, name, tables.engine.read(name, files, schema, folder))
        files = [file.path for file in log.live_files(root / "events", events_version)]
        tables.raw_events = tables.engine.read("raw_events", files, EVENTS, root / "events")
        _resolve(tables)
        if keep_events:
            tables.events = tables.engine.keep("events", tables.events)
    except BaseException:
        tables.close()
        raise
    return tables


def _resolve(tables: Tables) -> None:
    """Set `events` and `unmatched`: a user is named by sourcedId, else by an identity `kind:value`.

    Both must be of a user that there is; a sourcedId wins over an identity that looks like it.
    """
    known = tables.user.select(name=tables.user.sourced_id, known_user=tables.user.sourced_id)
    identity = tables.identity.select(name=tables.identity.sourced_id, known_user=tables.identity.user)
    identity = identity.semi_join(known, "known_user")
    identity = identity.anti_join(known, "name")
    names = tables.engine.keep("names", known.union(identity))
    raw = tables.raw_events
    joined = raw.inner_join(names, raw.user == names.name)
    tables.events = joined.mutate(user=joined.known_user).select(*EVENTS.names)
    tables.unmatched = raw.anti_join(names, raw.user == names.name).select(*EVENTS.names)
