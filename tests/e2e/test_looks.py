"""Every view with a run of one's own, in a wide and a narrow window: its title shows, nothing is wrong, nothing is too wide.

In the dark scheme test_screens looks at every view, with what ships.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fer_core.datasets.synthetic import NAME_DEFAULT
from fer_core.runs import BUNDLED
from pages.ui import navigation

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}


def views() -> dict[str, str]:
    """{address, and behind # the tab: title} of all pages and their tabs, as the menu lists them."""
    return {f"{page.address}{'#' if tab else ''}{tab}": page.title for page in navigation.pages() for tab in page.tabs or ("",)}


@pytest.fixture(scope="module")
def windows(profile):
    """One browser profile for all views of a look: {look: context}."""
    return {look: profile(**options) for look, options in WINDOWS.items()}


@pytest.fixture(scope="module")
def light(profile):
    """One browser profile for the views whose theme is switched."""
    return profile(**WINDOWS["light"])


def watch(page, host: str) -> list[str]:
    """What goes wrong in a page from now on: errors in the console, requests to anywhere else."""
    wrong = []

    def hear(message) -> None:
        # Streamlit looks for its own address below that of the view first.
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            wrong.append(f"console: {message.text} ({message.location['url']})")

    def see(request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            wrong.append(f"request: {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("request", see)
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("view", views())
def test_view_opens_without_fault_in_every_window(view, windows, furnished, new_page):
    said = len(furnished.log.read_text())
    run = furnished.finished_run()
    title = views()[view]
    pages = {look: new_page(context) for look, context in windows.items()}
    wrong = {look: watch(page, urlsplit(furnished.url).netloc) for look, page in pages.items()}
    for page in pages.values():
        page.goto(furnished.address(view, run=run.id, dataset=run.config().dataset), wait_until="commit")
    for page in pages.values():
        furnished.settle(page)
        check(page, title, dark=False)
    assert wrong == {look: [] for look in WINDOWS}
    assert f'File "{ROOT}' not in furnished.log.read_text()[said:], "something of ours ended with a traceback"


def check(page, title: str, *, dark: bool) -> None:
    """The title shows, all charts are drawn, no error is shown, and nothing is wider than the window."""
    from playwright.sync_api import expect

    heading = page.get_by_test_id("stMain").get_by_role("heading", level=1)
    expect(heading).to_have_text(title)
    expect(heading).to_be_in_viewport()
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(17, 22, 29)" if dark else "rgb(255, 255, 255)")
    expect(page.locator(".stPlotlyChart:not(:has(.main-svg))")).to_have_count(0)
    expect(page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]')).to_have_text([])
    for place in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        inside, across = page.evaluate(f"[{place}.scrollWidth, {place}.clientWidth]")
        assert inside <= across, f"{place} is {inside} pixels wide in a window of {across}"


@pytest.mark.parametrize("view", ["scores", *(pytest.param(view, marks=pytest.mark.slow) for view in ("overview", "confusion"))])
def test_charts_follow_a_theme_that_is_switched(view, app, light, new_page):
    from playwright.sync_api import expect

    page = new_page(light)
    page.emulate_media(color_scheme="light")
    page.goto(app.address(view, run=BUNDLED, dataset=NAME_DEFAULT), wait_until="commit")
    app.settle(page)
    expect(page.locator(".stPlotlyChart .main-svg").first).to_be_visible()
    tones = (
        """() => [...new Set([...document.querySelectorAll('.stPlotlyChart text')].map(text => getComputedStyle(text).fill))]"""
    )
    for scheme, ink, paper in (
        ("light", "rgb(27, 36, 48)", "rgb(255, 255, 255)"),
        ("dark", "rgb(232, 237, 242)", "rgb(17, 22, 29)"),
        ("light", "rgb(27, 36, 48)", "rgb(255, 255, 255)"),
    ):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", paper)
        # White is written on the dark cells of a confusion matrix alone, in both themes.
        assert set(page.evaluate(tones)) - {"rgb(255, 255, 255)"} == {ink}
