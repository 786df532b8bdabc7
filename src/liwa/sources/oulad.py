"""The Open University Learning Analytics Dataset: `anonymisedData.zip`, or a folder of its seven CSV files.

Kuzilek, Hlosta, Zdrahal, Scientific Data 4:170171 (2017), doi 10.1038/sdata.2017.171.

A day in these files counts from the first day of the presentation. What is dated by day is taken to be known when
that day is over. docs/sources/oulad.md lists every assumption.
"""

import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from liwa.core.errors import SourceError
from liwa.core.feeds import Campus, Feed
from liwa.core.rows import (
    Accepted,
    BulkPart,
    Enrollment,
    EventRow,
    LineItem,
    Outcome,
    Part,
    Record,
    Refusal,
    Resource,
)
from liwa.sources import sources
from liwa.sources.fields import number, whole
from liwa.sources.files import Bundle
from liwa.sources.options import check_options, text_option, whole_option, zone_of
from liwa.sources.oulad_clicks import clicks_part
from liwa.sources.oulad_days import DAY, Calendar, Presentation, day_number, starts_on
from liwa.sources.oulad_rows import (
    ORG,
    Attempt,
    course_of,
    demographics_of,
    enrollment_of,
    result_events,
    result_of,
    text,
    user_of,
)
from liwa.sources.tables import FieldError, Row, Table, open_table

FILES: dict[str, tuple[str, ...]] = {
    "courses": ("code_module", "code_presentation", "module_presentation_length"),
    "assessments": ("code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"),
    "vle": ("code_module", "code_presentation", "id_site", "activity_type", "week_from", "week_to"),
    "studentInfo": (
        "code_module",
        "code_presentation",
        "id_student",
        "gender",
        "region",
        "highest_education",
        "imd_band",
        "age_band",
        "num_of_prev_attempts",
        "studied_credits",
        "disability",
        "final_result",
    ),
    "studentRegistration": (
        "code_module",
        "code_presentation",
        "id_student",
        "date_registration",
        "date_unregistration",
    ),
    "studentAssessment": ("id_assessment", "id_student", "date_submitted", "is_banked", "score"),
    "studentVle": ("code_module", "code_presentation", "id_student", "id_site", "date", "sum_click"),
}
SUCCESS = {"Pass": True, "Distinction": True, "Fail": False, "Withdrawn": False}
FULL_MARK = 100.0
MAX_LENGTH = 1000  # days

Read = Callable[[int, Row], Accepted]
# First and last day of a registration; None where its line was refused.
Registered = tuple[date | None, date | None] | None


@sources.register("oulad")
def oulad(feed: Feed, path: Path, campus: Campus) -> Iterator[Part | BulkPart]:
    """The parts of the data set: six files of records and events, and `studentVle.csv` as clicks.

    Options: `marking_days`, how many days after hand-in a mark is known (0), `encoding`.
    Raises SourceError unless all seven files are there with their columns.
    """
    check_options(feed, "marking_days", "encoding")
    yield from Oulad(feed, path, campus).parts()


def open_tables(path: Path, encoding: str = "") -> dict[str, Table]:
    """The seven files by name, their columns checked. Raises SourceError."""
    bundle = Bundle.open(path)
    members = {name: bundle.find(name) for name in FILES}
    missing = [f"{name}.csv" for name, member in members.items() if member is None]
    if missing:
        raise SourceError(
            f"{path} is not the OULAD: it lacks {', '.join(missing)}.",
            remedy="Give the official anonymisedData.zip, or a folder of its seven CSV files.",
        )
    tables = {name: open_table(member, encoding=encoding) for name, member in members.items() if member}
    for name, table in tables.items():
        table.require(*FILES[name])
    return tables


def _key(row: Row, place: int, field: str) -> str:
    """A number that names something: digits only, so that one thing has one name."""
    value = row[place].strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 18 and (value[0] != "0" or value == "0")):
        raise FieldError(field, value, "is not a whole number")
    return value


