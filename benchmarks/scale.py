"""Time data sets of 10 thousand to a million pictures: import, opening, class balance, a page of the grid, a filter, the views.

    python -m benchmarks.scale [--sizes 10000 100000 1000000] [--coloured 100000]

Makes random smooth pictures in a temporary workspace, which is removed afterwards; a million of 48x48 grey take 2.4 GB of disk
and 3 GB of memory while they are made. `--coloured` are faces of 112x112 RGB, which are imported from an archive of JPEG files:
100,000 take 9 GB of disk for a while, and their import is to take less than 1 GB of anonymous memory, which is what no file backs
and no system can let go (Linux alone tells; it is looked at twenty times a second). `--sizes` or `--coloured` without a number
leaves that part out. Every figure is wall time in seconds on the machine at hand; "of work" is processor time, which other
programs do not lengthen. Opening and the views are measured in processes of their own, with nothing read before; a view's process
has rendered the home page first, as a viewer's has. Memory is the largest resident size of the process that rendered the views,
the server and all its libraries included.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.page_times import switch

SIZES = (10_000, 100_000, 1_000_000)
COLOURED = (100_000,)
SIDE = 112
SOURCE = "faces.zip"
GRID = "data/faces"
VIEWS = ("data/overview", GRID, "data/overview#Mean faces")
LIMIT_SECONDS, LIMIT_BYTES = 3.0, 1.5e9
COLOURED_FIRST, COLOURED_AGAIN, COLOURED_OPENING, COLOURED_BYTES = 1.0, 0.5, 0.1, 1e9
_BYTES, _COLOURED_BYTES = 2_450, 90_000
_LOOK_SECONDS = 0.05
_CHUNK = 20_000
_COARSE = 7


def main() -> None:
    """Print one block of figures a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), metavar="N")
    parser.add_argument("--coloured", type=int, nargs="*", default=list(COLOURED), metavar="N")
    parser.add_argument("--inside", choices=("make", "import", "open", "view"), help=argparse.SUPPRESS)
    parser.add_argument("--strict", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--view", choices=VIEWS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside == "make":
        make(given.sizes[0])
    elif given.inside == "import":
        measure_import(given.sizes[0])
    elif given.inside == "open":
        measure_opening(given.sizes[0], strict=given.strict)
    elif given.inside == "view":
        measure_view(given.sizes[0], given.view, strict=given.strict)
    else:
        for size in given.sizes:
            measure(size)
        for size in given.coloured:
            measure_coloured(size)


def measure(size: int) -> None:
    """Make a data set, have each thing measured in a process of its own, and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        needed, free = 1.1 * size * _BYTES, shutil.disk_usage(folder).free
        if free < needed:
            raise SystemExit(f"{size:,} pictures need {needed / 1e9:.1f} GB in {folder}, but only {free / 1e9:.1f} GB are free.")
        print(f"{size:,} pictures", flush=True)
        inside(folder, size, "make")
        inside(folder, size, "open")
        for view in VIEWS:
            inside(folder, size, "view", "--view", view)


def measure_coloured(size: int) -> None:
    """Import faces of 112x112 RGB, have each thing measured in a process of its own, and remove them."""
    with tempfile.TemporaryDirectory() as folder:
        needed, free = 1.1 * size * _COLOURED_BYTES, shutil.disk_usage(folder).free
        if free < needed:
            raise SystemExit(f"{size:,} faces need {needed / 1e9:.1f} GB in {folder}, but only {free / 1e9:.1f} GB are free.")
        print(f"{size:,} faces of {SIDE}x{SIDE} RGB", flush=True)
        pack(Path(folder, SOURCE), size)
        inside(folder, size, "import")
        inside(folder, size, "open", "--strict")
        for view in VIEWS:
            inside(folder, size, "view", "--strict", "--view", view)


def pack(path: Path, size: int) -> None:
    """Write an archive of random smooth faces in colour, as JPEG files in folders of splits and classes."""
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for number in range(size):
            coarse = draw.integers(0, 256, (_COARSE, _COARSE, 3)).astype(np.uint8)
            face = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            split = "test" if number % 5 == 0 else "train"
            content = cv2.imencode(".jpg", face)[1].tobytes()
            target.writestr(f"{split}/{SEVEN[number % len(SEVEN)]}/{number:07d}.jpg", content)


def measure_import(size: int) -> None:
    """Import the archive, and say what anonymous memory that took at most."""
    from fer_core.datasets.importer import import_source

    Path(os.environ["FER_WORKSPACE"], ".first-start").touch()
    with Anonymous() as memory:
        report = timed("import", lambda: import_source(Path(os.environ["FER_WORKSPACE"], SOURCE), "Scale", classes=None))
    Path(os.environ["FER_WORKSPACE"], SOURCE).unlink()
    if (report.images, report.size, report.colour) != (size, SIDE, "rgb"):
        raise SystemExit(f"The import gave {report.images:,} faces of {report.size} pixels in {report.colour}.")
    print(f"{memory.most / 1e6:8.0f}  MB of anonymous memory at most ({memory.before / 1e6:.0f} before)", flush=True)
    if memory.most > COLOURED_BYTES:
        print(f"          over the limit of {COLOURED_BYTES / 1e6:.0f} MB", flush=True)


class Anonymous:
    """The anonymous memory of this process in the block, in bytes.

    Attributes:
        before: at its beginning.
        most: the most that was seen; 0 where the system does not tell.
    """

    def __init__(self) -> None:
        self.before = self.most = _anonymous()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Anonymous:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            self.most = max(self.most, _anonymous())


def _anonymous() -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0.0
    line = next((line for line in status.read_text().splitlines() if line.startswith("RssAnon")), "RssAnon: 0")
    return float(line.split()[1]) * 1024


def inside(folder: str, size: int, what: str, *more: str) -> None:
    """Run one part of this module in a fresh process, in the workspace `folder`."""
    command = [sys.executable, "-m", "benchmarks.scale", "--sizes", str(size), "--inside", what, *more]
    subprocess.run(command, check=True, env={**os.environ, "FER_WORKSPACE": folder})


def make(size: int) -> None:
    """Write a data set of random smooth pictures with FER2013's class shares."""
    from fer_core.datasets import writing
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    images = np.empty((size, 48, 48), np.uint8)
    weights = np.maximum(0, 1 - abs(np.linspace(0, _COARSE - 1, 48)[:, None] - np.arange(_COARSE))).astype(np.float32)
    for start in range(0, size, _CHUNK):
        coarse = draw.integers(0, 256, (min(_CHUNK, size - start), _COARSE, _COARSE)).astype(np.float32)
        images[start : start + len(coarse)] = weights @ coarse @ weights.T
    shares = np.array([0.139, 0.015, 0.143, 0.251, 0.168, 0.111, 0.173])
    labels = np.array(SEVEN)[draw.choice(len(SEVEN), size, p=shares)]
    splits = np.array(["train", "validation", "test"])[draw.choice(3, size, p=[0.8, 0.1, 0.1])]
    files = [f"{split}/{label}/{number:07d}.png" for number, (split, label) in enumerate(zip(splits, labels, strict=True))]
    samples = pd.DataFrame({"label": labels, "split": splits, "usage": splits, "file": files})
    timed(
        "measuring and writing",
        lambda: writing.write_dataset("Scale", images, samples, classes=SEVEN, kind="folders", source="random smooth pictures"),
    )
    Path(os.environ["FER_WORKSPACE"], ".first-start").touch()


def measure_opening(size: int, *, strict: bool) -> None:
    """Open the data set, count its classes, take a page of the grid, filter."""
    from fer_core.datasets.statistics import class_balance
    from fer_core.datasets.store import open_dataset
    from pages.data.parts.sample_order import matching

    start = time.perf_counter()
    dataset = timed("opening", lambda: open_dataset("Scale"))
    if strict and time.perf_counter() - start > COLOURED_OPENING:
        print(f"          over the limit of {COLOURED_OPENING} s", flush=True)
    timed("class balance", lambda: class_balance(dataset.meta))
    timed("table of the samples", lambda: dataset.samples)
    timed("a page of the grid", lambda: dataset.images[dataset.samples["id"].to_numpy()[size // 2 : size // 2 + 60]].copy())
    timed("filter by split and class", lambda: matching(dataset.samples, split="test", label="fear"))
    timed("filter by file name, darkest first", lambda: matching(dataset.samples, text="99", order="Darkest first"))


def measure_view(size: int, view: str, *, strict: bool) -> None:
    """Render a view for the first time and again, after the home page; say what memory it took."""
    from streamlit.testing.v1 import AppTest

    from fer_core.settings import PROJECT

    app = AppTest.from_file(str(PROJECT / "pages" / "frame.py"), default_timeout=600)
    app.run()
    switch(app, view)
    start, worked = time.perf_counter(), time.process_time()
    app.run()
    first, work = time.perf_counter() - start, time.process_time() - worked
    start = time.perf_counter()
    app.run()
    second = time.perf_counter() - start
    if app.exception:
        raise SystemExit(f"The view {view} failed: {app.exception}")
    peak = peak_bytes()
    print(
        f"{first:8.3f}  first render of {view} ({work:.2f} s of work; again {second:.2f} s; memory {peak / 1e6:.0f} MB)",
        flush=True,
    )
    most = COLOURED_FIRST if strict else LIMIT_SECONDS
    if first > most or peak > LIMIT_BYTES:
        print(f"          over the limit of {most:.0f} s or {LIMIT_BYTES / 1e6:.0f} MB", flush=True)
    if strict and view == GRID and second > COLOURED_AGAIN:
        print(f"          over the limit of {COLOURED_AGAIN} s for a page of the grid", flush=True)


def peak_bytes() -> float:
    """Largest resident size of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Unlike getrusage's figure, this one is not inherited from the process that started this one.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0)


def timed(what: str, call: Callable[[], Any]) -> Any:
    """Call, print the seconds that it took, and return its answer."""
    start, worked = time.perf_counter(), time.process_time()
    answer = call()
    print(f"{time.perf_counter() - start:8.3f}  {what} ({time.process_time() - worked:.2f} s of work)", flush=True)
    return answer


if __name__ == "__main__":
    main()
