"""Where a reason leads, what changed since last week, and who may see which."""

import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from liwa.digest.models import ClassDigest, EnrollmentDigest
from liwa.insight.reasons import KEYS, TEMPLATES, group_of
from liwa.portal.questions.student import FEW
from liwa.portal.reasons import (
    BEYOND_THE_CLASS,
    NOTABLE,
    SHOWN_BY,
    SHOWN_ONCE,
    anchor,
    change,
    evidence,
    keep_to_the_class,
    sample,
)

SAMPLES = [{"key": key} for key in TEMPLATES]
classes = st.text(min_size=1, max_size=60)


def row(risk: float | None, reasons: list[str], before: dict | None = None) -> EnrollmentDigest:
    return EnrollmentDigest(risk=risk, reasons=[{"key": key} for key in reasons], before=before or {})


# Evidence


def test_every_kind_is_shown_somewhere() -> None:
    assert set(SHOWN_BY) | set(SHOWN_ONCE) == set(KEYS)
    assert not set(SHOWN_BY) & set(SHOWN_ONCE)


@given(classes, classes)
def test_an_anchor_is_one_plain_word_and_its_classs_own(one: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", anchor("late", one))
    assert (anchor("late", one) == anchor("late", other)) is (one == other)


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one["key"])
@pytest.mark.parametrize("klass", ["k1", "k2"])
def test_the_adviser_finds_what_a_reason_leads_to(signed_in, one: dict, klass: str) -> None:
    address, _, part = evidence(one, klass, "st1").partition("#")
    assert address == reverse("student", kwargs={"student": "st1"})
    page = signed_in("adviser").get(address).content.decode()
    assert page.count(f'id="{part}"') == 1
    assert re.search(rf'<(div|section) [^>]*class="[^"]*liwa-shows[^"]*"[^>]* id="{part}"|id="{part}"', page)


@pytest.mark.parametrize("one", [one for one in SAMPLES if one["key"] not in BEYOND_THE_CLASS], ids=str)
def test_a_teacher_finds_what_a_reason_of_the_class_leads_to(signed_in, one: dict) -> None:
    address, _, part = evidence(one, "k1", "st1").partition("#")
    assert f'id="{part}"' in signed_in("teacher").get(address).content.decode()


def test_a_reason_of_another_version_leads_to_the_class() -> None:
    assert evidence({"key": "of-tomorrow"}, "k1", "st1").endswith("#class-k1")


def test_ids_are_there_once_even_with_strange_keys(signed_in) -> None:
    page = signed_in("adviser").get(reverse("student", kwargs={"student": "st1"})).content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("account", "page"),
    [("adviser", "/students/"), ("teacher", "/class/k1/"), ("adviser", "/student/st1/")],
)
def test_reasons_in_lists_lead_to_the_students_page(signed_in, account: str, page: str) -> None:
    text = signed_in(account).get(page).content.decode()
    assert '<a class="liwa-shown-by" href="/student/st1/#missing-k1">2 assignments missing' in text


def test_the_classs_average_stands_beside_the_marks_where_enough_have_one(signed_in) -> None:
    address = reverse("student", kwargs={"student": "st1"})
    client = signed_in("adviser")
    (first, *_rest) = (one for one, *_more in client.get(address).context["taken"])
    assert {work.class_mean for work in first.work} == {None}  # two handed in: too few to tell of
    digest = ClassDigest.objects.get(pk="k1")
    ClassDigest.objects.update(items=[{**item, "handed_in": FEW} for item in digest.items])
    (first, *_rest) = (one for one, *_more in client.get(address).context["taken"])
    assert [work.class_mean for work in first.work] == [0.66, 0.66, 0.66, None, None]
    assert "Class average" not in signed_in("student").get(reverse("me")).content.decode()


# What changed


@pytest.mark.parametrize(
    ("now", "before", "points"),
    [(0.784, 0.616, 16), (0.2, 0.46, -26), (0.5, 0.504, 0), (None, 0.4, None), (0.4, None, None)],
)
def test_the_risk_moves_by_the_difference_of_what_is_shown(now, before, points) -> None:
    found = change(row(now, [], {"risk": before, "band": "low", "reasons": []}))
    assert found.points == points
    assert found.is_notable is (abs(points or 0) >= NOTABLE)


@given(st.floats(0, 1), st.floats(0, 1))
def test_points_add_up_with_the_percentages_on_the_page(now: float, before: float) -> None:
    from liwa.portal.templatetags.portal import percent

    found = change(row(now, [], {"risk": before, "band": "low", "reasons": []}))
    assert int(percent(before)[:-1]) + (found.points or 0) == int(percent(now)[:-1])


def test_nobody_changed_who_was_in_no_list() -> None:
    found = change(row(0.7, ["inactive"]))
    assert (found.points, list(found.gone), found.is_any) == (None, [], False)


keys = st.lists(st.sampled_from([*TEMPLATES]), unique_by=group_of, max_size=3)


@given(keys, keys)
def test_a_reason_is_gone_when_none_of_its_kind_is_left(now: list[str], before: list[str]) -> None:
    found = change(row(0.7, now, {"risk": 0.7, "band": "high", "reasons": [{"key": key} for key in before]}))
    gone = [one["key"] for one in found.gone]
    assert gone == [key for key in before if group_of(key) not in {group_of(one) for one in now}]


def test_the_page_tells_it(signed_in) -> None:
    before = {"risk": 0.616, "band": "high", "reasons": [{"key": "inactive", "days": 9}]}
    EnrollmentDigest.objects.filter(user="st1").update(before=before)
    text = signed_in("adviser").get(reverse("student", kwargs={"student": "st1"})).content.decode()
    assert "The risk is up by 16 points since last week, from 62%." in text
    assert "No longer among the reasons:" in text
    assert "Nothing opened in the class online for 9 days" in text
    assert "up by 16 points" in signed_in("adviser").get(reverse("adviser")).content.decode()
    assert "up by 16 points" in signed_in("teacher").get("/class/k1/").content.decode()


@pytest.mark.parametrize("key", BEYOND_THE_CLASS)
def test_a_teacher_sees_nothing_from_beyond_the_class_of_either_week(signed_in, key: str) -> None:
    beyond = {"key": key, "count": 2, "days": 20}
    here = {"key": "late_assignments", "count": 2}
    EnrollmentDigest.objects.update(
        reasons=[beyond, here], changed=[key], before={"risk": 0.5, "band": "high", "reasons": [beyond]}
    )
    client = signed_in("teacher")
    for address in ("/student/st1/", "/class/k1/?who=all"):
        text = client.get(address).content.decode()
        assert "2 assignments handed in late" in text
        assert sample(key).split(" for ")[0] not in text
        assert "new this week" not in text
    EnrollmentDigest.objects.update(reasons=[here])
    assert "No longer among" not in client.get("/student/st1/").content.decode()


def test_what_is_not_shown_is_taken_out() -> None:
    one = row(
        0.5, [BEYOND_THE_CLASS[0], "inactive"], {"reasons": [{"key": BEYOND_THE_CLASS[0]}], "risk": 0.4}
    )
    one.changed = [BEYOND_THE_CLASS[0], "inactive"]
    keep_to_the_class(one)
    assert [reason["key"] for reason in one.reasons] == one.changed == ["inactive"]
    assert one.before == {"reasons": [], "risk": 0.4}


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_sample_has_words(key: str) -> None:
    assert "%(" not in sample(key)
