"""The campus at a glance: the digest's figures, each with its source, and nobody in them."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from liwa.accounts.models import Account
from liwa.digest.models import CampusDigest, Refresh
from liwa.portal.pages.campus import outcomes
from liwa.portal.questions.figures import every_week
from liwa.records.models import User


def campus_page(client):
    answer = client.get(reverse("campus"))
    assert answer.status_code == 200
    return answer


def figure(name: str):
    return CampusDigest.objects.get(pk=name).value


@pytest.mark.parametrize("account", ["leader", "registrar", "data-office"])
def test_figures_are_the_digests(account: str, signed_in) -> None:
    answer = campus_page(signed_in(account))
    counts = {label: number for _icon, label, number in answer.context["counts"]}
    assert sorted(counts.values()) == sorted(figure("counts").values())
    assert (counts["Students"], counts["Classes running"]) == (4981, 164)
    shown = answer.content.decode()
    for number in ("4,981", "1,840,221", "214", "3,905"):
        assert number in shown
    assert answer.context["chart"].series[0].values == [week["active"] for week in figure("weekly")]
    groups = {name: found.value for name, _heading, _noun, found in answer.context["groups"]}
    assert groups == {"by_org": figure("by_org"), "by_course": figure("by_course")}
    assert answer.context["outcomes"] == [("Spring 2026", 0.87, 8291), ("Autumn 2025", 0.84, 8120)]


def test_each_figure_says_where_it_is_from(signed_in) -> None:
    for number, row in enumerate(CampusDigest.objects.all()):
        row.source = f"Way of counting number {number}."
        row.save()
    shown = campus_page(signed_in("leader")).content.decode()
    assert all(f"Way of counting number {number}." in shown for number in range(6))


def test_what_the_refresh_says_of_its_figures_is_read_in_chinese(signed_in) -> None:
    client = signed_in("leader")
    CampusDigest.objects.update(source="Events of all feeds, and students with at least one, by week.")
    Account.objects.update(language="zh-hans")
    assert "按周统计所有数据源的事件" in campus_page(client).content.decode()


def test_small_groups_are_left_out_whatever_the_digest_holds(signed_in) -> None:
    small = {"id": "x", "name": "Glassblowing", "students": 9, "high": 1, "medium": 2}
    for name in ("by_org", "by_course"):
        row = CampusDigest.objects.get(pk=name)
        row.value.append(small)
        row.save()
    CampusDigest.objects.filter(pk="outcomes").update(
        value=[{"session": "Summer 2019", "completed": 1.0, "n": 3}]
    )
    CampusDigest.objects.filter(pk="weekly").update(
        value=[{"week_of": "2026-09-07", "active": 4, "events": 9}]
    )
    answer = campus_page(signed_in("leader"))
    shown = answer.content.decode()
    assert "Glassblowing" not in shown
    assert "Summer 2019" not in shown
    assert answer.context["chart"] is None


def test_no_person_is_named(signed_in) -> None:
    shown = campus_page(signed_in("leader")).content.decode()
    names = {user.name for user in User.objects.all()}
    assert names
    assert not [name for name in names if name in shown]


def test_groups_whose_completion_nobody_knows(signed_in) -> None:
    for name in ("by_org", "by_course"):
        row = CampusDigest.objects.get(pk=name)
        row.value = [{key: one[key] for key in one if key != "completed"} for one in row.value]
        row.save()
    shown = campus_page(signed_in("leader")).content.decode()
    assert shown.count(">Completed<") == 1  # the outcomes' own column


def test_before_the_first_refresh(signed_in) -> None:
    client = signed_in("leader")
    CampusDigest.objects.all().delete()
    Refresh.objects.all().delete()
    assert "No figures yet" in campus_page(client).content.decode()


def test_a_week_too_quiet_to_show_is_a_gap() -> None:
    found = [
        {"week_of": "2026-09-07", "active": 20, "events": 5},
        {"week_of": "2026-09-21", "active": 30, "events": 6},
    ]
    assert every_week(found) == [
        (date(2026, 9, 7), 20, 5),
        (date(2026, 9, 14), None, None),
        (date(2026, 9, 21), 30, 6),
    ]
    assert every_week([]) == []


def test_a_session_given_by_its_first_day_is_a_month() -> None:
    with translation.override("en"):
        assert outcomes([{"session": "2025-09-08", "completed": 0.8, "n": 50}]) == [
            ("September 2025", 0.8, 50)
        ]


def test_large_numbers_are_grouped_in_chinese_too(signed_in) -> None:
    client = signed_in("leader")
    Account.objects.update(language="zh-hans")
    assert "1,840,221" in campus_page(client).content.decode()


def test_one_query_for_all_figures(signed_in, django_assert_max_num_queries) -> None:
    client = signed_in("leader")
    with django_assert_max_num_queries(12):
        campus_page(client)


@pytest.mark.parametrize("account", ["leader", "registrar", "data-office"])
def test_a_duty_lands_on_a_page_of_its_own(account: str, signed_in) -> None:
    answer = signed_in(account).get(reverse("home"))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("feeds" if account == "data-office" else "campus")
