"""The tables of records. Field names are those of `liwa.core.rows`; a test holds the two together."""

from liwa.records.models.campus import Advising, CampusProfile, Identity, Outcome
from liwa.records.models.gradebook import Category, LineItem, Resource, Result
from liwa.records.models.intake import LakeState, Load, RefusedRow
from liwa.records.models.roster import (
    AcademicSession,
    Course,
    Demographics,
    Enrollment,
    Klass,
    Org,
    Role,
    User,
)

__all__ = [
    "AcademicSession",
    "Advising",
    "CampusProfile",
    "Category",
    "Course",
    "Demographics",
    "Enrollment",
    "Identity",
    "Klass",
    "LakeState",
    "LineItem",
    "Load",
    "Org",
    "Outcome",
    "RefusedRow",
    "Resource",
    "Result",
    "Role",
    "User",
]
