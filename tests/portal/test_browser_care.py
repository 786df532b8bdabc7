"""The week of an adviser in a real browser: list, student, contact, outcome; a teacher and a student ask first."""

from typing import Any

import pytest
from django.urls import reverse

from liwa.care.models import Case, Contact
from tests.portal.test_browser import LOOKS, browser, keep, opened, overflow, server, shown, signed_in

__all__ = ["browser", "server"]

pytestmark = pytest.mark.browser

NOTE = "Slept badly, works nights at the warehouse."


def test_the_week_of_an_adviser(browser: Any, server: str, client) -> None:
    """List, student, contact in two clicks, support, outcome."""
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, complaints = opened(context, reverse("home"))
    page.wait_for_url(f"**{reverse('week')}")
    case = page.locator("#case-9001")
    case.locator(".liwa-case-why a").first.click()
    page.wait_for_url("**/student/st1/**")
    page.go_back()
    case.locator("summary").click()  # the first of two clicks
    keep(page, "walk-1-logging")
    case.get_by_role("button", name="Called").click()  # the second
    page.locator("section[aria-labelledby=in-touch] #case-9001").wait_for()
    assert "Called" in page.locator("[role=status]").inner_text()
    keep(page, "walk-2-logged")
    page.locator("#case-9001 h3 a").click()
    page.wait_for_url(f"**{reverse('case', args=[9001])}")
    page.fill("#note-contact", NOTE)
    page.get_by_role("button", name="Met").click()
    page.locator(".liwa-note", has_text=NOTE).wait_for()
    page.locator("summary", has_text="Support is in place").click()
    page.get_by_role("button", name="Keep it").click()
    page.locator("[data-state=in_support]").first.wait_for()
    page.locator("summary", has_text="Close the case").click()
    page.get_by_label("Things have improved").check()
    keep(page, "walk-3-closing")
    page.locator("button[value=close]").click()
    page.get_by_role("button", name="Open it again").wait_for()
    keep(page, "walk-4-closed")
    assert complaints == []
    context.close()
    found = Case.objects.get(pk=9001)
    assert (found.state, found.outcome) == ("closed", "improved")
    assert list(
        Contact.objects.filter(case=9001).exclude(kind="note").order_by("pk").values_list("kind", flat=True)
    )[:2] == [
        "called",
        "met",
    ]
    assert NOTE not in "".join(str(one) for one in found.events.values_list("details", flat=True))


def test_a_teacher_raises_a_case(browser: Any, server: str, client) -> None:
    """From the row of the class to the adviser's list, and back as a state."""
    words = "Has stopped speaking in class since the test."
    context = signed_in(browser, server, "teacher", LOOKS[0], client)
    page, complaints = opened(context, reverse("klass", args=["k1"]) + "?who=all")
    page.locator("tr", has=page.locator("a[href='/student/st3/']")).get_by_role(
        "link", name="Tell the adviser"
    ).click()
    page.get_by_role("button", name="Tell the adviser").click()
    page.locator("#reason-wrong").wait_for()
    page.fill("#reason", words)
    keep(page, "walk-5-raising")
    page.get_by_role("button", name="Tell the adviser").click()
    page.wait_for_url(f"**{reverse('klass', args=['k1'])}")
    assert "has been told" in page.locator("[role=status]").inner_text()
    page.goto(reverse("raised"))
    shown(page.locator("tbody tr"), 2)
    assert words not in page.locator("tbody").inner_text()  # the state alone
    assert complaints == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]
    context.close()
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, complaints = opened(context, reverse("week"))
    assert words in page.locator("#to-do ~ article", has_text=words).first.inner_text()
    keep(page, "walk-6-raised")
    assert complaints == []
    context.close()


def test_a_student_asks_for_help(browser: Any, server: str, client) -> None:
    """In own words; the adviser reads them first, the student sees who is responsible."""
    words = "I cannot keep up with the reports and do not know whom to ask."
    Case.objects.filter(student="st1").delete()
    look = LOOKS[2]
    context = signed_in(browser, server, "student", look, client)
    page, complaints = opened(context, reverse("me"))
    page.get_by_role("link", name="Ask for help").click()
    page.fill("#words", words)
    keep(page, "walk-7-asking")
    assert overflow(page) <= 0
    page.get_by_role("button", name="Ask for help").click()
    page.wait_for_url(f"**{reverse('me')}")
    assert "何静" in page.locator("section[aria-labelledby=help]").inner_text()
    keep(page, "walk-8-asked")
    assert complaints == []
    context.close()
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, complaints = opened(context, reverse("week"))
    assert words in page.locator(".liwa-case").first.inner_text()
    assert complaints == []
    context.close()


def test_a_contact_is_logged_without_scripts(browser: Any, server: str, client) -> None:
    """Two clicks there too: the fold is the browser's own, the form goes the ordinary way."""
    context = signed_in(browser, server, "adviser", LOOKS[3], client, java_script_enabled=False)
    page, complaints = opened(context, reverse("week"))
    page.locator("#case-9001 summary").click()
    page.locator("#case-9001 button[value=met]").click()
    page.locator("section[aria-labelledby=in-touch] #case-9001").wait_for()
    assert page.url.endswith(reverse("week"))
    assert complaints == []
    context.close()
