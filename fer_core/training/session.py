"""The training itself, phase by phase; runs inside the worker process, which has the slot and nothing else to do."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.backbones import BACKBONES
from fer_core.datasets.store import Dataset
from fer_core.errors import RunError, Stopped
from fer_core.features import backbone
from fer_core.files import replace
from fer_core.models import classifier
from fer_core.models.anatomy import phase_plan
from fer_core.models.weights import WeightsPlan, require_weights
from fer_core.photos.frame import Frame
from fer_core.progress import Progress
from fer_core.runs import Run
from fer_core.runs.config import Phase, RunConfig, phases
from fer_core.training import fast_graph, recipe, teachers
from fer_core.training.events import EventWriter
from fer_core.training.learners import CachedHead, Examples, Learner, WholeNetwork
from fer_core.training.position import Position
from fer_core.training.reporter import Extent, Reporter
from fer_core.training.selection import Selection, label_counts, select
from fer_core.training.speed import Part, busy, record_speed, speed_key
from fer_core.training.trainer import Trainer
from fer_core.training.watched import Watch


class Session:
    """One run's training: data, model, and the best epoch so far.

    Args:
        run: the run to train.
        dataset: its data set.
        events: where progress goes.
        after_epoch: called after each epoch, for `snapshot()` to be kept.
    """

    def __init__(
        self, run: Run, dataset: Dataset, events: EventWriter, *, after_epoch: Callable[[Session], None] | None = None
    ) -> None:
        self.run, self.dataset, self._events, self._after_epoch = run, dataset, events, after_epoch
        self.config: RunConfig = run.config()
        self.selection: Selection = select(dataset, self.config)
        self.train, self.validation, self.classes = self.selection.train, self.selection.validation, self.selection.classes
        self._labels = {part: self.selection.labels(rows) for part, rows in (("train", self.train), ("val", self.validation))}
        self._watch = Watch(self.validation, self._labels["val"], self.classes, self.config.seed)
        weights = recipe.class_weights(label_counts(self.train), self.config.class_weighting)
        self._sample_weights = self.train["label"].map(weights).to_numpy(np.float32) * self.selection.weights
        batch_size = min(self.config.batch_size, len(self.train))
        steps = max(1, len(self.train) // batch_size)
        self._extent = Extent(self.config, phases(self.config), batch_size, steps, len(self.validation))
        self.position = Position()
        self._reporter = Reporter(events, self._extent, self.position)
        self.plan: WeightsPlan = require_weights(self.config)
        self.frame: Frame = classifier.input_frame(self.config, dataset.meta.frame)
        self.model = classifier.build(self.config, self.classes, weights=self.plan.path, frame=self.frame)
        self._best_weights: list[NDArray[np.float32]] | None = None
        self._answers: NDArray[np.float32] | None = None
        self._trainer: Trainer | None = None
        self._kept: dict[str, list[NDArray[Any]]] | None = None

    @property
    def epoch(self) -> int:
        """Epochs that are done, over all phases."""
        return self.position.epoch

    @property
    def best_epoch(self) -> int | None:
        """Number of the best epoch, from 1; None before the first."""
        return self.position.best_epoch

    @property
    def best_score(self) -> float | None:
        """Monitored validation score of the best epoch; None before the first."""
        return self.position.best_score

    def fit(self) -> None:
        """Train all phases, or those that are left after `restore`.

        Raises:
            Stopped: a stop was asked for; the best epoch so far is on disk.
            RunError: the loss is not finite any more; the best epoch so far is on disk.
        """
        if self._answers is None:
            progress = self._preparing("teachers", "answers of the teachers", len(self.train))
            self._answers = teachers.answers(self.config, self.dataset, self.selection, self._events, progress=progress)
        plans = phase_plan(self.config, len(self.classes))
        while self.position.phase < len(plans):
            phase, plan = self._extent.phases[self.position.phase], plans[self.position.phase]
            if self._best_weights is not None:
                self.model.set_weights(self._best_weights)
            blocks = BACKBONES[self.config.backbone]
            classifier.set_trainable(self.model, blocks, first_block=phase.first_block, batch_norm=self.config.batch_norm)
            self._events.say(f"Phase {phase.name}: {plan.trainable:,} of {plan.total:,} parameters are trained.")
            self._fit_phase(phase)
            self.position.phase += 1
            self.position.phase_epochs = self.position.stale = 0
            self._kept = None

    def snapshot(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Everything that the next epoch depends on, for `restore`: arrays by name, and the position as JSON holds it.

        The best epoch's weights are not among them: they are in the run's model file.
        """
        state = {} if self._trainer is None else self._trainer.state()
        arrays = {f"{part}/{number:04d}": value for part, values in state.items() for number, value in enumerate(values)}
        if self._answers is not None:
            arrays["answers"] = self._answers
        return arrays, dataclasses.asdict(self.position)

    def restore(self, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
        """Go on from a `snapshot`; called before `fit`.

        Raises:
            RunError: the best epoch's model file is missing or damaged.
        """
        state: dict[str, list[NDArray[Any]]] = {"weights": [], "average": [], "optimizer": [], "seeds": []}
        self._answers = arrays.get("answers")
        for name in sorted(arrays.keys() - {"answers"}):
            state[name.split("/")[0]].append(arrays[name])
        self._kept = state
        for field in dataclasses.fields(Position):
            setattr(self.position, field.name, facts[field.name])
        if self.position.best_epoch is not None:
            self._best_weights = classifier.load(self.run.model_file).get_weights()

    def _fit_phase(self, phase: Phase) -> None:
        """Train one phase until its epochs are over or validation no longer improves."""
        learner = self._cached_head() if phase.cached else self._whole_network()
        if self.run.stopping:
            raise Stopped
        trainer = self._trainer = Trainer(
            learner.network,
            recipe.optimizer(self.config, phase, self._extent.steps),
            ema=self.config.ema,
            logit_bias=recipe.logit_bias(self._labels["train"], len(self.classes), strength=self.config.logit_adjustment),
        )
        if self._kept is not None:
            trainer.restore(self._kept)
        batches: Any = None
        for number in range(self.position.phase_epochs, phase.epochs):
            # At the start of an epoch, so that a run resumed after the last epoch of a phase does not train another one.
            if self.config.early_stopping and self.position.stale >= self.config.early_stopping:
                stale = self.position.stale
                self._events.say(f"No better validation {self.config.monitor} for {stale} epochs: phase {phase.name} ends.")
                return
            side = self._extent.side(phase, number)
            if batches is None or side != self._extent.side(phase, number - 1):
                batches = iter(learner.batches(side, number))
            self._epoch(learner, trainer, itertools.islice(batches, self._extent.steps))
            speed = self._reporter.images_per_second
            if speed and side == self.config.resolution:
                self._keep_speed(phase.name, speed)

    def _epoch(self, learner: Learner, trainer: Trainer, batches: Any) -> None:
        """Train one epoch, judge it, and keep it."""

        def after(batch: int) -> bool:
            self.position.step += 1
            loss = self._reporter.batch_done(batch, trainer.progress)
            if loss is None:
                return False
            self._require_finite(loss)
            return self.run.stopping

        self._reporter.begin()
        means = trainer.epoch(batches, after)
        self._require_finite(means[0])
        interrupted = self.run.stopping
        if interrupted and self._best_weights is not None:
            raise Stopped
        logits = learner.validate(trainer.weights())
        scores = recipe.validation_scores(logits, self._labels["val"], self.classes, label_smoothing=self.config.label_smoothing)
        self._require_finite(scores["val_loss"])
        self._events.require_turn()
        better = recipe.is_better(scores, self.position.best_score, self.config.monitor)
        self.position.epoch += 1
        self.position.phase_epochs += 1
        self.position.stale = 0 if better else self.position.stale + 1
        self._events.moment(self._watch.moment(self.position.epoch, logits))
        learning_rate = float(keras.ops.convert_to_numpy(trainer.optimizer.learning_rate))
        self._reporter.epoch_done(means, scores, learning_rate=learning_rate, better=better)
        if better:
            self._keep_best(scores[f"val_{self.config.monitor}"])
        if interrupted:
            raise Stopped
        if self._after_epoch is not None:
            self._after_epoch(self)

    def _require_finite(self, loss: float) -> None:
        """Refuse an epoch whose loss says that the weights are not numbers any more."""
        if not math.isfinite(loss):
            raise RunError(
                f"The loss of epoch {self.position.epoch + 1} is not finite: training diverged; choose a smaller learning rate."
            )

    def _keep_best(self, score: float) -> None:
        """Keep the model as it is now: its epoch is the best so far."""
        self.position.best_score, self.position.best_epoch = score, self.position.epoch
        self._best_weights = self.model.get_weights()
        # A fresh Model over the same layers: it was never compiled, so that no optimizer state is saved.
        bare = keras.Model(self.model.input, self.model.output, name=self.model.name)
        replace(self.run.model_file, bare.save)
        self._events.state("running", best_epoch=self.position.epoch, best_score=score)

    def _examples(self) -> Examples:
        """What the phase at the position learns."""
        targets = recipe.soft_targets(
            self._labels["train"],
            len(self.classes),
            label_smoothing=self.config.label_smoothing,
            votes=self.selection.votes,
            answers=self._answers,
            weight=self.config.teacher_weight,
        )
        seed = self.config.seed + self.position.phase
        return Examples(targets, self._sample_weights, self._extent.batch_size, seed)

    def _whole_network(self) -> WholeNetwork:
        if self.position.half is None:
            auto = self.config.precision == "auto" and fast_graph.half_is_faster()
            self.position.half = self.config.precision == "bfloat16" or auto
        self._events.say(f"Matrix products in training: {'bfloat16' if self.position.half else 'float32'}.")
        faces, checked = (self.dataset.faces(part["id"].to_numpy(), self.frame) for part in (self.train, self.validation))
        return WholeNetwork(
            self.model,
            self._examples(),
            faces=faces,
            checked=checked,
            augmentation=self.config.augmentation,
            half=self.position.half,
        )

    def _cached_head(self) -> CachedHead:
        kept = self._features()
        train, checked = (np.asarray(kept[part["id"].to_numpy()], np.float32) for part in (self.train, self.validation))
        return CachedHead(self.model, self._examples(), features=train, checked=checked)

    def _features(self) -> NDArray[np.float16]:
        """Pooled features of all faces from the frozen backbone, kept with the data set."""
        file = backbone.features_file(self.dataset, self.config, self.plan)
        self._events.say("Computing the features of the frozen backbone, unless they are kept from an earlier run.")
        start = time.time()
        progress = self._preparing("features", "features of the frozen backbone", self.dataset.meta.n)
        extractor = classifier.feature_extractor(self.model)
        kept = backbone.frozen_features(self.dataset, extractor, file=file, progress=progress)
        if time.time() - start > 2:
            self._keep_speed("features", self.dataset.meta.n / (time.time() - start))
        return kept

    def _keep_speed(self, part: Part, images_per_second: float) -> None:
        # What a busy computer reaches would make every later estimate too long.
        if not busy():
            record_speed(speed_key(self.config, part), images_per_second)

    def _preparing(self, phase: str, what: str, faces: int) -> Progress:
        """Tells the share of some faces that is done before an epoch can begin, and ends it when a stop was asked for."""
        tell = self._reporter.preparing(phase, what, faces)

        def progress(share: float, text: str) -> None:
            if self.run.stopping:
                raise Stopped
            tell(share, text)

        return progress
