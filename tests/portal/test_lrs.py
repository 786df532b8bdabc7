"""The learning record store's pages: figures that add up, secrets that are in one answer alone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from liwa.portal.pages.lrs_keys import SCOPES as DESCRIBED
from liwa.portal.questions import lrs as ask
from liwa.portal.templatetags.lrs import milliseconds, within
from liwa.records.models import CampusProfile
from liwa.statements import credentials
from liwa.statements.meter import LIMITS
from liwa.statements.models import Actor, Credential, Minute
from liwa.statements.scopes import SCOPES

OFFICE = "data-office"
NOW = datetime(2026, 11, 16, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "now", lambda: NOW)


def a_minute(ago: float, requests: int, longest: float, **more) -> Minute:
    """Requests `ago` minutes before now, all as quick as the longest."""
    buckets = [0] * (len(LIMITS) + 1)
    buckets[sum(limit < longest for limit in LIMITS)] = requests
    given = {
        "resource": "statements",
        "method": "GET",
        "status": 200,
        "asked": "",
        "worker": 1,
        "seconds": requests * longest,
        **more,
    }
    minute = (NOW - timedelta(minutes=ago)).replace(second=0)
    return Minute.objects.create(minute=minute, requests=requests, longest=longest, buckets=buckets, **given)


def page(client: Client, name: str, **more):
    answer = client.get(reverse(name), **more)
    assert answer.status_code == 200
    return answer


def test_the_last_hour_adds_up_over_processes(signed_in) -> None:
    a_minute(1, 97, 0.004)
    a_minute(1, 2, 0.3, worker=2, status=400)
    a_minute(59, 1, 7.0, worker=2, status=503)
    a_minute(61, 1000, 9.0)
    hour = page(signed_in(OFFICE), "lrs").context["hour"]
    figures = hour.figures
    assert (figures.requests, figures.refused, figures.failed, figures.longest) == (100, 2, 1, 7.0)
    assert (hour.half, hour.most) == (0.005, 0.005)
    assert hour.rate == pytest.approx(100 / 3600)


def test_shares_of_buckets() -> None:
    buckets = [90, 5, 5, *[0] * (len(LIMITS) - 2)]
    assert [ask.within(buckets, share) for share in (0.5, 0.9, 0.95, 0.96, 1)] == [
        LIMITS[0],
        LIMITS[0],
        LIMITS[1],
        LIMITS[2],
        LIMITS[2],
    ]
    assert ask.within([0] * (len(LIMITS) + 1), 0.5) is None
    assert ask.within([*[0] * len(LIMITS), 3], 0.5) is None


def test_durations_in_words() -> None:
    shown = [milliseconds(seconds) for seconds in (None, 0.0012, 0.0123, 0.5, 1.25)]
    assert shown == ["–", "1.2 ms", "12 ms", "500 ms", "1.2 s"]
    assert (within(None, 0), within(None, 3), within(0.02, 3)) == ("–", "over 5.0 s", "20 ms")


def test_the_chart_has_every_hour_and_every_request(signed_in) -> None:
    a_minute(0, 3, 0.001)
    a_minute(29, 4, 0.001, status=404)
    a_minute(31, 5, 0.001, status=500)
    a_minute(23 * 60, 6, 0.001)
    a_minute(24 * 60 + 31, 7, 0.001)
    chart = page(signed_in(OFFICE), "lrs").context["chart"]
    assert len(chart.axis) == 24
    assert (chart.axis[0], chart.axis[-1]) == ("21:00", "20:00")  # in Shanghai
    answered, refused, failed = (one.values for one in chart.series)
    assert (answered[-1], refused[-1], failed[-2]) == (3, 4, 5)
    assert sum(answered) + sum(refused) + sum(failed) == 18


def test_hours_of_a_clock_that_is_half_an_hour_off(signed_in) -> None:
    CampusProfile.objects.update(timezone="Asia/Kolkata")
    a_minute(1, 3, 0.001)
    a_minute(31, 4, 0.001)
    chart = page(signed_in(OFFICE), "lrs").context["chart"]
    assert chart.axis[-1] == "18:00"
    assert chart.series[0].values[-2:] == [7, 0]


def test_the_slowest_questions_are_told_by_their_parameters(signed_in) -> None:
    a_minute(5, 10, 0.002, asked="agent+verb")
    a_minute(9, 1, 0.9, asked="agent+verb", status=400)
    a_minute(7, 3, 0.4, asked="activity+related_activities")
    a_minute(8, 3, 5.0, method="POST")
    context = page(signed_in(OFFICE), "lrs").context
    shown = [(one.asked, one.requests, one.longest) for one in context["slowest"]]
    assert shown == [(["agent", "verb"], 11, 0.9), (["activity", "related_activities"], 3, 0.4)]
    assert context["slowest"][0].mean == pytest.approx((10 * 0.002 + 0.9) / 11)
    rows = [(one.method, one.requests, one.refused) for one in context["resources"]]
    assert rows == [("GET", 14, 1), ("POST", 3, 0)]


def test_before_anything_was_asked(signed_in) -> None:
    text = page(signed_in(OFFICE), "lrs").content.decode()
    assert "Nothing was asked in the last hour" in text
    assert "No tool has a key yet" in text


def test_actors_nobody_answers_to(signed_in) -> None:
    Actor.objects.create(digest="d1", key="mbox:mailto:x@example.org", statements=7, last_seen=NOW)
    Actor.objects.create(digest="d2", key="st1", statements=9, last_seen=NOW)
    context = page(signed_in(OFFICE), "lrs").context
    assert [one.key for one in context["unmatched"]] == ["mbox:mailto:x@example.org"]
    assert (context["unmatched_actors"], context["unmatched_statements"]) == (1, 7)


# Keys


def issue(client: Client, **more):
    """Fill in the form as a browser would."""
    form = page(client, "lrs-keys").context["fresh"]
    given = {"form": form, "name": "Quiz tool", "scopes": ["state", "statements/write"], **more}
    return client.post(reverse("lrs-keys"), given)


def test_the_secret_is_in_the_answer_and_works(signed_in) -> None:
    answer = issue(signed_in(OFFICE), feed="quiz", origins="https://quiz.example.edu, http://localhost:80")
    assert answer.status_code == 200
    text = answer.content.decode()
    key = re.search(r'id="key">([0-9a-f]+)<', text)[1]
    secret = re.search(r'id="secret">([0-9a-f]{64})<', text)[1]
    assert "http://testserver/xapi/" in text
    made = credentials.authenticate(key, secret)
    assert made is not None
    assert (made.name, made.scopes, made.feed) == ("Quiz tool", ["statements/write", "state"], "quiz")
    assert made.origins == ["http://localhost", "https://quiz.example.edu"]
    assert made.created_by == OFFICE


def test_and_nowhere_else(signed_in, caplog: pytest.LogCaptureFixture) -> None:
    client = signed_in(OFFICE)
    answer = issue(client)
    secret = re.search(r'id="secret">([0-9a-f]{64})<', answer.content.decode())[1]
    assert "no-store" in answer["Cache-Control"]
    assert secret not in str(answer.headers) + str(answer.cookies) + caplog.text
    assert all(secret not in str(one.get_decoded()) for one in Session.objects.all())
    assert secret not in str(list(Credential.objects.values()))
    assert secret not in page(client, "lrs-keys").content.decode()


def test_reloading_the_answer_issues_nothing(signed_in) -> None:
    client = signed_in(OFFICE)
    given = {
        "form": page(client, "lrs-keys").context["fresh"],
        "name": "Quiz tool",
        "scopes": ["all"],
    }
    first = client.post(reverse("lrs-keys"), given)
    before = Credential.objects.values().get()
    again = client.post(reverse("lrs-keys"), given, follow=True)
    assert "issued already" in again.content.decode()
    assert 'id="secret"' in first.content.decode() and 'id="secret"' not in again.content.decode()
    assert Credential.objects.values().get() == before


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\u2028b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"feed": "A B"}, "feed"),
        ({"feed": "desk"}, "feed"),
        ({"origins": "quiz.example.edu"}, "origins"),
    ],
)
def test_mistakes_are_shown_where_they_were_made(more: dict, field: str, signed_in) -> None:
    answer = issue(signed_in(OFFICE), **more)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Credential.objects.exists()


@pytest.mark.parametrize("form", ["", "k1", "k1:abc:def"])
def test_a_key_is_never_of_the_senders_choosing(form: str, signed_in) -> None:
    answer = issue(signed_in(OFFICE), form=form)
    assert answer.status_code == 302
    assert not Credential.objects.exists()


def test_forms_of_other_sites_are_not_taken(signed_in) -> None:
    signed = signed_in(OFFICE)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed.cookies
    made, _ = credentials.issue("One")
    assert strict.post(reverse("lrs-keys"), {"revoke": made.key}).status_code == 403
    assert credentials.issued().get().revoked_at is None


def test_revoking(signed_in) -> None:
    client = signed_in(OFFICE)
    made, secret = credentials.issue("One")
    answer = client.post(reverse("lrs-keys"), {"revoke": made.key}, follow=True)
    assert answer.redirect_chain == [(reverse("lrs-keys"), 302)]
    assert "The key of One is revoked" in answer.content.decode()
    assert credentials.authenticate(made.key, secret) is None
    assert client.post(reverse("lrs-keys"), {"revoke": "nobody"}).status_code == 404


@pytest.mark.parametrize("name", ["teacher", "leader", "registrar", "researcher", "student", "nobody"])
def test_for_the_data_office_alone(name: str, signed_in) -> None:
    client = signed_in(name)
    made, _ = credentials.issue("One")
    assert client.post(reverse("lrs-keys"), {"revoke": made.key}).status_code == 404
    assert credentials.issued().get().revoked_at is None


def test_every_scope_is_described() -> None:
    assert set(DESCRIBED) == set(SCOPES)
