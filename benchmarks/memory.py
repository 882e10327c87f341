"""Memory of the training process over epochs, and how long the app's views take to open while it trains.

    python -m benchmarks.memory [--dataset FER2013] [--epochs 6] [--out FILE.json] [-- WORDS of `train NAME`]

Trains through the command line and its worker in a workspace of its own, on a copy of the data set. The worker's resident memory
is read every second. As soon as batches are being trained, the app is started on that workspace and each view is opened for
the first time by a click on its name, in Chromium where it is installed (which works on the same cores), and then once more.
Targets: no growth from epoch to epoch, under 3 GB, under 2 s a view. Takes as long as the training.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks import machine, page_times, trial_run
from benchmarks.screenshots import browser_program
from fer_core.commands.progress_line import ProgressLine
from fer_core.datasets.store import open_dataset
from fer_core.runs import BUNDLED, Run

MOST_MEGABYTES = 3000
MOST_SECONDS = 2.0
MOST_ROWS = 12
"""Epochs that are printed of a long run, besides the first and the last."""

LIVE_VIEWS = ("monitor", "runs")
"""Words in the addresses of views that are opened with the run that trains; the others show the one in the box."""


@dataclass
class Memory:
    """Resident memory of a process in megabytes (10^6 bytes): every second, and at the end of each epoch of its run."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    epoch_ends: list[float] = field(default_factory=list)

    def add(self, seconds: float, megabytes: float, epochs: int) -> None:
        """One reading, after so many whole epochs."""
        self.seconds.append(seconds)
        self.megabytes.append(megabytes)
        self.epoch_ends += [megabytes] * (epochs - len(self.epoch_ends))

    def peak(self) -> float:
        """Largest reading; 0 without any."""
        return max(self.megabytes, default=0.0)

    def slope(self) -> float:
        """Megabytes an epoch, by least squares over the ends of the epochs from the second on; NaN for fewer than three."""
        ends = self.epoch_ends[1:]
        return float(np.polyfit(np.arange(len(ends)), ends, 1)[0]) if len(ends) > 1 else float("nan")


def main() -> None:
    """Measure, print, write."""
    given = _arguments()
    machine.exit_when_told()
    print(machine.describe())
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        workspace = Path(folder)
        name = given.dataset
        if given.synthetic:
            from fer_core.datasets.synthetic import create_synthetic

            os.environ["FER_WORKSPACE"] = str(workspace)
            name = create_synthetic("Drawn", count=given.synthetic).name
            (workspace / ".first-start").touch()
        else:
            trial_run.copy_dataset(open_dataset(name).name, workspace)
        words = [*given.words, *trial_run.settings_words([f"full_epochs={given.epochs}"])]
        print(f"train {name} {' '.join(words)}\n{machine.busy_sentence(machine.busy())}", flush=True)
        memory, views = measure(workspace, name, words, pages=given.pages, browser=given.browser)
    print("\n".join(["", *memory_lines(memory), "", *view_lines(views, browser=given.browser)]))
    if given.out:
        facts = {
            "machine": machine.describe(),
            "train": words,
            "browser": given.browser,
            "memory": asdict(memory),
            "views": views,
        }
        given.out.write_text(json.dumps(facts, indent=2) + "\n")


def measure(
    workspace: Path, dataset: str, words: Sequence[str], *, pages: bool, browser: bool
) -> tuple[Memory, dict[str, list[float]]]:
    """Train to the end, and open the views meanwhile; memory, and seconds of the openings of each view."""
    memory, views, stop, done = Memory(), {}, threading.Event(), False
    with trial_run.training(workspace, dataset, words) as process, ProgressLine() as line:
        watch = threading.Thread(target=_watch, args=(workspace, memory, stop), daemon=True)
        watch.start()
        try:
            while trial_run.require_alive(process, workspace):
                run = trial_run.only_run(workspace)
                progress = run.status().progress if run else None
                if run and progress and pages and not done and progress.images_per_second:
                    views, done = open_views(workspace, run, browser=browser), True
                if progress:
                    share = (progress.epoch - 1) / max(1, progress.epochs)
                    line.show(max(0.0, share), "training", seconds_left=progress.seconds_left)
                time.sleep(0.5)
        finally:
            stop.set()
            watch.join()
    return memory, views


