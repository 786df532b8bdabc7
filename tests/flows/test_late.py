"""Mended rows that come late undo nothing that their feed has said since."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import LiwaError
from liwa.core.feeds import Feed
from liwa.flows.quarantine import _write, export, refused_by, resubmit
from liwa.records.models import Enrollment, Identity, Load, RefusedRow, Result
from liwa.sources.files import open_file
from liwa.sources.tables import open_table
from tests.flows.school import School
from tests.flows.test_quarantine import progress, read, waiting, write

HEAD = "userSourcedId,kind,value"


def mended(school: School, file: Path, **cells: str) -> Load:
    """Put these cells into every row of the file and send it in."""
    write(file, [row | cells for row in read(file)])
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    return load


@pytest.fixture
def cards(school: School) -> School:
    school.load()
    school.feed("cards", "identity", "cards")
    return school


def day(school: School, name: str, *rows: str) -> None:
    school.file(f"cards/{name}.csv", HEAD, *rows)
    school.load("cards")


def owner(value: str) -> str:
    return Identity.objects.get(value=value).user_id


def test_a_row_that_came_again_is_not_overwritten(school: School, tmp_path: Path) -> None:
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",80,", ",8O,")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",8O,", ",95,")
    (later,) = school.load()
    for _ in range(2):
        load = mended(school, file, score="70")
        assert (load.lines_in, load.stored, load.refused) == (1, 0, 1)
        assert Result.objects.get(pk="x-l1-u1").score == 95
        (said,) = refused_by([load])
        assert said["key"] == "x-l1-u1"
        assert f"load {later.pk} came after" in said["reason"]
        assert waiting() == 0  # nobody need look at it again


def test_also_where_each_day_has_a_file_of_its_own(cards: School, tmp_path: Path) -> None:
    day(cards, "1", "u99,card,a")
    (file,) = export(cards.home, tmp_path / "out")
    day(cards, "2", "u1,card,a")
    assert waiting() == 0
    assert mended(cards, file, userSourcedId="u2").refused == 1
    assert owner("a") == "u1"


def test_a_row_that_its_source_gave_up_does_not_come_back(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"].append("e-x,active,,k1,u1,wizard,,,")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    school.rows["enrollments.csv"].pop()
    school.load()
    assert mended(school, file, role="aide").refused == 1
    assert not Enrollment.objects.filter(pk="e-x").exists()


def test_an_unreadable_key_that_turns_out_to_be_known(cards: School, tmp_path: Path) -> None:
    day(cards, "1", "u1,card,")
    (file,) = export(cards.home, tmp_path / "out")
    day(cards, "2", "u2,card,a")
    assert mended(cards, file, value="a").refused == 1
    assert owner("a") == "u2"
    assert mended(cards, file, value="b").stored == 1  # nobody has said anything of that
    assert owner("b") == "u1"


def test_what_was_mended_once_does_not_undo_what_came_after(cards: School, tmp_path: Path) -> None:
    day(cards, "1", "u99,card,a")
    (file,) = export(cards.home, tmp_path / "out")
    assert mended(cards, file, userSourcedId="u1").stored == 1
    assert mended(cards, file, userSourcedId="u2").stored == 1  # nothing has come since
    day(cards, "2", "u3,card,a")
    assert mended(cards, file, userSourcedId="u1").refused == 1
    assert owner("a") == "u3"


def test_rows_that_nobody_spoke_of_since_are_taken(cards: School, tmp_path: Path) -> None:
    """Also where they alter what was there before they were refused."""
    day(cards, "1", "u1,card,a")
    day(cards, "2", "u99,card,a")
    (file,) = export(cards.home, tmp_path / "out")
    day(cards, "3", "u3,card,c")
    assert mended(cards, file, userSourcedId="u2").stored == 1
    assert owner("a") == "u2"
    assert waiting() == 0


def test_the_same_refusal_again_is_to_be_mended_where_it_is_newest(cards: School, tmp_path: Path) -> None:
    day(cards, "1", "u99,card,a")
    (file,) = export(cards.home, tmp_path / "old")
    day(cards, "2", "u98,card,a")
    assert mended(cards, file, userSourcedId="u1").refused == 1
    assert [row.file for row in RefusedRow.objects.filter(resolved_by=None)] == ["2.csv"]
    (file,) = export(cards.home, tmp_path / "new")
    assert mended(cards, file, userSourcedId="u2").stored == 1
    assert owner("a") == "u2"


def test_events_are_never_late(school: School, tmp_path: Path) -> None:
    school.load()
    school.clicks("u1,2026-13-08 09:00,view,k1,2")
    school.load("lms")
    (file,) = export(school.home, tmp_path / "out", "lms")
    school.clicks("u1,2026-13-08 09:00,view,k1,2", "u2,2026-09-08 09:00,view,k1,2")
    school.load("lms")
    assert mended(school, file, time="2026-10-08 09:00").stored == 1


def test_two_files_of_one_name_are_both_taken(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"] += ["e-x,active,,k2,u8,wizard,,,", "e-y,active,,k2,u9,wizard,,,"]
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    rows = [row | {"role": "student"} for row in read(file)]
    file.unlink()
    for name, row in zip(("a", "b"), rows, strict=True):
        (tmp_path / "out" / name).mkdir()
        write(tmp_path / "out" / name / "enrollments.csv", [row])
    (load,) = resubmit(school.home, tmp_path / "out", requested_by="", progress=progress)
    assert load.stored == 2
    assert Enrollment.objects.filter(pk__in=("e-x", "e-y")).count() == 2


def test_two_files_of_one_name_that_differ_are_refused(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"] += ["e-x,active,,k2,u8,wizard,,,"]
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    (row,) = read(file)
    (tmp_path / "out" / "again").mkdir()
    write(tmp_path / "out" / "again" / "enrollments.csv", [row | {"role": "student"}])
    with pytest.raises(LiwaError, match=r"Two files called enrollments\.csv .* line 28 in another way"):
        resubmit(school.home, tmp_path / "out", requested_by="", progress=progress)
    assert waiting() == 1


CELLS = st.text(st.sampled_from('ab"\n\r,; '), max_size=6)


@given(st.dictionaries(st.integers(2, 99), st.lists(CELLS, min_size=2, max_size=2), max_size=6))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_mended_row_is_known_by_its_line(tmp_path: Path, rows: dict[int, list[str]]) -> None:
    path = tmp_path / "mended.csv"
    lines, last = _write(path, Feed("x", "identity"), ["one", "two"], rows, iter([["later", "row"]]))
    found = dict(open_table(open_file(path)).rows())  # type: ignore[arg-type]
    assert found.pop(last + 1) == ["later", "row"]
    assert found == {line: rows[was] for line, was in lines.items() if any(rows[was])}
    assert sorted(lines.values()) == sorted(rows)
