"""A campus shown as of a past day: what the records learned later is not shown."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from liwa.records.models import Enrollment, LineItem, Outcome, Result
from tests.portal.campus import CUTOFF

LATER = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def _learn_later() -> LineItem:
    """A hand-in and an ending of st1 that lie after the campus's day."""
    enrollment = Enrollment.objects.get(user="st1", klass="k1")
    item = LineItem.objects.filter(klass="k1").exclude(results__student="st1").order_by("-due_date")[0]
    Result.objects.create(
        sourced_id="later", line_item=item, student_id="st1", score=61.5, submitted_at=LATER, feed="sis"
    )
    Outcome.objects.create(enrollment=enrollment, value="Expelled", success=False, known_at=LATER, feed="sis")
    return item


@pytest.mark.parametrize(("account", "page"), [("adviser", "/student/st1/"), ("student", "/me/")])
def test_nothing_from_after_the_day_is_shown(
    signed_in: Callable[[str], Client], account: str, page: str
) -> None:
    assert CUTOFF < LATER
    client = signed_in(account)
    before = client.get(page).content.decode()
    _learn_later()
    after = client.get(page).content.decode()
    assert "Expelled" not in after
    assert after.count("Not handed in") == before.count("Not handed in")
    assert "61.5" not in after and "62%" not in after
