"""The training loop of one phase: compiled steps over the fast copy, with averaged weights, and a state that can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

if TYPE_CHECKING:
    from keras import Model
    from keras.optimizers import Optimizer

State = list[NDArray[Any]]


class Trainer:
    """Trains a network whose outputs are logits.

    Args:
        model: what is trained; its `trainable` flags are final.
        optimizer: a fresh optimizer.
        ema: share of the running average that each step keeps, 0 to below 1; 0 averages nothing. Early steps keep less,
            (1 + step) / (10 + step), so that the average does not remember the start.
        logit_bias: (C,) added to the logits in the loss alone (Menon et al. 2021, "Long-tail learning via logit adjustment").
    """

    def __init__(
        self, model: Model, optimizer: Optimizer, *, ema: float = 0.0, logit_bias: NDArray[np.float32] | None = None
    ) -> None:
        self.model, self.optimizer, self.ema = model, optimizer, ema
        optimizer.build(model.trainable_variables)
        classes = int(model.output_shape[-1])
        self._bias = tf.constant(np.zeros(classes, np.float32) if logit_bias is None else logit_bias)
        self._average = [tf.Variable(value) for value in model.get_weights()] if ema else []
        self._sums = tf.Variable(np.zeros(3, np.float32))
        weights = {id(variable) for variable in model.weights}
        self._seeds = [variable for variable in model.variables if id(variable) not in weights]
        self._graph = tf.function(self._step, reduce_retracing=False)

    def epoch(self, batches: Iterable[Any], after: Callable[[int], bool]) -> tuple[float, float]:
        """Train on batches of (faces, targets (B, C), weights (B,)) until they end or `after` says so.

        Args:
            batches: one epoch.
            after: called after each batch with its number from 1; may call `progress`; True ends the epoch.

        Returns:
            Mean loss and accuracy over the epoch, NaN without a batch.
        """
        self._sums.assign(tf.zeros(3))
        for number, (faces, targets, weights) in enumerate(batches, start=1):
            self._graph(faces, targets, weights)
            if after(number):
                break
        return self.progress()

    def progress(self) -> tuple[float, float]:
        """Mean loss, and accuracy 0 to 1, over the epoch so far; waits for the batches that are under way."""
        loss, correct, weight = (float(value) for value in self._sums.numpy())
        return (loss / weight, correct / weight) if weight else (float("nan"), float("nan"))

    def weights(self) -> State:
        """Weights to judge and keep, in the model's order: the averaged ones, or the current ones without an average."""
        return [value.numpy() for value in self._average] if self._average else self.model.get_weights()

    def state(self) -> dict[str, State]:
        """All that the next step depends on: current and averaged weights, the optimizer's variables, the dropout's seeds."""
        return {
            "weights": self.model.get_weights(),
            "average": [value.numpy() for value in self._average],
            "optimizer": [np.asarray(value) for value in self.optimizer.variables],
            "seeds": [np.asarray(value) for value in self._seeds],
        }

    def restore(self, state: dict[str, State]) -> None:
        """Go on from a `state()`."""
        self.model.set_weights(state["weights"])
        for variable, value in zip(self._average, state["average"], strict=True):
            variable.assign(value)
        own = zip((*self.optimizer.variables, *self._seeds), (*state["optimizer"], *state["seeds"]), strict=True)
        for variable, value in own:
            variable.assign(value)

    def _step(self, faces: Any, targets: Any, weights: Any) -> None:
        with tf.GradientTape() as tape:
            logits = tf.cast(self.model(faces, training=True), tf.float32)
            losses = tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits + self._bias)
            loss = tf.reduce_mean(losses * weights)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        right = tf.cast(tf.argmax(logits, axis=1) == tf.argmax(targets, axis=1), tf.float32)
        self._sums.assign_add(tf.stack([tf.reduce_sum(losses * weights), tf.reduce_sum(right * weights), tf.reduce_sum(weights)]))
        if self._average:
            step = tf.cast(self.optimizer.iterations.value, tf.float32)
            keep = tf.minimum(self.ema, (1.0 + step) / (10.0 + step))
            for average, variable in zip(self._average, self.model.weights, strict=True):
                average.assign_add((1.0 - keep) * (tf.convert_to_tensor(variable) - average))
