"""Refused rows can be exported, mended and taken in again."""

import csv
from pathlib import Path

import pytest

from liwa.core.errors import LiwaError
from liwa.flows.lakes import current_tables
from liwa.flows.loading import Progress
from liwa.flows.quarantine import NOTES, export, refused_rows, resubmit
from liwa.records.campus import profile
from liwa.records.models import CampusProfile, Enrollment, Identity, Outcome, RefusedRow, Result, User
from tests.flows.school import HEADINGS, School, figures
from tests.flows.test_load import event_ids

Rows = list[dict[str, str]]


def quiet(name: str, done: int, total: int | None) -> None:
    """No progress."""


progress: Progress = quiet


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def waiting() -> int:
    return RefusedRow.objects.filter(resolved_by=None).count()


def test_out_and_in_again(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"] += [
        "e-x,active,,k1,u1,wizard,,,",
        "e-y,active,,k9,u2,student,,2026-09-02,",
    ]
    (first,) = school.load()
    before = event_ids(school.home)
    listed = refused_rows()
    assert [(row["line"], row["field"], row["value"], row["load"]) for row in reversed(listed)] == [
        (28, "role", "wizard", first.pk),
        (29, "klass", "k9", first.pk),
    ]
    (file,) = export(school.home, tmp_path / "out")
    assert file == tmp_path / "out" / "sis" / str(first.pk) / "enrollments.csv"
    rows = read(file)
    assert list(rows[0])[:4] == list(NOTES)
    assert [row["sourcedId"] for row in rows] == ["e-x", "e-y"]
    assert rows[0]["liwa:reason"] == listed[1]["reason"]

    rows[0]["role"] = "aide"  # the other stays as it was
    write(file, rows)
    (mended,) = resubmit(school.home, tmp_path / "out", requested_by="office", progress=progress)
    assert figures([mended])["enrollments.csv"] == (2, 1, 0, 1)
    assert mended.lines_in == 2
    assert mended.requested_by == "office"
    assert Enrollment.objects.get(pk="e-x").role == "aide"
    assert [row.load_id for row in RefusedRow.objects.filter(resolved_by=None)] == [mended.pk]
    assert mended.removed == 0
    assert event_ids(school.home) == before

    again = export(school.home, tmp_path / "again")
    rows = read(again[0])
    rows[0]["classSourcedId"] = "k2"
    write(again[0], rows)
    (last,) = resubmit(school.home, again[0], requested_by="office", progress=progress)
    assert last.stored == 1
    assert waiting() == 0
    assert len(event_ids(school.home)) == len(before) + 1
    assert export(school.home, tmp_path / "none") == []


