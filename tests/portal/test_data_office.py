"""The data office's pages: figures that add up, plain words for how a feed is, refused rows by their reasons."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from liwa.core import clock
from liwa.db.slowest import slowest
from liwa.digest.models import FeedDigest, Refresh
from liwa.portal.pages.loads import adds_up
from liwa.portal.questions.intake import state_of, turn_of
from liwa.portal.questions.quarantine import as_csv
from liwa.portal.questions.stored import tables
from liwa.portal.templatetags.office import FEED_STATES, LOAD_STATES, TABLES, schedule, took
from liwa.records.models import Enrollment, LakeState, Load, Org, RefusedRow
from liwa.statements.models import MovedMonth
from tests.portal.campus import CUTOFF

OFFICE = "data-office"
DAILY = "daily 02:00"


@pytest.fixture(autouse=True)
def nothing_counted_before() -> None:
    """Row counts are kept until the next load; each test has its own records."""
    cache.clear()


def page(client, name: str, query: str = "", **objects):
    answer = client.get(reverse(name, kwargs=objects) + query)
    assert answer.status_code == 200
    return answer


def a_load(feed: str = "sis", state: str = "done", **more) -> Load:
    """One more load; numbered by hand, as the small campus's are."""
    number = max(Load.objects.values_list("pk", flat=True)) + 1
    given = {
        "pk": number,
        "source": "oneroster",
        "file": "sis.zip",
        "sha256": "1" * 64,
        "started_at": CUTOFF,
        **more,
    }
    return Load.objects.create(feed=feed, state=state, **given)


def a_refusal(number: int, **more) -> RefusedRow:
    given = {
        "load_id": 1,
        "feed": "sis",
        "file": "enrollments.csv",
        "line": number,
        "field": "userSourcedId",
        "value": f"u{number}",
        "reason": "no such user",
        "refused_at": CUTOFF,
        **more,
    }
    return RefusedRow.objects.create(**given)


# Feeds


def test_each_feed_with_the_figures_of_its_load_and_of_the_lake(signed_in) -> None:
    answer = page(signed_in(OFFICE), "feeds")
    rows = {row.name: row for row in answer.context["feeds"]}
    assert list(rows) == ["lms", "sis"]
    done = Load.objects.get(feed="sis")
    assert rows["sis"].newest == rows["sis"].done == done
    assert rows["sis"].held == FeedDigest.objects.get(pk="sis")
    assert rows["sis"].waiting == 2
    assert answer.context["waiting"] == 4
    assert answer.context["unmatched"] == 226
    assert "912,000" in answer.content.decode()


def test_a_held_load_does_not_hide_the_last_finished_one(signed_in) -> None:
    held = a_load(state="held", message="This load would remove 900 of 1,000 active enrollments.")
    answer = page(signed_in(OFFICE), "feeds")
    (row,) = (row for row in answer.context["feeds"] if row.name == "sis")
    assert (row.state, row.newest, row.done.pk) == ("held", held, 1)
    assert answer.context["in_need"] == 1
    assert "1 of 2 feeds needs someone" in answer.content.decode()


def test_a_feed_only_the_lake_knows(signed_in) -> None:
    FeedDigest.objects.create(feed="card", events=7)
    client = signed_in(OFFICE)
    (row,) = (row for row in page(client, "feeds").context["feeds"] if row.name == "card")
    assert row.state == "unloaded"
    assert "No load is on record" in page(client, "feed", feed="card").content.decode()


def test_before_anything_has_come_in(signed_in) -> None:
    client = signed_in(OFFICE)
    for model in (RefusedRow, Load, FeedDigest, Refresh):
        model.objects.all().delete()
    assert "No feed has been loaded yet" in page(client, "feeds").content.decode()
    assert "No row waits to be mended" in page(client, "quarantine").content.decode()
    assert "Nothing has been loaded yet" in page(client, "stored").content.decode()


