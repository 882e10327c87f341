"""Commands about training: train, runs."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.errors import InputError

if TYPE_CHECKING:
    from fer_core.runs import Run


def register(add: Add) -> None:
    """Add these commands to the parser."""
    train = add("train", _train, "Train, or go on with a run; waits, shows progress, and prints the run's id last.")
    train.add_argument("dataset", metavar="NAME", nargs="?", help="data set to train a new run on")
    train.add_argument("--resume", metavar="RUN", help="go on with a run that failed or was stopped, instead of a new one")
    train.add_argument("--preset", help="frozen, quick, standard or full (default: standard)")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; may be repeated")
    train.add_argument("--executor", metavar="WHERE", help="local or slurm (default: what FER_EXECUTOR says)")
    add("runs", _runs, "List the runs.", json=True)


def _train(given: argparse.Namespace) -> int:
    from fer_core.training import executors

    run = _resumed(given) if given.resume is not None else _started(given)
    with ProgressLine() as bar:
        try:
            status = _follow(run, bar)
        except KeyboardInterrupt:
            executors.stop(run)
            bar.show(0.0, "stopping; the best epoch so far is kept")
            status = _follow(run, bar)
    if status.state == "failed":
        raise InputError(f"Run {run.id} failed: {status.error}{_way_on(run, ' Go on with')}")
    if status.best_score is not None:
        print(f"{status.state}: best epoch {status.best_epoch}, validation {run.config().monitor} {status.best_score:.4f}")
    if status.state == "stopped" and (way := _way_on(run, "Go on with")):
        print(way)
    print(run.id)
    return 0


def _started(given: argparse.Namespace) -> Run:
    from fer_core.runs.config import preset_config
    from fer_core.training import executors

    if given.dataset is None:
        raise InputError("train expects the NAME of a data set, or --resume RUN to go on with a run.")
    changes = {}
    for pair in given.set:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InputError(f"--set expects KEY=VALUE; got '{pair}'.")
        changes[key.strip()] = value.strip()
    return executors.start(preset_config(given.dataset, given.preset or "standard", **changes), executor=given.executor)


def _resumed(given: argparse.Namespace) -> Run:
    from fer_core.runs import open_run
    from fer_core.training import checkpoint, executors

    if given.dataset is not None or given.preset is not None or given.set:
        raise InputError("--resume goes on with the data set and settings of its run; leave out NAME, --preset and --set.")
    run = open_run(given.resume)
    epoch = checkpoint.latest_epoch(run)
    executors.resume(run, executor=given.executor)
    start = "its beginning, as it had not finished an epoch" if epoch is None else f"the end of epoch {epoch}"
    print(f"Run {run.id} goes on from {start}.")
    return run


def _way_on(run: Run, words: str) -> str:
    """`words` and the command that an interrupted run goes on with; empty when it has nothing to go on from."""
    from fer_core.training import checkpoint

    return f"{words} `train --resume {run.id}`" if checkpoint.exists(run) else ""


def _follow(run: Any, bar: ProgressLine) -> Any:
    from fer_core.runs import ACTIVE
    from fer_core.training import executors, jobs

    while (status := run.status()).state in ACTIVE:
        jobs.reap()
        progress = status.progress
        place = executors.of(run).place(run)
        words = [status.state if place is None else f"place {place} in the queue", progress.note or progress.phase]
        if progress.epoch:
            words.append(f"epoch {progress.epoch}/{progress.epochs}")
        if progress.images_per_second:
            words.append(f"{progress.images_per_second:.0f} images/s")
        bar.show(progress.share, ", ".join(word for word in words if word), seconds_left=progress.seconds_left)
        time.sleep(0.5)
    return status


def _runs(given: argparse.Namespace) -> int:
    from fer_core.runs import list_runs

    rows, every = [], list_runs()
    for run in every:
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
    for run, row in zip(every, rows, strict=True):
        score = "" if row["best_score"] is None else f", best {row['best_score']:.4f} in epoch {row['best_epoch']}"
        trouble = f" ({row['error']})" if row["error"] else ""
        way = _way_on(run, "; go on with") if row["state"] in ("failed", "stopped") else ""
        print(f"{row['id']}: {row['state']}, {row['dataset'] or 'no data set yet'}{score}{trouble}{way}")
    if not rows:
        print("There is no run yet; start one with `train`.")
    return 0