class _Once:
    """Refuses a key that has been seen before."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._seen: set[str] = set()

    def check(self, key: str) -> str:
        if key in self._seen:
            raise FieldError(self._field, key, "has come before in this file")
        self._seen.add(key)
        return key


class Oulad:
    """One reading of the data set. The small files are read ahead where another needs them."""

    def __init__(self, feed: Feed, path: Path, campus: Campus) -> None:
        self.tables = open_tables(path, text_option(feed, "encoding"))
        self.calendar = Calendar(zone_of(feed, campus))
        self.names = campus.invented_names
        self.marking = timedelta(whole_option(feed, "marking_days"))

    def parts(self) -> Iterator[Part | BulkPart]:
        readers = {
            "courses": self.courses,
            "assessments": self.assessments,
            "vle": self.vle,
            "studentInfo": self.students,
            "studentRegistration": self.registrations,
            "studentAssessment": self.results,
        }
        for name, reader in readers.items():
            # A student stands in studentInfo once for each class, and a presentation in courses once for each module.
            repeats = name in ("studentInfo", "courses")
            yield Part(
                self.tables[name].file, self._lines(name, reader), repeats="last" if repeats else "refuse"
            )
        yield clicks_part(self.tables["studentVle"], FILES["studentVle"], self.presentations, self.calendar)

    def _lines(self, name: str, reader: Callable[[], Read]) -> Callable[[], Iterator[Accepted | Refusal]]:
        return lambda: self.tables[name].read(reader())

    def _ahead(self, name: str, reader: Callable[[], Read]) -> list[Record]:
        """The records of a small file; its refusals are reported when it is read as a part."""
        lines = self.tables[name].read(reader())
        return [record for line in lines if isinstance(line, Accepted) for record in line.records]

    # courses.csv

    @cached_property
    def presentations(self) -> dict[str, Presentation]:
        """The classes by sourcedId."""
        found: dict[str, Presentation] = {}
        read = self._presentation_reader()
        for item in self.tables["courses"].rows():
            if isinstance(item, Refusal):
                continue
            try:
                one = read(item[1])
            except FieldError:
                continue
            found[one.klass] = one
        return found

    def _presentation_reader(self) -> Callable[[Row], Presentation]:
        module, code, length = self.tables["courses"].require(*FILES["courses"])
        once = _Once("code_presentation")

        def read(row: Row) -> Presentation:
            name = text(row, module)
            if not name:
                raise FieldError("code_module", row[module], "is missing")
            starts = starts_on("code_presentation", text(row, code))
            days = whole("module_presentation_length", text(row, length))
            if days is None or not 1 <= days <= MAX_LENGTH:
                raise FieldError(
                    "module_presentation_length", row[length], f"is not a length of 1 to {MAX_LENGTH} days"
                )
            once.check(f"{name}-{text(row, code)}")
            return Presentation(name, text(row, code), starts, starts + timedelta(days))

        return read

    def courses(self) -> Read:
        read = self._presentation_reader()
        last_day: dict[str, date] = {}
        for one in self.presentations.values():
            last_day[one.code] = max(one.ends_on, last_day.get(one.code, one.ends_on))

        def understand(line: int, row: Row) -> Accepted:
            one = read(row)
            return Accepted(line, (ORG, *course_of(one, last_day[one.code])))

        return understand

    def _class(self, row: Row, module: int, code: int) -> Presentation:
        klass = f"{text(row, module)}-{text(row, code)}"
        found = self.presentations.get(klass)
        if found is None:
            raise FieldError("code_presentation", klass, "is no class of courses.csv")
        return found

    # assessments.csv and vle.csv

    @cached_property
    def line_items(self) -> dict[str, tuple[LineItem, Presentation]]:
        items = [
            record for record in self._ahead("assessments", self.assessments) if isinstance(record, LineItem)
        ]
        return {item.sourced_id: (item, self.presentations[item.klass]) for item in items}

    def assessments(self) -> Read:
        module, code, key, kind, due, weight = self.tables["assessments"].require(*FILES["assessments"])
        once = _Once("id_assessment")
        titles = self._titles

        def understand(line: int, row: Row) -> Accepted:
            run = self._class(row, module, code)
            name = once.check(_key(row, key, "id_assessment"))
            day = day_number("date", text(row, due))
            item = LineItem(
                sourced_id=name,
                title=titles.get(name, name),
                kind=text(row, kind),
                due_date=run.ends_on if day is None else run.day(day),
                klass=run.klass,
                school=ORG.sourced_id,
                academic_session=run.klass,
                weight=number("weight", text(row, weight)),
                result_value_min=0.0,
                result_value_max=FULL_MARK,
                metadata={"due_date_assumed": True} if day is None else {},
            )
            return Accepted(line, (item,))

        return understand

    @cached_property
    def _titles(self) -> dict[str, str]:
        """The data set gives no titles: an assessment is the first, second … of its kind to fall due in its class."""
        module, code, key, kind, due, _ = self.tables["assessments"].require(*FILES["assessments"])
        groups: dict[tuple[str, str, str], list[tuple[float, str]]] = {}
        for item in self.tables["assessments"].rows():
            if not isinstance(item, Refusal):
                row = item[1]
                group = groups.setdefault((text(row, module), text(row, code), text(row, kind)), [])
                day = text(row, due)
                group.append((float(day) if DAY.fullmatch(day) else math.inf, row[key].strip()))
        return {
            name: f"{group[2]} {place}".strip() if len(found) > 1 else group[2] or name
            for group, found in groups.items()
            for place, (_, name) in enumerate(sorted(set(found)), 1)
        }

    def vle(self) -> Read:
        module, code, key, kind, first, last = self.tables["vle"].require(*FILES["vle"])
        once = _Once("id_site")

        def understand(line: int, row: Row) -> Accepted:
            run = self._class(row, module, code)
            name = once.check(_key(row, key, "id_site"))
            weeks = {
                "week_from": whole("week_from", text(row, first)),
                "week_to": whole("week_to", text(row, last)),
            }
            resource = Resource(
                sourced_id=name,
                title=f"{text(row, kind)} {name}".strip(),
                kind=text(row, kind),
                vendor_resource_id=name,
                klass=run.klass,
                metadata={word: week for word, week in weeks.items() if week is not None},
            )
            return Accepted(line, (resource,))

        return understand

    # studentInfo.csv and studentRegistration.csv: two halves of an enrollment

    def _registration_reader(
        self,
    ) -> Callable[[Row], tuple[str, str, Presentation, date | None, date | None]]:
        module, code, student, first, last = self.tables["studentRegistration"].require(
            *FILES["studentRegistration"]
        )
        once = _Once("id_student")

        def read(row: Row) -> tuple[str, str, Presentation, date | None, date | None]:
            run = self._class(row, module, code)
            user = _key(row, student, "id_student")
            begins = day_number("date_registration", text(row, first))
            ends = day_number("date_unregistration", text(row, last))
            if begins is not None and ends is not None and ends < begins:
                raise FieldError("date_unregistration", row[last], f"is before date_registration {begins}")
            key = once.check(f"{run.klass}-{user}")
            return (
                key,
                user,
                run,
                None if begins is None else run.day(begins),
                None if ends is None else run.day(ends),
            )

        return read

    @cached_property
    def _registered(self) -> dict[str, Registered]:
        """When each enrollment of studentRegistration.csv began and ended."""
        module, code, student, *_ = self.tables["studentRegistration"].require(*FILES["studentRegistration"])
        read = self._registration_reader()
        found: dict[str, Registered] = {}
        for item in self.tables["studentRegistration"].rows():
            if isinstance(item, Refusal):
                continue
            row = item[1]
            try:
                key, _, _, begins, ends = read(row)
            except FieldError:
                found.setdefault(f"{text(row, module)}-{text(row, code)}-{text(row, student)}", None)
            else:
                found[key] = (begins, ends)
        return found

    @cached_property
    def _enrolled(self) -> set[str]:
        """The enrollments of studentInfo.csv that are taken."""
        records = self._ahead("studentInfo", self.students)
        return {record.sourced_id for record in records if isinstance(record, Enrollment)}

    def registrations(self) -> Read:
        read = self._registration_reader()
        start, end = self.calendar.start, self.calendar.end

        def understand(line: int, row: Row) -> Accepted:
            key, user, run, begins, ends = read(row)
            if key not in self._enrolled:
                raise FieldError("id_student", user, "has no sound line for this class in studentInfo.csv")
            events = []
            if begins:
                at = start(begins)
                events.append(
                    EventRow(
                        f"registered|{key}|{begins}", at, at, user, "registered", key, "enrollment", run.klass
                    )
                )
            if ends:
                at = end(ends)
                events.append(
                    EventRow(f"withdrew|{key}|{ends}", at, at, user, "withdrew", key, "enrollment", run.klass)
                )
            return Accepted(line, (), tuple(events))

        return understand

    def students(self) -> Read:
        places = self.tables["studentInfo"].require(*FILES["studentInfo"])
        module, code, student, *_, disability, final = places
        registered = self._registered
        once = _Once("id_student")

        def understand(line: int, row: Row) -> Accepted:
            run = self._class(row, module, code)
            user = _key(row, student, "id_student")
            result = text(row, final)
            if result not in SUCCESS:
                raise FieldError("final_result", result, f"is none of {', '.join(SUCCESS)}")
            if text(row, disability) not in ("Y", "N", ""):
                raise FieldError("disability", row[disability], "is neither Y nor N")
            key = f"{run.klass}-{user}"
            days = registered.get(key, (None, None))
            if days is None:
                raise FieldError("id_student", user, "has a line in studentRegistration.csv that was refused")
            enrollment = enrollment_of(key, user, run, days, row, places)
            once.check(key)
            outcome = self._outcome(key, run, result, days[1])
            return Accepted(
                line, (user_of(user, self.names), demographics_of(user, row, places), enrollment, outcome)
            )

        return understand

    def _outcome(self, key: str, run: Presentation, result: str, left: date | None) -> Outcome:
        """A withdrawal is known when its day is over, anything else (and an undated withdrawal) when the class is."""
        last = left if result == "Withdrawn" and left else run.ends_on
        return Outcome(
            sourced_id=key, value=result, success=SUCCESS[result], known_at=self.calendar.end(last)
        )

    # studentAssessment.csv

    def results(self) -> Read:
        places = self.tables["studentAssessment"].require(*FILES["studentAssessment"])
        item_at, student_at, day_at, banked_at, score_at = places
        items = self.line_items
        once = _Once("id_student")

        def understand(line: int, row: Row) -> Accepted:
            name = _key(row, item_at, "id_assessment")
            if name not in items:
                raise FieldError("id_assessment", name, "is not in assessments.csv")
            user = _key(row, student_at, "id_student")
            score = number("score", text(row, score_at))
            if score is not None and not 0 <= score <= FULL_MARK:
                raise FieldError("score", row[score_at], "is not from 0 to 100")
            day = day_number("date_submitted", text(row, day_at))
            banked = text(row, banked_at)
            if banked not in ("0", "1"):
                raise FieldError("is_banked", banked, "is neither 0 nor 1")
            key = once.check(f"{name}-{user}")
            run = items[name][1]
            on = None if day is None else run.day(day)
            one = Attempt(key, name, user, run, on, score, banked == "1", self.marking)
            return Accepted(line, (result_of(one, self.calendar),), result_events(one, self.calendar))

        return understand
