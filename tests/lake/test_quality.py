from datetime import timedelta
from pathlib import Path

import pytest

from liwa.lake import log, quality
from liwa.lake.events import Lake
from liwa.lake.mirror import write_mirror
from liwa.lake.reader import open_lake
from tests.lake.made import START, data_files, event, ids, live, mirror_rows, numbered, stored


def grown(lake: Lake, loads: int) -> int:
    version = None
    for load in range(loads):
        rows = [event(f"{load}-{n}", user=f"u{n}", day=20.0 * n) for n in range(3)]
        version = lake.append_rows("lms", numbered(rows), version).version
    assert version is not None
    return version


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_each_month_of_each_source_is_counted(lake: Lake) -> None:
    version = grown(lake, 2)
    with open_lake(lake.root, events_version=version) as tables:
        found = quality.months(tables)
    assert [(one.source, one.month, one.events, one.users) for one in found] == [
        ("lms", "2026-01", 2, 1),
        ("lms", "2026-02", 2, 1),
        ("lms", "2026-03", 2, 1),
    ]
    assert (found[0].first, found[2].last) == (START, START + timedelta(days=40))


def test_events_of_nobody_are_counted_by_source(lake: Lake) -> None:
    version = grown(lake, 1)
    write_mirror(lake.root, "user", mirror_rows("user", {"sourced_id": "u1"}))
    with open_lake(lake.root, events_version=version) as tables:
        assert quality.unmatched(tables) == {"lms": 2}


def test_repeated_ids_are_found(lake: Lake) -> None:
    version = grown(lake, 1)
    with open_lake(lake.root, events_version=version) as tables:
        assert quality.repeated_ids(tables) == 0
        tables.raw_events = tables.raw_events.union(tables.raw_events.limit(1))
        assert quality.repeated_ids(tables) == 1


def test_storage_tells_live_files_from_others(lake: Lake) -> None:
    version = grown(lake, 2)
    lake.append_rows("lms", numbered([event("orphan")]), version)
    found = quality.storage(lake.root, version)
    assert (found.files, found.other_files) == (6, 1)
    assert found.bytes + found.other_bytes == sum(path.stat().st_size for path in data_files(lake.root))
    assert quality.storage(lake.root, None).files == 0


def test_compacting_keeps_every_event(lake: Lake) -> None:
    version = grown(lake, quality.FEW + 1)
    before = stored(lake.root, version)
    lake.append_rows("lms", numbered([event("orphan")]), version)
    compacted = quality.compact(lake.root, version)
    assert stored(lake.root, compacted) == before == stored(lake.root, version)
    assert len(log.live_files(lake.events, compacted)) == 3
    assert quality.compact(lake.root, compacted) == compacted
    assert lake.append_rows("lms", numbered([event("0-0", user="u0")]), compacted).events == 0


def test_few_files_are_left_alone(lake: Lake) -> None:
    version = grown(lake, quality.FEW)
    assert quality.compact(lake.root, version) == version
    assert quality.compact(lake.root, None) is None


def test_only_crowded_months_are_rewritten(lake: Lake) -> None:
    version = grown(lake, 3)
    rows = [event(f"more-{n}") for n in range(3)]
    for row in rows:
        version = lake.append_rows("lms", numbered([row]), version).version
    before = live(lake.root, version)
    compacted = quality.compact(lake.root, version, few=5)
    after = live(lake.root, compacted)
    assert {path.parent.name for path in before - after} == {"month=2026-01"}
    assert sum(path.parent.name == "month=2026-01" for path in after) == 1
    assert stored(lake.root, compacted) == stored(lake.root, version)


def test_cleaning_keeps_the_versions_it_is_told_to(lake: Lake) -> None:
    first = grown(lake, quality.FEW + 1)
    second = lake.append_rows("lms", numbered([event("after")]), quality.compact(lake.root, first)).version
    assert second is not None
    files = {version: live(lake.root, version) for version in range(second + 1)}
    third = quality.compact(lake.root, second, few=1)
    kept, _ = quality.clean(lake.root, third, {}, days=0, also=[first - 2, first, second, 4_000])
    assert all(path.exists() for version in (first - 2, first, second) for path in files[version])
    assert kept is not None
    final, _ = quality.clean(lake.root, kept, {}, days=0, also=[second])
    assert all(path.exists() for path in files[second])
    assert not any(path.exists() for path in files[first])
    assert stored(lake.root, final) == stored(lake.root, second)


def test_cleaning_leaves_alone_what_is_not_worth_it(lake: Lake) -> None:
    version = grown(lake, quality.FEW + 1)
    compacted = quality.compact(lake.root, version)
    removable = len(data_files(lake.root)) - 3
    assert quality.clean(lake.root, compacted, {}, days=0, few=removable) == (compacted, {})
    assert len(data_files(lake.root)) == removable + 3
    quality.clean(lake.root, compacted, {}, days=0, few=removable - 1)
    assert len(data_files(lake.root)) == 3


def test_cleaning_removes_what_nobody_needs_and_nothing_else(lake: Lake) -> None:
    version = grown(lake, 2)
    lake.append_rows("lms", numbered([event("orphan")]), version)
    mirrored = [write_mirror(lake.root, "org", mirror_rows("org", {"sourced_id": name})) for name in "abc"]
    before = stored(lake.root, version)
    events, mirrors = quality.clean(lake.root, version, {"org": mirrored[1]}, days=0)
    assert stored(lake.root, events) == before == stored(lake.root, version)
    assert data_files(lake.root) == live(lake.root, version)
    with open_lake(lake.root, events_version=None, mirror_versions=mirrors) as tables:
        assert tables.org.sourced_id.to_pyarrow().to_pylist() == ["b"]
    assert len(list((lake.root / "mirror" / "org").glob("*.parquet"))) == 1
    assert len(ids(lake.root, lake.append_rows("lms", numbered([event("new")]), events).version)) == 7


def test_cleaning_keeps_what_is_recent(lake: Lake) -> None:
    version = grown(lake, quality.FEW + 1)
    compacted = quality.compact(lake.root, version)
    files = data_files(lake.root)
    quality.clean(lake.root, compacted, {})
    assert data_files(lake.root) == files
    assert len(ids(lake.root, version)) == 3 * (quality.FEW + 1)
