"""Trials on pages: what was laid down, what can be told, and never one student's arm."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from liwa.accounts.models import Account
from liwa.care.trials.enrol import Enrolment
from liwa.care.trials.models import Trial
from liwa.care.trials.terms import Terms
from liwa.records.models import User
from tests.portal.campus_trials import BEGAN, NAME, TRIAL, look, planned


def opened(client, number: int = TRIAL):  # type: ignore[no-untyped-def]
    answer = client.get(reverse("trial", kwargs={"trial": number}))
    assert answer.status_code == 200
    return answer


def running(terms: Terms, number: int = 7002) -> Trial:
    trial = planned("Autumn calls", terms, number)
    trial.begins_at, trial.state, trial.running = BEGAN, Trial.State.RUNNING, "running"
    trial.save()
    Enrolment(trial, BEGAN + timedelta(weeks=1)).run(["st1", "st2", "st3", "st4", "st5"])
    return trial


@pytest.mark.parametrize("account", ["leader", "data-office"])
def test_every_trial_in_a_sentence(account: str, signed_in) -> None:  # type: ignore[no-untyped-def]
    running(Terms("weeks", "contacted", students=100, horizon=14))
    shown = signed_in(account).get(reverse("trials")).content.decode()
    assert "between 2 and 16 more were still registered after 28 days" in shown
    assert "Autumn calls" in shown and "Nobody has looked yet" in shown
    assert "Stepped roll-out by week" in shown and "contacted within 14 days" in shown


def test_one_trial_with_its_looks_as_a_chart_and_as_a_table(signed_in) -> None:  # type: ignore[no-untyped-def]
    answer = opened(signed_in("leader"))
    chart = answer.context["chart"]
    assert chart.series[0].values == [0.04, 0.09]
    assert (chart.range_low, chart.range_high) == ([-0.09, 0.024], [0.17, 0.156])
    shown = answer.content.decode()
    for word in (
        NAME,
        "50% of those who take part",
        "from a risk of 10% on",
        "too early",
        "2.4% – 15.6%",
        "The term was over",
    ):
        assert word in shown, word
    assert answer.context["plan"].startswith("With 400 students, a true difference of ")
    assert "Every assignment is the one drawn" in shown


def test_in_chinese(signed_in) -> None:  # type: ignore[no-untyped-def]
    client = signed_in("leader")
    Account.objects.update(language="zh-hans")
    shown = opened(client).content.decode()
    assert "每 100 名" in shown and "Of 100" not in shown
    assert "试验" in client.get(reverse("trials")).content.decode()


def test_the_seed_is_shown_after_the_end_and_not_before(signed_in) -> None:  # type: ignore[no-untyped-def]
    ended, other = Trial.objects.get(pk=TRIAL), running(Terms("encouragement", "success", students=100))
    client = signed_in("data-office")
    assert ended.seed in opened(client).content.decode()
    shown = opened(client, other.pk).content.decode()
    assert other.seed not in shown and other.commitment in shown


def test_no_student_and_no_arm_is_on_a_page(signed_in) -> None:  # type: ignore[no-untyped-def]
    other = running(Terms("encouragement", "success", students=100))
    client = signed_in("leader")
    pages = [opened(client, number).content.decode() for number in (TRIAL, other.pk)]
    pages.append(client.get(reverse("trials")).content.decode())
    for user in User.objects.filter(enrollments__role="student"):
        assert not any(user.name in page or f'"{user.pk}"' in page for page in pages)


def test_a_planned_trial_by_class_says_what_it_can_show_once_it_has_begun(signed_in) -> None:  # type: ignore[no-untyped-def]
    planned("Steps", Terms("classes", "success", students=900), 7003)
    answer = opened(signed_in("leader"), 7003)
    assert answer.context["plan"] == "" and answer.context["chart"] is None
    assert "Stepped roll-out by class" in answer.content.decode()


def test_a_trial_that_was_tampered_with_says_so(signed_in) -> None:  # type: ignore[no-untyped-def]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM care_assignment WHERE number = 1")
    shown = opened(signed_in("leader")).content.decode()
    assert "this trial cannot be trusted" in shown
    assert "Every assignment is the one drawn" not in shown


def test_many_looks_cost_no_more_questions(signed_in, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    trial = Trial.objects.get(pk=TRIAL)
    for week in range(7, 40):
        look(trial, week, effect=0.05, se=0.02, low=-0.01, high=0.11)
    client = signed_in("leader")
    with django_assert_max_num_queries(14):
        opened(client)
    with django_assert_max_num_queries(14):
        client.get(reverse("trials"))