def test_what_somebody_has_mended_is_not_written_over(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"] += ["e-x,active,,k1,u1,wizard,,,"]
    school.rows["users.csv"] += ["u-x,active,,true,,,,,,,,,,"]
    school.load()
    files = export(school.home, tmp_path / "out")
    assert len(files) == 2
    assert export(school.home, tmp_path / "out") == files  # the same again is no harm
    rows = read(files[-1])
    rows[0]["sourcedId"] = "mended"
    write(files[-1], rows)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(LiwaError, match="may have mended it"):
        export(school.home, tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


def test_a_file_spelled_otherwise_is_the_same_file(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HEADINGS, "Enrollments.CSV", HEADINGS["enrollments.csv"])
    school.rows["enrollments.csv"] += ["e-x,active,,k1,u1,wizard,,,"]
    school.load()
    assert waiting() == 1
    school.rows["Enrollments.CSV"] = school.rows.pop("enrollments.csv")
    school.load()
    assert waiting() == 1


def test_mended_rows_say_nothing_of_the_campus(school: School, tmp_path: Path) -> None:
    school.rows["enrollments.csv"] += ["e-x,active,,k1,u1,wizard,,,"]
    school.load()
    CampusProfile.objects.update(name="Liwa Hill", simulated=True)  # what a later load has said
    known = profile()
    (file,) = export(school.home, tmp_path / "out")
    rows = read(file)
    rows[0]["role"] = "aide"
    write(file, rows)
    resubmit(school.home, tmp_path / "out", requested_by="office", progress=progress)
    assert Enrollment.objects.get(pk="e-x").role == "aide"
    assert profile() == known


def test_a_mended_row_brings_no_older_rows_back(school: School, tmp_path: Path) -> None:
    """It is read among the rows it came with, but they are not taken."""
    school.rows["results.csv"].append("x-new,active,,l1,u19,fully graded,bad,2026-09-30,2026-09-25T02:00:00Z")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    school.rows["results.csv"].pop()
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",80,", ",95,")
    school.rows["users.csv"][0] = "u1,active,,true,newer,Ada,Moss,,,"
    RefusedRow.objects.update(file="kept.csv")  # so that the next load lets it wait
    school.load()
    RefusedRow.objects.update(file="results.csv", resolved_by=None)
    rows = read(file)
    rows[0]["score"] = "70"
    write(file, rows)
    (load,) = resubmit(school.home, tmp_path / "out", requested_by="", progress=progress)
    assert (load.lines_in, load.stored) == (1, 1)
    assert Result.objects.get(pk="x-new").score == 70
    assert Result.objects.get(pk="x-l1-u1").score == 95
    assert User.objects.get(pk="u1").username == "newer"


def test_the_class_of_a_mended_result_is_known(school: School, tmp_path: Path) -> None:
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",80,", ",8O,")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    rows = read(file)
    rows[0]["score"] = "80"
    write(file, rows)
    (load,) = resubmit(school.home, tmp_path / "out", requested_by="", progress=progress)
    assert load.stored == 1
    with current_tables(school.home) as tables:
        events = tables.raw_events.filter(tables.raw_events.user == "u1", tables.raw_events.object == "l1")
        assert events.klass.to_pyarrow().to_pylist() == ["k1", "k1"]


def test_lines_of_activity(school: School, tmp_path: Path) -> None:
    school.load()
    school.clicks(
        "u1,2026-09-08 09:00,view,k1,2", "u1,2026-13-08 09:00,view,k1,2", ",2026-09-08 09:00,view,k1,2"
    )
    (load,) = school.load("lms")
    assert figures([load]) == {"lms.csv": (3, 1, 0, 2)}
    before = event_ids(school.home)
    (file,) = export(school.home, tmp_path / "out", "lms")
    rows = read(file)
    assert [row["liwa:line"] for row in rows] == ["3", "4"]
    rows[0]["time"] = "2026-10-08 09:00"
    write(file, rows)
    (mended,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert figures([mended]) == {"lms.csv": (2, 1, 0, 1)}
    assert len(event_ids(school.home)) == len(before) + 1
    assert waiting() == 1
    # what is in the file of the feed itself is still only loaded once
    (again,) = school.load("lms", again=True)
    assert (again.stored, again.unchanged, again.refused) == (0, 1, 2)


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "gb18030"), (";", "utf-8-sig")]
)
def test_as_spreadsheets_save_it(school: School, tmp_path: Path, delimiter: str, encoding: str) -> None:
    school.load()
    school.feed("identity", "identity", "identity.csv")
    school.file("identity.csv", "userSourcedId,kind,value,note", "u99,lms,林晓雨,记录", "u98,lms,bea,")
    school.load("identity")
    (file,) = export(school.home, tmp_path / "out")
    rows = read(file)
    for row, user in zip(rows, ("u1", "u2"), strict=True):
        row["userSourcedId"] = user
    write(file, rows, delimiter=delimiter, encoding=encoding)
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert (load.stored, load.refused) == (2, 0)
    assert sorted(Identity.objects.values_list("value", flat=True)) == ["bea", "林晓雨"]


