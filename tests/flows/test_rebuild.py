"""A rebuild remakes the very same events from the kept inputs."""

import shutil
from pathlib import Path

import pytest

from liwa.core.errors import LiwaError
from liwa.flows.lakes import current_tables, state
from liwa.flows.rebuild import rebuild
from liwa.records.models import RefusedRow
from tests.flows.school import School
from tests.flows.test_load import event_ids
from tests.flows.test_quarantine import progress, read, write


def lakes(school: School) -> set[str]:
    return {path.name for path in school.home.root.glob("lake*")}


def worked(school: School) -> None:
    """A school with loads of every kind behind it."""
    school.rows["enrollments.csv"] += ["e-x,active,,k9,u1,student,,2026-09-03,"]
    school.clicks("u1,2026-09-08 09:00,view,k1,2", "u1,2026-09-08 09:00,view,k1,2", "u2,bad,view,k1,2")
    school.load()
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",80,", ",85,")
    school.rows["classes.csv"].append("k9,active,,Rivers C,c1,RC,o1,t1")
    school.load()
    school.clicks("u1,2026-09-08 09:00,view,k1,2", "u3,2026-10-08 09:00,view,k1,2", name="lms.csv")
    school.load()


def test_the_same_events(school: School) -> None:
    worked(school)
    before = event_ids(school.home)
    with current_tables(school.home) as tables:
        rows = tables.raw_events.order_by("event_id").to_pyarrow()
    done = rebuild(school.home, progress=progress)
    assert (done.root, done.loads, done.events) == ("lake-2", 4, len(before))
    assert event_ids(school.home) == before
    with current_tables(school.home) as tables:
        assert tables.raw_events.order_by("event_id").to_pyarrow().equals(rows)
    assert lakes(school) == {"lake-2"}
    assert rebuild(school.home, progress=progress).root == "lake-3"
    assert event_ids(school.home) == before
    (load,) = school.load("sis")
    assert load.stored == 0


def test_a_row_refused_once_and_taken_later_is_there(school: School) -> None:
    """The same file was read twice: what any reading took counts."""
    school.load()
    school.clicks("u1,2026-09-08 09:00,view,k1,2")
    school.feed("late", "oneroster", "late.zip", options={"mode": "delta"})
    rows = school.rows
    school.rows = {"enrollments.csv": ["e-new,active,,k9,u1,student,,2026-09-03,"]}
    school.write_zip(school.home.root / "late.zip")
    school.rows = rows
    assert school.load("late")[0].refused == 1
    school.rows["classes.csv"].append("k9,active,,Rivers C,c1,RC,o1,t1")
    school.load("sis")
    assert school.load("late")[0].stored == 1
    before = event_ids(school.home)
    rebuild(school.home, progress=progress)
    assert event_ids(school.home) == before


def test_mended_rows_are_there(school: School, tmp_path: Path) -> None:
    from liwa.flows.quarantine import export, resubmit

    worked(school)
    for file in export(school.home, tmp_path / "out"):
        rows = read(file)
        rows[0]["time"] = "2026-09-09 10:00"
        write(file, rows)
    resubmit(school.home, tmp_path / "out", requested_by="", progress=progress)
    assert not RefusedRow.objects.filter(resolved_by=None).exists()
    before = event_ids(school.home)
    rebuild(school.home, progress=progress)
    assert event_ids(school.home) == before


def test_the_events_of_a_wrong_mapping_go(school: School) -> None:
    school.load()
    school.clicks("u1,2026-09-08 09:00,view,k1,2")
    school.load("lms")
    school.feeds["lms"]["verbs"] = {"view": "viewed"}
    school.feeds["lms"]["fixed"] = {"unit": "page"}
    assert school.load("lms")[0].stored == 1
    assert len(event_ids(school.home)) == 25 + 56 + 2
    rebuild(school.home, progress=progress)
    assert len(event_ids(school.home)) == 25 + 56 + 1
    with current_tables(school.home) as tables:
        raw = tables.raw_events
        (row,) = raw.filter(raw.source == "lms").to_pyarrow().to_pylist()
    assert (row["verb"], row["unit"]) == ("viewed", "page")


def test_a_rebuild_that_fails_changes_nothing(school: School) -> None:
    worked(school)
    before, known = event_ids(school.home), state()
    kept = sorted((school.home.inputs).rglob("sis.zip"))
    kept[0].rename(kept[0].with_name("gone"))
    shutil.rmtree(kept[0].parent)
    with pytest.raises(LiwaError, match="is not kept"):
        rebuild(school.home, progress=progress)
    assert event_ids(school.home) == before
    assert (state().root, state().events_version) == (known.root, known.events_version)


def test_what_a_killed_rebuild_left_goes_with_the_next(school: School) -> None:
    school.load()
    for name in ("lake-2", "lake-7"):
        (school.home.root / name / "events").mkdir(parents=True)
    (school.home.root / "lake-2" / "events" / "junk.parquet").touch()
    (school.home.root / "lake-notes").mkdir()
    rebuild(school.home, progress=progress)
    assert lakes(school) == {"lake-2", "lake-notes"}
    assert len(event_ids(school.home)) == 25 + 56
    assert not (school.home.root / "lake-2" / "events" / "junk.parquet").exists()


def test_nothing_to_rebuild(school: School) -> None:
    done = rebuild(school.home, progress=progress)
    assert (done.loads, done.events) == (0, 0)
    assert event_ids(school.home) == []
