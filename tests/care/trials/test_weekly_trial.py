"""A trial within the weekly rhythm: places are filled by lot, and nobody but the system's own opening is held back."""

from datetime import timedelta

import pytest

from liwa.care.models import Capacity, Case
from liwa.care.trials import actions
from liwa.care.weekly import open_cases
from liwa.records.campus import profile
from liwa.records.models import Org, Role, User
from tests.care.trials.school import MONDAY, WEEK, begun, build

PLACES = 20


@pytest.fixture
def adviser(db: None) -> str:
    """Somebody with twenty places a week who takes whoever has no adviser."""
    build(120)
    Org.objects.create(sourced_id="s", name="School", type="school", feed="sis")
    User.objects.create(sourced_id="ad", feed="sis")
    Role.objects.create(sourced_id="r", user_id="ad", org_id="s", role="counselor", feed="sis")
    Capacity.objects.create(adviser_id="ad", per_week=PLACES, takes_unassigned=True)
    return "ad"


def cases() -> set[str]:
    return set(Case.objects.filter(origin=Case.Origin.RISK).values_list("student", flat=True))


def test_places_are_filled_and_only_with_those_who_were_drawn(adviser: str) -> None:
    trial = begun()
    open_cases(MONDAY, profile())
    rows = dict(trial.assignments.values_list("student", "offered"))
    assert cases() == {student for student, offered in rows.items() if offered}
    assert len(cases()) == PLACES
    neediest = sorted((f"st{at:04}" for at in range(120)), reverse=True)
    assert set(rows) == set(neediest[: len(rows)])  # the greatest need comes into the trial first
    open_cases(MONDAY, profile())
    assert dict(trial.assignments.values_list("student", "offered")) == rows
    assert len(cases()) == PLACES


def test_after_the_end_those_held_back_come_first(adviser: str) -> None:
    trial = begun()
    open_cases(MONDAY, profile())
    held = set(trial.assignments.filter(offered=False).values_list("student", flat=True))
    actions.stop("autumn", "enough")
    Case.objects.update(state=Case.State.IN_SUPPORT)
    open_cases(MONDAY + WEEK + timedelta(days=1), profile())
    now = cases()
    assert len(now) == 2 * PLACES
    assert held <= now or len(held - now) == max(len(held) - PLACES, 0)
