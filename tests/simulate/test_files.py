"""The files hold together, say nothing of the future, and come out the same."""

import json
import tomllib
import zipfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from liwa.core.feeds import read_feeds
from liwa.simulate.archive import ABSENT, HEADERS
from liwa.simulate.campus import Summary, simulate
from liwa.simulate.signins import demo_accounts
from liwa.simulate.terms import AS_OF
from tests.simulate.conftest import STUDENTS, Made

CAMPUS = timezone(timedelta(hours=8))
FILES = {
    "sis.zip",
    "advising.csv",
    "outcome.csv",
    "identity.csv",
    "lms.csv",
    "card.csv",
    "library.csv",
    "truth.csv",
    "feeds.toml",
    "signins.json",
}
# file, column, file it names, column there
REFERENCES = (
    ("orgs", "parentSourcedId", "orgs"),
    ("academicSessions", "parentSourcedId", "academicSessions"),
    ("courses", "orgSourcedId", "orgs"),
    ("classes", "courseSourcedId", "courses"),
    ("classes", "schoolSourcedId", "orgs"),
    ("classes", "termSourcedIds", "academicSessions"),
    ("users", "primaryOrgSourcedId", "orgs"),
    ("roles", "userSourcedId", "users"),
    ("roles", "orgSourcedId", "orgs"),
    ("demographics", "sourcedId", "users"),
    ("enrollments", "classSourcedId", "classes"),
    ("enrollments", "schoolSourcedId", "orgs"),
    ("enrollments", "userSourcedId", "users"),
    ("lineItems", "classSourcedId", "classes"),
    ("lineItems", "categorySourcedId", "categories"),
    ("lineItems", "academicSessionSourcedId", "academicSessions"),
    ("lineItems", "schoolSourcedId", "orgs"),
    ("results", "lineItemSourcedId", "lineItems"),
    ("results", "studentSourcedId", "users"),
    ("results", "classSourcedId", "classes"),
    ("classResources", "classSourcedId", "classes"),
    ("classResources", "resourceSourcedId", "resources"),
)


def ids(campus: Made, name: str) -> set[str]:
    return {row["sourcedId"] for row in campus.rows(f"sis.zip/{name}.csv")}


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_others(campus: Made, tmp_path: Path) -> None:
    simulate(tmp_path / "again", students=STUDENTS, seed=7)
    simulate(tmp_path / "other", students=STUDENTS, seed=8)
    here, again, other = contents(campus.out), contents(tmp_path / "again"), contents(tmp_path / "other")
    assert set(here) == FILES
    assert here == again
    assert not [name for name in FILES - {"feeds.toml"} if here[name] == other[name]]
    assert here["feeds.toml"] == other["feeds.toml"]


def test_the_manifest_names_every_file_of_the_standard(campus: Made) -> None:
    manifest = {row["propertyName"]: row["value"] for row in campus.rows("sis.zip/manifest.csv")}
    assert manifest["oneroster.version"] == "1.2"
    assert {name for name, mode in manifest.items() if mode == "bulk"} == {f"file.{name}" for name in HEADERS}
    assert {name for name, mode in manifest.items() if mode == "absent"} == {
        f"file.{name}" for name in ABSENT
    }
    with zipfile.ZipFile(campus.out / "sis.zip") as archive:
        assert {info.filename for info in archive.infolist()} == {
            "manifest.csv",
            *(f"{name}.csv" for name in HEADERS),
        }
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(("name", "column", "named"), REFERENCES)
def test_every_reference_is_to_something(campus: Made, name: str, column: str, named: str) -> None:
    said = {row[column] for row in campus.rows(f"sis.zip/{name}.csv")} - {""}
    assert said
    assert said <= ids(campus, named)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_no_sourced_id_comes_twice(campus: Made, name: str) -> None:
    rows = campus.rows(f"sis.zip/{name}.csv")
    assert len({row["sourcedId"] for row in rows}) == len(rows)


def test_the_files_beside_the_roster_refer_to_it(campus: Made) -> None:
    users, orgs, enrollments = ids(campus, "users"), ids(campus, "orgs"), ids(campus, "enrollments")
    assert {row["enrollmentSourcedId"] for row in campus.rows("outcome.csv")} <= enrollments
    for row in campus.rows("advising.csv"):
        assert row["adviserSourcedId"] in users
        assert (row["studentSourcedId"] in users) != (row["orgSourcedId"] in orgs)
    identities = campus.rows("identity.csv")
    assert {row["userSourcedId"] for row in identities} <= users
    known = {(row["kind"], row["value"]) for row in identities}
    assert len(known) == len(identities)
    for name, column, kind in (
        ("lms.csv", "account", "lms"),
        ("card.csv", "card", "card"),
        ("library.csv", "reader", "library"),
    ):
        assert {(kind, row[column]) for row in campus.rows(name)} <= known


