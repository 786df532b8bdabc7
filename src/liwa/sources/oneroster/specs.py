"""What the columns of each OneRoster CSV file mean, for versions 1.2 and 1.1 alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from liwa.core.rows import (
    AcademicSession,
    Category,
    Course,
    Demographics,
    Enrollment,
    Klass,
    LineItem,
    Org,
    Record,
    Resource,
    Result,
    Role,
    User,
)
from liwa.sources.fields import (
    day,
    day_in,
    flag,
    identifier,
    instant_in,
    number,
    one_of,
    reference,
    whole,
    words,
)

Parse = Callable[[str, str], Any]

STATUS = one_of("active", "tobedeleted", also={"inactive": "tobedeleted", "to be deleted": "tobedeleted"})
ENROLLED_AS = one_of(
    "student",
    "teacher",
    "proctor",
    "administrator",
    "aide",
    also={"learner": "student", "instructor": "teacher"},
    own=True,
)
ROLE = one_of(
    "student",
    "teacher",
    "administrator",
    "aide",
    "counselor",
    "advisor",
    "guardian",
    "parent",
    "relative",
    "principal",
    "proctor",
    "districtAdministrator",
    "siteAdministrator",
    "systemAdministrator",
    also={"counsellor": "counselor", "adviser": "advisor", "learner": "student", "instructor": "teacher"},
    own=True,
)
SCORE_STATUS = one_of("exempt", "fully graded", "not submitted", "partially graded", "submitted", own=True)
SEX = one_of(
    "male",
    "female",
    "other",
    "unspecified",
    also={"m": "male", "f": "female", "男": "male", "女": "female"},
    own=True,
)


@dataclass(frozen=True)
class Column:
    """One column: its heading, the record's field it fills, and how its text is understood (None: as it is)."""

    name: str
    field: str
    parse: Parse | None = None
    required: bool = False


