"""A real server on a workspace of its own, and a real browser that looks at it.

Without Chromium or Playwright these tests are skipped; with FER_E2E=required they fail instead.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psutil
import pytest

from fer_core.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A camera of its own that shows a test pattern, and a viewer who allows it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
WAIT = 90_000
"""Milliseconds that anything in the browser may take; a busy machine needs many times what an idle one does."""

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


_FAILED = pytest.StashKey[bool]()
_HALTED = pytest.StashKey[list[str]]()


class App:
    """The app in a process group of its own, as a terminal starts it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.workspace = folder / "workspace"
        self.home = folder / "home"
        self.home.mkdir()
        self.log = folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        # A home folder of its own shows what the app leaves in it; what it sets itself it shall not inherit from here.
        kept = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
        self.environment = {**kept, "HOME": str(self.home), "FER_WORKSPACE": str(self.workspace), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--server.headless", "true", "--server.port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + 120
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"The app did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def interrupt(self) -> int:
        """Press Ctrl-C: the signal goes to the whole group of the terminal; returns the exit status."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(timeout=60)

    def close(self) -> None:
        """End the server and whatever is being trained in its workspace."""
        processes = self.workers()
        if self._process is not None:
            processes.append(self._process)
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
                process.kill()
                process.wait(timeout=20)

    def workers(self) -> list:
        """Training processes of this workspace that are alive."""
        return [process for process in psutil.process_iter() if self._is_worker(process)]

    def _is_worker(self, process: psutil.Process) -> bool:
        try:
            return (
                "fer_core.training.worker" in process.cmdline()
                and process.environ().get("FER_WORKSPACE") == str(self.workspace)
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """Run `python -m fer_core` in this workspace; returns what it printed."""
        line = [sys.executable, "-m", "fer_core", *words]
        done = subprocess.run(line, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def finished_run(self) -> Run | None:
        """The newest run of this workspace that was trained to its end."""
        folders = sorted(self.workspace.glob("runs/*/model.keras"), reverse=True)
        every = [Run(id=file.parent.name, path=file.parent, own=file.parent) for file in folders]
        return next((run for run in every if run.status().state == "finished"), None)

    def address(self, place: str = "", **query: str) -> str:
        """Where a page, or one of its tabs behind a `#`, is found."""
        path, _, tab = place.partition("#")
        query |= {"view": tab} if tab else {}
        return f"{self.url}/{path}" + (f"?{urlencode(query)}" if query else "")

    def open(self, page: "Page", place: str = "", **query: str) -> None:
        """Go to a view by its address, and wait until it stands."""
        page.goto(self.address(place, **query))
        self.settle(page)

    def settle(self, page: "Page") -> None:
        """Wait until the server has nothing more to say to this page."""
        page.wait_for_selector(IDLE, timeout=WAIT, state="attached")
        page.wait_for_selector('[data-testid="stSkeleton"]', timeout=WAIT, state="detached")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave the outcome with the test, for the fixture that keeps pictures of failures."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """Chromium without a window; gone after these tests, as Playwright's event loop stays in the thread that all tests run in."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _unavailable("Playwright is not installed")
    executable = chromium()
    if executable is None:
        _unavailable(f"there is no browser ({', '.join(BROWSERS)}) on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()


def chromium() -> str | None:
    """Where Chromium lies; None when it is not installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="module")
def profile(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., "BrowserContext"]]:
    """`profile(**options)`: a browser whose profile lies on the disk, as a user's does.

    It keeps the scripts of a page that was open before in compiled form, so that the next page opens in two thirds of the time.
    """
    made: list[BrowserContext] = []

    def make(**options: Any) -> "BrowserContext":
        folder = tmp_path_factory.mktemp("profile")
        launch = browser.browser_type.launch_persistent_context
        made.append(launch(folder, executable_path=chromium(), args=FLAGS, **options))
        return made[-1]

    yield make
    for context in made:
        context.close()


def _unavailable(reason: str) -> None:
    if os.environ.get("FER_E2E") == "required":
        pytest.fail(f"FER_E2E is required, but {reason}.")
    pytest.skip(f"needs a browser, but {reason}")


@pytest.fixture(scope="package")
def app(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The running app, at first with nothing in its workspace."""
    server = App(tmp_path_factory.mktemp("e2e"))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def own_app(browser: "Browser", tmp_path: Path) -> Iterator[Callable[..., App]]:
    """`own_app(**environment)`: another app, to be started; its workspace has had its first start. It ends with the test."""
    made: list[App] = []

    def make(**environment: str) -> App:
        folder = tmp_path / f"app-{len(made)}"
        folder.mkdir()
        made.append(App(folder, **environment))
        made[-1].workspace.mkdir()
        (made[-1].workspace / ".first-start").touch()
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="package")
def furnished(app: App, browser: "Browser") -> App:
    """The running app with a small data set and a run that has ended, beside what its first start has brought."""
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    app.open(page)
    if app.finished_run() is None:
        app.command("synthetic", "--name", "Furnished", "--count", "200", "--seed", "0")
        small = ("resolution=32", "head_epochs=2", "full_epochs=0")
        app.command("train", "Furnished", "--preset", "frozen", *(word for value in small for word in ("--set", value)))
    app.open(page)
    page.close()
    return app


@pytest.fixture
def new_page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[["BrowserContext"], "Page"]]:
    """`new_page(context)`: a page that waits long; its picture and HTML are kept when the test fails."""
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT)
    pages: list[Page] = []

    def make(context: "BrowserContext") -> "Page":
        page = context.new_page()
        page.set_default_timeout(WAIT)
        pages.append(page)
        return page

    yield make
    for number, page in enumerate(pages):
        if request.node.stash.get(_FAILED, False):
            page.screenshot(path=tmp_path / f"page-{number}.png", full_page=True)
            (tmp_path / f"page-{number}.html").write_text(page.content())
        page.close()


@pytest.fixture(scope="module")
def filmed(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., "Page"]]:
    """`filmed()`: a page of a browser whose camera shows two drawn faces, and that notes which camera tracks were given."""
    from benchmarks.live import write_clip

    film = write_clip(tmp_path_factory.mktemp("film") / "two.y4m", people=2, frames=60)
    started = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, f"--use-file-for-fake-video-capture={film}"])
    opened = []

    def make(**options: Any) -> "Page":
        context = started.new_context(viewport={"width": 1280, "height": 720}, **options)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.add_init_script("""
            window.tracks = [];
            const ask = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
            if (ask) navigator.mediaDevices.getUserMedia = async (wish) => {
                const stream = await ask(wish);
                window.tracks.push(...stream.getTracks());
                return stream;
            };""")
        return page

    yield make
    for context in opened:
        context.close()
    started.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """A fresh browser profile, 1280 by 900."""
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: "BrowserContext", new_page: Callable[["BrowserContext"], "Page"]) -> "Page":
    """A page in a fresh browser profile."""
    return new_page(context)


@pytest.fixture
def in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """The steps of a journey need those before them: after one that failed the others are skipped."""
    halted = request.node.parent.stash.setdefault(_HALTED, [])
    if halted:
        pytest.skip(f"the journey ended at {halted[0]}")
    yield
    if request.node.stash.get(_FAILED, False):
        halted.append(request.node.name)
