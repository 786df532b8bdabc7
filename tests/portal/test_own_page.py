"""A student's own page: what to do, not how others rank one."""

from datetime import timedelta

from django.urls import reverse

from liwa.digest.models import EnrollmentDigest
from liwa.insight.reasons import TEMPLATES
from liwa.portal.reasons import STEPS, in_words
from liwa.portal.words import BANDS
from liwa.records.models import LineItem, Result
from tests.portal import campus as small


def test_own_courses_progress_and_what_is_due(signed_in) -> None:
    answer = signed_in("student").get(reverse("me"))
    text = answer.content.decode()
    assert "1 of 3 due so far" in text
    assert "48.0%" in text
    due = [(item.klass_id, item.title) for item in answer.context["upcoming"]]
    assert due == [
        ("k1", "Report 4"),
        ("k2", "Report 4"),
        ("k1", "Final examination"),
        ("k2", "Final examination"),
    ]
    assert "in 14 days" in text
    late = [(item.klass_id, item.title) for item in answer.context["own"].overdue]
    assert late == [("k1", "Report 2"), ("k2", "Report 2"), ("k1", "Report 3"), ("k2", "Report 3")]


def test_no_band_and_no_risk_is_shown_to_a_student(signed_in) -> None:
    text = signed_in("student").get(reverse("me")).content.decode()
    assert not [look.label for look in BANDS.values() if str(look.label) in text]
    assert "78%" not in text
    assert "data-band" not in text


def test_reasons_become_next_steps(signed_in) -> None:
    answer = signed_in("student").get(reverse("me"))
    assert [words for words, _klass in answer.context["steps"]] == [str(STEPS["missing_assignments"])]


def test_all_is_well(signed_in) -> None:
    EnrollmentDigest.objects.update(reasons=[])
    assert "Keep it up" in signed_in("student").get(reverse("me")).content.decode()


def test_work_handed_in_ahead_is_not_due_any_more(signed_in) -> None:
    ahead = LineItem.objects.get(pk="l4-k1")
    Result.objects.create(
        sourced_id="ahead",
        line_item=ahead,
        student_id="st1",
        submitted_at=small.CUTOFF - timedelta(days=1),
        feed="sis",
    )
    due = signed_in("student").get(reverse("me")).context["upcoming"]
    assert [item.pk for item in due] == ["l4-k2", "l5-k1", "l5-k2"]


def test_every_reason_has_words_and_a_next_step() -> None:
    assert set(STEPS) == set(TEMPLATES)
    numbers = dict.fromkeys(("count", "days", "mean", "last", "points", "percent", "weeks"), 3)
    for key in TEMPLATES:
        assert "%(" not in in_words({"key": key, **numbers})


def test_a_reason_of_another_version_does_not_break_the_page() -> None:
    assert in_words({"key": "from-the-future"})
