"""Every page in a real browser: it draws, complains of nothing, keeps to the policy, and fits a phone.

Screenshots go to tests/screenshots (kept out of git), for people to look at.
"""

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
from tests.portal.matrix import PAGES, combinations, expected

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


def someone(one: Page) -> tuple[str, dict[str, str]]:
    """An account that may open the page, and objects it may open it for."""
    return next(
        (account, objects)
        for account in small.ACCOUNTS
        for objects in combinations(one)
        if expected(one, account, objects)
    )


def signed_in(browser: Any, server: str, account: str, look: Look, client) -> Any:
    """A browser context with the account's session."""
    Account.objects.filter(username=account).update(language=look.language)
    client.force_login(Account.objects.get(username=account), backend=settings.AUTHENTICATION_BACKENDS[1])
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme, base_url=server
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    return context


def opened(context: Any, address: str) -> tuple[Any, list[str]]:
    """The page after it has settled, and whatever the browser complained of."""
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: message.type in ("error", "warning") and complaints.append(message.text)
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, complaints


def keep(page: Any, name: str) -> None:
    """A picture of the whole page, in a folder that git does not see."""
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / ".gitignore").write_text("*\n", encoding="ascii")
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.name)
def test_page_in_every_look(one: Page, browser: Any, server: str, client) -> None:
    account, objects = someone(one)
    for look in LOOKS:
        context = signed_in(browser, server, account, look, client)
        page, complaints = opened(context, reverse(one.name, kwargs=objects))
        keep(page, f"{one.name}-{look.name}")
        assert complaints == [], (one.name, look.name)
        assert overflow(page) <= 0, (one.name, look.name)
        visible = page.locator("[data-chart]:visible")
        assert visible.count() == page.locator("[data-chart]:visible canvas").count()
        context.close()