def test_activity_is_by_enrolled_students_on_pages_of_their_classes(campus: Made) -> None:
    account = {
        row["value"]: row["userSourcedId"] for row in campus.rows("identity.csv") if row["kind"] == "lms"
    }
    enrolled = {
        (row["userSourcedId"], row["classSourcedId"]) for row in campus.rows("sis.zip/enrollments.csv")
    }
    pages = {
        row["resourceSourcedId"]: row["classSourcedId"] for row in campus.rows("sis.zip/classResources.csv")
    }
    for row in campus.rows("lms.csv"):
        assert (account[row["account"]], row["course"]) in enrolled
        assert pages[row["page"]] == row["course"]
        assert int(row["count"]) > 0


def test_every_student_has_an_adviser_or_the_pool_of_the_honours_college(campus: Made) -> None:
    advising = campus.rows("advising.csv")
    by_name = [row["studentSourcedId"] for row in advising if row["studentSourcedId"]]
    pool = {row["adviserSourcedId"]: row["orgSourcedId"] for row in advising if row["orgSourcedId"]}
    assert len(pool) == 2
    (org,) = set(pool.values())
    roles = campus.rows("sis.zip/roles.csv")
    by_org = [
        row["userSourcedId"] for row in roles if row["orgSourcedId"] == org and row["role"] == "student"
    ]
    students = {row["userSourcedId"] for row in roles if row["role"] == "student"}
    assert sorted(by_name + by_org) == sorted(students)


def test_every_class_has_a_teacher_and_weights_that_add_up(campus: Made) -> None:
    teachers = [row for row in campus.rows("sis.zip/enrollments.csv") if row["role"] == "teacher"]
    classes = ids(campus, "classes")
    assert sorted(row["classSourcedId"] for row in teachers) == sorted(classes)
    weight = dict.fromkeys(classes, 0)
    for row in campus.rows("sis.zip/lineItems.csv"):
        weight[row["classSourcedId"]] += int(row["metadata.liwa.weight"])
    assert set(weight.values()) == {100}


def test_courses_run_again_each_term(campus: Made) -> None:
    runs: dict[str, set[str]] = {}
    for row in campus.rows("sis.zip/classes.csv"):
        runs.setdefault(row["courseSourcedId"], set()).add(row["termSourcedIds"])
    assert sum(len(terms) == 3 for terms in runs.values()) > 0.9 * len(runs)


def test_nobody_repeats_a_passed_course_and_attempts_are_counted(campus: Made) -> None:
    course = {row["sourcedId"]: row["courseSourcedId"] for row in campus.rows("sis.zip/classes.csv")}
    outcome = {row["enrollmentSourcedId"]: row["value"] for row in campus.rows("outcome.csv")}
    seen: dict[tuple[str, str], list[str]] = {}
    for row in campus.rows("sis.zip/enrollments.csv"):
        if row["role"] == "student":
            earlier = seen.setdefault((row["userSourcedId"], course[row["classSourcedId"]]), [])
            assert "pass" not in earlier
            assert int(row["metadata.liwa.attempts"]) == len(earlier)
            earlier.append(outcome.get(row["sourcedId"], ""))
    assert any(len(outcomes) > 1 for outcomes in seen.values())


