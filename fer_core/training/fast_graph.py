"""A copy of the network that trains faster and ends in the same weights; what is saved is always the plain one.

Keras composes batch normalisation of many small operations and runs a 1x1 convolution as a general one. The copy uses
TensorFlow's fused normalisation and plain matrix products, which processors do best; its inputs are faces that have been resized
already, of any side. `benchmarks/training_speed.py` measures both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from keras import Model

_WORTHWHILE = 1.4
"""How much faster a bfloat16 product must be before the copy uses it: casting costs time as well."""
_ROUNDS = 20


def training_copy(model: Model, *, half: bool) -> Model:
    """Build a network with the layers, names and weight order of `model`; input (N, side, side, 1 or 3), 0 to 255, any side.

    Args:
        model: a classifier from `classifier.build`, with `trainable` set as the phase wants it.
        half: True to multiply the matrices of 1x1 convolutions in bfloat16; weights, sums and gradients stay float32.
    """
    face = keras.Input((None, None, model.input_shape[-1]), name="face")
    copy = keras.models.clone_model(
        model,
        input_tensors=keras.tree.map_structure(lambda _: face, model.input),
        clone_function=lambda layer: _faster(layer, half=half),
    )
    copy.set_weights(model.get_weights())
    return copy


@lru_cache(maxsize=1)
def half_is_faster() -> bool:
    """True where this processor multiplies bfloat16 matrices enough faster than float32 ones; takes about half a second.

    Both are timed by turns, so that a processor which is busy for a moment slows both; the quickest of each counts.
    """
    single = tf.constant(np.random.default_rng(0).random((1024, 1024), dtype=np.float32))
    products = [_product(single), _product(tf.cast(single, tf.bfloat16))]
    rounds = [[_seconds(product) for product in products] for _ in range(_ROUNDS)]
    float32, bfloat16 = np.min(rounds, axis=0)
    return bool(float32 > _WORTHWHILE * bfloat16)


def _product(matrix: tf.Tensor) -> Callable[[], tf.Tensor]:
    product = tf.function(lambda: tf.reduce_sum(tf.cast((matrix @ matrix)[0], tf.float32)))
    product()
    return product


def _seconds(product: Callable[[], tf.Tensor]) -> float:
    start = time.perf_counter()
    float(product())
    return time.perf_counter() - start


def _faster(layer: keras.layers.Layer, *, half: bool) -> keras.layers.Layer:
    settings = layer.get_config()
    if layer.name == "resize":
        return keras.layers.Identity(name="resize")
    if isinstance(layer, keras.layers.BatchNormalization) and layer.axis in (-1, 3) and layer.scale and layer.center:
        return _FusedBatchNormalization.from_config(settings)
    if type(layer) is keras.layers.Conv2D and layer.kernel_size == (1, 1) and layer.strides == (1, 1) and layer.groups == 1:
        return _PointwiseConvolution.from_config(settings, half=half)
    return type(layer).from_config(settings)


class _FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation by one fused operation; same weights, same results."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (N, H, W, C): by the batch's statistics in training, by the moving ones else."""
        learn = bool(training) and self.trainable
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        kept = {} if learn else {"mean": self.moving_mean.value, "variance": self.moving_variance.value}
        output, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, gamma, beta, epsilon=self.epsilon, is_training=learn, **kept
        )
        if learn:
            # The fused operation gives the unbiased variance, Keras keeps the biased one.
            count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
            variance *= (count - 1.0) / count
            self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1.0 - self.momentum))
            self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1.0 - self.momentum))
        return output


class _PointwiseConvolution(keras.layers.Conv2D):
    """A 1x1 convolution as one matrix product."""

    half = False

    @classmethod
    def from_config(cls, config: dict[str, Any], *, half: bool = False) -> _PointwiseConvolution:
        """The layer of a Conv2D's config."""
        layer = cls(**config)
        layer.half = half
        return layer

    def call(self, inputs: Any) -> Any:
        """(N, H, W, C) to (N, H, W, filters)."""
        shape, channels = tf.shape(inputs), inputs.shape[-1]
        rows = tf.reshape(inputs, (-1, channels))
        kernel = tf.reshape(tf.convert_to_tensor(self.kernel), (channels, self.filters))
        inside = tf.bfloat16 if self.half else rows.dtype
        product = tf.cast(tf.cast(rows, inside) @ tf.cast(kernel, inside), rows.dtype)
        if self.use_bias:
            product = product + tf.convert_to_tensor(self.bias)
        output = tf.reshape(product, (shape[0], shape[1], shape[2], self.filters))
        return output if self.activation is None else self.activation(output)
