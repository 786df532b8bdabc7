"""Pages in the states that the small campus does not show by itself, in a real browser."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from liwa.core import clock
from liwa.digest.models import CampusDigest, ClassDigest, FeedDigest
from liwa.records.models import Course, LakeState, Load, Org, RefusedRow, Role
from tests.portal import campus as small
from tests.portal.test_browser import (
    LOOKS,
    browser,
    in_every_look,
    keep,
    opened,
    overflow,
    server,
    shown,
    signed_in,
)

__all__ = ["browser", "server"]

pytestmark = pytest.mark.browser

DAILY = "daily 02:00"
MORE_FEEDS = (
    ("advising", "advising", "done", "", timedelta(days=40), ""),
    ("card", "activity", "running", DAILY, timedelta(minutes=2), ""),
    ("library", "activity", "failed", DAILY, timedelta(hours=3), "interrupted"),
    ("rosters", "oneroster", "done", DAILY, timedelta(days=4), ""),
    (
        "registry",
        "oneroster",
        "held",
        DAILY,
        timedelta(hours=5),
        "This load would remove 412 of 1,960 active enrollments (21%), among them e-1, e-2. "
        "These are rows of the feed registry. Nothing was changed.",
    ),
)
REASONS = (
    ("userSourcedId", "u-80", "no user has this sourcedId"),
    ("endDate", "2026-13-40", "is not a date such as 2026-03-01"),
    ("role", "visitor", "is none of student, teacher, administrator, proctor"),
    ("", "", "is not sound CSV: a quotation mark is not closed"),
)


def fill() -> None:
    """A class of a size that charts and lists can show, and feeds in every state."""
    small.grow(28)
    _class()
    for number, (feed, source, state, schedule, age, message) in enumerate(MORE_FEEDS, start=10):
        started = clock.now() - age
        load = Load.objects.create(
            pk=number,
            feed=feed,
            source=source,
            file=f"{feed}.csv",
            sha256=f"{number:064x}",
            state=state,
            message=message,
            started_at=started,
            finished_at=None if state == "running" else started + timedelta(seconds=7.3),
        )
        FeedDigest.objects.create(feed=feed, source=source, schedule=schedule)
        for line in range(6):
            field, value, reason = REASONS[(line * number) % len(REASONS)]
            RefusedRow.objects.create(
                load=load,
                feed=feed,
                file=load.file,
                line=line + 2,
                field=field,
                value=value,
                reason=reason,
                refused_at=started,
            )
    FeedDigest.objects.filter(feed="sis").update(schedule=DAILY)
    Load.objects.filter(feed="sis").update(started_at=clock.now() - timedelta(hours=4))
    months = [41, 198, 305, 262, 77, 12, 290, 351]
    FeedDigest.objects.filter(feed="lms").update(
        months=[
            {"month": f"2026-{place:02}", "events": 1000 * value}
            for place, value in enumerate(months, start=2)
        ]
    )
    LakeState.objects.create(
        events_version=214, mirrored_at=small.CUTOFF, mirror_versions=dict.fromkeys("abcd", 3)
    )
    _groups()
    _long_names()


def _long_names() -> None:
    """A title and an org with names longer than a phone is wide."""
    name = "Institute for the Comparative Study of River Deltas, Estuaries and Coastal Wetlands"
    Course.objects.filter(pk="c2").update(title=name)
    Org.objects.create(sourced_id="institute", name=name, type="department", feed="sis")
    Role.objects.create(sourced_id="member", user_id="st2", org_id="institute", role="student", feed="sis")


def _class() -> None:
    digest = ClassDigest.objects.get(pk="k1")
    digest.students, digest.high, digest.medium = 31, 8, 8
    digest.weeks = [
        {
            "week": week,
            "active_share": 0.93 - 0.02 * week - 0.1 * (week == 5),
            "median": 44.0 - week + 9 * (week % 3),
            "q1": 21.0 - week + 3 * (week % 3),
            "q3": 66.0 + 8 * (week % 3),
        }
        for week in range(1, small.WEEK + 1)
    ]
    digest.earlier = [
        {
            "klass": f"k{year}",
            "title": f"Hydrology {year}A",
            "session": f"{year}-09-08",
            "weeks": [
                {**week, "week": place + 1, "active_share": 0.95 - 0.004 * lag * place - 0.01 * lag}
                for place, week in enumerate((digest.weeks * 2)[:19])
            ],
            "completed": 0.8,
        }
        for lag, year in enumerate((2025, 2024, 2023), start=1)
    ]
    for place, item in enumerate(digest.items):
        item.update(expected=31)
        if item["is_due"]:
            item.update(handed_in=29 - place, missing=2 + place, late=3, mean=(74.2, 52.1, 70.5)[place])
    digest.save()


def _groups() -> None:
    row = CampusDigest.objects.get(pk="by_course")
    row.value += [
        {
            "id": f"c{number}",
            "name": f"Course {number}",
            "students": 40 + 37 * number % 300,
            "high": number % 9,
            "medium": number % 13,
            "completed": None if number % 5 == 0 else 0.6 + number / 60,
        }
        for number in range(3, 18)
    ]
    row.save()


STATES = (
    ("adviser-full", "adviser", "adviser", {}, ""),
    ("adviser-nobody", "adviser", "adviser", {}, "?org=s2"),
    ("classes-full", "teacher", "classes", {}, ""),
    ("klass-full", "teacher", "klass", {"klass": "k1"}, ""),
    ("klass-middle", "teacher", "klass", {"klass": "k1"}, "?figure=median&who=all"),
    ("feeds-full", "data-office", "feeds", {}, ""),
    ("feed-held", "data-office", "feed", {"feed": "registry"}, ""),
    ("feed-months", "data-office", "feed", {"feed": "lms"}, ""),
    ("load-failed", "data-office", "load", {"load": 12}, ""),
    ("quarantine-full", "data-office", "quarantine", {}, ""),
    ("stored-full", "data-office", "stored", {}, ""),
    ("campus-full", "leader", "campus", {}, ""),
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state[0])
def test_state_in_every_look(state: Any, browser: Any, server: str, client) -> None:
    name, account, page_name, objects, query = state
    fill()
    in_every_look(browser, server, client, account, reverse(page_name, kwargs=objects) + query, name)


def test_mistakes_with_a_new_password_in_every_look(browser: Any, server: str, client) -> None:
    for look in LOOKS:
        context = signed_in(browser, server, "adviser", look, client)
        page, complaints = opened(context, reverse("password"))
        page.fill("#id_old_password", "wrong")
        page.fill("#id_new_password1", "12345")
        page.fill("#id_new_password2", "12345")
        page.press("#id_new_password2", "Enter")
        shown(page.locator(".invalid-feedback > div"), 4)
        keep(page, f"password-mistakes-{look.name}")
        assert complaints == [], look.name
        assert overflow(page) <= 0, look.name
        context.close()


def test_tables_of_the_campus_can_be_sorted(browser: Any, server: str, client) -> None:
    fill()
    context = signed_in(browser, server, "leader", LOOKS[0], client)
    page, complaints = opened(context, reverse("campus"))
    table = page.locator("table[data-sortable]").nth(1)
    heading = table.locator("th[data-sort=number]").first

    def students() -> list[int]:
        return [int(text) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]

    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert students() == sorted(students(), reverse=True)
    heading.locator("button").click()
    assert students() == sorted(students())
    completed = table.locator("th[data-sort=number]").last
    completed.locator("button").click()
    assert table.locator("tbody tr").last.locator("td").last.inner_text() == "–"  # the unknown come last
    assert complaints == []
    context.close()


def test_refused_rows_are_narrowed_without_a_new_page(browser: Any, server: str, client) -> None:
    fill()
    context = signed_in(browser, server, "data-office", LOOKS[0], client)
    page, complaints = opened(context, reverse("quarantine"))
    page.select_option("#feed", "registry")
    page.wait_for_url("**feed=registry**")
    shown(page.locator("#list tbody tr"), 6)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "refused-rows.csv"
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 7
    assert complaints == []
    context.close()
