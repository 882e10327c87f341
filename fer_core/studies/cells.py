"""One cell of the comparison, trained and tested in this process by the same session as any run; imports TensorFlow."""

from __future__ import annotations

import gc
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import keras

from fer_core.datasets.store import Dataset
from fer_core.errors import Stopped
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import predict_split
from fer_core.predictor import load_predictor
from fer_core.progress import Progress
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.runs.records import Calibration, Stage, Status, Training
from fer_core.studies.comparison import Comparison
from fer_core.studies.records import Cell, Row
from fer_core.training.events import EventWriter
from fer_core.training.session import Session


@dataclass(frozen=True)
class _CellRun(Run):
    """A run in a folder of its own that ends when the comparison is asked to stop."""

    stop: Path = Path()

    @property
    def stop_file(self) -> Path:
        return self.stop


class _CellEvents(EventWriter):
    """Sends the progress to the comparison, and the sentences to its log."""

    def __init__(self, run: Run, job: Comparison, progress: Progress) -> None:
        super().__init__(run, Status(state="running", created=time.time()))
        self._comparison, self._progress = job, progress

    def progress(self, stage: Stage, *, now: bool = False) -> None:
        """Tell which share of the epochs is done."""
        self._progress(stage.share, stage.note or stage.phase)

    def say(self, sentence: str) -> None:
        """One line in the comparison's log."""
        self._comparison.say(sentence)


def train_cell(dataset: Dataset, cell: Cell, config: RunConfig, job: Comparison, progress: Progress) -> Row:
    """Train one cell, take its best epoch by validation, and test it once; its files are removed.

    Args:
        dataset: data set.
        cell: what is trained.
        config: its recipe.
        job: the comparison that it is part of.
        progress: called while it is trained.

    Raises:
        Stopped: a stop was asked for.
        RunError: no epoch ended with a score.
    """
    start = time.monotonic()
    shutil.rmtree(job.work, ignore_errors=True)
    job.work.mkdir(parents=True)
    try:
        run = _CellRun(id=job.work.name, path=job.work, own=job.work, stop=job.stop_file)
        run.write(config)
        job.say(f"{cell.words}.")
        keras.utils.set_random_seed(config.seed)
        session = Session(run, dataset, _CellEvents(run, job, progress))
        session.fit()
        if job.stopping:
            raise Stopped
        return _tested(run, dataset, cell, session, time.monotonic() - start)
    finally:
        shutil.rmtree(job.work, ignore_errors=True)
        keras.backend.clear_session()
        gc.collect()


def _tested(run: Run, dataset: Dataset, cell: Cell, session: Session, seconds: float) -> Row:
    """The scores of the best epoch on the test split."""
    config, classes = session.config, session.classes
    run.write(Training(dataset=dataset.name, fingerprint=dataset.meta.fingerprint, classes=classes))
    run.write(Calibration(flip=config.flip))
    predictions = predict_split(run, dataset, "test", predictor=load_predictor(run))
    matrix = confusion_matrix(predictions["label"], predicted_labels(predictions, classes), classes)
    n, correct = int(matrix.sum()), int(matrix.diagonal().sum())
    return Row(
        **cell.model_dump(),
        faces=len(session.train),
        epochs=session.epoch,
        best_epoch=session.best_epoch or session.epoch,
        validation_accuracy=session.best_score or 0.0,
        n=n,
        correct=correct,
        accuracy=correct / n,
        accuracy_ci95=wilson(correct, n),
        macro_f1=float(macro_f1(matrix)),
        macro_f1_ci95=bootstrap_interval(matrix, macro_f1),
        seconds=seconds,
    )
