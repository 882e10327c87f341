"""Commands about training: train, runs."""

from __future__ import annotations

import argparse
import time
from typing import Any

from fer_core.commands.output import Add, print_json
from fer_core.errors import InputError
from fer_core.progress_line import ProgressLine


def register(add: Add) -> None:
    """Add these commands to the parser."""
    train = add("train", _train, "Train; waits, shows progress, and prints the run's id last.")
    train.add_argument("dataset", metavar="NAME")
    train.add_argument("--preset", default="standard", help="quick, standard or full (default: standard)")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; may be repeated")
    add("runs", _runs, "List the runs.", json=True)


def _train(given: argparse.Namespace) -> int:
    from fer_core.training import jobs
    from fer_core.training.config import preset_config

    changes = {}
    for pair in given.set:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise InputError(f"--set expects KEY=VALUE; got '{pair}'.")
        changes[key.strip()] = value.strip()
    run = jobs.start(preset_config(given.dataset, given.preset, **changes))
    with ProgressLine() as bar:
        try:
            status = _follow(run, bar)
        except KeyboardInterrupt:
            jobs.stop(run)
            bar.show(0.0, "stopping; the best epoch so far is kept")
            status = _follow(run, bar)
    if status.state == "failed":
        raise InputError(f"Run {run.id} failed: {status.error}")
    if status.best_score is not None:
        print(f"{status.state}: best epoch {status.best_epoch}, validation {run.config().monitor} {status.best_score:.4f}")
    print(run.id)
    return 0


def _follow(run: Any, bar: ProgressLine) -> Any:
    from fer_core.runs import ACTIVE
    from fer_core.training import jobs

    while (status := run.status()).state in ACTIVE:
        jobs.reap()
        progress = status.progress
        position = progress.epoch - 1 + progress.batch / max(1, progress.batches)
        done = position / max(1, progress.epochs) if progress.epoch else 0.0
        place = jobs.place(run)
        words = [status.state if place is None else f"place {place} in the queue", progress.note or progress.phase]
        if progress.epoch:
            words.append(f"epoch {progress.epoch}/{progress.epochs}")
        if progress.images_per_second:
            words.append(f"{progress.images_per_second:.0f} images/s")
        bar.show(done, ", ".join(word for word in words if word), seconds_left=progress.seconds_left)
        time.sleep(0.5)
    return status


def _runs(given: argparse.Namespace) -> int:
    from fer_core.runs import list_runs

    rows = []
    for run in list_runs():
        status, training = run.status(), run.training()
        rows.append(
            {
                "id": run.id,
                "name": run.about().name,
                "state": status.state,
                "dataset": training.dataset if training else None,
                "best_epoch": status.best_epoch,
                "best_score": status.best_score,
                "error": status.error,
            }
        )
    if given.json:
        return print_json(rows)
    for row in rows:
        score = "" if row["best_score"] is None else f", best {row['best_score']:.4f} in epoch {row['best_epoch']}"
        trouble = f" ({row['error']})" if row["error"] else ""
        print(f"{row['id']}: {row['state']}, {row['dataset'] or 'no data set yet'}{score}{trouble}")
    if not rows:
        print("There is no run yet; start one with `train`.")
    return 0
