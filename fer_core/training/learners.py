"""What a phase trains, and on which batches: the whole network on faces, or its head alone on features that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.chosen_faces import ChosenFaces
from fer_core.models.inference import model_forward
from fer_core.runs.config import Augmentation
from fer_core.training import fast_graph, pipeline

if TYPE_CHECKING:
    import tensorflow as tf

_AT_ONCE = 256
"""Faces or features that are answered in one pass."""


@dataclass(frozen=True)
class Examples:
    """What a phase learns, whatever its inputs are.

    Attributes:
        targets: (N, C) float32, rows of sum 1.
        weights: (N,) float32, weight of each face in the loss.
        batch_size: faces in a batch.
        seed: order and augmentation follow from it.
    """

    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    batch_size: int
    seed: int


class Learner(Protocol):
    """What the trainer trains in one phase.

    Attributes:
        network: has logits as its output, and its own copy of the weights.
    """

    network: keras.Model

    def batches(self, side: int, first_epoch: int) -> tf.data.Dataset:
        """Batches without end of (inputs, targets, weights), from an epoch of the phase on; faces have `side` pixels a side."""
        ...

    def validate(self, weights: list[NDArray[Any]]) -> NDArray[np.float32]:
        """Logits (N, C) of the validation faces with these weights, which the run's model takes over."""
        ...


class WholeNetwork:
    """All layers, as a copy that trains faster; which of them learn says the model's `trainable`.

    Args:
        model: the run's model.
        examples: what is learned.
        faces: training faces, in the frame of the model.
        checked: validation faces, likewise.
        augmentation: random changes of the training faces, or None.
        half: True for bfloat16 products.
    """

    def __init__(
        self,
        model: keras.Model,
        examples: Examples,
        *,
        faces: ChosenFaces,
        checked: ChosenFaces,
        augmentation: Augmentation | None,
        half: bool,
    ) -> None:
        self.network = fast_graph.training_copy(model, half=half)
        self._model, self._examples, self._faces, self._checked = model, examples, faces, checked
        self._augmentation = augmentation

    def batches(self, side: int, first_epoch: int) -> tf.data.Dataset:
        """Augmented faces, resized to `side`."""
        examples = self._examples
        return pipeline.batches(
            self._faces,
            examples.targets,
            examples.weights,
            batch_size=examples.batch_size,
            augmentation=self._augmentation,
            seed=examples.seed,
            side=side,
            first_epoch=first_epoch,
        )

    def validate(self, weights: list[NDArray[Any]]) -> NDArray[np.float32]:
        """Logits of the validation faces, by ONNX Runtime."""
        self._model.set_weights(weights)
        return _in_parts(model_forward(self._model), self._checked)


class CachedHead:
    """Dropout and the dense layer alone, on features of the frozen backbone.

    Args:
        model: the run's model.
        examples: what is learned.
        features: (N, F) float32 of the training faces.
        checked: (M, F) float32 of the validation faces.
    """

    def __init__(
        self, model: keras.Model, examples: Examples, *, features: NDArray[np.float32], checked: NDArray[np.float32]
    ) -> None:
        inputs = keras.Input(features.shape[1:])
        self._head = keras.Model(inputs, model.get_layer("logits")(model.get_layer("dropout")(inputs)))
        self.network = keras.models.clone_model(self._head)
        self.network.set_weights(self._head.get_weights())
        self._examples, self._features, self._checked = examples, features, checked

    def batches(self, side: int, first_epoch: int) -> tf.data.Dataset:
        """Features in the order in which the faces would come; `side` says nothing here."""
        examples = self._examples
        return pipeline.rows(
            self._features,
            examples.targets,
            examples.weights,
            batch_size=examples.batch_size,
            seed=examples.seed,
            first_epoch=first_epoch,
        )

    def validate(self, weights: list[NDArray[Any]]) -> NDArray[np.float32]:
        """Logits of the validation faces from their features."""
        self._head.set_weights(weights)
        return _in_parts(self._head.predict_on_batch, self._checked)


def _in_parts(predict: Any, inputs: NDArray[Any] | ChosenFaces) -> NDArray[np.float32]:
    return np.concatenate([np.asarray(predict(inputs[start : start + _AT_ONCE])) for start in range(0, len(inputs), _AT_ONCE)])
