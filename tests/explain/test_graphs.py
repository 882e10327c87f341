"""Networks as graphs: the same numbers as operation by operation, of the weights as they are now, and gone with the network."""

import gc
import weakref

import numpy as np
import pytest

from fer_core.explain import graphs
from fer_core.explain.contrast import calls


@pytest.fixture
def network():
    from keras import Input, Model, layers, utils

    utils.set_random_seed(0)
    face = Input((48, 48, 1), name="face")
    x = layers.Conv2D(4, 3, strides=4, use_bias=False)(layers.Rescaling(1 / 255)(face))
    x = layers.GlobalAveragePooling2D()(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
    return Model(face, layers.Dense(3, name="logits")(x))


@pytest.fixture
def faces() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (5, 48, 48, 1)).astype(np.float32)


def step_by_step(network, faces: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and the gradient of their weighted sum, without a graph."""
    import tensorflow as tf

    batch = tf.constant(faces)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(batch)
        logits = calls(network)(batch)[-1]
        score = tf.reduce_sum(logits * weights)
    return np.asarray(logits), np.asarray(tape.gradient(score, batch))


@pytest.mark.parametrize("weights", [np.float32([1, 0, -1]), np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]])
def test_a_graph_computes_what_the_network_does(network, faces, weights: np.ndarray) -> None:
    logits, gradient = step_by_step(network, faces, weights)
    np.testing.assert_allclose(graphs.logits(network)(faces), logits, atol=1e-5)
    np.testing.assert_allclose(graphs.pixel_gradient(network)(faces, weights), gradient, atol=1e-6)
    np.testing.assert_allclose(
        graphs.pixel_gradient(network)(faces[:2], weights[:2] if weights.ndim == 2 else weights), gradient[:2], atol=1e-6
    )


def test_weights_that_are_set_later_count(network, faces) -> None:
    first = np.asarray(graphs.logits(network)(faces))
    network.get_layer("logits").set_weights([np.zeros((4, 3)), np.arange(3)])
    assert graphs.logits(network) is graphs.logits(network)
    np.testing.assert_allclose(graphs.logits(network)(faces), np.tile(np.arange(3), (5, 1)))
    assert not np.allclose(first, np.arange(3))


def test_a_graph_goes_with_its_network(faces) -> None:
    from keras import Input, Model, layers

    face = Input((48, 48, 1))
    model = Model(face, layers.Dense(2)(layers.Flatten()(face)))
    graphs.logits(model)(faces)
    graphs.pixel_gradient(model)(faces, np.float32([1, 0]))
    gone = weakref.ref(model)
    del model, face
    gc.collect()
    assert gone() is None
