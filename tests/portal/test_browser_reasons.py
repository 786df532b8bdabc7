"""A click on a reason shows what it rests on: opened, scrolled to, framed, and the rows meant tinted."""

from typing import Any

import pytest
from django.urls import reverse

from liwa.digest.models import EnrollmentDigest
from tests.portal.test_browser import LOOKS, browser, keep, opened, overflow, server, signed_in

pytestmark = pytest.mark.browser
__all__ = ["browser", "server"]  # fixtures
REASONS = [
    {"key": "missing_assignments", "count": 2, "days": 16},
    {"key": "inactive", "days": 16},
    {"key": "below_class", "points": 18},
]


def fill() -> None:
    """Reasons of three kinds in the class whose work is folded away, and a week before with others."""
    before = {"risk": 0.616, "band": "high", "reasons": [{"key": "late_assignments", "count": 1}]}
    EnrollmentDigest.objects.filter(user="st1").update(reasons=REASONS, before=before, changed=["inactive"])
    EnrollmentDigest.objects.filter(user="st1", klass="k2").update(need=0.1)


def in_window(page: Any, part: str) -> bool:
    return bool(
        page.locator(f"#{part}").evaluate(
            "box => { const at = box.getBoundingClientRect(); return at.bottom > 0 && at.top < innerHeight; }"
        )
    )


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_reason_leads_to_what_it_rests_on(look: Any, browser: Any, server: str, client) -> None:
    fill()
    context = signed_in(browser, server, "adviser", look, client)
    page, complaints = opened(context, reverse("student", kwargs={"student": "st1"}))
    page.emulate_media(reduced_motion="reduce")
    rows = page.locator('#missing-k2 tr[data-state="missing"]')
    assert rows.count() == 2
    assert not rows.first.is_visible()
    keep(page, f"reasons-{look.name}")
    for part, number in (("missing-k2", 0), ("activity-k2", 1), ("marks-k2", 2)):
        page.locator("#class-k2 .liwa-reasons a").nth(number).click()
        page.wait_for_selector(f"#{part}:target")
        assert page.locator(f"#{part}").is_visible()
        assert in_window(page, part)
        assert page.locator(f"#{part}").evaluate("box => getComputedStyle(box).outlineStyle") == "solid"
        keep(page, f"evidence-{part}-{look.name}")
    tint = "row => getComputedStyle(row).backgroundColor"
    page.locator("#class-k2 .liwa-reasons a").first.click()
    page.wait_for_selector("#missing-k2:target")
    meant = rows.first.evaluate(tint)
    other = page.locator('#missing-k2 tr[data-state="open"]').first.evaluate(tint)
    assert meant != other
    assert overflow(page) <= 0
    assert complaints == []
    context.close()


def test_from_a_list_and_a_second_time(browser: Any, server: str, client) -> None:
    fill()
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, complaints = opened(context, reverse("adviser"))
    page.locator('#list a[href="/student/st1/#missing-k1"]').first.click()
    page.wait_for_selector("#missing-k1:target")
    assert in_window(page, "missing-k1")
    page.evaluate("scrollTo(0, 0)")
    page.locator("#class-k1 .liwa-reasons a").first.click()
    page.wait_for_timeout(1200)  # a smooth scroll
    assert in_window(page, "missing-k1")
    assert page.evaluate("document.activeElement.id") == "missing-k1"
    assert complaints == []
    context.close()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_first_step_is_worded_and_shown(look: Any, browser: Any, server: str, client) -> None:
    context = signed_in(browser, server, "leader", look, client)
    page, complaints = opened(context, reverse("next-steps"))
    keep(page, f"next-steps-{look.name}")
    page.locator("#missing_assignments > summary").click()
    words = "来 12 号房间。" if look.language == "zh-hans" else "Come to room 12."
    page.fill(f"#missing_assignments-{look.language}", words)
    keep(page, f"next-steps-open-{look.name}")
    assert overflow(page) <= 0
    page.locator("#missing_assignments button").first.click()
    page.wait_for_url("**#missing_assignments")
    page.wait_for_selector("#missing_assignments[open]")
    assert words in page.locator("#missing_assignments > summary").inner_text()
    page.locator("#missing_assignments [name=restore]").click()
    page.wait_for_load_state()
    assert words not in page.locator("#missing_assignments > summary").inner_text()
    assert complaints == []
    context.close()