def test_with_the_feeds_own_delimiter_and_encoding(school: School, tmp_path: Path) -> None:
    school.load()
    school.feed("identity", "identity", "identity.csv", options={"delimiter": ";", "encoding": "gb18030"})
    text = "userSourcedId;kind;value\nu99;lms;林晓雨\nu1;lms;ada\n"
    (school.home.root / "identity.csv").write_bytes(text.encode("gb18030"))
    school.load("identity")
    (file,) = export(school.home, tmp_path / "out")
    rows = read(file)
    assert rows[0]["value"] == "林晓雨"
    rows[0]["userSourcedId"] = "u2"
    write(file, rows)
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert load.stored == 1
    assert Identity.objects.get(user="u2").value == "林晓雨"


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "'quoted", '=HYPERLINK("http://x")']


def test_formulas_come_out_harmless_and_go_in_as_they_were(school: School, tmp_path: Path) -> None:
    school.load()
    school.feed("identity", "identity", "identity.csv")
    school.file("identity.csv", "userSourcedId,kind,value,=evil")
    with (school.home.root / "identity.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(["u99", "lms", formula, "-5"] for formula in FORMULAS)
    school.load("identity")
    (file,) = export(school.home, tmp_path / "out")
    for row in csv.reader(file.read_text(encoding="utf-8-sig").splitlines()):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or cell == "-5"
    rows = read(file)
    for place, row in enumerate(rows, start=1):
        row["userSourcedId"] = f"u{place}"
    write(file, rows)
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert load.stored == len(FORMULAS)
    assert sorted(Identity.objects.values_list("value", flat=True)) == sorted(FORMULAS)


def test_a_bulk_feed_of_one_file_keeps_its_other_rows(school: School, tmp_path: Path) -> None:
    school.load()
    school.feed("outcome", "outcome", "outcome.csv", options={"mode": "bulk"})
    head = "enrollmentSourcedId,value,success,knownAt"
    school.file("outcome.csv", head, "e-k1-u1,pass,true,2026-10-01", "e-k1-u2,fail,no way,2026-10-01")
    school.load("outcome")
    (file,) = export(school.home, tmp_path / "out")
    rows = read(file)
    rows[0]["success"] = "false"
    write(file, rows)
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert (load.stored, load.removed) == (1, 0)
    assert Outcome.objects.filter(status="active").count() == 2


def test_records_that_are_not_sound_csv_come_out_empty(school: School, tmp_path: Path) -> None:
    school.rows["users.csv"].append("u99,active,,true")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    (row,) = read(file)
    assert row["sourcedId"] == ""
    row |= {"sourcedId": "u99", "status": "active", "username": "u99", "enabledUser": "true"}
    row |= {"givenName": "Zane", "familyName": "Wren"}
    write(file, [row])
    (load,) = resubmit(school.home, file, requested_by="", progress=progress)
    assert load.stored == 1
    assert User.objects.get(pk="u99").name == "Zane Wren"


# What is not an exported file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"liwa:line": "999"}, "refused no line 999"),
        ({"liwa:load": "999999"}, "no load 999999"),
        ({"liwa:load": "one"}, "must stay as they were"),
    ],
)
def test_other_rows_than_those_exported(
    school: School, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    school.rows["enrollments.csv"].append("e-x,active,,k1,u1,wizard,,,")
    school.load()
    (file,) = export(school.home, tmp_path / "out")
    write(file, [read(file)[0] | change])
    with pytest.raises(LiwaError, match=said):
        resubmit(school.home, file, requested_by="", progress=progress)
    assert waiting() == 1


def test_other_files_than_those_exported(school: School, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(LiwaError, match="nothing in"):
        resubmit(school.home, tmp_path / "empty", requested_by="", progress=progress)
    file = school.file("other.csv", "a,b", "1,2")
    with pytest.raises(LiwaError, match="was not exported"):
        resubmit(school.home, file, requested_by="", progress=progress)
