"""Everything that a card says of a run, gathered from its folder and the answers that are kept with it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fer_core.backbones import BACKBONES, Backbone
from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError, RunError
from fer_core.evaluation.assessment import score, score_recorded
from fer_core.evaluation.metrics import Evaluation
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import Source, own_predictions
from fer_core.progress import Progress, silent
from fer_core.runs import ACTIVE, SHIPPED, Run
from fer_core.runs.config import RunConfig
from fer_core.runs.records import About, Calibration, Status, Training


@dataclass(frozen=True)
class SplitFacts:
    """A run on one split of the data set that it was trained on.

    Attributes:
        split: validation or test.
        evaluation: all scores.
        answers: sample, label, predicted, confidence, p_CLASS; one row a sample.
    """

    split: str
    evaluation: Evaluation
    answers: pd.DataFrame


@dataclass(frozen=True)
class Facts:
    """What is known of a run.

    Attributes:
        run: the run.
        about: name and note.
        status: its state and times.
        config: what it was asked to do.
        training: what it was made from.
        calibration: in force now.
        epochs: one row an epoch.
        dataset: the data set that it was trained on, by fingerprint, under whatever name; None when it is not imported.
        splits: validation and test, those whose answers are kept.
        trained_on_known: whether the samples that it was trained on are written down, so that leaks can be counted.
    """

    run: Run
    about: About
    status: Status
    config: RunConfig
    training: Training
    calibration: Calibration
    epochs: pd.DataFrame
    dataset: Dataset | None
    splits: dict[str, SplitFacts]
    trained_on_known: bool

    @property
    def backbone(self) -> Backbone:
        """The network that it started from."""
        return BACKBONES[self.config.backbone]

    @property
    def main(self) -> SplitFacts | None:
        """The split whose scores are quoted: test, or validation where there is no test; None when neither is known."""
        return self.splits.get("test") or self.splits.get("validation")

    @property
    def is_fer2013(self) -> bool:
        """Whether the data set is FER2013, as far as its name tells."""
        return self.run.id in SHIPPED or "fer2013" in self.training.dataset.lower().replace(" ", "").replace("-", "")

    @property
    def is_drawn(self) -> bool:
        """Whether the faces were drawn by this program; known only while the data set is there."""
        return self.dataset is not None and self.dataset.meta.drawn


def gather(run: Run, *, progress: Progress = silent) -> Facts:
    """Collect what is known of a run.

    Args:
        run: the run.
        progress: called after each split.

    Raises:
        RunError: it is still at work, has no model, or a file of it is damaged.
    """
    status, training = run.status(), run.training()
    name = run.about().name
    if status.state in ACTIVE:
        raise RunError(f"Run '{name}' is still {status.state}; a card is made when it has ended.")
    if training is None or not run.model_file.is_file():
        raise RunError(f"Run '{name}' ended without a model ({status.state}), so that there is nothing to make a card of.")
    dataset = _dataset(training)
    splits = {}
    for number, split in enumerate(("validation", "test"), start=1):
        facts = _split(run, dataset, training, split)
        if facts is not None:
            splits[split] = facts
        progress(number / 2, f"The {split} split is counted")
    return Facts(
        run=run,
        about=run.about(),
        status=status,
        config=run.config(),
        training=training,
        calibration=run.calibration(),
        epochs=run.epochs(),
        dataset=dataset,
        splits=splits,
        trained_on_known=not run.training_samples().empty,
    )


def _dataset(training: Training) -> Dataset | None:
    for meta in store.list_datasets():
        if meta.fingerprint == training.fingerprint:
            try:
                dataset = store.open_dataset(meta.name)
                return dataset if len(dataset.samples) and len(dataset.images) else None
            except FerError:
                return None
    return None


def _split(run: Run, dataset: Dataset | None, training: Training, split: str) -> SplitFacts | None:
    predictions = own_predictions(run, split)
    if predictions is None:
        return None
    if dataset is not None:
        evaluation = score(run, dataset, split, predictions)
    else:
        source = Source(dataset=training.dataset, split=split, recorded=True, n=len(predictions))
        evaluation = score_recorded(run, source, predictions)
    return SplitFacts(split, evaluation, answers(predictions, run.classes(), run.calibration()))
