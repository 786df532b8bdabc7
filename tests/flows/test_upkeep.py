"""Upkeep: the lake's many small files are merged, what nobody needs is removed, and nothing that anybody does."""

import os

import pytest

from liwa.core.errors import Unavailable
from liwa.digest.models import Refresh
from liwa.flows.lakes import state
from liwa.flows.refresh import steps
from liwa.flows.refresh import upkeep as flow
from liwa.lake import log, quality
from liwa.records.models import Load
from tests.flows.pages import run
from tests.flows.school import School

FEW = 3  # files in place of MANY: a test loads a few times, not dozens of times


@pytest.fixture
def busy(school: School, monkeypatch: pytest.MonkeyPatch) -> School:
    """A school whose learning platform was loaded more often than FEW, each time with another click."""
    monkeypatch.setattr(flow, "MANY", FEW)
    rows = []
    for minute in range(FEW + 2):
        rows.append(f"u1,2026-09-08T01:{minute:02}:00Z,view,k1,1")
        school.clicks(*rows)
        school.load()
    return school


def files(school: School, version: int | None) -> set[str]:
    root = school.home.lake(state().root) / "events"
    return {str(file.path) for file in log.live_files(root, version) if file.partition["source"] == "lms"}


def count(school: School) -> int:
    root = school.home.lake(state().root) / "events"
    return sum(file.rows for file in log.live_files(root, state().events_version))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept for being recent."""
    monkeypatch.setattr(flow, "clean", lambda *given, **more: quality.clean(*given, days=0, **more))


def test_upkeep_comes_last() -> None:
    assert [name for name, _ in steps()][-1] == "upkeep"


def test_many_small_files_are_merged_and_every_event_stays(busy: School) -> None:
    before = count(busy)
    assert len(files(busy, state().events_version)) == FEW + 2
    run(busy)
    assert len(files(busy, state().events_version)) == 1
    assert count(busy) == before


def test_the_version_of_each_load_stays(busy: School, hasty: None) -> None:
    loads = list(Load.objects.filter(feed="lms").order_by("pk"))
    before = [files(busy, load.events_version) for load in loads]
    assert [len(found) for found in before] == list(range(1, FEW + 3))
    run(busy)
    for load, found in zip(loads, before, strict=True):
        assert files(busy, load.events_version) == found
        assert all(os.path.exists(path) for path in found)


def test_what_no_load_left_is_removed(busy: School, hasty: None) -> None:
    Load.objects.update(events_version=None)
    before = files(busy, state().events_version)
    run(busy)
    assert not any(os.path.exists(path) for path in before)
    assert all(os.path.exists(path) for path in files(busy, state().events_version))


def test_what_is_recent_stays(busy: School) -> None:
    Load.objects.update(events_version=None)
    before = files(busy, state().events_version)
    run(busy)
    assert all(os.path.exists(path) for path in before)


def test_old_mirrors_are_removed_and_the_recorded_one_stays(
    school: School, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MANY", 1)
    folder = school.home.lake("lake") / "mirror" / "user"
    for number in range(4):
        school.rows["users.csv"].append(f"new{number},active,,true,new{number},New,One,,,")
        school.load("sis")
        run(school)
    (live,) = log.live_files(folder, state().mirror_versions["user"])
    assert live.rows == len(school.rows["users.csv"])
    assert live.path.exists()
    assert len(list(folder.glob("*.parquet"))) <= 2  # one old file alone is not worth a vacuum


def test_nothing_is_done_where_nothing_is_gained(busy: School) -> None:
    run(busy)
    before = state()
    run(busy)
    after = state()
    assert (after.events_version, after.mirror_versions) == (before.events_version, before.mirror_versions)


def test_the_next_load_goes_on_from_the_merged_files(busy: School) -> None:
    run(busy)
    before = count(busy)
    busy.clicks("u1,2026-09-08T01:00:00Z,view,k1,1", "u2,2026-09-09T01:00:00Z,view,k1,1")
    *_, load = busy.load()
    assert (load.stored, load.unchanged) == (1, 1)
    assert count(busy) == before + 1


def test_a_full_disk_is_said_plainly_and_the_digest_is_there(
    busy: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(flow, "compact", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        run(busy)
    assert Refresh.objects.exists()