@pytest.mark.parametrize(
    ("schedule", "age", "state"),
    [
        (DAILY, timedelta(hours=20), "fresh"),
        (DAILY, timedelta(hours=35), "fresh"),
        (DAILY, timedelta(hours=37), "overdue"),
        ("hourly", timedelta(minutes=91), "overdue"),
        ("every 10 minutes", timedelta(minutes=14), "fresh"),
        ("", timedelta(days=400), "unscheduled"),
    ],
)
def test_how_a_loaded_feed_is(schedule: str, age: timedelta, state: str) -> None:
    load = Load(state="done", started_at=CUTOFF)
    assert state_of(load, load, schedule, CUTOFF + age) == state


@pytest.mark.parametrize("state", ["running", "held", "failed"])
def test_an_unfinished_load_is_what_the_feed_is_known_by(state: str) -> None:
    done = Load(state="done", started_at=CUTOFF)
    assert state_of(Load(state=state, started_at=CUTOFF), done, DAILY, CUTOFF) == state


def test_a_schedule_nobody_understands_has_no_turn() -> None:
    assert turn_of("at full moon") is None


def test_every_state_has_words() -> None:
    assert set(LOAD_STATES) == set(Load.State.values)
    assert set(FEED_STATES) == set(Load.State.values) - {"done"} | {
        "overdue",
        "fresh",
        "unscheduled",
        "unloaded",
    }


def test_schedules_in_words() -> None:
    assert [
        schedule(text) for text in ("daily 02:00", "hourly", "every 1 minutes", "every 15 minutes", "")
    ] == [
        "every day at 02:00",
        "every hour",
        "every 1 minute",
        "every 15 minutes",
        "loaded by hand",
    ]


def test_overdue_feeds_are_counted_by_the_clock(signed_in, monkeypatch) -> None:
    FeedDigest.objects.filter(feed="sis").update(schedule=DAILY)
    client = signed_in(OFFICE)
    monkeypatch.setattr(clock, "now", lambda: CUTOFF + timedelta(hours=2))
    assert page(client, "feeds").context["in_need"] == 0
    monkeypatch.setattr(clock, "now", lambda: CUTOFF + timedelta(days=3))
    assert page(client, "feeds").context["in_need"] == 1


def test_the_schedule_of_feeds_toml_is_shown(signed_in) -> None:
    FeedDigest.objects.filter(feed="sis").update(schedule=DAILY)
    client = signed_in(OFFICE)
    for answer in (page(client, "feeds"), page(client, "feed", feed="sis")):
        assert "every day at 02:00" in answer.content.decode()


def test_a_feed_that_is_configured_and_not_loaded_yet(signed_in) -> None:
    FeedDigest.objects.create(feed="gate", source="activity", schedule="hourly")
    client = signed_in(OFFICE)
    (row,) = (row for row in page(client, "feeds").context["feeds"] if row.name == "gate")
    assert (row.state, row.source, row.schedule) == ("unloaded", "activity", "hourly")
    text = page(client, "feed", feed="gate").content.decode()
    assert "every hour" in text
    assert "was not loaded yet" in text


# One feed and its loads


def test_a_feed_lists_its_loads_newest_first_and_its_months(signed_in) -> None:
    newer = a_load()
    answer = page(signed_in(OFFICE), "feed", feed="sis")
    assert [load.pk for load in answer.context["page"].object_list] == [newer.pk, 1]
    held = FeedDigest.objects.get(pk="sis")
    assert answer.context["chart"].series[0].values == [month["events"] for month in held.months]
    assert answer.context["chart"].axis == ["September 2026", "October 2026", "November 2026"]


def test_a_load_adds_up(signed_in) -> None:
    answer = page(signed_in(OFFICE), "load", load=1)
    assert answer.context["adds_up"] is True
    assert answer.context["files"] == [("users.csv", [1000, 960, 38, 2])]
    assert answer.context["total"] == [1000, 960, 38, 2]
    assert (answer.context["waiting"], answer.context["mended"]) == (2, 0)
    assert "0" * 64 in answer.content.decode()


@pytest.mark.parametrize(
    "load",
    [
        Load(lines_in=9, stored=9, files=[{"file": "a", "in": 8, "stored": 8, "unchanged": 0, "refused": 0}]),
        Load(lines_in=9, stored=9, files=[{"file": "a", "in": 9, "stored": 8, "unchanged": 0, "refused": 0}]),
        Load(lines_in=9, stored=8, files=[{"file": "a", "in": 9, "stored": 9, "unchanged": 0, "refused": 0}]),
    ],
    ids=["files and load", "within a file", "within the load"],
)
def test_what_does_not_add_up_is_said(load: Load) -> None:
    assert not adds_up(load)


