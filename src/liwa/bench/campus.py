"""The campus that every engine works with: made up from a seed, the same on every machine.

Its ids are of one length and ASCII, so that every engine and collation sorts them alike; names are Chinese.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from liwa.core.rows import AcademicSession, Advising, Course, Enrollment, Klass, Org, Record, Role, User

FIRST_DAY, LAST_DAY = date(2026, 9, 1), date(2027, 1, 17)
TODAY = date(2026, 11, 2)  # of who opens a page
SINCE = datetime(2026, 8, 20, tzinfo=UTC)
SCHOOL, TERM = "school-1", "term-1"
HOME = "https://sso.campus.example.edu"
LMS = "https://lms.campus.example.edu"
VERBS = [
    f"https://w3id.org/xapi/campus/verbs/{verb}"
    for verb in ("opened", "played", "answered", "scored", "left")
]
_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉"
_PER_STUDENT = 10  # enrollments
_PER_CLASS = 100
_ORGS = 40


@dataclass(frozen=True)
class Size:
    """How much there is: enrollments, statements, and how often each question is asked."""

    enrollments: int = 200_000
    statements: int = 20_000
    questions: int = 200
    seed: int = 1

    @property
    def students(self) -> int:
        return max(1, self.enrollments // _PER_STUDENT)

    @property
    def classes(self) -> int:
        return max(1, self.enrollments // _PER_CLASS)


class MadeCampus:
    """The rows of a campus of some size."""

    def __init__(self, size: Size) -> None:
        self.size = size

    def chance(self, of: str) -> random.Random:
        """A source of chance for one purpose, the same in every process."""
        return random.Random(f"{self.size.seed} {of}")

    # Keys

    def student(self, number: int) -> str:
        return f"student-{number:08}"

    def klass(self, number: int) -> str:
        return f"class-{number:06}"

    def enrollment(self, number: int) -> str:
        return f"enrollment-{number:09}"

    def advisers(self) -> list[str]:
        """One for each org."""
        return [f"adviser-{number:03}" for number in range(_ORGS)]

    def some_student(self, chance: random.Random) -> int:
        """A student's number; some are busier than others."""
        return int(self.size.students * chance.random() ** 1.5)

    def some_klass(self, chance: random.Random) -> int:
        return int(self.size.classes * chance.random() ** 1.5)

    # Records

    def structure(self) -> Iterator[Record]:
        """Orgs, the term, courses, classes, people, roles, and an adviser who answers for the students of each org."""
        yield Org(sourced_id=SCHOOL, name="河畔大学")
        for org in self.orgs():
            yield Org(sourced_id=org, name=f"{org} 学院", type="department", parent=SCHOOL)
        yield AcademicSession(sourced_id=TERM, title="2026 秋", starts_on=FIRST_DAY, ends_on=LAST_DAY)
        yield from self._classes()
        yield from self._advisers()
        yield from self._students()

    def orgs(self) -> list[str]:
        return [f"org-{number:03}" for number in range(_ORGS)]

    def _classes(self) -> Iterator[Record]:
        for number in range(self.size.classes):
            course = f"course-{number // 4:06}"
            if number % 4 == 0:
                yield Course(sourced_id=course, title=f"课程 {number // 4}", org=SCHOOL, subjects=["数学"])
            yield Klass(
                sourced_id=self.klass(number),
                title=f"班级 {number}",
                class_code=f"C{number}",
                course=course,
                school=SCHOOL,
                terms=[TERM],
            )

    def _advisers(self) -> Iterator[Record]:
        for number, (key, org) in enumerate(zip(self.advisers(), self.orgs(), strict=True)):
            yield User(sourced_id=key, username=key, given_name="若溪", family_name="沈")
            yield Advising(sourced_id=f"advising-{number:03}", adviser=key, org=org)

    def _students(self) -> Iterator[Record]:
        chance, orgs = self.chance("names"), self.orgs()
        for number in range(self.size.students):
            key, org = self.student(number), orgs[number % len(orgs)]
            yield User(
                sourced_id=key,
                username=key,
                given_name="".join(chance.choices(_GIVEN, k=chance.choice((1, 2)))),
                family_name=chance.choice(_FAMILIES),
                email=f"{key}@campus.example.edu",
                primary_org=org,
            )
            yield Role(sourced_id=f"role-{number:08}", user=key, org=org, role="student")

    def enrollments(self, changed: float = 0.0) -> list[Record]:
        """Every enrollment, in no order, as a file has them; this share of them with another end."""
        chance = self.chance("enrollments")
        modified = SINCE + timedelta(days=1)
        made: list[Record] = [
            Enrollment(
                sourced_id=self.enrollment(number),
                date_last_modified=modified + timedelta(seconds=number % 86_400),
                klass=self.klass(chance.randrange(self.size.classes)),
                user=self.student(number // _PER_STUDENT),
                school=SCHOOL,
                begin_date=FIRST_DAY,
                end_date=TODAY if number < changed * self.size.enrollments else LAST_DAY,
                credits=chance.choice((1.0, 1.5, 2.0, 3.0)),
            )
            for number in range(self.size.enrollments)
        ]
        self.chance("order").shuffle(made)
        return made

    # Statements

    def statements(self, first: int, number: int) -> Iterator[bytes]:
        """So many statements, about 900 bytes each; those with the same numbers are the same."""
        chance = self.chance(f"statements from {first}")
        for at in range(first, first + number):
            yield json.dumps(self._statement(at, chance), ensure_ascii=False).encode()

    def agent(self, student: int) -> dict[str, object]:
        return {"account": {"homePage": HOME, "name": self.student(student)}}

    def course_iri(self, klass: int) -> str:
        return f"{LMS}/course/{klass}"

    def registration(self, student: int, klass: int) -> str:
        return str(UUID(int=(student << 64) | (4 << 76) | (2 << 62) | klass))

    def _statement(self, at: int, chance: random.Random) -> dict[str, object]:
        student, klass = self.some_student(chance), self.some_klass(chance)
        verb = chance.choice(VERBS)
        item = f"{self.course_iri(klass)}/item/{chance.randrange(40)}"
        moment = SINCE + timedelta(seconds=at)
        return {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "id": str(UUID(int=chance.getrandbits(128), version=4)),
            "actor": {"objectType": "Agent", **self.agent(student)},
            "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
            "object": {
                "objectType": "Activity",
                "id": item,
                "definition": {
                    "name": {"zh": f"练习 {item[-2:]}"},
                    "description": {"zh": "河流与数学 " * 12},
                },
            },
            "result": {"score": {"scaled": chance.randrange(101) / 100}, "duration": "PT5M"},
            "context": {
                "registration": self.registration(student, klass),
                "contextActivities": {"parent": [{"id": self.course_iri(klass)}]},
                "platform": "课堂",
            },
        }
