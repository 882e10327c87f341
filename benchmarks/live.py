"""How fast the Live page is: frames a second with one face and with four, and the time from the click to the first answer.

    python -m benchmarks.live [--seconds 10] [--repeats 3] [--floats]

Chromium without a window and without a graphics card gets a film of drawn faces as its camera, 640x480 at 30 frames a second.
Counted are frames that were answered, each with its map; each frame of the film counts once at most. Needs an idle machine.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import machine
from benchmarks.screenshots import PATIENCE, browser_program, serve_app
from fer_core.lesson import drawn_people

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RATE = 30
"""Frames a second of the film."""

FILM_SECONDS = 4
AIMS = {1: 25.0, 4: 10.0}
"""{faces: frames a second that two idle cores shall reach}"""
FIRST_AIM = 3.0
"""Seconds from the click to the first frame that is answered."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)

_CLICK = """(seconds) => new Promise((resolve) => {
  const live = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.live')).find(Boolean);
  const frames = () => (live.dataset.source === 'camera' ? Number(live.dataset.frames) : NaN);
  const start = performance.now();
  let first = null;
  const look = () => {
    const now = performance.now(), count = frames();
    if (first === null && count >= 1 && !Number.isNaN(count)) first = { at: now, waited: (now - start) / 1000, count };
    // The first second is not counted: caches are cold in it.
    if (first !== null && !first.from && now - first.at > 1000) first.from = { now, count };
    if (first?.from && now - first.from.now > 1000 * seconds) {
      resolve({ waited: first.waited, rate: 1000 * (count - first.from.count) / (now - first.from.now),
        speed: live.querySelector('.speed').textContent, faces: live.querySelectorAll('.card').length });
    } else setTimeout(look, 10);
  };
  live.querySelector('.agree').click();
  look();
})"""


@dataclass(frozen=True)
class Measured:
    """One visit: frames answered in a second, seconds to the first one, faces that were shown, and what the page says."""

    rate: float
    waited: float
    faces: int
    speed: str


def write_clip(path: Path, *, people: int, frames: int = RATE * FILM_SECONDS, width: int = 640, height: int = 480) -> Path:
    """Write a film of drawn faces as Chromium takes it for a camera (YUV4MPEG2, 4:2:0); returns its path."""
    colourless = np.full(2 * (width // 2) * (height // 2), 128, np.uint8).tobytes()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in drawn_people.clip(people, frames, width=width, height=height):
            file.write(b"FRAME\n" + frame.tobytes() + colourless)
    return path


def visit(browser: Browser, url: str, *, seconds: float, floats: bool) -> Measured:
    """Open the page anew, wait until the drawn face is answered, start the camera, and count."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{url}/live?run=bundled")
        page.wait_for_selector(".live[data-state=running]")
        if floats:
            page.get_by_text("Full precision").click()
            page.wait_for_selector(".live[data-state=loading]")
            page.wait_for_selector(".live[data-state=running]")
        page.click(".camera")
        found = page.evaluate(_CLICK, seconds)
    finally:
        page.close()
    return Measured(found["rate"], found["waited"], found["faces"], found["speed"])


def main() -> None:
    """Print a table, with the aims."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="that frames are counted for (default 10)")
    parser.add_argument("--repeats", type=int, default=3, help="visits for each number of faces (default 3)")
    parser.add_argument("--floats", action="store_true", help="the network in full precision, not in 8 bits")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    print(machine.describe())
    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder) / "workspace") as url, sync_playwright() as playwright:
        for faces, aim in AIMS.items():
            film = write_clip(Path(folder) / f"{faces}.y4m", people=faces)
            browser = playwright.chromium.launch(
                executable_path=browser_program(), args=[*FLAGS, f"--use-file-for-fake-video-capture={film}"]
            )
            visits = [visit(browser, url, seconds=given.seconds, floats=given.floats) for _ in range(given.repeats)]
            browser.close()
            _print(faces, aim, visits)


def _print(faces: int, aim: float, visits: list[Measured]) -> None:
    rate, waited = machine.spread([each.rate for each in visits]), machine.spread([each.waited for each in visits])
    shown = sorted({each.faces for each in visits})
    print(f"{faces} faces (shown {shown}): {rate:.1f} frames a second, the aim is {aim:.0f}")
    print(f"    first answer {waited:.2f} s after the click, the aim is {FIRST_AIM:.0f}")
    print(f"    the last visit says: {visits[-1].speed}")


if __name__ == "__main__":
    main()
