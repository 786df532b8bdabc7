"""Every page in a real browser: it draws, complains of nothing, keeps to the policy, and fits a phone.

LIWA_TEST_SCREENSHOTS=1 keeps pictures in tests/screenshots (kept out of git), for people to look at.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from liwa.accounts.models import Account
from liwa.portal.pages import Page
from tests.portal import campus as small
from tests.portal.matrix import PAGES, someone

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
LIBRARIES = Path(settings.BASE_DIR) / "portal/static/vendor/tabler.min.css"


@dataclass(frozen=True)
class Look:
    """How a reader looks at the page."""

    name: str
    width: int
    height: int
    language: str
    scheme: str


LOOKS = (
    Look("desktop-en", 1280, 900, "en", "light"),
    Look("desktop-zh-dark", 1280, 900, "zh-hans", "dark"),
    Look("phone-en-dark", 390, 844, "en", "dark"),
    Look("phone-zh", 390, 844, "zh-hans", "light"),
)
SHOWN = [one for one in PAGES if "GET" in one.methods and one.name != "home"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as the machine has it."""
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here")
    if not LIBRARIES.exists():
        pytest.skip("the front-end libraries are not here; ./liwa fetches them")
    # Playwright's loop runs in this thread, and Django fears for its connections; nothing here is asynchronous.
    with pytest.MonkeyPatch.context() as patch, api.sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def server(browser: Any, transactional_db: None, live_server) -> str:
    """The small campus behind a live server."""
    small.build()
    return str(live_server.url)


def signed_in(browser: Any, server: str, account: str, look: Look, client, **more: Any) -> Any:
    """A browser context with the account's session."""
    Account.objects.filter(username=account).update(language=look.language)
    client.force_login(Account.objects.get(username=account), backend=settings.AUTHENTICATION_BACKENDS[1])
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        reduced_motion="reduce",  # charts are whole as soon as they are there
        base_url=server,
        **more,
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    return context


def opened(context: Any, address: str) -> tuple[Any, list[str]]:
    """The page after it has settled, and whatever the browser complained of."""
    page, complaints = watched(context)
    page.goto(address)
    settle(page)
    return page, complaints


def watched(context: Any) -> tuple[Any, list[str]]:
    """An empty page, and a list of what the browser will complain of."""
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: message.type in ("error", "warning") and complaints.append(message.text)
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def in_every_look(browser: Any, server: str, client, account: str, address: str, name: str) -> None:
    """Load the page in every look: it draws, complains of nothing and is no wider than its window.

    One page does for all of them: a browser keeps what it has fetched.
    """
    context = signed_in(browser, server, account, LOOKS[0], client)
    page, complaints = watched(context)
    for look in LOOKS:
        Account.objects.filter(username=account).update(language=look.language)
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme=look.scheme)
        answer = page.goto(address)
        settle(page)
        keep(page, f"{name}-{look.name}")
        assert complaints == [], (name, look.name)
        assert overflow(page) <= 0, (name, look.name)
        if answer.headers["content-type"].startswith("text/html"):
            for attribute, value in (("lang", look.language), ("data-bs-theme", look.scheme)):
                assert page.locator("html").get_attribute(attribute) == value, (name, look.name)
    context.close()


def settle(page: Any) -> None:
    """Wait until every chart that shows is drawn."""
    for chart in page.locator("[data-chart]:visible").all():
        chart.locator("canvas").first.wait_for()


def keep(page: Any, name: str) -> None:
    """A picture of the whole page, in a folder that git does not see, if pictures are wanted."""
    if not os.environ.get("LIWA_TEST_SCREENSHOTS"):
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / ".gitignore").write_text("*\n", encoding="ascii")
    # Hiding the caret leaves style attributes behind, which a later swap of htmx copies and the policy refuses.
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, caret="initial")


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def shown(rows: Any, number: int) -> None:
    """Wait until so many rows are shown. (Waiting for a script's value needs eval, which the policy forbids.)"""
    from playwright.sync_api import expect

    expect(rows).to_have_count(number)


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.name)
def test_page_in_every_look(one: Page, browser: Any, server: str, client) -> None:
    account, objects = someone(one)
    in_every_look(browser, server, client, account, reverse(one.name, kwargs=objects), one.name)


def test_sign_in_by_keyboard(browser: Any, server: str) -> None:
    for look in LOOKS[:1] + LOOKS[-1:]:
        context = browser.new_context(
            viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme, base_url=server
        )
        page, complaints = opened(context, reverse("sign-in"))
        keep(page, f"sign-in-{look.name}")
        assert overflow(page) <= 0
        page.keyboard.type("adviser")
        page.keyboard.press("Tab")
        page.keyboard.type(small.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{reverse('week')}")
        assert complaints == []
        context.close()


def test_the_list_is_narrowed_and_searched_without_names_in_the_address(
    browser: Any, server: str, client
) -> None:
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, complaints = opened(context, reverse("adviser"))
    rows = page.locator("#list tbody tr")
    page.select_option("#band", "medium")
    page.wait_for_url("**band=medium**")
    shown(rows, 1)
    page.select_option("#band", "")
    shown(rows, 3)
    page.fill("#name", "若溪")
    page.locator("#name").press_sequentially(" ")
    shown(rows, 1)
    assert rows.first.locator("a").first.inner_text() == "周若溪"
    assert "若溪" not in page.evaluate("decodeURI(location.href)")
    page.select_option("#band", "high")
    page.wait_for_selector("#name:placeholder-shown")
    page.go_back()
    shown(rows, 3)
    assert complaints == []
    context.close()


def test_theme_and_language_are_kept(browser: Any, server: str, client) -> None:
    context = signed_in(browser, server, "student", LOOKS[0], client)
    page, complaints = opened(context, reverse("me"))
    page.locator("[data-liwa-theme]:visible").click()
    page.locator("button[name=language]:visible").click()
    page.wait_for_selector("html[lang=zh-hans]")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert "我的课程" in page.title()
    assert complaints == []
    context.close()


def test_charts_inside_details_are_drawn_when_opened(browser: Any, server: str, client) -> None:
    context = signed_in(browser, server, "student", LOOKS[0], client)
    page, complaints = opened(context, reverse("me"))
    page.locator("summary", has_text="My activity").first.click()
    page.wait_for_selector("[data-chart] canvas")
    assert complaints == []
    context.close()


def test_the_browser_refuses_what_is_not_ours(browser: Any, server: str, client) -> None:
    context = signed_in(browser, server, "adviser", LOOKS[0], client)
    page, _complaints = opened(context, reverse("adviser"))
    page.evaluate(
        """() => {
            window.refused = [];
            document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", '<p style="color:red">x</p>');
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("refused.toSorted()") == ["script-src-elem", "style-src-attr"]
    assert page.evaluate("window.ran === undefined")
    context.close()
