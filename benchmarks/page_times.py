"""How long a view takes to open, seen from a browser, or from Streamlit's own test runner where there is no browser."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from benchmarks.screenshots import IDLE, PATIENCE, browser_program, serve_app
from fer_core.settings import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Page

LINK = '[data-testid="stSidebarNav"] a'

_OPEN = """([address, patience]) => new Promise((resolve, reject) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const link = [...document.querySelectorAll('[data-testid="stSidebarNav"] a')].find((found) => found.pathname === address);
  const waiting = '[data-testid="stSkeleton"], [data-testid="stSpinner"]';
  const heading = () => document.querySelector('[data-testid="stMain"] h1')?.textContent;
  const start = performance.now(), before = heading();
  let ran = false;
  const watch = new MutationObserver(() => {
    const state = app.dataset.testScriptState;
    if (location.pathname === address && (state === 'running' || heading() !== before)) ran = true;
    if (!ran || state !== 'notRunning' || document.querySelector(waiting)) return;
    watch.disconnect();
    requestAnimationFrame(() => resolve((performance.now() - start) / 1000));
  });
  watch.observe(document.body, {subtree: true, childList: true, attributes: true});
  setTimeout(() => reject(`${address} did not open in ${patience} ms`), patience);
  link.click();
})"""
"""Click on a view's name; seconds until its script has run and no placeholder is left."""


class Opener(Protocol):
    """Opens views of one app, each for the first time when it is asked the first time."""

    def views(self) -> list[str]:
        """Addresses of all views but the first page, in the order of the navigation."""
        ...

    def choose(self, run: str) -> None:
        """Make a run the chosen one; its id."""
        ...

    def open(self, view: str) -> float:
        """Seconds that a view took to open."""
        ...


@contextmanager
def opener(workspace: Path, *, browser: bool) -> Iterator[Opener]:
    """The app on a workspace, to be looked at with Chromium or without."""
    if not browser:
        os.environ["FER_WORKSPACE"] = str(workspace)
        yield _TestRunner()
        return
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with serve_app(workspace) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_program(), args=flags)
        try:
            yield _Window(chromium.new_page(viewport={"width": 1280, "height": 800}), url)
        finally:
            chromium.close()


def switch(app: Any, place: str) -> Any:
    """Go to a page, or to one of its tabs behind a `#`, in Streamlit's test runner; it is drawn at the next run."""
    page, _, tab = place.partition("#")
    app.switch_page(f"{page}.py")
    app.query_params["view"] = tab
    return app


class _Window:
    def __init__(self, page: Page, url: str) -> None:
        self._page, self._url = page, url
        page.set_default_timeout(PATIENCE)
        self.choose("")

    def views(self) -> list[str]:
        addresses = self._page.eval_on_selector_all(LINK, "(links) => links.map((link) => link.pathname)")
        return [address for address in addresses if address != "/"]

    def choose(self, run: str) -> None:
        self._page.goto(f"{self._url}/?{urlencode({'run': run} if run else {})}")
        self._page.get_by_test_id("stMain").get_by_role("heading", level=1).wait_for()
        self._page.wait_for_selector(IDLE, state="attached")

    def open(self, view: str) -> float:
        return float(self._page.evaluate(_OPEN, [view, PATIENCE]))


class _TestRunner:
    def __init__(self) -> None:
        from streamlit.testing.v1 import AppTest

        self._app: Any = AppTest.from_file(str(PROJECT / "pages" / "frame.py"), default_timeout=PATIENCE / 1000).run()

    def views(self) -> list[str]:
        from pages.ui import navigation

        return [f"{page.place}{'#' if tab else ''}{tab}" for page in navigation.pages() for tab in page.tabs or ("",)]

    def choose(self, run: str) -> None:
        self._app.query_params["run"] = run
        self._app.run()

    def open(self, view: str) -> float:
        start = time.perf_counter()
        switch(self._app, view).run()
        seconds = time.perf_counter() - start
        if self._app.exception:
            raise SystemExit(f"The view {view} failed: {self._app.exception}")
        return seconds
