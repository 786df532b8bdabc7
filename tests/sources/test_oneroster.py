"""OneRoster bundles: modes, versions, references, and what becomes of a bad line."""

from pathlib import Path

import pytest

from liwa.core.errors import ConfigError, SourceError
from liwa.core.rows import Accepted, Refusal, Resource, User
from tests.sources.bundles import parts_of, read_all, table, zipped

ORGS = table("orgs.csv", "o1,,,School,school,,")
MANIFEST = "propertyName,value\noneroster.version,1.2\n"


def test_without_manifest_everything_is_bulk(tmp_path: Path) -> None:
    users = table("users.csv", "u1,,,true,u1,Lan,Shen,student,o1,")
    path = zipped(
        tmp_path / "sis.zip", {"orgs.csv": ORGS, "users.csv": users, "courses.csv": table("courses.csv")}
    )
    assert {part.file: part.complete for part in parts_of(path)} == {
        "orgs.csv": ("org",),
        "users.csv": ("user", "role"),
        "courses.csv": (),  # has no row: that is not to say that there are no courses
    }
    assert {part.complete for part in parts_of(path, mode="delta")} == {()}


def test_manifest_says_which_files_are_complete(tmp_path: Path) -> None:
    manifest = MANIFEST + "file.orgs,Bulk\nfile.users,delta\nfile.roles,absent\n"
    members = {
        "manifest.csv": manifest,
        "orgs.csv": ORGS,
        "users.csv": table("users.csv"),
        "courses.csv": table("courses.csv"),
    }
    found = {part.file: part.complete for part in parts_of(zipped(tmp_path / "sis.zip", members))}
    assert found == {"orgs.csv": ("org",), "users.csv": (), "courses.csv": ()}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("file.users,bulk", "which is not there"),
        ("file.orgs,absent", "is absent, but it is there"),
        ("file.orgs,everything", "says 'everything'"),
        ("oneroster.version,2.0", "twice"),
        ('"file.orgs,bulk', "line 3"),
    ],
)
def test_manifest_that_contradicts(tmp_path: Path, line: str, reason: str) -> None:
    path = zipped(tmp_path / "sis.zip", {"manifest.csv": f"{MANIFEST}{line}\n", "orgs.csv": ORGS})
    with pytest.raises(SourceError, match=reason):
        parts_of(path)


def test_version_it_does_not_know(tmp_path: Path) -> None:
    path = zipped(tmp_path / "sis.zip", {"manifest.csv": MANIFEST.replace("1.2", "2.0"), "orgs.csv": ORGS})
    with pytest.raises(SourceError, match=r"version '2\.0'"):
        parts_of(path)


def test_zip_without_any_file_of_the_standard(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no OneRoster file"):
        parts_of(zipped(tmp_path / "sis.zip", {"photos.csv": "a\n"}))


def test_missing_column_stops_before_anything_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "sis.zip", {"orgs.csv": ORGS, "courses.csv": "sourcedId,status\nc1,\n"})
    with pytest.raises(SourceError, match=r"courses\.csv has no column title"):
        parts_of(path)


def test_option_that_means_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"options\.encodnig"):
        parts_of(zipped(tmp_path / "sis.zip", {"orgs.csv": ORGS}), encodnig="utf-8")
    with pytest.raises(ConfigError, match=r"options\.mode"):
        parts_of(zipped(tmp_path / "sis.zip", {"orgs.csv": ORGS}), mode="partial")


def test_parts_come_in_the_order_of_references(tmp_path: Path) -> None:
    names = [
        "results.csv",
        "lineItems.csv",
        "enrollments.csv",
        "users.csv",
        "classes.csv",
        "orgs.csv",
        "courses.csv",
    ]
    path = zipped(tmp_path / "sis.zip", {name: table(name) for name in names})
    assert [part.file for part in parts_of(path)] == [
        "orgs.csv",
        "courses.csv",
        "classes.csv",
        "users.csv",
        "enrollments.csv",
        "lineItems.csv",
        "results.csv",
    ]


def test_password_is_never_read(tmp_path: Path) -> None:
    rows = table("users.csv", "u1,,,true,u1,Lan,Shen,student,o1,hunter2")
    (found,) = read_all(zipped(tmp_path / "sis.zip", {"users.csv": rows}))["users.csv"]
    assert isinstance(found, Accepted)
    assert "hunter2" not in repr(found)