def open_views(workspace: Path, run: Run, *, browser: bool) -> dict[str, list[float]]:
    """Open all views twice; {view: seconds}. Those that are still open when the run ends are left out."""
    found: dict[str, list[float]] = {}
    with page_times.opener(workspace, browser=browser) as app:
        views = app.views()
        for _ in range(2):
            for chosen, live in ((run.id, True), (BUNDLED, False)):
                app.choose(chosen)
                for view in (view for view in views if live == any(word in view for word in LIVE_VIEWS)):
                    seconds = app.open(view)
                    if not trial_run.is_active(run):
                        print("The training ended before all views were opened; give it more epochs.", flush=True)
                        return found
                    found.setdefault(view, []).append(seconds)
                    print(f"{seconds:8.2f} s  {view}", flush=True)
    return found


def memory_lines(memory: Memory) -> list[str]:
    """Printed lines about memory."""
    rows = [f"{'Epoch':<8}{'resident memory at its end, MB':>32}"]
    ends = list(enumerate(memory.epoch_ends, start=1))
    every = -(-len(ends) // MOST_ROWS) or 1
    rows += [f"{number:<8}{megabytes:>32,.0f}" for number, megabytes in ends if number % every == 0 or number in (1, len(ends))]
    rows.append(f"Slope from the second epoch on: {memory.slope():+.1f} MB per epoch")
    kept = "kept" if memory.peak() < MOST_MEGABYTES else "missed"
    return [*rows, f"Peak of {len(memory.megabytes)} readings: {memory.peak():,.0f} MB (target under {MOST_MEGABYTES:,}: {kept})"]


def view_lines(views: dict[str, list[float]], *, browser: bool) -> list[str]:
    """Printed lines about views, slowest first opening first."""
    if not views:
        return ["No view was opened."]
    rows = [f"{'View':<32}{'first, s':>10}{'second, s':>11}"]
    for view, seconds in sorted(views.items(), key=lambda item: -item[1][0]):
        rows.append(f"{view:<32}{seconds[0]:>10.2f}{f'{seconds[1]:.2f}' if len(seconds) > 1 else '':>11}")
    kept = sum(seconds[0] < MOST_SECONDS for seconds in views.values())
    how = "a click in Chromium" if browser else "Streamlit's test runner, without a browser"
    return [*rows, f"{kept} of {len(views)} views opened in under {MOST_SECONDS:g} s ({how})"]


def _watch(workspace: Path, memory: Memory, stop: threading.Event) -> None:
    start = time.time()
    while not stop.wait(1.0):
        run = trial_run.only_run(workspace)
        pid = run.status().pid if run else None
        if run is None or pid is None:
            continue
        with suppress(psutil.Error):
            epochs = run.epochs_file.read_text().count("\n") - 1 if run.epochs_file.exists() else 0
            memory.add(time.time() - start, psutil.Process(pid).memory_info().rss / 1e6, epochs)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="FER2013", help="a data set of the workspace")
    parser.add_argument("--synthetic", type=int, metavar="N", help="N drawn faces instead of a data set, to try the script out")
    parser.add_argument("--epochs", type=int, default=6, help="of the full phase")
    parser.add_argument("--without-pages", dest="pages", action="store_false", help="measure memory only")
    parser.add_argument("--without-browser", dest="browser", action="store_false", help="use Streamlit's test runner")
    parser.add_argument("--out", type=Path, help="JSON file for all readings")
    parser.add_argument("words", nargs="*", default=["--preset", "standard"], metavar="-- WORDS", help="of `train NAME`")
    given = parser.parse_args()
    given.browser = given.browser and browser_program() is not None
    given.out = given.out and given.out.resolve()
    return given


if __name__ == "__main__":
    main()
