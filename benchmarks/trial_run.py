"""A training run in a workspace of its own that is thrown away: the real command, the real worker, a copy of the data set."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import machine
from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.runs import Run
from fer_core.settings import PROJECT


def copy_dataset(name: str, workspace: Path) -> Path:
    """Copy a data set of the workspace in force into another one, without its kept features; returns the other's folder of it.

    The other workspace counts as started before, so that the app draws no faces into it.
    """
    target = workspace / "datasets" / name
    shutil.copytree(open_dataset(name).path, target, ignore=shutil.ignore_patterns("features"))
    (workspace / ".first-start").touch()
    return target


@contextmanager
def training(workspace: Path, dataset: str, arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m fer_core train` in a workspace; it and its worker are killed at the end, whatever happens.

    Args:
        workspace: folder with the data set; what the command prints goes to `train.log` in it.
        dataset: name of the data set.
        arguments: further words of the command, such as `--set` and its pair.
    """
    with (workspace / "train.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fer_core", "train", dataset, *arguments],
            cwd=PROJECT,
            env={**os.environ, "FER_WORKSPACE": str(workspace)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        machine.end(process)


def only_run(workspace: Path) -> Run | None:
    """The run in a workspace; None before its folder is there."""
    found = sorted((workspace / "runs").glob("*/config.json"))
    return Run(id=found[0].parent.name, path=found[0].parent, own=found[0].parent) if found else None


def require_alive(process: subprocess.Popen[bytes], workspace: Path) -> bool:
    """True while the training goes on, False once it has ended well.

    Raises:
        SystemExit: it failed; with the last lines that it printed.
    """
    code = process.poll()
    if not code:
        return code is None
    run = only_run(workspace)
    words = [(workspace / "train.log").read_text(errors="replace")[-1000:], run.log_tail(15) if run else ""]
    raise SystemExit("\n".join(["The training failed:", *words]))


def settings_words(pairs: Sequence[str]) -> list[str]:
    """`--set` and each KEY=VALUE pair, as the command line wants them."""
    return [word for pair in pairs for word in ("--set", pair)]


def is_active(run: Run | None) -> bool:
    """True when the run is there and waits, starts, or trains."""
    return run is not None and run.status().state in runs.ACTIVE
