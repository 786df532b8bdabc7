"""A school small enough to know by heart, written as files and loaded like any other."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.load import Consent
from liwa.records.models import Load
from tests.sources.bundles import HEADINGS

STUDENTS = 20
TERM_BEFORE = "t0,active,,Autumn before,term,2025-09-08,2026-01-16,,2025"
CAMPUS: dict[str, Any] = {"name": "Test school", "timezone": "Asia/Shanghai", "as_of": "2026-10-26"}

Rows = dict[str, list[str]]


def roster() -> Rows:
    """Two orgs, one term, one course with two classes, a teacher, twenty students in k1 and five of them in k2."""
    students = [f"u{number}" for number in range(1, STUDENTS + 1)]
    return {
        "orgs.csv": ["o1,active,,School of Rivers,school,,", "o2,active,,Department,department,,o1"],
        "academicSessions.csv": ["t1,active,,Autumn,term,2026-09-07,2027-01-15,,2026"],
        "courses.csv": ["c1,active,,,Rivers,R1,o1"],
        "classes.csv": ["k1,active,,Rivers A,c1,RA,o1,t1", "k2,active,,Rivers B,c1,RB,o1,t1"],
        "users.csv": [
            *(f"{user},active,,true,{user},Ada,Moss{user},,," for user in students),
            "teach,active,,true,teach,Tom,Teach,,,",
        ],
        "roles.csv": [
            *(f"r-{user},active,,{user},primary,student,,,o1" for user in students),
            "r-teach,active,,teach,primary,teacher,,,o1",
        ],
        "enrollments.csv": [
            *(f"e-k1-{user},active,,k1,{user},student,,2026-09-01," for user in students),
            *(f"e-k2-{user},active,,k2,{user},student,,2026-09-01," for user in students[:5]),
            "e-k1-teach,active,,k1,teach,teacher,,,",
        ],
        "lineItems.csv": [
            "l1,active,,Essay,2026-09-07,2026-09-27,k1,40",
            "l2,active,,Exam,,2026-10-11,k1,60",
        ],
        "results.csv": [
            *(_result(user, "l1", 80, "2026-09-30", "2026-09-25T02:00:00Z") for user in students[:18]),
            *(_result(user, "l2", 40, "2026-10-13", "2026-10-12T02:00:00Z") for user in students[:10]),
        ],
    }


def _result(user: str, item: str, score: float, day: str, handed_in: str) -> str:
    return f"x-{item}-{user},active,,{item},{user},fully graded,{score},{day},{handed_in}"


class School:
    """The school's files below a LIWA_HOME of their own."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.make()
        self.rows = roster()
        self.campus = dict(CAMPUS)
        self.feeds: dict[str, dict[str, Any]] = {"sis": {"source": "oneroster", "path": "sis.zip"}}
        self.extra = ""

    def write(self) -> None:
        """Write sis.zip and feeds.toml as they are described now."""
        self.write_zip(self.home.root / "sis.zip")
        text = ["[campus]", *_toml(self.campus), self.extra]
        for name, fields in self.feeds.items():
            text += ["[[feed]]", *_toml({"name": name, **fields})]
        self.home.feeds_file.write_text("\n".join(text), encoding="utf-8")

    def write_zip(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, rows in self.rows.items():
                # Always of the same date, so that the same rows are the same file.
                archive.writestr(zipfile.ZipInfo(name), "\n".join([HEADINGS[name], *rows, ""]))

    def file(self, name: str, *lines: str) -> Path:
        path = self.home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path

    def feed(self, name: str, source: str, path: str, **fields: Any) -> None:
        self.feeds[name] = {"source": source, "path": path, **fields}

    def load(self, *names: str, **consent: bool) -> list[Load]:
        """Write everything and load it."""
        self.write()
        return load_feeds(self.home, names, consent=Consent(**consent))

    def clicks(self, *rows: str, name: str = "lms.csv", identity: str = "sourcedId") -> None:
        """An activity feed `lms` of who, time, what, class, count."""
        self.file(name, "who,time,what,class,count", *rows)
        columns = {"who": "who", "when": "time", "what": "what", "class": "class", "amount": "count"}
        self.feed("lms", "activity", name, identity=identity, columns=columns, fixed={"unit": "click"})


def seven_weeks(school: School) -> School:
    """The school after seven weeks, written but not loaded.

    In k1 everyone was active in week 3, student n with n clicks on one day; u1 twice more in week 1. u19 has left,
    u20 has handed in nothing. k0 is an earlier run of the course; ten of its twelve students completed it.
    """
    rows = school.rows
    place = rows["enrollments.csv"].index("e-k1-u19,active,,k1,u19,student,,2026-09-01,")
    rows["enrollments.csv"][place] += "2026-10-01"
    rows["academicSessions.csv"].append(TERM_BEFORE)
    rows["classes.csv"].append("k0,active,,Rivers before,c1,R0,o1,t0")
    rows["enrollments.csv"] += [f"e-k0-u{n},active,,k0,u{n},student,,2025-09-01," for n in range(1, 13)]
    head = "enrollmentSourcedId,value,success,knownAt"
    ended = (f"e-k0-u{n},{'pass,true' if n <= 10 else 'fail,false'},2026-01-20" for n in range(1, 13))
    school.file("outcome.csv", head, *ended)
    school.feed("outcome", "outcome", "outcome.csv")
    school.clicks(
        "u1,2026-09-08 09:00,view,k1,3",
        "u1,2026-09-09 09:00,view,k1,2",
        *(f"u{n},2026-09-22 09:00,view,k1,{n}" for n in range(1, STUDENTS + 1)),
        "u1,2026-10-26 00:30,view,k1,100",  # after the moment
    )
    return school


def _toml(fields: dict[str, Any]) -> list[str]:
    """One line a field; tables inline."""
    return [f"{name} = {_value(value)}" for name, value in fields.items()]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(one)}" for name, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def figures(loads: Sequence[Load]) -> dict[str, tuple[int, int, int, int]]:
    """{file: (in, stored, unchanged, refused)} of all files of the loads; checks that they add up."""
    found = {}
    for load in loads:
        for file in load.files:
            counts = tuple(file[name] for name in ("in", "stored", "unchanged", "refused"))
            assert counts[0] == sum(counts[1:]), file
            assert min(counts) >= 0, file
            found[file["file"]] = counts
        for place, total in enumerate((load.lines_in, load.stored, load.unchanged, load.refused)):
            keys = ("in", "stored", "unchanged", "refused")
            assert total == sum(file[keys[place]] for file in load.files)
    return found
