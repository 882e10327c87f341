"""Training steps to be timed: ours, Keras's own, and ours on batches from the input pipeline."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core.labels import FIVE
from fer_core.photos.frame import FER, Frame, with_channels
from fer_core.runs.config import RunConfig, phases

PHASES = ("head:cached", "forward", "head", "partial", "full")

Work = Callable[[int], None]
"""Does so many steps, and returns when they are done."""


@dataclass(frozen=True)
class Step:
    """One kind of step, done in several ways.

    Attributes:
        ours: the training loop's, on one batch that stays the same.
        keras: what `model.fit` or `predict_on_batch` would do with that batch.
        fed: ours on batches from the pipeline; None where nothing is trained.
        stream: those batches, without end.
        operations: floating-point operations for one face, two to a multiply-add.
    """

    ours: Work
    keras: Work
    fed: Work | None
    stream: Iterator[Any] | None
    operations: int


def prepare(config: RunConfig, phase: str, batch: int, frame: Frame = FER) -> Step:
    """The step of one of `PHASES`; the networks are built here, and compiled when a work is done for the first time.

    Args:
        config: resolution, precision, and epochs above 0 in the phase; random faces take the place of the data set.
        phase: one of `PHASES`.
        batch: faces a step.
        frame: of the faces, for the phases that train the network.
    """
    if phase == "forward":
        return _forward(config, batch)
    return _cached_head(config, batch) if phase == "head:cached" else _whole_network(config, phase, batch, frame)


def multiply_adds(model: Any) -> dict[str, int]:
    """{layer: multiply-adds for one face} of the convolutions and dense layers of a Keras model with fixed sizes."""
    found = {}
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            found[layer.name] = math.prod(layer.output.shape[1:-1]) * math.prod(kernel.shape)
    return found


def operations_a_face(model: Any, *, trained: bool) -> int:
    """Floating-point operations for one face: forward, and with `trained` backward through the layers that are trained."""
    trainable = {layer.name for layer in model.layers if layer.trainable}
    return sum(2 * count * (3 if trained and name in trainable else 1) for name, count in multiply_adds(model).items())


def _network(config: RunConfig, frame: Frame = FER) -> Any:
    from fer_core.models import classifier
    from fer_core.models.weights import require_weights

    return classifier.build(config, FIVE, weights=require_weights(config).path, frame=frame)


def _forward(config: RunConfig, batch: int) -> Step:
    """Answers: the pass that answers photos and computes features, beside `predict_on_batch`."""
    from fer_core.models.inference import model_forward

    model = _network(config)
    ask, faces = model_forward(model), np.random.default_rng(0).integers(0, 256, (batch, 48, 48), dtype=np.uint8)

    def ours(steps: int) -> None:
        for _ in range(steps):
            ask(faces)

    def plain(steps: int) -> None:
        for _ in range(steps):
            model.predict_on_batch(faces[..., None])

    return Step(ours, plain, None, None, operations_a_face(model, trained=False))


def _whole_network(config: RunConfig, name: str, batch: int, frame: Frame) -> Step:
    """Training steps through the whole network."""
    from fer_core.backbones import BACKBONES
    from fer_core.models import classifier
    from fer_core.training import fast_graph, pipeline, recipe
    from fer_core.training.trainer import Trainer

    phase = next(phase for phase in phases(config) if phase.name == name)
    learners = []
    for _ in range(2):
        model = _network(config, frame)
        classifier.set_trainable(model, BACKBONES[config.backbone], first_block=phase.first_block, batch_norm=config.batch_norm)
        learners.append(model)
    half = config.precision == "bfloat16" or (config.precision == "auto" and fast_graph.half_is_faster())
    images, targets, weights = _random_faces(16 * batch, frame)
    stream = iter(
        pipeline.batches(
            images, targets, weights, batch_size=batch, augmentation=config.augmentation, seed=0, side=config.resolution
        )
    )
    trainer = Trainer(fast_graph.training_copy(learners[0], half=half), recipe.optimizer(config, phase, 600), ema=config.ema)
    small = (with_channels(images[:batch]).astype(np.float32), targets[:batch], weights[:batch])
    plain = _keras_steps(learners[1], recipe.optimizer(config, phase, 600), small)
    operations = operations_a_face(learners[0], trained=True)
    return Step(_same(trainer, next(stream)), plain, _streamed(trainer, stream), stream, operations)


def _cached_head(config: RunConfig, batch: int) -> Step:
    """Training steps of the head alone on features."""
    import keras

    from fer_core.backbones import BACKBONES
    from fer_core.training import pipeline, recipe
    from fer_core.training.trainer import Trainer

    def head() -> Any:
        inputs = keras.Input((BACKBONES[config.backbone].features,))
        return keras.Model(inputs, keras.layers.Dense(len(FIVE))(keras.layers.Dropout(config.dropout)(inputs)))

    phase = phases(config)[0]
    _, targets, weights = _random_faces(16 * batch)
    rows = np.random.default_rng(0).random((16 * batch, BACKBONES[config.backbone].features), dtype=np.float32)
    stream = iter(pipeline.rows(rows, targets, weights, batch_size=batch, seed=0))
    model = head()
    trainer = Trainer(model, recipe.optimizer(config, phase, 600), ema=config.ema)
    plain = _keras_steps(head(), recipe.optimizer(config, phase, 600), (rows[:batch], targets[:batch], weights[:batch]))
    return Step(_same(trainer, next(stream)), plain, _streamed(trainer, stream), stream, operations_a_face(model, trained=True))


def _random_faces(count: int, frame: Frame = FER) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    targets = np.eye(len(FIVE), dtype=np.float32)[draw.integers(0, len(FIVE), count)]
    return draw.integers(0, 256, (count, *frame.shape), dtype=np.uint8), targets, np.ones(count, np.float32)


def _same(trainer: Any, batch: Any) -> Work:
    def work(steps: int) -> None:
        trainer.epoch(itertools.repeat(batch, steps), lambda _: False)

    return work


def _streamed(trainer: Any, stream: Iterator[Any]) -> Work:
    def work(steps: int) -> None:
        trainer.epoch(itertools.islice(stream, steps), lambda _: False)

    return work


def _keras_steps(model: Any, optimizer: Any, batch: Any) -> Work:
    """The compiled function that `model.fit` calls for every step, without the work of its callbacks."""
    import keras
    import tensorflow as tf

    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, weighted_metrics=["accuracy"])
    model.make_train_function()
    stream = iter(tf.data.Dataset.from_tensors(batch).repeat())

    def work(steps: int) -> None:
        logs: dict[str, Any] = {}
        for _ in range(steps):
            logs = model.train_function(stream)
        float(logs["loss"])

    return work