@dataclass(frozen=True)
class Spec:
    """One file: its names, the record its lines are, its columns, and the periods that have to be in order."""

    name: str
    record: type[Record]
    columns: tuple[Column, ...]
    other_names: tuple[str, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()
    # Columns that Liwa keeps as metadata under their own name, with how they are understood.
    kept: dict[str, Parse] = field(default_factory=dict)


def _id(name: str, field_name: str, *, required: bool = False) -> Column:
    return Column(name, field_name, identifier if required else reference, required)


def specs(zone: ZoneInfo) -> dict[str, Spec]:
    """Every file Liwa reads, by its name, in the order in which rows may name rows of files before.

    `zone` is where days without a time zone are meant.
    """
    found = (*_organisation(), *_people(), *_gradebook(zone), _resources())
    common = (
        Column("sourcedId", "sourced_id", identifier, required=True),
        Column("status", "status", STATUS),
        Column("dateLastModified", "date_last_modified", instant_in(zone)),
    )
    return {
        spec.name: Spec(
            spec.name, spec.record, common + spec.columns, spec.other_names, spec.periods, spec.kept
        )
        for spec in found
    }


def _organisation() -> tuple[Spec, ...]:
    orgs = Spec(
        "orgs",
        Org,
        (
            Column("name", "name", required=True),
            Column("type", "type"),
            Column("identifier", "identifier"),
            _id("parentSourcedId", "parent"),
        ),
        ("org", "organizations", "organisations"),
    )
    sessions = Spec(
        "academicSessions",
        AcademicSession,
        (
            Column("title", "title", required=True),
            Column("type", "type"),
            Column("startDate", "starts_on", day, required=True),
            Column("endDate", "ends_on", day, required=True),
            _id("parentSourcedId", "parent"),
            Column("schoolYear", "school_year"),
        ),
        ("academicSession",),
        (("startDate", "endDate"),),
    )
    courses = Spec(
        "courses",
        Course,
        (
            Column("title", "title", required=True),
            Column("courseCode", "course_code"),
            Column("grades", "grades", words),
            Column("subjects", "subjects", words),
            Column("subjectCodes", "subject_codes", words),
            _id("orgSourcedId", "org"),
            _id("schoolYearSourcedId", "school_year"),
        ),
        ("course",),
    )
    classes = Spec(
        "classes",
        Klass,
        (
            Column("title", "title", required=True),
            Column("classCode", "class_code"),
            Column("classType", "class_type"),
            Column("location", "location"),
            Column("grades", "grades", words),
            Column("subjects", "subjects", words),
            Column("subjectCodes", "subject_codes", words),
            Column("periods", "periods", words),
            _id("courseSourcedId", "course", required=True),
            _id("schoolSourcedId", "school"),
            Column("termSourcedIds", "terms", words),
            Column("termSourcedId", "terms", words),
        ),
        ("class",),
    )
    return orgs, sessions, courses, classes


def _people() -> tuple[Spec, ...]:
    texts = {
        "username": "username",
        "givenName": "given_name",
        "middleName": "middle_name",
        "familyName": "family_name",
        "preferredGivenName": "preferred_given_name",
        "preferredMiddleName": "preferred_middle_name",
        "preferredFamilyName": "preferred_family_name",
        "pronouns": "pronouns",
        "email": "email",
        "sms": "sms",
        "phone": "phone",
        "identifier": "identifier",
        "userMasterIdentifier": "master_identifier",
    }
    users = Spec(
        "users",
        User,
        (
            *(Column(name, field_name) for name, field_name in texts.items()),
            Column("userIds", "user_ids", words),
            Column("enabledUser", "enabled", flag),
            Column("grades", "grades", words),
            Column("agentSourcedIds", "agents", words),
            _id("primaryOrgSourcedId", "primary_org"),
        ),
        ("user",),
    )
    roles = Spec(
        "roles",
        Role,
        (
            _id("userSourcedId", "user", required=True),
            _id("orgSourcedId", "org", required=True),
            Column("role", "role", ROLE, required=True),
            Column("roleType", "role_type", one_of("primary", "secondary")),
            Column("beginDate", "begin_date", day),
            Column("endDate", "end_date", day),
        ),
        ("role",),
        (("beginDate", "endDate"),),
    )
    demographics = Spec(
        "demographics",
        Demographics,
        (
            Column("birthDate", "birth_date", day),
            Column("sex", "sex", SEX),
            Column("metadata.liwa.ageBand", "age_band"),
            Column("metadata.liwa.disability", "disability", flag),
            Column("metadata.liwa.deprivation", "deprivation"),
            Column("metadata.liwa.region", "region"),
        ),
        ("demographic",),
    )
    enrollments = Spec(
        "enrollments",
        Enrollment,
        (
            _id("classSourcedId", "klass", required=True),
            _id("userSourcedId", "user", required=True),
            _id("schoolSourcedId", "school"),
            Column("role", "role", ENROLLED_AS, required=True),
            Column("primary", "primary", flag),
            Column("beginDate", "begin_date", day),
            Column("endDate", "end_date", day),
            Column("metadata.liwa.credits", "credits", number),
            Column("metadata.liwa.attempts", "earlier_attempts", whole),
            Column("metadata.liwa.priorEducation", "prior_education"),
        ),
        ("enrollment", "enrolments", "enrolment"),
        (("beginDate", "endDate"),),
    )
    return users, roles, demographics, enrollments


def _gradebook(zone: ZoneInfo) -> tuple[Spec, ...]:
    categories = Spec(
        "categories",
        Category,
        (Column("title", "title", required=True), Column("weight", "weight", number)),
        ("category",),
    )
    line_items = Spec(
        "lineItems",
        LineItem,
        (
            Column("title", "title", required=True),
            Column("description", "description"),
            Column("assignDate", "assign_date", day_in(zone)),
            Column("dueDate", "due_date", day_in(zone)),
            _id("classSourcedId", "klass", required=True),
            _id("categorySourcedId", "category"),
            _id("schoolSourcedId", "school"),
            _id("gradingPeriodSourcedId", "academic_session"),
            _id("academicSessionSourcedId", "academic_session"),
            Column("resultValueMin", "result_value_min", number),
            Column("resultValueMax", "result_value_max", number),
            Column("metadata.liwa.weight", "weight", number),
            Column("metadata.liwa.kind", "kind"),
        ),
        ("lineItem",),
    )
    results = Spec(
        "results",
        Result,
        (
            _id("lineItemSourcedId", "line_item", required=True),
            _id("studentSourcedId", "student", required=True),
            Column("scoreStatus", "score_status", SCORE_STATUS),
            Column("score", "score", number),
            Column("textScore", "text_score"),
            Column("scoreDate", "score_date", day_in(zone)),
            Column("comment", "comment"),
            Column("metadata.liwa.submittedAt", "submitted_at", instant_in(zone)),
        ),
        ("result",),
        kept={"inProgress": flag, "incomplete": flag, "late": flag, "missing": flag},
    )
    return categories, line_items, results


def _resources() -> Spec:
    return Spec(
        "resources",
        Resource,
        (
            Column("title", "title"),
            Column("vendorResourceId", "vendor_resource_id"),
            Column("vendorId", "vendor_id"),
            Column("applicationId", "application_id"),
            Column("importance", "importance"),
            Column("roles", "roles", words),
            Column("metadata.liwa.kind", "kind"),
        ),
        ("resource",),
    )