def test_a_held_load_says_what_to_do(signed_in) -> None:
    held = a_load(state="held", message="This load would remove 900 of 1,000 active enrollments.")
    shown = page(signed_in(OFFICE), "load", load=held.pk).content.decode()
    assert "would remove 900 of 1,000" in shown
    assert "liwa load sis --accept-removals" in shown


def test_a_failed_load_gives_its_message(signed_in) -> None:
    failed = a_load(state="failed", message="interrupted")
    client = signed_in(OFFICE)
    shown = page(client, "load", load=failed.pk).content.decode()
    assert "The process that loaded it was interrupted" in shown
    assert "--accept-removals" not in shown
    assert "did not go through" in page(client, "feed", feed="sis").content.decode()


def test_mended_rows_of_a_load_are_told_from_waiting_ones(signed_in) -> None:
    RefusedRow.objects.filter(load=1, line=17).update(resolved_by=a_load())
    answer = page(signed_in(OFFICE), "load", load=1)
    assert (answer.context["waiting"], answer.context["mended"]) == (1, 1)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.34, "0.3 s"), (41, "41.0 s"), (89, "89.0 s"), (150, "2.5 min")]
)
def test_how_long_a_load_took(seconds: float, words: str) -> None:
    assert took(CUTOFF, CUTOFF + timedelta(seconds=seconds)) == words
    assert took(CUTOFF, None) == "–"


# Refused rows


def test_reasons_are_counted_the_most_frequent_first(signed_in) -> None:
    for number in range(5):
        a_refusal(number)
    answer = page(signed_in(OFFICE), "quarantine")
    assert [(group.field, group.rows) for group in answer.context["groups"]] == [
        ("userSourcedId", 5),
        ("role", 4),
    ]
    assert answer.context["total"] == RefusedRow.objects.count() == 9


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("?feed=sis", 5),
        ("?feed=lms", 2),
        ("?load=2", 2),
        ("?field=role", 4),
        ("?field=userSourcedId&feed=sis", 3),
        ("?feed=no-such", 0),
        ("?load=not-a-number", 7),
        ("?load=99999999999999999999999", 7),
        ("?mended=1", 0),
        ("?reason=no-such", 0),
    ],
)
def test_rows_are_narrowed(query: str, rows: int, signed_in) -> None:
    for number in range(3):
        a_refusal(number)
    assert page(signed_in(OFFICE), "quarantine", query).context["page"].paginator.count == rows


def test_rows_of_one_reason(signed_in) -> None:
    a_refusal(1)
    client = signed_in(OFFICE)
    (group,) = (one for one in page(client, "quarantine").context["groups"] if one.field == "userSourcedId")
    answer = page(client, "quarantine", f"?reason={group.key}")
    assert [row.reason for row in answer.context["page"].object_list] == ["no such user"]
    assert "no such user" not in group.key


def test_mended_rows_are_seen_when_asked_for(signed_in) -> None:
    RefusedRow.objects.filter(load=1).update(resolved_by_id=2)
    client = signed_in(OFFICE)
    assert page(client, "quarantine").context["total"] == 2
    mended = page(client, "quarantine", "?mended=1")
    assert mended.context["total"] == 2
    assert "handed in again with load 2" in mended.content.decode()


def test_rows_come_in_pages(signed_in) -> None:
    for number in range(60):
        a_refusal(number)
    client = signed_in(OFFICE)
    assert len(page(client, "quarantine").context["page"].object_list) == 50
    assert len(page(client, "quarantine", "?page=2").context["page"].object_list) == 14


@pytest.mark.parametrize("query", ["", "?as=csv"])
def test_no_copy_of_refused_rows_stays_behind(query: str, signed_in) -> None:
    answer = page(signed_in(OFFICE), "quarantine", query)
    assert "no-store" in answer["Cache-Control"]


