"""The training itself, phase by phase; runs inside the worker process, which has the slot and nothing else to do."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.backbones import BACKBONES
from fer_core.datasets.store import Dataset
from fer_core.features import backbone
from fer_core.files import replace
from fer_core.models import classifier
from fer_core.models.anatomy import phase_plan
from fer_core.models.inference import model_forward
from fer_core.models.weights import WeightsPlan, require_weights
from fer_core.runs import Run
from fer_core.runs.config import Phase, RunConfig, phases
from fer_core.runs.records import Progress
from fer_core.training import fast_graph, pipeline, recipe, teachers
from fer_core.training.events import EventWriter
from fer_core.training.selection import Selection, label_counts, select
from fer_core.training.speed import record_speed, speed_key
from fer_core.training.trainer import Trainer
from fer_core.training.watch import Watch


class Stopped(Exception):
    """The run was asked to stop."""


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
        self.run, self.events, self.dataset, self._after_epoch = run, events, dataset, after_epoch
        self.config: RunConfig = run.config()
        self.selection: Selection = select(dataset, self.config)
        self.train, self.validation, self.classes = self.selection.train, self.selection.validation, self.selection.classes
        self.train_labels = self.selection.labels(self.train)
        self.validation_labels = self.selection.labels(self.validation)
        weights = recipe.class_weights(label_counts(self.train), self.config.class_weighting)
        self.sample_weights = self.train["label"].map(weights).to_numpy(np.float32)
        self.batch_size = min(self.config.batch_size, len(self.train))
        self.phases = phases(self.config)
        self.epoch = 0
        self.step = 0
        self.best_score: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: list[NDArray[np.float32]] | None = None
        self.plan: WeightsPlan = require_weights(self.config)
        self.model = classifier.build(self.config, self.classes, weights=self.plan.path)
        self._answers: NDArray[np.float32] | None = None
        self._phase, self._phase_epochs, self._stale = 0, 0, 0
        self._trainer: Trainer | None = None
        self._kept: dict[str, list[NDArray[Any]]] | None = None
        self._half: bool | None = None

    def fit(self) -> None:
        """Train all phases, or those that are left after `restore`.

        Raises:
            Stopped: a stop was asked for; the best epoch so far is on disk.
        """
        if self._answers is None:
            progress = self._preparing("teachers", "answers of the teachers", len(self.train))
            self._answers = teachers.answers(self.config, self.dataset, self.selection, self.events, progress=progress)
        plans = phase_plan(self.config, len(self.classes))
        for number in range(self._phase, len(self.phases)):
            phase = self.phases[number]
            if self.best_weights is not None:
                self.model.set_weights(self.best_weights)
            row = BACKBONES[self.config.backbone]
            classifier.set_trainable(self.model, row, first_block=phase.first_block, batch_norm=self.config.batch_norm)
            self.events.say(f"Phase {phase.name}: {plans[number].trainable:,} of {plans[number].total:,} parameters are trained.")
            self._phase = number
            self._fit_phase(phase)
            self._phase_epochs = self._stale = 0
            self._kept = None

    def snapshot(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Everything that the next epoch depends on, for `restore`: arrays by name, and facts that JSON can hold.

        The best epoch's weights are not among them: they are in the run's model file.
        """
        state = {} if self._trainer is None else self._trainer.state()
        arrays = {f"{part}/{number:04d}": value for part, values in state.items() for number, value in enumerate(values)}
        if self._answers is not None:
            arrays["answers"] = self._answers
        facts = {
            "phase": self._phase,
            "phase_epochs": self._phase_epochs,
            "stale": self._stale,
            "epoch": self.epoch,
            "step": self.step,
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "half": self._half,
        }
        return arrays, facts

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
        self._phase, self._phase_epochs, self._stale = facts["phase"], facts["phase_epochs"], facts["stale"]
        self.epoch, self.step = facts["epoch"], facts["step"]
        self.best_score, self.best_epoch, self._half = facts["best_score"], facts["best_epoch"], facts["half"]
        if self.best_epoch is not None:
            self.best_weights = classifier.load(self.run.model_file).get_weights()

    def side(self, phase: Phase, number: int) -> int:
        """Pixels a side in epoch `number`, from 0, of a phase."""
        first = phase.name == "full" and number < self.config.start_epochs
        return min(self.config.start_resolution, self.config.resolution) if first else self.config.resolution

    def epochs_planned(self) -> int:
        """Epochs of all phases, without early stopping."""
        return sum(phase.epochs for phase in self.phases)

    def _fit_phase(self, phase: Phase) -> None:
        """Train one phase until its epochs are over or validation no longer improves."""
        steps = max(1, len(self.train_labels) // self.batch_size)
        learner, data, predict = self._cached_head(phase) if phase.cached else self._whole_network(phase)
        trainer = self._trainer = Trainer(
            learner,
            recipe.optimizer(self.config, phase, steps),
            ema=self.config.ema,
            logit_bias=recipe.logit_bias(self.train_labels, len(self.classes), strength=self.config.logit_adjustment),
        )
        if self._kept is not None:
            trainer.restore(self._kept)
        watch = Watch(self, phase, steps, trainer)
        batches: Any = None
        for number in range(self._phase_epochs, phase.epochs):
            # At the start of an epoch, so that a run resumed after the last epoch of a phase does not train another one.
            if self.config.early_stopping and self._stale >= self.config.early_stopping:
                self.events.say(f"No better validation {self.config.monitor} for {self._stale} epochs: phase {phase.name} ends.")
                return
            start, side = time.time(), self.side(phase, number)
            if batches is None or side != self.side(phase, number - 1):
                batches = iter(data(side, number))
            watch.begin()
            loss, accuracy = trainer.epoch(itertools.islice(batches, steps), watch.batch_done)
            interrupted = self.run.stop_file.exists()
            if interrupted and self.best_weights is not None:
                raise Stopped
            self.epoch += 1
            self._phase_epochs = number + 1
            scores = self._validate(predict, trainer)
            row = {"loss": loss, "accuracy": accuracy, "seconds": round(time.time() - start, 2)}
            row["images_per_second"] = round(watch.images_per_second, 1)
            row["learning_rate"] = float(keras.ops.convert_to_numpy(trainer.optimizer.learning_rate))
            self._stale = 0 if self._record(phase, row, scores, trainer) else self._stale + 1
            if interrupted:
                raise Stopped
            if self._after_epoch is not None:
                self._after_epoch(self)
            if watch.images_per_second and side == self.config.resolution:
                record_speed(speed_key(self.config, phase.name), watch.images_per_second)

    def _record(self, phase: Phase, row: dict[str, Any], scores: dict[str, float], trainer: Trainer) -> bool:
        """Write one epoch's numbers, keep the model when it is the best so far, and say whether it is."""
        row = {
            "epoch": self.epoch,
            "phase": phase.name,
            "loss": row.pop("loss"),
            "accuracy": row.pop("accuracy"),
            **scores,
            **row,
        }
        self.events.epoch(row)
        better = recipe.is_better(scores, self.best_score, self.config.monitor)
        self.events.say(
            f"Epoch {self.epoch} ({phase.name}): loss {row['loss']:.3f}, validation loss {scores['val_loss']:.3f}, "
            f"accuracy {scores['val_accuracy']:.3f}, macro F1 {scores['val_macro_f1']:.3f}" + (", best so far" if better else "")
        )
        if better:
            self.best_score, self.best_epoch = scores[f"val_{self.config.monitor}"], self.epoch
            self.best_weights = self.model.get_weights()
            self._save()
            self.events.state("running", best_epoch=self.epoch, best_score=self.best_score)
        return better

    def _save(self) -> None:
        # A fresh Model over the same layers: it was never compiled, so that no optimizer state is saved.
        bare = keras.Model(self.model.input, self.model.output, name=self.model.name)
        replace(self.run.model_file, bare.save)

    def _whole_network(self, phase: Phase) -> tuple[Any, Any, Any]:
        """The copy that trains, its batches from a side and an epoch on, and the validation logits of given weights."""
        images = np.asarray(self.dataset.images[self.train["id"].to_numpy()])
        checked = np.asarray(self.dataset.images[self.validation["id"].to_numpy()])
        if self._half is None:
            self._half = self.config.precision == "bfloat16" or (self.config.precision == "auto" and fast_graph.half_is_faster())
        self.events.say(f"Matrix products in training: {'bfloat16' if self._half else 'float32'}.")

        def data(side: int, first_epoch: int) -> Any:
            return pipeline.batches(
                images,
                self._targets(),
                self.sample_weights,
                batch_size=self.batch_size,
                augmentation=self.config.augmentation,
                seed=self.config.seed + self.phases.index(phase),
                side=side,
                first_epoch=first_epoch,
            )

        def predict(weights: list[NDArray[Any]]) -> NDArray[np.float32]:
            self.model.set_weights(weights)
            return _in_parts(model_forward(self.model), checked)

        return fast_graph.training_copy(self.model, half=self._half), data, predict

    def _targets(self) -> NDArray[np.float32]:
        return recipe.soft_targets(
            self.train_labels,
            len(self.classes),
            label_smoothing=self.config.label_smoothing,
            answers=self._answers,
            weight=self.config.teacher_weight,
        )

    def _cached_head(self, phase: Phase) -> tuple[Any, Any, Any]:
        """The head alone on kept features: what `_whole_network` gives for the whole."""
        made = self._features()
        train, checked = (np.asarray(made[part["id"].to_numpy()], np.float32) for part in (self.train, self.validation))
        inputs = keras.Input(train.shape[1:])
        head = keras.Model(inputs, self.model.get_layer("logits")(self.model.get_layer("dropout")(inputs)))
        learner = keras.models.clone_model(head)
        learner.set_weights(head.get_weights())
        seed = self.config.seed + self.phases.index(phase)

        def data(_side: int, first_epoch: int) -> Any:
            return pipeline.rows(
                train, self._targets(), self.sample_weights, batch_size=self.batch_size, seed=seed, first_epoch=first_epoch
            )

        def predict(weights: list[NDArray[Any]]) -> NDArray[np.float32]:
            head.set_weights(weights)
            return _in_parts(head.predict_on_batch, checked)

        return learner, data, predict

    def _features(self) -> NDArray[np.float16]:
        """Pooled features of all faces from the frozen backbone, kept with the data set."""
        file = backbone.features_file(self.dataset, self.config, self.plan)
        self.events.say("Computing the features of the frozen backbone, unless they are kept from an earlier run.")
        start = time.time()
        progress = self._preparing("features", "features of the frozen backbone", self.dataset.meta.n)
        extractor = classifier.feature_extractor(self.model)
        made = backbone.frozen_features(self.dataset, extractor, file=file, progress=progress)
        if time.time() - start > 2:
            record_speed(speed_key(self.config, "features"), self.dataset.meta.n / (time.time() - start))
        return made

    def _preparing(self, phase: str, what: str, faces: int) -> Callable[[float], None]:
        """Tells the share of some faces that is done before an epoch can begin, and ends it when a stop was asked for."""
        start = time.time()

        def progress(share: float) -> None:
            if self.run.stop_file.exists():
                raise Stopped
            left = (time.time() - start) * (1 - share) / share
            done = {"batch": round(share * faces), "batches": faces}
            note = f"{what}, {share:.0%}"
            self.events.progress(Progress(phase=phase, epochs=self.epochs_planned(), **done, seconds_left=left, note=note))

        return progress

    def _validate(self, predict: Any, trainer: Trainer) -> dict[str, float]:
        logits = predict(trainer.weights())
        return recipe.validation_scores(logits, self.validation_labels, self.classes, label_smoothing=self.config.label_smoothing)


def _in_parts(predict: Any, inputs: NDArray[Any]) -> NDArray[np.float32]:
    return np.concatenate([np.asarray(predict(inputs[start : start + 256])) for start in range(0, len(inputs), 256)])
