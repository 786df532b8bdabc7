"""A teacher's classes: the digest's own numbers, nothing of anyone else's, and unknown never shown as zero."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from liwa.digest.models import Band, ClassDigest, EnrollmentDigest, Refresh
from liwa.portal.pages.klass import MEDIAN, SHARE, engagement_chart, run_name
from liwa.portal.questions.klass import hardest
from liwa.records.models import Enrollment, Klass, Outcome
from tests.portal import campus as small


def page(client, name: str, query: str = "", **objects: str):
    answer = client.get(reverse(name, kwargs=objects) + query)
    assert answer.status_code == 200
    return answer


def an_item(key: str, mean: float | None, handed_in: int = 30, is_due: bool = True) -> dict:
    return {"line_item": key, "mean": mean, "handed_in": handed_in, "is_due": is_due}


# The list of classes


def test_own_classes_running_first_then_ended(signed_in) -> None:
    shown = page(signed_in("teacher"), "classes").context["classes"]
    assert [one.klass.pk for one in shown.running] == ["k1"]
    assert [one.klass.pk for one in shown.ended] == ["k0"]
    assert shown.coming == []
    assert shown.running[0].session == "Autumn 2026"


def test_figures_of_the_list_are_the_digests(signed_in) -> None:
    answer = page(signed_in("teacher"), "classes")
    (one,) = answer.context["classes"].running
    digest = ClassDigest.objects.get(pk="k1")
    assert one.missing == sum(item["missing"] for item in digest.items if item["is_due"]) == 3
    assert one.in_need == answer.context["in_need"] == digest.high + digest.medium == 2
    assert [round(week["amount"], 6) for week in one.active] == [
        round(100 * week["active_share"], 6) for week in digest.weeks
    ]
    assert one.length == 19


def test_a_class_that_has_not_begun_is_still_to_come(signed_in) -> None:
    ClassDigest.objects.filter(pk="k1").delete()
    client = signed_in("teacher")
    assert [one.klass.pk for one in page(client, "classes").context["classes"].coming] == ["k1"]
    assert "Nothing to show yet" in page(client, "klass", klass="k1").content.decode()


def test_a_teacher_before_the_first_refresh_and_one_without_classes(signed_in) -> None:
    client = signed_in("teacher")
    ClassDigest.objects.all().delete()
    Refresh.objects.all().delete()
    assert "Still to come" in page(client, "classes").content.decode()
    Enrollment.objects.filter(user="te1").exclude(klass="k0").delete()
    Klass.objects.filter(pk="k0").update(status="tobedeleted")
    assert "No classes" in page(client, "classes").content.decode()


def test_an_uncovered_class_is_unknown_in_the_list(signed_in) -> None:
    ClassDigest.objects.filter(pk="k1").update(covered=False, weeks=[])
    assert "unknown: no feed" in page(signed_in("teacher"), "classes").content.decode()


# One class


def test_a_class_of_somebody_else_does_not_exist(signed_in) -> None:
    assert signed_in("other-teacher").get(reverse("klass", kwargs={"klass": "k1"})).status_code == 404


def test_students_come_by_need_and_only_from_this_class(signed_in) -> None:
    answer = page(signed_in("teacher"), "klass", "?who=all", klass="k1")
    rows = list(answer.context["page"].object_list)
    assert [row.user_id for row in rows] == ["st1", "st2", "st3"]
    assert {row.klass_id for row in rows} == {"k1"}
    assert [row.need for row in rows] == sorted((row.need for row in rows), reverse=True)


def test_only_those_in_need_at_first(signed_in) -> None:
    answer = page(signed_in("teacher"), "klass", klass="k1")
    assert {row.band for row in answer.context["page"].object_list} == {Band.HIGH, Band.MEDIUM}
    assert answer.context["in_need"] == len(answer.context["page"].object_list) == 2
    assert answer.context["bands"] == {"high": 1, "medium": 1, "low": 1, "unknown": 0}


def test_nobody_in_need(signed_in) -> None:
    EnrollmentDigest.objects.update(band=Band.LOW)
    assert "Nobody stands out this week" in page(signed_in("teacher"), "klass", klass="k1").content.decode()


def test_links_lead_to_the_students_page(signed_in) -> None:
    client = signed_in("teacher")
    address = reverse("student", kwargs={"student": "st1"})
    assert address in page(client, "klass", klass="k1").content.decode()
    assert client.get(address).status_code == 200


def test_work_handed_in_is_the_digests(signed_in) -> None:
    shown = page(signed_in("teacher"), "klass", klass="k1").context["items"]
    names = ("title", "expected", "handed_in", "late", "missing", "mean", "is_due")
    digest = ClassDigest.objects.get(pk="k1")
    assert [{name: getattr(one, name) for name in names} for one in shown] == [
        {name: item[name] for name in names} for item in digest.items
    ]
    assert not any(one.is_hardest for one in shown)


def test_what_a_whole_class_lacks_is_not_recorded_rather_than_missing(signed_in) -> None:
    digest = ClassDigest.objects.get(pk="k1")
    for item, expected in zip(digest.items[:3], (31, 9, 31), strict=True):
        item.update(expected=expected, handed_in=0, late=0, missing=expected, mean=None)
    digest.items[2].update(handed_in=1, missing=30)
    digest.save()
    answer = page(signed_in("teacher"), "klass", klass="k1")
    assert [one.is_recorded for one in answer.context["items"]] == [False, True, True, True, True]
    assert answer.context["taught"].missing == 9 + 30
    assert answer.content.decode().count("not recorded") == 1


def test_how_earlier_runs_ended(signed_in) -> None:
    answer = page(signed_in("teacher"), "klass", klass="k1")
    assert answer.context["completed"] == [("Hydrology 2025A (Autumn 2025)", 0.81)]
    assert "81%" in answer.content.decode()


def test_an_ended_class_shows_how_it_ended(signed_in) -> None:
    client = signed_in("teacher")
    for number, success in enumerate((True, True, False, None)):
        small._enroll(f"st{number + 1}", "k0", "student")
        Outcome.objects.create(
            enrollment_id=f"e-st{number + 1}-k0",
            success=success,
            known_at=datetime(2026, 1, 20, tzinfo=UTC),
            feed="sis",
        )
    completed = page(client, "klass", klass="k0").context["taught"].completed
    assert (completed.done, completed.known) == (2, 3)
    (ended,) = page(client, "classes").context["classes"].ended
    assert ended.completed == completed


@pytest.mark.parametrize(("klass", "day"), [("k0", 16), ("k1", 1)], ids=["too late", "still running"])
def test_no_outcome_is_shown_before_its_time(klass: str, day: int, signed_in) -> None:
    client = signed_in("teacher")
    if klass == "k0":
        small._enroll("st1", "k0", "student")
    known_at = datetime(2026, 11, day, tzinfo=UTC)
    Outcome.objects.create(enrollment_id=f"e-st1-{klass}", success=True, known_at=known_at, feed="sis")
    assert page(client, "klass", klass=klass).context["taught"].completed is None
    shown = page(client, "classes").context["classes"]
    assert not any(one.completed for one in shown.running + shown.ended)


# Engagement


def test_unknown_engagement_is_said_and_never_drawn_as_zero(signed_in) -> None:
    ClassDigest.objects.filter(pk="k1").update(covered=False, weeks=[])
    answer = page(signed_in("teacher"), "klass", klass="k1")
    assert answer.context["chart"] is None
    assert "No activity feed covers this class" in answer.content.decode()


def weeks(number: int, value: float | None) -> list[dict]:
    return [
        {"week": week, "active_share": value, "median": value, "q1": value, "q3": value}
        for week in range(1, number + 1)
    ]


def a_run(number: int, value: float | None) -> dict:
    return {"klass": "k0", "title": "Hydrology", "session": "2025-09-08", "weeks": weeks(number, value)}


def test_earlier_runs_are_drawn_to_their_end() -> None:
    chart = engagement_chart(ClassDigest(weeks=weeks(3, 0.5), earlier=[a_run(5, 0.25)]), SHARE)
    assert chart is not None
    assert chart.axis == ["1", "2", "3", "4", "5"]
    assert chart.series[0].values == [0.5, 0.5, 0.5, None, None]
    assert chart.series[1].values == [0.25] * 5
    assert chart.unit == "percent"
    assert chart.range_low == []


def test_the_median_brings_the_middle_half_of_the_class() -> None:
    chart = engagement_chart(ClassDigest(weeks=weeks(3, 7.0), earlier=[a_run(4, 5.0)]), MEDIAN)
    assert chart is not None
    assert chart.unit == ""
    assert chart.range_low == chart.range_high == [7.0, 7.0, 7.0, None]


def test_an_earlier_run_that_no_feed_covered_is_left_out() -> None:
    chart = engagement_chart(ClassDigest(weeks=weeks(3, 0.5), earlier=[a_run(0, None)]), SHARE)
    assert chart is not None
    assert [one.name for one in chart.series] == ["This class"]


@pytest.mark.parametrize(
    ("session", "shown"), [("2025-09-08", "September 2025"), ("Autumn 2025", "Autumn 2025")]
)
def test_the_name_of_an_earlier_run(session: str, shown: str) -> None:
    assert run_name({"title": "Hydrology", "session": session}) == f"Hydrology ({shown})"


# Work that seems too hard


def test_the_work_whose_marks_lie_well_below() -> None:
    assert hardest([an_item("a", 74.0), an_item("b", 51.0), an_item("c", 70.0)]) == "b"


@pytest.mark.parametrize(
    "found",
    [
        [],
        [an_item("a", 20.0)],
        [an_item("a", 74.0), an_item("b", 66.0)],
        [an_item("a", 74.0), an_item("b", 20.0, handed_in=9)],
        [an_item("a", 74.0), an_item("b", 20.0, is_due=False)],
        [an_item("a", 74.0), an_item("b", None)],
    ],
    ids=["nothing", "alone", "near", "few marks", "not due", "not marked"],
)
def test_nothing_stands_out(found: list[dict]) -> None:
    assert hardest(found) is None


# Queries


@pytest.mark.parametrize(("name", "objects"), [("classes", {}), ("klass", {"klass": "k1"})])
def test_queries_do_not_grow_with_students(
    name: str, objects: dict, signed_in, django_assert_num_queries
) -> None:
    client = signed_in("teacher")
    address = reverse(name, kwargs=objects) + "?who=all"
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    small.grow(20)
    with django_assert_num_queries(len(before)):
        client.get(address)
