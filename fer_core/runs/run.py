"""A run is a folder: reading it, writing it, and the list of all runs. The package `runs` alone knows the names of the files."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from fer_core.errors import InputError, NotFoundError, RunError
from fer_core.files import replace
from fer_core.runs import moments, version
from fer_core.runs.config import Judge, RunConfig
from fer_core.runs.job import Job
from fer_core.runs.moments import Moment
from fer_core.runs.records import ACTIVE, USABLE, About, Calibration, Int8Agreement, Status, Training, load
from fer_core.runs.tables import cut_batches, cut_epochs, read_batches, read_epochs, read_training_samples
from fer_core.settings import ASSETS, settings

BUNDLED = "bundled"
BUNDLED_CROWD = "bundled-crowd"
SHIPPED = (BUNDLED, BUNDLED_CROWD)
"""Ids of the runs that come with the project: one learned FER2013's labels, the other one the votes of FER+."""

_BY: dict[Judge, str] = {"imported": "", "crowd": "-crowd"}

_PARTS = (About, Calibration, Int8Agreement, RunConfig, Status, Training)
_NAMES = dict(zip(_PARTS, ("about", "calibration", "eight_bits", "config", "status", "training"), strict=True))


@dataclass(frozen=True)
class Run(Job):
    """One run's folder; every method reads the disk anew, and shows what is there of a half-written run.

    Attributes:
        path: the run's folder (inside the package for those that ship).
        id: name of the folder.
        own: folder that may be written: `path`, or `runs/ID` in the workspace for a run that ships.
    """

    id: str
    own: Path

    @property
    def read_only(self) -> bool:
        """True for a run that ships, which can be neither deleted nor resumed."""
        return self.path != self.own

    @property
    def model_file(self) -> Path:
        """`model.keras`: best epoch so far."""
        return self.path / "model.keras"

    @property
    def tensorboard(self) -> Path:
        """`tensorboard/`: event files."""
        return self.path / "tensorboard"

    @property
    def epochs_file(self) -> Path:
        """`epochs.csv`: one row an epoch."""
        return self.path / "epochs.csv"

    @property
    def batches_file(self) -> Path:
        """`batches.jsonl`: one line for every few batches."""
        return self.path / "batches.jsonl"

    @property
    def moments_file(self) -> Path:
        """`moments.jsonl`: what it answered at the end of each epoch; not in runs from before it was kept."""
        return self.path / "moments.jsonl"

    @property
    def checkpoint(self) -> Path:
        """`checkpoint/`: what an interrupted run goes on from; may not exist, and is gone when the run has finished."""
        return self.path / "checkpoint"

    def config(self) -> RunConfig:
        """The RunConfig it was started with.

        Raises:
            RunError: `config.json` is missing or not readable.
        """
        config = load(self.path / "config.json", RunConfig)
        if config is None:
            raise RunError(f"Run '{self.id}' has no readable config.json; delete the run or restore the file.")
        return config

    def training(self) -> Training | None:
        """Data set, classes and phases of the run; None until its worker has opened the data set."""
        return load(self.path / "training.json", Training)

    def about(self) -> About:
        """Name and note; the viewer's own words win over the shipped ones."""
        return load(self.own / "about.json", About) or load(self.path / "about.json", About) or About(name=self.id)

    def calibration(self) -> Calibration:
        """Stored calibration, or temperature 1, threshold 0 and the config's flip."""
        stored = load(self.own / "calibration.json", Calibration) or load(self.path / "calibration.json", Calibration)
        if stored is not None:
            return stored
        try:
            return Calibration(flip=self.config().flip)
        except RunError:
            return Calibration()

    def int8_agreement(self) -> Int8Agreement | None:
        """How nearly its network answers as int8; None where that was not measured, or it cannot be quantised."""
        return load(self.path / "eight_bits.json", Int8Agreement)

    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the logits; empty until the worker has opened the data set."""
        training = self.training()
        return training.classes if training else ()

    def epochs(self) -> pd.DataFrame:
        """Read the curves, one row an epoch; an empty frame before the first.

        Columns epoch, phase, loss, accuracy, val_loss, val_accuracy, val_macro_f1, val_recall_CLASS, seconds, images_per_second,
        learning_rate.
        """
        return read_epochs(self.epochs_file)

    def batches(self) -> pd.DataFrame:
        """One row for every few batches: step (over all phases), epoch (a float: position), phase, loss, accuracy (running)."""
        return read_batches(self.batches_file)

    def moments(self) -> list[Moment]:
        """What it answered at the end of each epoch: confusion of validation, and a few faces."""
        return moments.read(self.moments_file)

    def training_samples(self) -> pd.DataFrame:
        """Columns hash (str), signature (uint64), and person (str) where known, of the samples it was trained on; may be empty.

        Raises:
            RunError: the file is damaged, so that leaks could not be counted.
        """
        return read_training_samples(self.path / "training_samples.parquet", self.id)

    def predictions(self, fingerprint: str, split: str, labels: Judge = "imported") -> pd.DataFrame | None:
        """Stored logits for a split of the data set with this fingerprint; None when not computed yet, or by another model."""
        for folder in dict.fromkeys((self.own, self.path)):
            table = self._table(folder / "predictions" / f"{fingerprint}-{split}{_BY[labels]}.parquet")
            if table is not None:
                return table
        return None

    def predictions_by_pixels(self) -> pd.DataFrame:
        """Shipped predictions of a run that ships, on the data set that it was trained on; empty frame when there are none."""
        training = self.training()
        files = sorted((self.path / "predictions").glob(f"{training.fingerprint}-*.parquet")) if training else []
        tables = [(file, self._table(file)) for file in files]
        whole = [table.assign(split=file.stem.split("-")[1]) for file, table in tables if table is not None]
        return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame()

    def write_predictions(self, fingerprint: str, split: str, table: pd.DataFrame, labels: Judge = "imported") -> None:
        """Store logits for a split; replaced atomically."""
        path = self.own / "predictions" / f"{fingerprint}-{split}{_BY[labels]}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        stamped = table.copy(deep=False)
        stamped.attrs = {"version": version.logits_version(self)} if self.model_file.exists() else {}
        replace(path, lambda temporary: stamped.to_parquet(temporary, index=False))

    def _table(self, file: Path) -> pd.DataFrame | None:
        """Logits in a file; None when there is none, it is damaged, or what made them is not what answers now."""
        try:
            table = pd.read_parquet(file)
        except (OSError, ValueError):
            return None
        of_version, table.attrs = table.attrs.get("version"), {}
        if of_version is not None:
            return table if of_version == version.logits_version(self) else None
        # Without a version: made by the model that is there still, with the flip that the run began with.
        config = load(self.path / "config.json", RunConfig)
        return table if config is None or config.flip == self.calibration().flip else None

    def forget_predictions(self) -> None:
        """Delete the stored logits, what was counted of others, and mean maps: the model that made them is to be replaced."""
        version.forget_answers(self.own)
        (self.own / "eight_bits.json").unlink(missing_ok=True)

    def cut(self, last: int) -> None:
        """Drop what the tables say of epochs after `last`, which will be trained again, and half-written models.

        Raises:
            OSError: the disk is full or may not be written.
        """
        cut_epochs(self.epochs_file, last)
        cut_batches(self.batches_file, last)
        moments.cut(self.moments_file, last)
        for half_written in self.path.glob(".model.*.keras"):
            half_written.unlink(missing_ok=True)

    def write_training_samples(self, frame: pd.DataFrame) -> None:
        """Store hashes and signatures of the training samples."""
        replace(self.path / "training_samples.parquet", lambda temporary: frame.to_parquet(temporary, index=False))

    def write(self, part: Status | Training | Calibration | About | Int8Agreement | RunConfig) -> None:
        """Replace the JSON file that belongs to `part` atomically."""
        self.own.mkdir(parents=True, exist_ok=True)
        text = part.model_dump_json(indent=2)
        replace(self.own / f"{_NAMES[type(part)]}.json", lambda temporary: temporary.write_text(text))


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
