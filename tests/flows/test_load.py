"""Loading: what goes in is stored, unchanged or refused, and nothing else happens."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from liwa.core.errors import Busy, Held, SourceError, Unavailable
from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables, state
from liwa.lake.inputs import digest_of, keep, kept
from liwa.records.intake import Intake
from liwa.records.models import (
    Advising,
    Course,
    Enrollment,
    Identity,
    Klass,
    Load,
    Org,
    RefusedRow,
    Result,
    User,
)
from tests.flows.school import School, figures


def event_ids(home: Home) -> list[str]:
    with current_tables(home) as tables:
        return sorted(tables.raw_events.event_id.to_pyarrow().to_pylist())


def test_a_first_load_stores_every_row(school: School) -> None:
    (load,) = school.load()
    found = figures([load])
    assert found["enrollments.csv"] == (26, 26, 0, 0)
    assert found["results.csv"] == (28, 28, 0, 0)
    assert load.lines_in == load.stored == sum(counts[0] for counts in found.values())
    assert load.state == Load.State.DONE
    assert load.finished_at is not None
    assert load.message == ""
    assert len(load.sha256) == 64
    assert Klass.objects.get(pk="k1").ends_on is not None
    # 25 registrations; 28 hand-ins and as many marks
    assert len(event_ids(school.home)) == 25 + 56


def test_loading_again_stores_nothing(school: School) -> None:
    school.load()
    before, version = event_ids(school.home), state().events_version
    for consent in ({"again": False}, {"again": True}):
        (load,) = school.load(**consent)
        assert load.stored == load.refused == 0
        assert load.unchanged == load.lines_in > 0
        figures([load])
    assert event_ids(school.home) == before
    assert state().events_version == version
    assert Load.objects.count() == 3


def test_the_same_file_is_not_read_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    school.load()
    monkeypatch.setattr(Intake, "add", lambda *_: pytest.fail("it was read"))
    (load,) = school.load()
    assert load.message == "the same file as the load before"


def test_a_file_with_refused_rows_is_read_again(school: School) -> None:
    """What was missing may have come in meanwhile."""
    school.feed("outcome", "outcome", "outcome.csv")
    school.file("outcome.csv", "enrollmentSourcedId,value,success,knownAt", "e-k1-u1,pass,true,2026-10-01")
    (early,) = school.load("outcome")
    assert figures([early]) == {"outcome.csv": (1, 0, 0, 1)}
    school.load("sis")
    (late,) = school.load("outcome")
    assert figures([late]) == {"outcome.csv": (1, 1, 0, 0)}
    assert not RefusedRow.objects.filter(resolved_by=None).exists()


def test_a_corrected_row_stores_exactly_one(school: School) -> None:
    school.load()
    school.rows["results.csv"][0] = school.rows["results.csv"][0].replace(",80,", ",85,")
    (load,) = school.load()
    assert figures([load])["results.csv"] == (28, 1, 27, 0)
    assert load.stored == 1
    assert Result.objects.get(pk="x-l1-u1").score == 85
    assert len(event_ids(school.home)) == 25 + 56 + 1


def test_a_changed_class_code_is_no_other_class(school: School) -> None:
    school.load()
    school.rows["classes.csv"][0] = "k1,active,,Rivers A,c1,RA-new,o1,t1"
    (load,) = school.load()
    assert load.stored == 1
    assert Klass.objects.get(pk="k1").class_code == "RA-new"
    assert Klass.objects.count() == 2


def test_refused_rows_land_in_quarantine_with_their_place_and_reason(school: School) -> None:
    school.rows["enrollments.csv"] += [
        "e-x,active,,k9,u1,student,,,",  # no such class
        "e-y,active,,k1,u2,wizard,,,",  # no such role
        "e-k1-u1,active,,k1,u1,student,,,",  # given before
    ]
    (load,) = school.load()
    assert figures([load])["enrollments.csv"] == (29, 26, 0, 3)
    rows = RefusedRow.objects.order_by("line").values_list("file", "line", "field", "value", "key", "load")
    assert list(rows) == [
        ("enrollments.csv", 28, "klass", "k9", "e-x", load.pk),
        ("enrollments.csv", 29, "role", "wizard", "e-y", load.pk),
        ("enrollments.csv", 30, "sourcedId", "e-k1-u1", "e-k1-u1", load.pk),
    ]
    assert all(RefusedRow.objects.values_list("reason", flat=True))
    assert not Enrollment.objects.filter(pk__in=("e-x", "e-y")).exists()
    # nor did their events come in
    assert len(event_ids(school.home)) == 25 + 56


def test_a_refused_class_takes_all_that_names_it_along(school: School) -> None:
    school.rows["classes.csv"][0] = "k1,active,,Rivers A,c9,RA,o1,t1"
    (load,) = school.load()
    found = figures([load])
    assert found["classes.csv"] == (2, 1, 0, 1)
    assert found["enrollments.csv"] == (26, 5, 0, 21)
    assert found["lineItems.csv"] == (2, 0, 0, 2)
    assert found["results.csv"] == (28, 0, 0, 28)
    assert len(event_ids(school.home)) == 5


def test_the_same_refusal_waits_once_however_often_it_is_loaded(school: School) -> None:
    school.rows["enrollments.csv"].append("e-x,active,,k9,u1,student,,,")
    school.load()
    (again,) = school.load()
    waiting = RefusedRow.objects.filter(resolved_by=None)
    assert [row.load_id for row in waiting] == [again.pk]
    school.rows["enrollments.csv"].pop()
    school.load()
    assert not waiting.all().exists()


def test_a_row_mended_at_its_source_waits_no_longer(school: School) -> None:
    """Also where the file holds changes alone, so that its silence says nothing."""
    school.load()
    school.feed("identity", "identity", "identity.csv")
    school.file("identity.csv", "userSourcedId,kind,value", "u99,lms,ada", "u98,lms,bea", "u97,lms,")
    school.load("identity")
    assert RefusedRow.objects.filter(resolved_by=None).count() == 3
    school.file("identity.csv", "userSourcedId,kind,value", "u1,lms,ada")
    (load,) = school.load("identity")
    assert figures([load]) == {"identity.csv": (1, 1, 0, 0)}
    assert sorted(RefusedRow.objects.filter(resolved_by=None).values_list("key", flat=True)) == [
        "lms:",
        "lms:bea",
    ]
    assert Identity.objects.get().user_id == "u1"


def test_what_a_column_cannot_hold_is_refused(school: School) -> None:
    school.rows["users.csv"][0] = f"u1,active,,true,{'n' * 300},Ada,Moss,,,"
    (load,) = school.load()
    assert figures([load])["users.csv"] == (21, 20, 0, 1)
    row = RefusedRow.objects.get(file="users.csv")
    assert (row.line, row.field, row.key, row.reason) == (
        2,
        "username",
        "u1",
        "is longer than 255 characters",
    )
    # whatever names the user goes with it
    assert figures([load])["roles.csv"] == (21, 20, 0, 1)


def test_control_characters_reach_neither_records_nor_quarantine_raw(school: School) -> None:
    school.rows["users.csv"][0] = "u1,active,,true,u1,A\0da,Moss,,,"
    school.rows["users.csv"][1] = "u\0002,active,,true,u2,Bea,Moss,,,"
    (load,) = school.load()
    assert figures([load])["users.csv"] == (21, 19, 0, 2)
    assert not any("\0" in row.value + row.key for row in RefusedRow.objects.all())


# Removals


def test_a_bulk_file_removes_what_it_no_longer_holds(school: School) -> None:
    school.load()
    gone = school.rows["enrollments.csv"].pop(0)
    (load,) = school.load()
    assert load.removed == 1
    assert Enrollment.objects.get(pk=gone.split(",")[0]).status == "tobedeleted"
    school.rows["enrollments.csv"].append(gone)
    (back,) = school.load()
    assert (back.stored, back.removed) == (1, 0)
    assert Enrollment.objects.get(pk=gone.split(",")[0]).status == "active"


def test_too_many_removals_stop_before_anything_changes(school: School) -> None:
    school.load()
    records, events, version = (
        Enrollment.objects.filter(status="active").count(),
        event_ids(school.home),
        state(),
    )
    del school.rows["enrollments.csv"][:4]
    school.rows["users.csv"][0] = "u1,active,,true,renamed,Ada,Moss,,,"
    school.rows["enrollments.csv"].append("e-new,active,,k2,u9,student,,2026-10-01,")
    with pytest.raises(Held, match=r"4 of 26 active enrollments \(15%\)") as held:
        school.load()
    assert "--accept-removals" in held.value.remedy
    assert Load.objects.latest("pk").state == Load.State.HELD
    assert "e-k1-u1" in Load.objects.latest("pk").message
    assert Enrollment.objects.filter(status="active").count() == records
    assert User.objects.get(pk="u1").username == "u1"
    assert event_ids(school.home) == events
    assert state().events_version == version.events_version
    (load,) = school.load(removals=True)
    assert (load.state, load.removed) == (Load.State.DONE, 4)
    assert User.objects.get(pk="u1").username == "renamed"


def _fewer(school: School, name: str, gone: int) -> None:
    """Leave rows out of a file, and what names them."""
    keys = {row.split(",")[0] for row in school.rows[name][:gone]}
    for file, rows in school.rows.items():
        school.rows[file] = [row for row in rows if keys.isdisjoint(row.split(","))]


@pytest.mark.parametrize(
    ("name", "model", "gone", "said"),
    [
        ("users.csv", User, 6, r"6 of 21 active users \(29%\), among them u1, u2"),
        ("classes.csv", Klass, 6, r"6 of 12 active classes \(50%\), among them x0, x1"),
        ("courses.csv", Course, 6, r"6 of 11 active courses \(55%\), among them x0, x1"),
        ("orgs.csv", Org, 6, r"6 of 12 active orgs \(50%\), among them x0, x1"),
    ],
)
def test_much_of_any_table_stops_a_load(school: School, name: str, model: type, gone: int, said: str) -> None:
    row = {"classes.csv": "{},active,,X,c1,X,o1,t1", "courses.csv": "{},active,,,X,X,o1"}
    more = row.get(name, "{},active,,X,school,,")
    if name != "users.csv":
        school.rows[name] = [*(more.format(f"x{number}") for number in range(10)), *school.rows[name]]
    school.load()
    before = model.objects.filter(status="active").count()
    _fewer(school, name, gone)
    with pytest.raises(Held, match=said) as held:
        school.load(removals=False)
    assert ("; " in held.value.message) is (name == "users.csv")  # each table that would lose rows
    assert model.objects.filter(status="active").count() == before
    assert school.load(removals=True)[0].removed >= gone
    assert model.objects.filter(status="active").count() == before - gone


def test_advising_rows_stop_a_load_too(school: School) -> None:
    school.load()
    school.feed("advisers", "advising", "advisers.csv", options={"mode": "bulk"})
    rows = [f"teach,u{number}" for number in range(1, 21)]
    school.file("advisers.csv", "adviserSourcedId,studentSourcedId", *rows)
    school.load("advisers")
    school.file("advisers.csv", "adviserSourcedId,studentSourcedId", *rows[:5])
    with pytest.raises(Held, match=r"15 of 20 active advising rows \(75%\)"):
        school.load("advisers")
    assert Advising.objects.filter(status="active").count() == 20
    assert school.load("advisers", removals=True)[0].removed == 15


def test_a_handful_of_a_small_table_may_go(school: School) -> None:
    """Five of the 21 users, and none of the enrollments of those who stay."""
    school.rows["users.csv"] += [f"v{number},active,,true,v,Vera,Vane,,," for number in range(5)]
    school.load()
    school.rows["users.csv"] = [row for row in school.rows["users.csv"] if not row.startswith("v")]
    (load,) = school.load()
    assert load.removed == 5


def test_card_numbers_are_not_shown(school: School) -> None:
    school.load()
    school.feed("cards", "identity", "cards.csv", options={"mode": "bulk"})
    head = "userSourcedId,kind,value"
    school.file("cards.csv", head, *(f"u{number},card,secret-{number}" for number in range(1, 11)))
    school.load("cards")
    school.file("cards.csv", head, "u1,card,secret-1")
    with pytest.raises(Held, match="9 of 10 active identities") as held:
        school.load("cards")
    assert "secret" not in str(held.value)


def test_rows_marked_as_deleted_count_as_removals(school: School) -> None:
    school.load()
    school.rows["enrollments.csv"][:3] = [
        row.replace("active", "tobedeleted") for row in school.rows["enrollments.csv"][:3]
    ]
    with pytest.raises(Held, match="3 of 26"):
        school.load()
    (load,) = school.load(removals=True)
    assert load.removed == 3


def test_a_refused_line_removes_nothing(school: School) -> None:
    """Neither one that could not be read, nor one that names what there is not."""
    school.load()
    rows = school.rows["enrollments.csv"]
    rows[0] = rows[0].replace("2026-09-01", "2026-99-01")
    rows[1] = rows[1].replace(",k1,", ",k9,")
    rows[2] = rows[2].replace("student", "wizard")
    (load,) = school.load()
    assert (load.refused, load.removed) == (3, 0)
    assert Enrollment.objects.filter(status="active").count() == 26


def test_a_line_without_a_readable_id_removes_nothing_of_its_file(school: School) -> None:
    school.load()
    school.rows["enrollments.csv"][0] = "e-k1-u1,active"  # broken off
    school.rows["enrollments.csv"][1] = ",active,,k1,u2,student,,2026-09-01,"
    school.rows["roles.csv"].pop(0)
    (load,) = school.load()
    assert "enrollments.csv" in load.message
    assert Enrollment.objects.filter(status="active").count() == 26
    assert load.removed == 1  # the role: its file is sound


def test_a_delta_removes_nothing(school: School) -> None:
    school.load()
    school.feeds["sis"]["options"] = {"mode": "delta"}
    school.rows = {"enrollments.csv": ["e-k2-u9,active,,k2,u9,student,,2026-10-01,"]}
    (load,) = school.load()
    assert (load.lines_in, load.stored, load.removed) == (1, 1, 0)


def test_a_feed_changes_its_own_rows_alone(school: School) -> None:
    school.load()
    school.feed("other", "oneroster", "other.zip", options={"mode": "bulk"})
    rows = {
        "users.csv": [
            "u1,active,,true,stolen,Ada,Moss,student,o1,",
            "v1,active,,true,v1,Vera,Vane,student,o1,",
        ]
    }
    school.rows, kept = rows, school.rows
    school.write_zip(school.home.root / "other.zip")
    school.rows = kept
    (load,) = school.load("other")
    assert figures([load]) == {"users.csv": (2, 1, 0, 1)}
    assert RefusedRow.objects.get().reason == "belongs to the feed sis"
    assert User.objects.get(pk="u1").username == "u1"
    assert load.removed == 0


# Files and folders


def test_what_is_kept_is_what_is_read(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is exchanged while it is loaded: the records are those of the recorded hash."""
    school.write()
    place = school.home.root / "sis.zip"

    def exchanged(path: Path, inputs: Path, files: None) -> str:
        digest = keep(path, inputs, files)
        school.rows["users.csv"][0] = "u1,active,,true,later,Ada,Moss,,,"
        school.write_zip(place)
        return digest

    with monkeypatch.context() as patch:
        patch.setattr("liwa.flows.load.keep", exchanged)
        (load,) = load_feeds(school.home, [])
    assert load.sha256 != digest_of(place)
    assert load.sha256 == digest_of(kept(load.sha256, school.home.inputs))
    assert User.objects.get(pk="u1").username == "u1"
    (load,) = school.load()
    assert load.sha256 == digest_of(place)
    assert User.objects.get(pk="u1").username == "later"


