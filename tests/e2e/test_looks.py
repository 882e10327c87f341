"""Every view in a light, a dark and a narrow window: its title shows, nothing is wrong, nothing is wider than the window."""

import ast
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}


def views() -> dict[str, str]:
    """{address: title} of all views, from the table in app.py."""
    for node in ast.parse((ROOT / "app.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and node.target.id == "VIEWS":
            return {url: title for section in ast.literal_eval(node.value).values() for _, title, _, url in section}
    raise AssertionError("app.py has no table VIEWS")


@pytest.fixture(scope="module", params=WINDOWS)
def window(request, browser):
    """One browser profile for all views of a look."""
    context = browser.new_context(**WINDOWS[request.param])
    yield context
    context.close()


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


@pytest.mark.parametrize("view", views())
def test_view_opens_without_fault(view, window, furnished, new_page):
    from playwright.sync_api import expect

    page = new_page(window)
    wrong = watch(page, urlsplit(furnished.url).netloc)
    said = len(furnished.log.read_text())
    run = furnished.finished_run()
    furnished.open(page, view, run=run.id, dataset=run.config().dataset)
    title = page.get_by_test_id("stMain").get_by_role("heading", level=1)
    expect(title).to_be_visible()
    expect(title).to_be_in_viewport()
    # Live curves is named after its run, and the home page after the app.
    names = {"monitor": run.about().name, "": "FER Lab"}
    expect(title).to_have_text(names.get(view, views()[view]))
    expect(page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]')).to_have_count(0)
    for place in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        inside, across = page.evaluate(f"[{place}.scrollWidth, {place}.clientWidth]")
        assert inside <= across, f"{place} is {inside} pixels wide in a window of {across}"
    assert wrong == []
    assert f'File "{ROOT}' not in furnished.log.read_text()[said:], "something of ours ended with a traceback"


def test_dark_window_is_dark_and_light_window_is_light(window, furnished, new_page):
    page = new_page(window)
    furnished.open(page)
    paper = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert paper == ("rgb(17, 22, 29)" if dark else "rgb(255, 255, 255)")
