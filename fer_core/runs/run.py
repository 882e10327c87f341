"""A run is a folder: reading it and writing it. The package `runs` alone knows the names of the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fer_core.errors import RunError
from fer_core.files import replace
from fer_core.runs import moments, version
from fer_core.runs.config import Judge, RunConfig
from fer_core.runs.job import Job
from fer_core.runs.moments import Moment
from fer_core.runs.records import About, Calibration, Int8Agreement, Status, Training, load
from fer_core.runs.tables import cut_batches, cut_epochs, read_batches, read_epochs, read_training_samples

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
