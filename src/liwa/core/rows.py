"""The typed rows that sources hand to the rest of Liwa, in the words of OneRoster 1.2.

A *record* row's type is named like its table and its fields are named like the table's; a field that names
another row holds that row's sourcedId. `None` means the source did not say; an absent value is never zero.

A source turns one outside file into `Part`s. Each line of a file becomes either one `Accepted` (with the
records and events it stands for) or one `Refusal`, so the two always add up to the lines read.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Json = dict[str, Any]
Status = Literal["active", "tobedeleted"]


class Record(msgspec.Struct, kw_only=True):
    """What every record has.

    `table` is the name of the table; `refers` maps a field to the table whose row it names, `lists` a field to the
    table several of whose rows it names.
    """

    table: ClassVar[str]
    refers: ClassVar[dict[str, str]] = {}
    lists: ClassVar[dict[str, str]] = {}

    sourced_id: str
    status: Status = "active"
    date_last_modified: datetime | None = None
    metadata: Json = {}


class Org(Record, kw_only=True):
    table: ClassVar[str] = "org"
    refers: ClassVar[dict[str, str]] = {"parent": "org"}

    name: str
    type: str = "school"
    identifier: str = ""
    parent: str | None = None


class AcademicSession(Record, kw_only=True):
    table: ClassVar[str] = "academic_session"
    refers: ClassVar[dict[str, str]] = {"parent": "academic_session"}

    title: str
    type: str = "term"
    starts_on: date
    ends_on: date
    parent: str | None = None
    school_year: str = ""


class Course(Record, kw_only=True):
    table: ClassVar[str] = "course"
    refers: ClassVar[dict[str, str]] = {"org": "org", "school_year": "academic_session"}

    title: str
    course_code: str = ""
    grades: list[str] = []
    subjects: list[str] = []
    subject_codes: list[str] = []
    org: str | None = None
    school_year: str | None = None


class Klass(Record, kw_only=True):
    """A class. `terms` are academic sessions; its first and last day follow from theirs."""

    table: ClassVar[str] = "klass"
    refers: ClassVar[dict[str, str]] = {"course": "course", "school": "org"}
    lists: ClassVar[dict[str, str]] = {"terms": "academic_session"}

    title: str
    class_code: str = ""
    class_type: str = "scheduled"
    location: str = ""
    grades: list[str] = []
    subjects: list[str] = []
    subject_codes: list[str] = []
    periods: list[str] = []
    course: str
    school: str | None = None
    terms: list[str] = []


class User(Record, kw_only=True):
    """A person the school knows; not everyone known can sign in. Passwords in a source are never kept."""

    table: ClassVar[str] = "user"
    refers: ClassVar[dict[str, str]] = {"primary_org": "org"}

    username: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    preferred_given_name: str = ""
    preferred_middle_name: str = ""
    preferred_family_name: str = ""
    pronouns: str = ""
    email: str = ""
    sms: str = ""
    phone: str = ""
    identifier: str = ""
    master_identifier: str = ""
    user_ids: list[str] = []
    enabled: bool = True
    grades: list[str] = []
    agents: list[str] = []
    primary_org: str | None = None


class Role(Record, kw_only=True):
    """What a user is in an org: student, teacher, administrator, advisor, guardian …"""

    table: ClassVar[str] = "role"
    refers: ClassVar[dict[str, str]] = {"user": "user", "org": "org"}

    user: str
    org: str
    role: str
    role_type: str = "primary"
    begin_date: date | None = None
    end_date: date | None = None


class Enrollment(Record, kw_only=True):
    """A user in a class. A student's `end_date` before the class ends is a withdrawal on that day."""

    table: ClassVar[str] = "enrollment"
    refers: ClassVar[dict[str, str]] = {"klass": "klass", "user": "user", "school": "org"}

    klass: str
    user: str
    school: str | None = None
    role: str = "student"
    primary: bool | None = None
    begin_date: date | None = None
    end_date: date | None = None
    credits: float | None = None
    earlier_attempts: int | None = None
    prior_education: str = ""


class Demographics(Record, kw_only=True):
    """Protected attributes; `sourced_id` is the user's. Kept apart so that access can be."""

    table: ClassVar[str] = "demographics"
    refers: ClassVar[dict[str, str]] = {"sourced_id": "user"}

    birth_date: date | None = None
    sex: str = ""
    age_band: str = ""
    disability: bool | None = None
    deprivation: str = ""
    region: str = ""


class Category(Record, kw_only=True):
    table: ClassVar[str] = "category"

    title: str
    weight: float | None = None


