"""The learning record store's pages with something in them, in a real browser."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from liwa.core import clock
from liwa.statements import credentials
from liwa.statements.meter import LIMITS
from liwa.statements.models import Actor, Credential, Minute
from tests.portal.test_browser import LOOKS, browser, in_every_look, keep, opened, overflow, server, signed_in

__all__ = ["browser", "server"]

pytestmark = pytest.mark.browser

ASKED = (
    ("statements", "POST", "", 200, 0.004, 900),
    ("statements", "POST", "", 400, 0.001, 12),
    ("statements", "POST", "", 503, 2.4, 3),
    ("statements", "GET", "agent+limit+verb", 200, 0.006, 80),
    ("statements", "GET", "activity+attachments+format+limit+related_activities+since", 200, 1.31, 7),
    ("statements", "GET", "?", 400, 0.0006, 2),
    ("activities/state", "GET", "activityId+agent+stateId", 200, 0.003, 210),
    ("activities/state", "PUT", "activityId+agent+stateId", 204, 0.009, 190),
    ("about", "GET", "", 200, 0.0004, 4),
)


def fill() -> None:
    """A day of use, actors nobody knows, and keys of every kind."""
    present = clock.now().replace(second=0, microsecond=0)
    for hour in range(24):
        for resource, method, asked, status, longest, requests in ASKED:
            number = max(1, requests * ((hour * 7) % 13 + 1) // 9)
            buckets = [0] * (len(LIMITS) + 1)
            buckets[sum(limit < longest for limit in LIMITS)] = number
            Minute.objects.create(
                minute=present - timedelta(hours=hour, minutes=3),
                worker=hour % 2,
                resource=resource,
                method=method,
                asked=asked,
                status=status,
                requests=number,
                seconds=number * longest * 0.6,
                longest=longest,
                buckets=buckets,
            )
    actors = (
        "mbox:mailto:someone.with.a.very.long.address@students.department.example.edu",
        "account:https://lms.example.edu|10260099",
        "mbox_sha1sum:ebd31e95054c018b10727ccffd2ef2ec3a016ee9",
    )
    for number, key in enumerate(actors, start=1):
        Actor.objects.create(digest=f"{number:064}", key=key, statements=4100 // number, last_seen=present)
    keys = (
        ("Moodle of the School of Rivers", ["all"], "moodle", []),
        (
            "Video player",
            ["statements/write", "statements/read/mine", "state"],
            "",
            ["https://video.example.edu"],
        ),
        ("Old quiz tool", ["statements/write"], "quiz", []),
    )
    for name, scopes, feed, origins in keys:
        made, _ = credentials.issue(name, scopes, feed, origins, created_by="data-office")
    credentials.revoke(made.key)
    Credential.objects.filter(feed="moodle").update(last_used_at=present)


@pytest.mark.parametrize("name", ["lrs", "lrs-keys"])
def test_state_in_every_look(name: str, browser: Any, server: str, client) -> None:
    fill()
    in_every_look(browser, server, client, "data-office", reverse(name), f"{name}-full")


def test_issuing_and_revoking_by_hand(browser: Any, server: str, client) -> None:
    for look in LOOKS:
        context = signed_in(browser, server, "data-office", look, client)
        page, complaints = opened(context, reverse("lrs-keys"))
        page.fill("#id_name", f"Quiz {look.name}")
        page.fill("#id_origins", "quiz.example.edu")
        page.locator("form[novalidate] button").click()
        assert page.locator(".invalid-feedback").count() == 1
        keep(page, f"lrs-keys-mistake-{look.name}")
        page.fill("#id_origins", "https://quiz.example.edu")
        page.locator("form[novalidate] button").click()
        secret = page.locator("#secret").inner_text()
        key = page.locator("dd #key").inner_text()
        assert credentials.authenticate(key, secret)
        assert secret not in page.url
        assert overflow(page) <= 0, look.name
        keep(page, f"lrs-keys-issued-{look.name}")
        page.reload()
        assert page.locator("#secret").count() == 0
        page.locator("summary", has_text="evoke" if "en" in look.name else "吊销").first.click()
        keep(page, f"lrs-keys-revoking-{look.name}")
        page.locator("details[open] form button").click()
        page.wait_for_load_state()
        assert Credential.objects.get(pk=key).revoked_at
        assert complaints[1:] == [], look.name  # the first is the answer 400 to the mistake
        context.close()
