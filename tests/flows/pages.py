"""What pages show, for tests to look at."""

from datetime import UTC, datetime
from typing import Any

from liwa.digest.models import CampusDigest, EnrollmentDigest, StudentDigest
from liwa.flows import refresh as flow
from liwa.flows.refresh import Run
from tests.flows.school import School

AS_OF = datetime(2026, 10, 25, 16, tzinfo=UTC)  # Monday 26 October in Shanghai


def run(school: School, as_of: datetime = AS_OF) -> Run:
    return flow.refresh(school.home, as_of=as_of)


def enrollment(key: str) -> EnrollmentDigest:
    return EnrollmentDigest.objects.get(pk=key)


def timeline(user: str) -> list[tuple[str, str, str]]:
    entries = StudentDigest.objects.get(pk=user).timeline
    return [(entry["on"], entry["kind"], entry["title"]) for entry in entries]


def figure(name: str) -> Any:
    found = CampusDigest.objects.get(pk=name)
    assert found.source
    return found.value
