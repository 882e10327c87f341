"""Time data sets of 10 thousand to a million pictures: opening, class balance, a page of the grid, a filter, the views.

    python -m benchmarks.scale [--sizes 10000 100000 1000000]

Makes random smooth pictures in a temporary workspace, which is removed afterwards; a million take 2.4 GB of disk and 3 GB of
memory while they are made. Every figure is wall time in seconds on the machine at hand; "of work" is processor time, which other
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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.page_times import switch

SIZES = (10_000, 100_000, 1_000_000)
VIEWS = ("data/overview", "data/faces", "data/overview#Mean faces")
LIMIT_SECONDS, LIMIT_BYTES = 3.0, 1.5e9
_BYTES = 2_450
_CHUNK = 20_000
_COARSE = 7


def main() -> None:
    """Print one block of figures a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--inside", choices=("make", "open", "view"), help=argparse.SUPPRESS)
    parser.add_argument("--view", choices=VIEWS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside == "make":
        make(given.sizes[0])
    elif given.inside == "open":
        measure_opening(given.sizes[0])
    elif given.inside == "view":
        measure_view(given.sizes[0], given.view)
    else:
        for size in given.sizes:
            measure(size)


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


def inside(folder: str, size: int, what: str, *more: str) -> None:
    """Run one part of this module in a fresh process, in the workspace `folder`."""
    command = [sys.executable, "-m", "benchmarks.scale", "--sizes", str(size), "--inside", what, *more]
    subprocess.run(command, check=True, env={**os.environ, "FER_WORKSPACE": folder})


def make(size: int) -> None:
    """Write a data set of random smooth pictures with FER2013's class shares."""
    from fer_core.datasets import store
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
        lambda: store.write_dataset("Scale", images, samples, classes=SEVEN, kind="folders", source="random smooth pictures"),
    )
    Path(os.environ["FER_WORKSPACE"], ".first-start").touch()


def measure_opening(size: int) -> None:
    """Open the data set, count its classes, take a page of the grid, filter."""
    from fer_core.datasets.statistics import class_balance
    from fer_core.datasets.store import open_dataset
    from pages.data.parts.sample_order import matching

    dataset = timed("opening", lambda: open_dataset("Scale"))
    timed("class balance", lambda: class_balance(dataset.meta))
    timed("table of the samples", lambda: dataset.samples)
    timed("a page of the grid", lambda: dataset.images[dataset.samples["id"].to_numpy()[size // 2 : size // 2 + 60]].copy())
    timed("filter by split and class", lambda: matching(dataset.samples, split="test", label="fear"))
    timed("filter by file name, darkest first", lambda: matching(dataset.samples, text="99", order="Darkest first"))


def measure_view(size: int, view: str) -> None:
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
    if first > LIMIT_SECONDS or peak > LIMIT_BYTES:
        print(f"          over the limit of {LIMIT_SECONDS:.0f} s or {LIMIT_BYTES / 1e6:.0f} MB", flush=True)


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
