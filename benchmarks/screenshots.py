"""Make the pictures of README and docs: a face with its map, and the app on a fresh workspace with the run that ships.

    python -m benchmarks.screenshots [--out docs/screenshots]

Needs Chromium, and Playwright from requirements-dev.txt. Prints the size of each picture.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from fer_core.settings import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTH, HEIGHT = 1280, 800
"""Pixels of a picture, where it says nothing else."""

ZOOM = 0.8
"""Size of what is in it: below 1, more of a page is seen."""

FACE = PROJECT / "tests" / "fixtures" / "astronaut.jpg"
FACE_WIDTH = 256
"""Pixels of the face with its map, which README shows."""

MOST_BYTES = 200_000
PATIENCE = 300_000
"""Milliseconds that a view may take; the first one draws 3,000 faces."""

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass(frozen=True)
class Shot:
    """One picture.

    Attributes:
        name: of its file, without the ending.
        address: of the page or tab.
        press: what is pressed before the picture is taken; empty for nothing.
        height: pixels of the picture.
    """

    name: str
    address: str
    press: str = ""
    height: int = HEIGHT


SHOTS = (
    Shot("home", ""),
    Shot("overview", "overview"),
    Shot("run", "runs?view=One+run", height=1000),
    Shot("errors", "errors?view=Confusion"),
    Shot("look", "look?view=One+face"),
    Shot("disturb", "disturb", press="Eyes"),
    Shot("explore", "explore?view=MobileNet"),
)


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "screenshots")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "answer.png", explained_face())
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            _write(out / f"{shot.name}.png", small_png(_take(browser, url, shot)))
        browser.close()


def _write(path: Path, data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise SystemExit(f"{path.stem} takes {len(data):,} bytes, more than {MOST_BYTES:,}.")
    path.write_bytes(data)
    print(f"{len(data):>10,}  {path.name}")


def explained_face() -> bytes:
    """A portrait in the public domain with the map of the bundled run's answer, as the command line draws it; PNG."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "answer.png"
        command = [sys.executable, "-m", "fer_core", "explain", str(FACE), "--model", "bundled", "--method", "gradcam"]
        subprocess.run([*command, "--out", str(made)], check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)
        picture = Image.open(made).convert("RGB").resize((FACE_WIDTH, FACE_WIDTH), Image.Resampling.LANCZOS)
    return _packed(picture)


def browser_program() -> str | None:
    """Path of the Chromium that is installed; None when there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def small_png(data: bytes) -> bytes:
    """Pack a PNG tightly, with a palette where it would be too large otherwise: as many colours as fit."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    packed = _packed(picture)
    for colours in (256, 128, 64):
        if len(packed) > MOST_BYTES:
            packed = _packed(picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
    return packed


def _packed(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _take(browser: Browser, url: str, shot: Shot) -> bytes:
    page = browser.new_page(
        viewport={"width": round(WIDTH / ZOOM), "height": round(shot.height / ZOOM)},
        device_scale_factor=ZOOM,
        color_scheme="light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/{shot.address}")
    page.get_by_test_id("stMain").get_by_role("heading", level=1).wait_for()
    _settle(page)
    if shot.press:
        page.get_by_test_id("stMain").get_by_text(shot.press, exact=True).click()
        _settle(page)
    picture = page.screenshot(animations="disabled")
    page.close()
    return picture


def _settle(page: Page) -> None:
    """Wait until the view stands still: nothing runs, no placeholder is left, and two looks are alike."""
    page.wait_for_selector(IDLE, state="attached")
    page.wait_for_selector('[data-testid="stSkeleton"], [data-testid="stSpinner"]', state="detached")
    before, now = b"", page.screenshot(animations="disabled")
    while now != before:
        page.wait_for_timeout(500)
        before, now = now, page.screenshot(animations="disabled")


@contextmanager
def serve_app(workspace: Path) -> Iterator[str]:
    """The app on a workspace, in a process of its own; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(port)],
        cwd=PROJECT,
        env={**os.environ, "FER_WORKSPACE": str(workspace)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for_server(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_server(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The app did not start.")


if __name__ == "__main__":
    main()
