"""Sixty students vote within ten seconds while a run trains: is every vote counted once, and how soon is it on the board?

    python -m benchmarks.classroom [--students 60] [--faces 5] [--seconds 10] [--no-training] [--no-restart]

Draws faces into a workspace of its own, starts the app for a class, a run with the preset standard beside it, and the teacher's
page in Chromium, on the same machine, as on a laptop in class. Students speak plain HTTP over loopback, each over a connection of
its own: they join, ask every 1.3 to 1.9 s what the teacher shows, as their page does, and vote at a random moment of the seconds,
every vote twice. In the middle of the last face the app is killed and started again; students send on until they are told that
their vote counts. Then the lesson's file is compared with what they were told. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import busy, busy_sentence, describe, exit_when_told
from benchmarks.phones import Student
from benchmarks.readers import DATASET, percentile, training
from benchmarks.screenshots import PATIENCE, browser_program
from fer_core.settings import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Page

BOARD_SECONDS, PAGE_SECONDS = 2.0, 1.0
"""Within which 95 of 100 votes are to be on the board, and in half of all cases the next face."""

_WATCH = """() => {
  window.seen = [];
  const note = () => {
    const count = Number(document.querySelector('[data-answers]')?.dataset.answers ?? -1);
    if (count >= 0 && count !== window.seen.at(-1)?.[1]) window.seen.push([Date.now() / 1000, count]);
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
  note();
}"""
"""Notes when the board shows another number of answers; page and students have one clock."""

_NEXT = """([title, patience]) => new Promise((resolve, reject) => {
  const start = performance.now();
  const there = () => [...document.querySelectorAll('h3')].some((each) => each.textContent.startsWith(title));
  const watch = new MutationObserver(() => {
    if (!there()) return;
    watch.disconnect();
    requestAnimationFrame(() => resolve((performance.now() - start) / 1000));
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
  setTimeout(() => reject(`${title} did not come`), patience);
  document.querySelector('.st-key-class_next button').click();
})"""
"""Press Next; seconds until the next face is on the board."""


class App:
    """The app for a class, in a process of its own."""

    def __init__(self, workspace: Path, port: int) -> None:
        self.port = port
        self._environment = {**os.environ, "FER_WORKSPACE": str(workspace)}
        self._log = workspace / "server.log"
        self.teacher = self.path = ""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = [sys.executable, "-m", "fer_core", "classroom", "--port", str(self.port), "--address", "127.0.0.1"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(words, cwd=PROJECT, env=self._environment, stdout=log, stderr=subprocess.STDOUT)
        limit = time.monotonic() + 120
        while self._process.poll() is None and time.monotonic() < limit:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.2)
        printed = self._log.read_text()
        self.teacher, self.path = re.search(r"http\S+key=\S+", printed)[0], re.search(r"/join/\w+", printed)[0]  # type: ignore[index]

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        self._process.wait(timeout=30)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=60, help="phones")
    parser.add_argument("--faces", type=int, default=5, help="faces that are voted on, 1 to 10")
    parser.add_argument("--seconds", type=float, default=10, help="within which all vote on a face")
    parser.add_argument("--drawn", type=int, default=1500, help="faces to draw")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--no-training", action="store_true", help="leave the run that trains out")
    parser.add_argument("--no-restart", action="store_true", help="leave the app alone")
    given = parser.parse_args()
    if not 1 <= given.faces <= 10:
        raise SystemExit("--faces must be 1 to 10.")
    exit_when_told()
    print(describe())
    print(busy_sentence(busy()))
    with tempfile.TemporaryDirectory(prefix="fer-classroom-") as folder:
        workspace = Path(folder)
        os.environ["FER_WORKSPACE"] = folder
        _command("synthetic", "--name", DATASET, "--count", str(given.drawn), "--seed", "0")
        app = App(workspace, given.port)
        app.start()
        try:
            with training(wanted=not given.no_training):
                _measure(app, given)
        finally:
            app.kill()


def _measure(app: App, given: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PATIENCE)
        _open(page, app, told=False)
        page.get_by_role("button", name="Play").first.click()
        page.locator("[data-answers]").wait_for()
        students = [Student(app.port, app.path, random.Random(number)) for number in range(given.students)]
        _aside(_joined(students))
        delays: list[float] = []
        turns: list[float] = []
        for face in range(given.faces):
            last = face == given.faces - 1
            page.evaluate(_WATCH)
            kill = app if last and not given.no_restart else None
            _aside(_voted(students, face, given.seconds, kill))
            if kill is None:
                delays += _delays(page, students, face)
            if not last:
                turns.append(page.evaluate(_NEXT, [f"Face {face + 2} of", PATIENCE]))
        browser.close()
    _report(given, students, delays, turns, _in_file())


def _open(page: Page, app: App, *, told: bool) -> None:
    page.goto(app.teacher)
    if not told:
        page.get_by_role("button", name="I have read this").click()


async def _joined(students: Sequence[Student]) -> None:
    await asyncio.gather(*(student.join() for student in students))


async def _voted(students: Sequence[Student], face: int, seconds: float, restarted: App | None) -> None:
    """Everybody votes on a face; where it is to be, the app is killed in the middle and started again."""
    for student in students:
        student.open_until, student.measured = time.time() + seconds + 3, restarted is None
    votes = [student.vote(face, student.source.uniform(0, seconds)) for student in students]
    polls = [student.poll() for student in students]

    async def restart() -> None:
        await asyncio.sleep(seconds / 2)
        if restarted is not None:
            restarted.kill()
            await asyncio.to_thread(restarted.start)

    await asyncio.gather(*votes, *polls, restart())
    # The last vote has its time to come on the board.
    await asyncio.sleep(3)


def _aside(work: Coroutine[Any, Any, None]) -> None:
    """Have students at work in another thread: in this one Playwright has a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _delays(page: Page, students: Sequence[Student], face: int) -> list[float]:
    """Seconds from each acknowledged vote to a board that shows at least as many answers."""
    seen = page.evaluate("window.seen")
    told = sorted(student.told[face][0] for student in students)
    return [
        max(0.0, next((at for at, count in seen if count >= number and at >= when - 0.05), float("inf")) - when)
        for number, when in enumerate(told, start=1)
    ]


def _in_file() -> dict[tuple[int, str], int]:
    """{(face, student's number): answer} in the lesson's file, as another start would read it."""
    from fer_core.classroom import lesson_file
    from fer_core.classroom.room import Room

    file = lesson_file.find()
    if file is None:
        raise SystemExit("The lesson's file is gone.")
    lesson = Room(file)
    return {(item, number): int(vote.answer) for (_, item), votes in lesson._votes.items() for number, vote in votes.items()}  # type: ignore[arg-type]


def _report(
    given: argparse.Namespace,
    students: Sequence[Student],
    delays: Sequence[float],
    turns: Sequence[float],
    kept: dict[tuple[int, str], int],
) -> None:
    told = sorted((face, answer) for student in students for face, (_, answer) in student.told.items())
    waits = [wait for student in students for wait in student.waits]
    right = sorted((face, answer) for (face, _), answer in kept.items()) == told and len(told) == given.students * given.faces
    print(f"\nVotes told that they count: {len(told)}, each sent twice; in the lesson's file: {len(kept)}", end=" ")
    print("(the same)" if right else "(NOT the same)")
    if not given.no_restart:
        print("The app was killed in the middle of the last face and started again.")
    slow = percentile(waits, 0.95)
    print(f"An answer to a phone: median {statistics.median(waits):.3f} s, 95 % within {slow:.3f} s, n = {len(waits)}")
    if delays:
        late = percentile(delays, 0.95)
        print(
            f"Board after a vote: median {statistics.median(delays):.2f} s, 95 % within {late:.2f} s, n = {len(delays)}", end=" "
        )
        print("(within the target)" if late <= BOARD_SECONDS else f"(target {BOARD_SECONDS:g} s)")
    if turns:
        middle = statistics.median(turns)
        print(
            f"The next face on the teacher's page: median {middle:.2f} s, slowest {max(turns):.2f} s, n = {len(turns)}", end=" "
        )
        print("(within the target)" if middle <= PAGE_SECONDS else f"(target {PAGE_SECONDS:g} s)")
    if not right:
        raise SystemExit("Votes were lost, or counted twice.")


def _command(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "fer_core", *words], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