def test_trouble_is_told_of_the_file_not_of_its_copy(school: School) -> None:
    school.write()
    place = school.home.root / "sis.zip"
    place.write_text("not a zip", encoding="utf-8")
    with pytest.raises(SourceError, match=r"sis\.zip is not a zip") as error:
        load_feeds(school.home, [])
    assert str(place) in error.value.message
    place.rename(school.home.root / "other.zip")
    school.feeds["sis"]["path"] = "other.zip"
    school.home.feeds_file.write_text(
        school.home.feeds_file.read_text("utf-8").replace("sis.zip", "other.zip"), encoding="utf-8"
    )
    with pytest.raises(SourceError, match=r"other\.zip is not a zip") as error:
        load_feeds(school.home, [])
    assert "inputs" not in error.value.message


def test_a_folder_is_watched(school: School) -> None:
    school.load()
    school.clicks("u1,2026-09-08 09:00,view,k1,2", name="in/2026-09.csv")
    school.feeds["lms"]["path"] = "in"
    assert [load.file for load in school.load("lms")] == ["2026-09.csv"]
    school.clicks("u1,2026-10-08 09:00,view,k1,2", name="in/2026-10.csv")
    school.feeds["lms"]["path"] = "in"
    loads = school.load("lms")
    assert [(load.file, load.stored) for load in loads] == [("2026-10.csv", 1)]
    again = school.load("lms")
    assert [(load.file, load.stored, load.unchanged) for load in again] == [("2026-10.csv", 0, 1)]
    everything = school.load("lms", again=True)
    assert [load.stored for load in everything] == [0, 0]


