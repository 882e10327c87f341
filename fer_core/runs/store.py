"""The runs that there are, those that ship among them: creating, opening, listing, renaming and deleting."""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from fer_core.errors import InputError, NotFoundError, RunError
from fer_core.runs import version
from fer_core.runs.config import RunConfig
from fer_core.runs.records import ACTIVE, USABLE, About, Status, load
from fer_core.runs.run import Run
from fer_core.settings import ASSETS, settings

BUNDLED = "bundled"
BUNDLED_CROWD = "bundled-crowd"
SHIPPED = (BUNDLED, BUNDLED_CROWD)
"""Ids of the runs that come with the project: one learned FER2013's labels, the other one the votes of FER+."""


def create(config: RunConfig, *, name: str = "", home: Path | None = None) -> Run:
    """A new run folder with its config, name and a queued status; its id is time and data set.

    Args:
        config: its recipe.
        name: for people.
        home: folder that it is made in, one of `_homes()`; None for that of all runs.

    Raises:
        RunError: the disk is full or may not be written; nothing is left behind.
    """
    words = re.sub(r"[^a-z0-9]+", "-", config.dataset.lower()).strip("-")[:24]
    folder, now = None, time.time()
    try:
        folder = _new_folder(home or settings().runs, f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{words}-{config.preset}")
        run = Run(id=folder.name, path=folder, own=folder)
        run.write(About(name=name.strip() or f"{config.dataset}, {config.preset}, {datetime.now():%d %b %H:%M}"))
        run.write(Status(state="queued", created=now, heartbeat=now))
        run.write(config)
        return run
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        sentence = f"The run's folder cannot be written ({error.strerror or error}); free some space or choose another disk."
        raise RunError(sentence) from error


def _homes() -> tuple[Path, Path]:
    """Folders that hold runs: that of all, and that of a class's lesson, which ends with it."""
    return settings().runs, settings().lesson_runs


def _new_folder(home: Path, base: str) -> Path:
    for number in range(1, 1000):
        folder = home / (base if number == 1 else f"{base}-{number}")
        if any((other / folder.name).exists() for other in _homes()):
            continue
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
    raise RunError("No free name for a new run was found; try again in a second.")


def open_run(run_id: str) -> Run:
    """The run of this id; one of `SHIPPED` is inside the package.

    Raises:
        NotFoundError: there is no such run.
    """
    if run_id in SHIPPED and (ASSETS / run_id / "config.json").is_file():
        version.renew(ASSETS / run_id, settings().runs / run_id)
        return Run(id=run_id, path=ASSETS / run_id, own=settings().runs / run_id)
    is_name = bool(run_id) and Path(run_id).name == run_id
    folder = next((home / run_id for home in _homes() if is_name and os.path.isfile(home / run_id / "config.json")), None)
    if folder is None:
        raise NotFoundError(f"There is no run '{run_id}'; the runs that exist are listed by `runs` and on the Runs page.")
    return Run(id=run_id, path=folder, own=folder)


def list_runs() -> list[Run]:
    """All runs, newest first, those that ship last."""
    own = {path.parent.name: path.parent for home in _homes() for path in home.glob("*/config.json")}
    runs = [Run(id=name, path=own[name], own=own[name]) for name in sorted(own, reverse=True) if name not in SHIPPED]
    return [*runs, *(open_run(run_id) for run_id in SHIPPED if (ASSETS / run_id / "config.json").is_file())]


def usable_runs() -> list[Run]:
    """Runs that have a model and are not being trained now: newest first, then those that ship, then those that failed."""
    pairs = [(run, run.status().state) for run in list_runs() if run.model_file.is_file()]
    whole = [run for run, state in pairs if state in USABLE]
    return whole + [run for run, state in pairs if state == "failed"]


def rename(run: Run, name: str) -> None:
    """Give a run another name.

    Raises:
        InputError: the name is empty or longer than 80 characters.
    """
    if not name.strip() or len(name.strip()) > 80:
        raise InputError(f"A run's name must have 1 to 80 characters; got {len(name.strip())}.")
    run.write(About(name=name.strip(), note=run.about().note))


def delete(run: Run) -> None:
    """Delete a run's folder.

    Raises:
        RunError: it ships with the project, or it is queued or running.
    """
    if run.read_only:
        raise RunError(f"Run '{run.id}' comes with the project and cannot be deleted.")
    if run.status().state in ACTIVE:
        raise RunError(f"Run '{run.about().name}' is still at work; stop it first.")
    grave = run.path.with_name(f".deleted-{run.id}")
    run.path.rename(grave)
    shutil.rmtree(grave, ignore_errors=True)


def runs_using(dataset: str) -> list[Run]:
    """Runs that are queued or at work on a data set."""
    active = [(run, load(run.path / "config.json", RunConfig)) for run in list_runs() if run.status().state in ACTIVE]
    return [run for run, config in active if config is not None and config.dataset == dataset]