def test_the_download_is_the_narrowed_list(signed_in) -> None:
    a_refusal(7, value="陆, 子墨")
    answer = page(signed_in(OFFICE), "quarantine", "?as=csv&field=userSourcedId")
    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="refused-rows.csv"'
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row == {
        "load": "1",
        "feed": "sis",
        "file": "enrollments.csv",
        "line": "7",
        "field": "userSourcedId",
        "value": "陆, 子墨",
        "reason": "no such user",
        "refused_at": "2026-11-16T00:00:00+08:00",
    }


@pytest.mark.parametrize("role", ["leader", "registrar", "teacher", "student", "nobody"])
def test_nobody_else_downloads_refused_rows(role: str, signed_in) -> None:
    assert signed_in(role).get(reverse("quarantine") + "?as=csv").status_code == 404


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", "\tx"])
def test_no_cell_is_taken_for_a_formula(value: str, campus) -> None:
    a_refusal(1, value=value)
    rows = RefusedRow.objects.filter(field="userSourcedId")
    text = "".join(as_csv(rows, ZoneInfo("Asia/Shanghai"), "en")).lstrip("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["value"] == f"'{value}"


# What is stored


def test_records_by_table_and_feed(signed_in) -> None:
    Enrollment.objects.filter(user="st3").update(status="tobedeleted")
    Enrollment.objects.filter(user="st2").update(feed="other")
    answer = page(signed_in(OFFICE), "stored")
    rows = {table.name: table for table in answer.context["tables"]}
    held = Enrollment.objects.filter(status="active").count()
    assert rows["enrollment"].rows == held
    assert rows["enrollment"].feeds == {"other": 1, "sis": held - 1}
    assert rows["enrollment"].gone == 1
    assert answer.context["total"] == sum(table.rows for table in rows.values())
    assert answer.context["events"] == 1_824_000


def test_a_load_has_the_records_counted_anew(signed_in) -> None:
    client = signed_in(OFFICE)
    before = page(client, "stored").context["total"]
    Org.objects.create(sourced_id="new", name="New", type="school", feed="sis")
    a_load(finished_at=CUTOFF + timedelta(days=1))
    assert page(client, "stored").context["total"] == before + 1


def test_every_table_has_a_name_in_words(signed_in) -> None:
    shown = page(signed_in(OFFICE), "stored").context["tables"]
    assert {table.name for table in shown} == set(TABLES)


def test_the_lakes_version_is_shown(signed_in) -> None:
    mirrored = datetime(2026, 11, 15, 17, 5, tzinfo=UTC)
    LakeState.objects.create(events_version=4711, mirrored_at=mirrored, mirror_versions={"user": 1})
    shown = page(signed_in(OFFICE), "stored").content.decode()
    assert "4,711" in shown
    assert "16 Nov 2026 01:05" in shown
    assert "1 table" in shown


def test_who_may_not_see_feeds_counts_nothing(campus) -> None:
    from liwa.accounts.models import Account
    from liwa.accounts.scope import Scope

    assert tables(Scope(Account.objects.get(username="leader"), CUTOFF.date())) == []


# Queries


@pytest.mark.parametrize(
    ("name", "objects"),
    [("feeds", {}), ("feed", {"feed": "sis"}), ("load", {"load": 1}), ("quarantine", {}), ("stored", {})],
)
def test_queries_do_not_grow_with_rows(
    name: str, objects: dict, signed_in, django_assert_num_queries
) -> None:
    client = signed_in(OFFICE)
    address = reverse(name, kwargs=objects)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for number in range(20):
        a_load(feed=f"feed-{number}")
        a_load()
        a_refusal(number, field=f"field-{number}", feed=f"feed-{number}")
        FeedDigest.objects.create(feed=f"feed-{number}")
    with django_assert_num_queries(len(before)):
        client.get(address)


# The database


def test_what_the_database_takes(signed_in) -> None:
    slowest.note("SELECT what FROM takes_long", 1000.0)
    MovedMonth.objects.create(
        month="2026-09",
        file="f",
        first=1,
        last=2,
        statements=1234,
        payload_bytes=5_000_000,
        file_bytes=700_000,
        moved_at=CUTOFF,
    )
    shown = page(signed_in(OFFICE), "database")
    text = shown.content.decode()
    assert "records_enrollment" in text
    assert "takes_long" in text
    assert all(word in text for word in ("2026-09", "1,234"))
    assert shown.context["sizes"].total > 0