def test_roles_file_overrules_the_role_column(tmp_path: Path) -> None:
    members = {
        "users.csv": table("users.csv", "u1,,,true,u1,Lan,Shen,student,o1,"),
        "roles.csv": table("roles.csv", "r1,,,u1,primary,teacher,,,o1"),
    }
    path = zipped(tmp_path / "sis.zip", members)
    assert [part.complete for part in parts_of(path)] == [("user",), ("role",)]
    (user,) = read_all(path)["users.csv"]
    assert isinstance(user, Accepted)
    assert [type(record) for record in user.records] == [User]


def test_resource_of_several_classes(tmp_path: Path) -> None:
    links = ["k1,,,c1,b1", "k2,,,c2,b1", "k3,tobedeleted,,c3,b1", "k4,,,c4,b2", "k5,,,,b1"]
    members = {
        "resources.csv": table("resources.csv", "b1,,,Notes,"),
        "classResources.csv": table("classResources.csv", *links),
    }
    found = read_all(zipped(tmp_path / "sis.zip", members))
    assert [type(item) for item in found["classResources.csv"]] == [
        Accepted,
        Accepted,
        Accepted,
        Refusal,
        Refusal,
    ]
    (item,) = found["resources.csv"]
    assert isinstance(item, Accepted)
    (resource,) = item.records
    assert isinstance(resource, Resource)
    assert resource.klass == "c1"
    assert resource.metadata == {"classResources": ["c1", "c2"]}


def results(tmp_path: Path, row: str, **options: str) -> list[tuple[str, str, str]]:
    path = zipped(tmp_path / "sis.zip", {"results.csv": table("results.csv", row)})
    (item,) = read_all(path, **options)["results.csv"]
    assert isinstance(item, Accepted)
    return [
        (event.verb, f"{event.occurred_at:%d %H:%M}", f"{event.known_at:%d %H:%M}") for event in item.events
    ]


@pytest.mark.parametrize(
    ("row", "events"),
    [
        # status, dateLastModified … scoreStatus, score, scoreDate, submittedAt; Shanghai is eight hours ahead
        (
            ",,l,s,fully graded,7,2026-10-10,",
            [("submitted", "09 16:00", "10 15:59"), ("scored", "09 16:00", "10 15:59")],
        ),
        (
            ",2026-10-12T01:00:00Z,l,s,fully graded,7,2026-10-10,2026-10-08T10:00:00Z",
            [("submitted", "08 10:00", "08 10:00"), ("scored", "09 16:00", "12 01:00")],
        ),
        (",2026-10-12T01:00:00Z,l,s,fully graded,7,,", [("scored", "12 01:00", "12 01:00")]),
        (",,l,s,submitted,,2026-10-10,", [("submitted", "09 16:00", "10 15:59")]),
        (",,l,s,fully graded,7,,", []),
        (",,l,s,not submitted,,2026-10-10,", []),
        (",,l,s,exempt,7,2026-10-10,", []),
        ("tobedeleted,,l,s,fully graded,7,2026-10-10,", []),
    ],
)
def test_when_a_result_was_known(tmp_path: Path, row: str, events: list[tuple[str, str, str]]) -> None:
    assert results(tmp_path, f"x,{row}") == events


def test_marks_known_by_score_date(tmp_path: Path) -> None:
    row = "x,,2026-12-12T01:00:00Z,l,s,fully graded,7,2026-10-10,2026-10-08T10:00:00Z"
    assert results(tmp_path, row, marks_known="scoreDate")[1] == ("scored", "09 16:00", "10 15:59")


def test_a_corrected_mark_is_another_event_and_the_same_mark_is_not(tmp_path: Path) -> None:
    def keys(row: str) -> set[str]:
        path = zipped(tmp_path / "sis.zip", {"results.csv": table("results.csv", row)})
        (item,) = read_all(path)["results.csv"]
        assert isinstance(item, Accepted)
        return {event.natural_key for event in item.events if event.verb == "scored"}

    first = keys("x,,2026-10-12T01:00:00Z,l,s,fully graded,7,2026-10-10,")
    assert keys("x,,2026-10-13T01:00:00Z,l,s,fully graded,7.0,2026-10-10,") == first
    assert keys("x,,2026-10-13T01:00:00Z,l,s,fully graded,8,2026-10-10,") != first