class LineItem(Record, kw_only=True):
    """Something handed in and marked. `weight` is percent of the final mark; `kind` is the source's word."""

    table: ClassVar[str] = "line_item"
    refers: ClassVar[dict[str, str]] = {
        "klass": "klass",
        "category": "category",
        "school": "org",
        "academic_session": "academic_session",
    }

    title: str
    description: str = ""
    kind: str = ""
    assign_date: date | None = None
    due_date: date | None = None
    klass: str
    category: str | None = None
    school: str | None = None
    academic_session: str | None = None
    weight: float | None = None
    result_value_min: float | None = None
    result_value_max: float | None = None


class Result(Record, kw_only=True):
    """A student's result for a line item. `score` is as given; `submitted_at` None means not handed in."""

    table: ClassVar[str] = "result"
    refers: ClassVar[dict[str, str]] = {"line_item": "line_item", "student": "user"}

    line_item: str
    student: str
    score_status: str = ""
    score: float | None = None
    text_score: str = ""
    score_date: date | None = None
    submitted_at: datetime | None = None
    comment: str = ""


class Resource(Record, kw_only=True):
    table: ClassVar[str] = "resource"
    refers: ClassVar[dict[str, str]] = {"klass": "klass", "course": "course"}

    title: str = ""
    kind: str = ""
    vendor_resource_id: str = ""
    vendor_id: str = ""
    application_id: str = ""
    importance: str = ""
    roles: list[str] = []
    klass: str | None = None
    course: str | None = None


class Advising(Record, kw_only=True):
    """An adviser answers for one student, or for the students of one org, from a day to a day."""

    table: ClassVar[str] = "advising"
    refers: ClassVar[dict[str, str]] = {"adviser": "user", "student": "user", "org": "org"}

    adviser: str
    student: str | None = None
    org: str | None = None
    begin_date: date | None = None
    end_date: date | None = None


class Outcome(Record, kw_only=True):
    """How an enrollment ended; `sourced_id` is the enrollment's. `success` None means neither."""

    table: ClassVar[str] = "outcome"
    refers: ClassVar[dict[str, str]] = {"sourced_id": "enrollment"}

    value: str
    success: bool | None
    known_at: datetime


class Identity(Record, kw_only=True):
    """A name a user goes by in another system; `sourced_id` is `kind:value`."""

    table: ClassVar[str] = "identity"
    refers: ClassVar[dict[str, str]] = {"user": "user"}

    kind: str
    value: str
    user: str


# In the order in which a row can name rows loaded before it.
RECORDS: tuple[type[Record], ...] = (
    Org,
    AcademicSession,
    Course,
    Klass,
    User,
    Role,
    Demographics,
    Enrollment,
    Category,
    LineItem,
    Result,
    Resource,
    Advising,
    Outcome,
    Identity,
)


class EventRow(msgspec.Struct):
    """One line of the lake before it has an id. `natural_key` tells it from every other event of its feed."""

    natural_key: str
    occurred_at: datetime
    known_at: datetime
    user: str
    verb: str
    object: str | None = None
    object_type: str | None = None
    klass: str | None = None
    amount: float | None = None
    unit: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why one line of a file was not taken. `line` counts from 1, the heading included; 0 is the whole file.

    `key` is the sourcedId the line gives, where it can be read: what the school already knows under it is kept.
    """

    line: int
    field: str
    value: str
    reason: str
    key: str = ""


class Accepted(msgspec.Struct):
    """What one line of a file stands for."""

    line: int
    records: tuple[Record, ...] = ()
    events: tuple[EventRow, ...] = ()


class Part(msgspec.Struct):
    """One file of a feed, read line by line.

    `complete` names the record tables of which this part holds *all* of the feed's rows (OneRoster's bulk
    mode): what the feed gave before and does not give now is to be removed. The first is the table whose key a
    refused line's `key` is. `repeats` says what two lines with
    the same key mean: a mistake (`refuse`), or the same thing said twice of which the last counts (`last`).
    """

    file: str
    lines: Callable[[], Iterator[Accepted | Refusal]]
    complete: tuple[str, ...] = ()
    repeats: Literal["refuse", "last"] = "refuse"


class BulkPart(msgspec.Struct):
    """One file of events too long to be read line by line.

    `prepare(connection)` leaves two tables (or views) in the DuckDB connection:
    `accepted(line BIGINT, natural_key, occurred_at, known_at, "user", verb, object, object_type, klass,
    amount, unit)`, typed like `EventRow`, and `refused(line BIGINT, field, value, reason)`.
    """

    file: str
    prepare: Callable[["DuckDBPyConnection"], None]


Parts = Iterable[Part | BulkPart]