def when(text: str) -> datetime:
    """An instant as any of the files writes it."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=CAMPUS)
        except ValueError:
            continue
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize("made", ["campus", "earlier"])
def test_nothing_is_known_that_had_not_happened(made: str, request: pytest.FixtureRequest) -> None:
    campus: Made = request.getfixturevalue(made)
    now = datetime.combine(campus.summary.as_of, datetime.min.time(), CAMPUS)
    latest = {}
    for name in HEADERS:
        rows = campus.rows(f"sis.zip/{name}.csv")
        latest[name] = max(when(row["dateLastModified"]) for row in rows)
    results = campus.rows("sis.zip/results.csv")
    latest["submitted"] = max(
        when(row["metadata.liwa.submittedAt"]) for row in results if row["metadata.liwa.submittedAt"]
    )
    for name, column in (("lms", "time"), ("card", "time"), ("library", "time"), ("outcome", "knownAt")):
        latest[name] = max(when(row[column]) for row in campus.rows(f"{name}.csv"))
    assert {name: at for name, at in latest.items() if at >= now} == {}
    assert latest["lms"] > now - timedelta(days=2)
    assert latest["results"] > now - timedelta(days=2)


def test_an_earlier_export_is_the_same_campus_known_less_far(campus: Made, earlier: Made) -> None:
    for name in ("lms.csv", "card.csv", "library.csv", "outcome.csv", "sis.zip/lineItems.csv"):
        before = {tuple(row.values()) for row in earlier.rows(name)}
        assert before <= {tuple(row.values()) for row in campus.rows(name)}
    assert campus.text("truth.csv") == earlier.text("truth.csv")
    assert len(earlier.rows("sis.zip/results.csv")) < len(campus.rows("sis.zip/results.csv"))


def test_the_running_term_has_no_outcome_but_withdrawals(campus: Made) -> None:
    running = [row for row in campus.rows("outcome.csv") if "-2026A-" in row["enrollmentSourcedId"]]
    assert {row["value"] for row in running} == {"withdrawn"}
    ended = {row["sourcedId"]: row["endDate"] for row in campus.rows("sis.zip/enrollments.csv")}
    for row in running:
        assert ended[row["enrollmentSourcedId"]] < campus.summary.as_of.isoformat()
        assert ended[row["enrollmentSourcedId"]] == (when(row["knownAt"]) - timedelta(hours=1)).astimezone(
            CAMPUS
        ).strftime("%Y-%m-%d")


def test_marks_come_three_to_ten_days_after_hand_in(campus: Made) -> None:
    ends = {"2025A": date(2026, 1, 11), "2026S": date(2026, 7, 5), "2026A": date(2027, 1, 10)}
    for row in campus.rows("sis.zip/results.csv"):
        if row["scoreStatus"] == "fully graded":
            handed, marked = when(row["metadata.liwa.submittedAt"]), when(row["dateLastModified"])
            assert timedelta(days=2) < marked - handed <= timedelta(days=10)
            assert marked.astimezone(CAMPUS).date() <= ends[row["lineItemSourcedId"].split("-")[2]]


def test_each_result_is_marked_waiting_or_missing(campus: Made) -> None:
    top = {row["sourcedId"]: float(row["resultValueMax"]) for row in campus.rows("sis.zip/lineItems.csv")}
    seen = set()
    for row in campus.rows("sis.zip/results.csv"):
        state = (
            row["scoreStatus"],
            bool(row["score"]),
            bool(row["metadata.liwa.submittedAt"]),
            row["missing"],
        )
        seen.add(state)
        if row["score"]:
            assert 0 <= float(row["score"]) <= top[row["lineItemSourcedId"]]
    assert seen == {
        ("fully graded", True, True, "false"),
        ("submitted", False, True, "false"),
        ("not submitted", False, False, "true"),
    }


def test_the_summary_counts_what_is_there(campus: Made) -> None:
    summary = campus.summary
    for name, count in summary.rows.items():
        assert len(campus.text(name).splitlines()) == count + 1, name
    assert summary.students == STUDENTS
    assert summary.as_of == AS_OF
    assert summary.classes == len(ids(campus, "classes"))
    assert summary.refused == sum(len(item.lines) for item in summary.planted_refusals if item.refused) == 7
    for item in summary.planted_refusals:
        lines = campus.text(item.file).splitlines()
        assert tuple(lines[line - 1] for line in item.lines) == item.text


def test_no_file_speaks_of_the_truth(campus: Made) -> None:
    for name in [*campus.summary.rows, "feeds.toml", "signins.json"]:
        if name != "truth.csv":
            assert "truth" not in campus.text(name).lower(), name
            assert "risk" not in campus.text(name).lower(), name


def test_feeds_name_every_file_but_the_truth(campus: Made) -> None:
    feeds = read_feeds(campus.out / "feeds.toml")
    assert feeds.campus.simulated
    assert feeds.campus.as_of == campus.summary.as_of
    assert {feed.path.name for feed in feeds.feed} == FILES - {"truth.csv", "feeds.toml", "signins.json"}
    assert tomllib.loads(campus.text("feeds.toml"))["campus"]["timezone"] == "Asia/Shanghai"


def test_the_sign_ins_belong_together(campus: Made) -> None:
    accounts = {entry["role"]: entry["userSourcedId"] for entry in demo_accounts(campus.out)}
    assert list(accounts) == [
        "adviser",
        "teacher",
        "student",
        "head",
        "data_office",
        "registrar",
        "leadership",
    ]
    users = {row["sourcedId"]: row for row in campus.rows("sis.zip/users.csv")}
    for entry in json.loads(campus.text("signins.json")):
        user = users[entry["userSourcedId"]]
        assert set(entry["displayName"]) - {" "} == set(user["familyName"] + user["givenName"])
    advised = {row["studentSourcedId"]: row["adviserSourcedId"] for row in campus.rows("advising.csv")}
    assert advised[accounts["student"]] == accounts["adviser"]
    classes: dict[str, set[str]] = {}
    for row in campus.rows("sis.zip/enrollments.csv"):
        if "-2026A" in row["classSourcedId"]:
            classes.setdefault(row["userSourcedId"], set()).add(row["classSourcedId"])
    assert classes[accounts["student"]] & classes[accounts["teacher"]]


def test_made_of_utf8_and_signed_in_by_unique_plain_names(campus: Made) -> None:
    users = campus.rows("sis.zip/users.csv")
    assert len({row["username"] for row in users}) == len(users)
    assert all(row["username"].isascii() and row["email"].endswith("@example.edu") for row in users)
    chinese = sum(not row["familyName"].isascii() for row in users) / len(users)
    assert 0.75 < chinese < 0.95


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    summary = simulate(tmp_path, students=60, seed=1, progress=lambda *step: told.append(step))
    assert isinstance(summary, Summary)
    assert told[0] == ("people", 0, 3)
    assert told[-1][0] == "files"
    assert told[-1][1] == told[-1][2]
