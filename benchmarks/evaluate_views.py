"""Time the views of Evaluate on a run with 30,000 predictions.

    python -m benchmarks.evaluate_views [--predictions 30000] [--views scores mistakes ...]

Makes random smooth pictures and two runs without a network, with logits for their test and validation splits, in a temporary
workspace, which is removed afterwards. Each view is rendered by Streamlit's own test runner in this process: first, after the
home page, when the scores are counted, and then three times more, as for a viewer who comes back or moves a control; of these the
middle one counts. Wall time in seconds; "of work" is processor time, which other programs do not lengthen.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LIMIT = 1.0
"""Seconds of work that a warm view may take."""
_TRAIN, _VALIDATION, _COARSE, _CHUNK = 10_000, 3_000, 7, 10_000


def main() -> None:
    """Print one line a view; exit status 1 when one is over the limit."""
    from fer_core.settings import PROJECT

    every = sorted(path.stem for path in (PROJECT / "pages" / "evaluate").glob("*.py"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--predictions", type=int, default=30_000, metavar="N")
    parser.add_argument("--views", nargs="+", choices=every, default=every, metavar="VIEW")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FER_WORKSPACE"] = folder
        make(given.predictions)
        slow = measure(given.views)
    if slow:
        raise SystemExit(f"Over {LIMIT:g} s of work: {', '.join(slow)}")


def make(count: int) -> None:
    """A data set with `count` test faces, and two runs with their logits."""
    from fer_core.datasets import writing
    from fer_core.labels import SEVEN

    draw = np.random.default_rng(0)
    total = count + _TRAIN + _VALIDATION
    images = np.empty((total, 48, 48), np.uint8)
    weights = np.maximum(0, 1 - abs(np.linspace(0, _COARSE - 1, 48)[:, None] - np.arange(_COARSE))).astype(np.float32)
    for start in range(0, total, _CHUNK):
        coarse = draw.integers(0, 256, (min(_CHUNK, total - start), _COARSE, _COARSE)).astype(np.float32)
        images[start : start + len(coarse)] = weights @ coarse @ weights.T
    splits = np.repeat(["test", "train", "validation"], [count, _TRAIN, _VALIDATION])
    labels = np.array(SEVEN)[draw.choice(len(SEVEN), total, p=[0.139, 0.015, 0.143, 0.251, 0.168, 0.111, 0.173])]
    samples = pd.DataFrame({"label": labels, "split": splits, "file": [f"{number:07d}.png" for number in range(total)]})
    data = writing.write_dataset("Scale", images, samples, classes=SEVEN, kind="folders", source="random smooth pictures")
    for seed in range(2):
        write_run(data, seed)
    Path(os.environ["FER_WORKSPACE"], ".first-start").touch()


def write_run(data: Any, seed: int) -> None:
    """A finished run on `data` that is right for about two faces of three."""
    from fer_core import runs
    from fer_core.runs import records
    from fer_core.runs.config import preset_config

    run = runs.create(preset_config(data.name, "frozen"), name=f"Run {seed + 1}")
    now = time.time()
    run.write(records.Status(state="finished", created=now, started=now, ended=now, heartbeat=now, best_epoch=1, best_score=0.6))
    classes = data.meta.classes
    run.write(records.Training(dataset=data.name, fingerprint=data.meta.fingerprint, classes=classes, counts=data.meta.counts))
    run.write(records.Calibration(temperature=1.3, threshold=0.4, flip=True))
    run.write_training_samples(data.split("train")[["hash", "signature"]])
    draw = np.random.default_rng(seed)
    for split in ("test", "validation"):
        rows = data.split(split)
        logits = draw.normal(0, 1, (len(rows), len(classes))).astype(np.float32)
        logits[np.arange(len(rows)), [classes.index(name) for name in rows["label"]]] += 1.9
        frame = rows[["id", "hash", "label"]].rename(columns={"id": "sample"})
        columns = pd.DataFrame(logits, columns=[f"logit_{name}" for name in classes])
        run.write_predictions(data.meta.fingerprint, split, frame.join(columns))
    run.model_file.write_bytes(b"")


def measure(views: list[str]) -> list[str]:
    """Print the seconds of each view; returns the names of those over the limit."""
    from streamlit.testing.v1 import AppTest

    from fer_core.settings import PROJECT

    app = AppTest.from_file(str(PROJECT / "pages" / "frame.py"), default_timeout=600)
    app.run()
    slow = []
    for view in views:
        app.switch_page(f"evaluate/{view}.py")
        first, first_work = timed(app)
        again = [timed(app) for _ in range(3)]
        wall, work = (statistics.median(column) for column in zip(*again, strict=True))
        print(f"{wall:7.2f}  {view} ({work:.2f} s of work; first {first:.2f} s, {first_work:.2f} of work)", flush=True)
        if app.exception:
            raise SystemExit(f"The view {view} failed: {app.exception}")
        if work > LIMIT:
            slow.append(view)
    return slow


def timed(app: Any) -> tuple[float, float]:
    """Render the view; wall time and processor time in seconds."""
    start, worked = time.perf_counter(), time.process_time()
    app.run()
    return time.perf_counter() - start, time.process_time() - worked


if __name__ == "__main__":
    main()