def test_older_rosters_in_a_folder_do_not_come_back(school: School) -> None:
    school.feeds["sis"]["path"] = "rosters"
    folder = school.home.root / "rosters"
    folder.mkdir()
    school.write_zip(folder / "2026-09-01.zip")
    school.load("sis")
    school.rows["users.csv"][0] = "u1,active,,true,newer,Ada,Moss,,,"
    school.write_zip(folder / "2026-09-02.zip")
    for _ in range(2):
        loads = school.load("sis")
        assert [load.file for load in loads] == ["2026-09-02.zip"]
        assert User.objects.get(pk="u1").username == "newer"


def test_a_folder_of_csv_files_is_one_roster(school: School) -> None:
    school.write()
    folder = school.home.root / "sis"
    shutil.unpack_archive(school.home.root / "sis.zip", folder)
    school.feeds["sis"]["path"] = "sis"
    (load,) = school.load()
    assert load.stored == load.lines_in > 100
    # What else lies in the folder is nobody's data: it is neither read nor kept, and makes it no other input.
    (folder / "photos").mkdir()
    (folder / "photos" / "large.jpg").write_bytes(b"photo")
    (folder / "letter.txt").write_text("private", encoding="utf-8")
    (again,) = school.load()
    assert again.sha256 == load.sha256
    names = {path.name for path in kept(load.sha256, school.home.inputs).rglob("*") if path.is_file()}
    assert names == set(school.rows)


