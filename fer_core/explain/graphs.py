"""A network as a TensorFlow graph, kept as long as the network lives: it answers sooner than operation by operation.

TensorFlow is imported when a graph is made, not before. Graphs read the network's own weights: those that are set later count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fer_core.explain.contrast import calls

if TYPE_CHECKING:
    import keras

_graphs: WeakKeyDictionary[keras.Model, dict[str, Callable[..., Any]]] = WeakKeyDictionary()


def logits(model: keras.Model) -> Callable[[Any], Any]:
    """Return a graph from faces (N, S, S, C) float32, values 0 to 255, to logits (N, C) float32, as tensors."""
    return _kept(model, "logits", _logits)


def pixel_gradient(model: keras.Model) -> Callable[[Any, Any], Any]:
    """Return a graph that computes the gradient of weighted logits with respect to the pixels.

    It goes from faces (N, S, S, C) float32, values 0 to 255, and weights (C,) or (N, C) float32 to (N, S, S, C) float32.
    """
    return _kept(model, "pixel_gradient", _pixel_gradient)


def _kept(model: keras.Model, name: str, make: Callable[[keras.Model], Callable[..., Any]]) -> Callable[..., Any]:
    kept = _graphs.setdefault(model, {})
    if name not in kept:
        kept[name] = make(model)
    return kept[name]


def _logits(model: keras.Model) -> Callable[..., Any]:
    import tensorflow as tf

    network = calls(model)
    graph: Callable[..., Any] = tf.function(
        lambda faces: tf.cast(network(faces)[-1], tf.float32), input_signature=[_faces(model)]
    )
    return graph


def _pixel_gradient(model: keras.Model) -> Callable[..., Any]:
    import tensorflow as tf

    network = calls(model)

    def gradient(faces: Any, weights: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(faces)
            score = tf.reduce_sum(tf.cast(network(faces)[-1], tf.float32) * weights)
        return tape.gradient(score, faces)

    weights = tf.TensorSpec(None, tf.float32)
    graph: Callable[..., Any] = tf.function(gradient, input_signature=[_faces(model), weights])
    return graph


def _faces(model: keras.Model) -> Any:
    import tensorflow as tf

    return tf.TensorSpec(model.input_shape, tf.float32)
