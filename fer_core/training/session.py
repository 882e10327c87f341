"""The training itself, phase by phase; runs inside the worker process, which has the slot and nothing else to do."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import features
from fer_core.atomic import replace
from fer_core.datasets.store import Dataset
from fer_core.models import classifier
from fer_core.models.anatomy import phase_plan
from fer_core.models.backbones import BACKBONES
from fer_core.models.weights import WeightsPlan, require_weights
from fer_core.runs import Progress, Run
from fer_core.training import pipeline, recipe
from fer_core.training.config import RunConfig
from fer_core.training.events import EventWriter
from fer_core.training.recipe import Phase
from fer_core.training.speed import record_speed, speed_key

# Time of a training batch relative to a forward pass, to foresee phases that have not begun.
_RELATIVE = {"head": 1.0, "partial": 2.0, "full": 4.0}


def label_counts(samples: pd.DataFrame) -> dict[str, int]:
    """{class: samples} of a part of a data set."""
    return {str(name): int(count) for name, count in samples["label"].value_counts().items()}


class Stopped(Exception):
    """The run was asked to stop."""


class Session:
    """One run's training: data, model, and the best epoch so far.

    Args:
        run: the run to train.
        dataset: its data set.
        events: where progress goes.
    """

    def __init__(self, run: Run, dataset: Dataset, events: EventWriter) -> None:
        self.run, self.events, self.dataset = run, events, dataset
        self.config: RunConfig = run.config()
        train = dataset.split("train", labels=self.config.labels)
        validation = dataset.split("validation", labels=self.config.labels)
        self.classes = tuple(name for name in dataset.meta.classes if (train["label"] == name).any())
        index = {name: number for number, name in enumerate(self.classes)}
        validation = validation[validation["label"].isin(self.classes)]
        self.train, self.validation = train, validation
        self.train_labels: NDArray[np.int64] = np.array([index[name] for name in train["label"]], np.int64)
        self.validation_labels: NDArray[np.int64] = np.array([index[name] for name in validation["label"]], np.int64)
        weights = recipe.class_weights(label_counts(train), self.config.class_weighting)
        self.sample_weights = train["label"].map(weights).to_numpy(np.float32)
        self.phases = recipe.phases(self.config)
        self.epoch = 0
        self.step = 0
        self.best_score: float | None = None
        self.best_weights: list[NDArray[np.float32]] | None = None
        self.plan: WeightsPlan = require_weights(self.config)
        self.model = classifier.build(self.config, self.classes, weights=self.plan.path)

    def fit(self) -> None:
        """Train all phases.

        Raises:
            Stopped: a stop was asked for; the best epoch so far is on disk.
        """
        plans = phase_plan(self.config, len(self.classes))
        for number, phase in enumerate(self.phases):
            if self.best_weights is not None:
                self.model.set_weights(self.best_weights)
            backbone = BACKBONES[self.config.backbone]
            classifier.set_trainable(self.model, backbone, first_block=phase.first_block, batch_norm=self.config.batch_norm)
            self.events.say(f"Phase {phase.name}: {plans[number].trainable:,} of {plans[number].total:,} parameters are trained.")
            self.fit_phase(phase)

    def fit_phase(self, phase: Phase) -> None:
        """Train one phase until its epochs are over or validation no longer improves."""
        prepare = self._cached_head if phase.cached else self._whole_network
        model, data, valid = prepare(phase)
        steps = max(1, len(self.train_labels) // self.config.batch_size)
        model.compile(
            optimizer=recipe.optimizer(self.config, phase, steps),
            loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=self.config.label_smoothing),
            weighted_metrics=["accuracy"],
            jit_compile=False,
        )
        watch = _Watch(self, phase, steps)
        predict = model.predict_on_batch if phase.cached else features.forward(model)
        stale = 0
        for _ in range(phase.epochs):
            start = time.time()
            logs = model.fit(data, epochs=1, verbose=0, callbacks=[watch], steps_per_epoch=steps, shuffle=False).history
            speed = watch.images_per_second
            interrupted = self.run.stop_file.exists()
            if interrupted and self.best_weights is not None:
                raise Stopped
            self.epoch += 1
            scores = self._validate(predict, valid)
            row = {name: logs[name][-1] for name in ("loss", "accuracy")}
            row |= {"seconds": round(time.time() - start, 2), "images_per_second": round(speed, 1)}
            row["learning_rate"] = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
            stale = 0 if self._record(phase, row, scores) else stale + 1
            if speed and not interrupted:
                record_speed(speed_key(self.config, phase.name), speed)
            if interrupted:
                raise Stopped
            if self.config.early_stopping and stale >= self.config.early_stopping:
                self.events.say(f"No better validation {self.config.monitor} for {stale} epochs: phase {phase.name} ends.")
                return

    def _record(self, phase: Phase, row: dict[str, Any], scores: dict[str, float]) -> bool:
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
            self.best_score = scores[f"val_{self.config.monitor}"]
            self.best_weights = self.model.get_weights()
            self._save()
            self.events.state("running", best_epoch=self.epoch, best_score=self.best_score)
        return better

    def _save(self) -> None:
        # A fresh Model over the same layers: it was never compiled, so that no optimizer state is saved.
        bare = keras.Model(self.model.input, self.model.output, name=self.model.name)
        replace(self.run.model_file, bare.save)

    def _whole_network(self, phase: Phase) -> tuple[Any, Any, NDArray[np.uint8]]:
        """The whole model, endless batches of faces, and the validation faces."""
        images = np.asarray(self.dataset.images[self.train["id"].to_numpy()])
        data = pipeline.batches(
            images,
            self._targets(),
            self.sample_weights,
            batch_size=self.config.batch_size,
            augmentation=self.config.augmentation,
            seed=self.config.seed + self.phases.index(phase),
        )
        return self.model, data.repeat(), np.asarray(self.dataset.images[self.validation["id"].to_numpy()])

    def _targets(self) -> NDArray[np.float32]:
        return np.eye(len(self.classes), dtype=np.float32)[self.train_labels]

    def _cached_head(self, phase: Phase) -> tuple[Any, Any, NDArray[np.float32]]:
        """Head alone on kept features: model, endless batches, and the validation features."""
        import tensorflow as tf

        extractor = classifier.feature_extractor(self.model)
        file = features.features_file(self.dataset, self.config, self.plan)
        self.events.say("Computing the features of the frozen backbone, unless they are kept from an earlier run.")
        start = time.time()

        def progress(share: float) -> None:
            if self.run.stop_file.exists():
                raise Stopped
            left = (time.time() - start) * (1 - share) / share
            note = f"features of the frozen backbone, {share:.0%}"
            done = {"batch": round(share * self.dataset.meta.n), "batches": self.dataset.meta.n}
            self.events.progress(Progress(phase="features", epochs=self.epochs_planned(), **done, seconds_left=left, note=note))

        made = features.frozen_features(self.dataset, extractor, file=file, progress=progress)
        if time.time() - start > 2:
            record_speed(speed_key(self.config, "features"), self.dataset.meta.n / (time.time() - start))
        train = np.asarray(made[self.train["id"].to_numpy()], np.float32)
        inputs = keras.Input(train.shape[1:])
        head = keras.Model(inputs, self.model.get_layer("logits")(self.model.get_layer("dropout")(inputs)))
        data = tf.data.Dataset.from_tensor_slices((train, self._targets(), self.sample_weights))
        size = self.config.batch_size
        data = data.shuffle(len(train), seed=self.config.seed).batch(size, drop_remainder=len(train) >= size).repeat()
        return head, data.prefetch(4), np.asarray(made[self.validation["id"].to_numpy()], np.float32)

    def _validate(self, predict: Any, inputs: NDArray[Any]) -> dict[str, float]:
        logits = np.concatenate([np.asarray(predict(inputs[start : start + 256])) for start in range(0, len(inputs), 256)])
        return recipe.validation_scores(logits, self.validation_labels, self.classes, label_smoothing=self.config.label_smoothing)

    def epochs_planned(self) -> int:
        """Epochs of all phases, without early stopping."""
        return sum(phase.epochs for phase in self.phases)


class _Watch(keras.callbacks.Callback):
    """Writes batches and progress, and ends an epoch early when a stop is asked for."""

    def __init__(self, session: Session, phase: Phase, steps: int) -> None:
        super().__init__()
        self.session, self.phase, self.steps = session, phase, steps
        self.images_per_second = 0.0
        self._start = 0.0
        self._checked = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._start = 0.0
        self.model.stop_training = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        session, now = self.session, time.time()
        session.step += 1
        if self._start == 0.0:
            # The first batch compiles the graph; it is not part of the speed.
            self._start, self._first = now, batch
            return
        self.images_per_second = (batch - self._first) * session.config.batch_size / (now - self._start)
        if now - self._checked < 0.3:
            return
        self._checked = now
        self.model.stop_training = session.run.stop_file.exists()
        logs = logs or {}
        position = session.epoch + (batch + 1) / self.steps
        values = {"loss": float(logs["loss"]), "accuracy": float(logs["accuracy"])}
        session.events.batch(step=session.step, epoch=position, phase=self.phase.name, **values)
        session.events.progress(
            Progress(
                phase=self.phase.name,
                epoch=session.epoch + 1,
                epochs=session.epochs_planned(),
                batch=batch + 1,
                batches=self.steps,
                images_per_second=self.images_per_second,
                seconds_left=self._seconds_left(batch),
            )
        )

    def _seconds_left(self, batch: int) -> float:
        """Remaining batches at the measured speed; later phases and validation by their relative cost."""
        session = self.session
        per_batch = session.config.batch_size / max(self.images_per_second, 1e-6)
        position = session.phases.index(self.phase)
        before = sum(phase.epochs for phase in session.phases[:position])
        left = (self.phase.epochs - (session.epoch - before)) * self.steps - batch
        unit = 0.0 if self.phase.cached else per_batch / _RELATIVE[self.phase.name]
        later = sum(phase.epochs * _RELATIVE[phase.name] for phase in session.phases[position + 1 :]) * self.steps * unit
        checks = (session.epochs_planned() - session.epoch) * len(session.validation) / session.config.batch_size
        return left * per_batch + later + checks * unit
