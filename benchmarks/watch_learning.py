"""Record a training that ships, to be watched: what the network answers at many moments while it learns.

    python -m benchmarks.watch_learning [--dataset FER2013] [--out FILE.json] [-- WORDS OF train]

Trains with the recipe of `benchmarks.time_to_accuracy`, smaller and shorter, in the workspace in force, and stops at some batches
to ask the network about a dozen of the drawn faces that ship and about the whole validation split. What ships are figures,
answers and positions of drawn faces. Takes about as long as the training, and a second or two a moment; the file grows with each
epoch.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import machine
from benchmarks.time_to_accuracy import OURS
from fer_core import runs
from fer_core.datasets.prepared import read_prepared
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.lesson import recorded_run
from fer_core.models.inference import model_forward
from fer_core.runs import moments
from fer_core.runs.config import preset_config
from fer_core.runs.moments import Moment
from fer_core.training import watched
from fer_core.training.events import EventWriter
from fer_core.training.session import Session

RECIPE = (*OURS, "--set", "resolution=48", "--set", "full_epochs=2")
"""What is trained, as words of `python -m fer_core train NAME`; of two that set the same, the later one counts."""

FIRST = (0.0, 0.01, 0.02, 0.04, 0.07, 0.11, 0.16, 0.23, 0.32, 0.45, 0.6, 0.8)
"""Shares of the first epoch at which the network is asked: often while it changes fastest."""

LATER = (1 / 3, 2 / 3)
"""Shares of every other epoch; each epoch's end is asked about as well."""

MOST_BATCHES = 300
"""Rows of the training curve that ship."""

CLEAR = 0.6
"""Least intensity of the drawn expressions; neutral faces have none."""

SEED = 0
"""Of the choice of drawn faces, which is made before anything is answered."""


class Watched(Session):
    """A training that is asked while it goes on."""

    def __init__(self, run: runs.Run, dataset: Dataset, events: EventWriter, *, after_epoch: Callable[[Session], None]) -> None:
        super().__init__(run, dataset, events, after_epoch=after_epoch)
        images, samples = read_prepared()
        clear = samples[(samples["intensity"] >= CLEAR) | (samples["label"] == "neutral")]
        clear = clear[clear["label"].isin(self.classes) & (clear["split"] == "test")]
        self._faces = clear.index.to_numpy()[watched.choose(clear, self.classes, SEED)]
        self._drawn, self._true = images[self._faces], [self.classes.index(name) for name in samples["label"][self._faces]]
        self.answers: list[Moment] = []

    def _epoch(self, learner: Any, trainer: Any, batches: Any) -> None:
        super()._epoch(learner, trainer, self._asked(learner, trainer, batches))

    def _asked(self, learner: Any, trainer: Any, batches: Iterable[Any]) -> Iterator[Any]:
        """Pass batches on, and ask the network between some of them and after the last one."""
        steps = self._extent.steps
        asked = {round(share * steps) for share in (LATER if self.position.epoch else FIRST)}
        for number, batch in enumerate(batches):
            if number in asked:
                self._ask(learner, trainer, number / steps)
            yield batch
        self._ask(learner, trainer, 1.0)

    def _ask(self, learner: Any, trainer: Any, share: float) -> None:
        logits = learner.validate(trainer.weights())
        drawn = model_forward(self.model)(self._drawn)
        moment = Moment(
            epoch=round(self.position.epoch + share, 4),
            faces=tuple(map(int, self._faces)),
            labels=tuple(self._true),
            probabilities=moments.softmax(drawn),
            confusion=moments.counts(self._labels["val"], logits.argmax(axis=1), len(self.classes)),
        )
        self.answers.append(moment)
        right = sum(int(np.argmax(row)) == label for row, label in zip(moment.probabilities, moment.labels, strict=True))
        print(f"epoch {moment.epoch:.2f}: validation {moment.right / moment.n:.4f}, {right} drawn faces right", flush=True)


def main() -> None:
    """Train, ask, and write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="FER2013", help="a data set of the workspace")
    parser.add_argument("--out", type=Path, default=recorded_run.RECORDED)
    parser.add_argument("recipe", nargs="*", default=RECIPE, metavar="-- WORDS", help=f"of `train`: {' '.join(RECIPE)}")
    given = parser.parse_args()
    changes = dict(word.split("=", 1) for word in given.recipe if "=" in word)
    config = preset_config(given.dataset, given.recipe[list(given.recipe).index("--preset") + 1], **changes)
    run = runs.create(config, name="Watched")
    began = time.time()

    def write(session: Session) -> None:
        recorded_run.write(
            _recording(session, [config.preset, *(f"{key}={value}" for key, value in changes.items())], began), given.out
        )

    with run.hold():
        events = EventWriter(run, run.status())
        session = Watched(run, open_dataset(given.dataset), events, after_epoch=write)
        session.fit()
        events.state("finished", ended=time.time())
    print(f"{len(session.answers)} moments, {given.out.stat().st_size:,} bytes in {given.out.name}")


def _recording(session: Any, recipe: list[str], began: float) -> recorded_run.Recording:
    origin = recorded_run.Origin(
        dataset=session.config.dataset,
        train=len(session.train),
        validation=len(session.validation),
        recipe=" ".join(recipe),
        resolution=session.config.resolution,
        seconds=round(time.time() - began, 1),
        machine=machine.describe(),
        date=datetime.fromtimestamp(began, UTC).date().isoformat(),
    )
    run, answers = session.run, tuple(session.answers)
    return recorded_run.Recording(origin, session.classes, run.epochs(), thinned(run.batches()), answers)


def thinned(batches: pd.DataFrame, most: int = MOST_BATCHES) -> pd.DataFrame:
    """Keep at most so many rows, evenly; the means of an epoch so far lose nothing by it."""
    kept = np.unique(np.linspace(0, len(batches) - 1, min(most, len(batches))).round().astype(int))
    return batches.iloc[kept].reset_index(drop=True)


if __name__ == "__main__":
    main()