def test_a_folder_without_csv_files_is_refused_before_anything_is_kept(school: School) -> None:
    (school.home.root / "photos").mkdir()
    (school.home.root / "photos" / "large.jpg").write_bytes(b"photo")
    school.write()
    school.feeds["sis"]["path"] = "photos"
    with pytest.raises(SourceError, match="photos holds no CSV file"):
        school.load()
    assert not school.home.inputs.exists()


def test_a_file_that_is_not_there_is_a_failed_load(school: School) -> None:
    school.feed("lms", "activity", "nowhere.csv", columns={"who": "a", "when": "b", "what": "c"})
    with pytest.raises(SourceError, match=r"nowhere\.csv does not exist"):
        school.load("lms")
    load = Load.objects.get()
    assert (load.state, load.file) == (Load.State.FAILED, "nowhere.csv")
    (school.home.root / "empty").mkdir()
    school.feeds["lms"]["path"] = "empty"
    with pytest.raises(SourceError, match="empty is empty"):
        school.load("lms")


def test_a_file_that_cannot_be_read_changes_nothing(school: School) -> None:
    school.write()
    (school.home.root / "sis.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(SourceError):
        load_feeds(school.home, [])
    assert Load.objects.get().state == Load.State.FAILED
    assert not User.objects.exists()


def test_interrupted_loads_are_closed(school: School) -> None:
    school.load()
    Load.objects.update(state=Load.State.RUNNING, finished_at=None)
    school.load()
    states = list(Load.objects.order_by("pk").values_list("state", "message"))
    assert states[0] == (Load.State.FAILED, "interrupted")
    assert states[1][0] == Load.State.DONE


def test_one_writer_at_a_time(school: School) -> None:
    school.write()
    with school.home.writing(), pytest.raises(Busy, match="is running"):
        load_feeds(school.home, [])


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    with pytest.raises(Unavailable, match="cannot be made"):
        Home(tmp_path / "file" / "home").make()


# What fails half-way


def test_a_defect_leaves_everything_as_it_was(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    school.load()
    events, version = event_ids(school.home), state().events_version
    school.rows["enrollments.csv"].append("e-new,active,,k2,u9,student,,2026-10-01,")
    with monkeypatch.context() as patch:
        patch.setattr("liwa.flows.loading.settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            school.load()
    load = Load.objects.latest("pk")
    assert (load.state, load.message, load.stored) == (Load.State.FAILED, "an error of Liwa's own", 0)
    assert not Enrollment.objects.filter(pk="e-new").exists()
    assert (event_ids(school.home), state().events_version) == (events, version)
    (load,) = school.load()
    assert load.stored == 1
    assert len(event_ids(school.home)) == len(events) + 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_while_storing_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = School(tmp_path / "home")
    school.load()
    events = event_ids(school.home)
    school.rows["enrollments.csv"].append("e-new,active,,k2,u9,student,,2026-10-01,")
    apply = Intake.apply

    def lose(intake: Intake, removals: list) -> set[str]:
        connection.connection.close()
        connection.connection = None
        return apply(intake, removals)

    with monkeypatch.context() as patch:
        patch.setattr(Intake, "apply", lose)
        with pytest.raises(Unavailable):
            school.load()
    connection.close()
    assert not Enrollment.objects.filter(pk="e-new").exists()
    assert Load.objects.latest("pk").state == Load.State.FAILED
    assert event_ids(school.home) == events
    (load,) = school.load()
    assert load.stored == 1
