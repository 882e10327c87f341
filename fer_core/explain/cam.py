"""Class activation maps: which layers can carry one, and the methods that compute one from gradients.

TensorFlow is imported when a method is called, not before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain.contrast import calls
from fer_core.models.saved_network import Network
from fer_core.photos.frame import with_channels

if TYPE_CHECKING:
    import keras

FINE_ENOUGH = 6
"""Least side of the feature maps of the layer that is chosen by default; 3x3 cells cannot tell an eye from a cheek."""

_ACTIVATIONS = ("ReLU", "LeakyReLU", "PReLU", "ELU", "Activation")


@dataclass(frozen=True)
class LayerChoice:
    """A layer whose output is feature maps, on which a class activation map can be computed.

    Attributes:
        name: the layer's name in the model.
        height: rows of its output.
        width: columns of its output.
        channels: channels of its output.
    """

    name: str
    height: int
    width: int
    channels: int


def layers(network: keras.Model | Network) -> list[LayerChoice]:
    """List the last activation layer of each spatial size, from coarse to fine.

    Outputs after the activation are used: before it, values that the network throws away would speak too. Sizes of 1x1 show
    no place and are left out.

    Args:
        network: a flat classifier as `models.classifier` builds it, in memory or as it was read from its file.
    """
    last: dict[tuple[int, int], LayerChoice] = {}
    for layer in _descriptions(network):
        if layer.shape is not None and layer.is_activation and max(layer.shape[:2]) > 1:
            last[layer.shape[:2]] = LayerChoice(layer.name, *layer.shape)
    return sorted(last.values(), key=lambda choice: choice.height * choice.width)


def default_layer(network: keras.Model | Network) -> str:
    """Name the layer nearest to the output whose feature maps are at least 6x6, or the finest there is when none is.

    Raises:
        InputError: the network has no layer with feature maps.
    """
    choices = layers(network)
    if not choices:
        raise InputError("This network has no layer with feature maps, so there is nothing to show; choose another run.")
    fine = [choice for choice in choices if min(choice.height, choice.width) >= FINE_ENOUGH]
    return fine[0].name if fine else choices[-1].name


def check_layer(network: keras.Model | Network, name: str) -> LayerChoice:
    """Look a layer up by its name; what comes before the first weights is the picture itself, and shows no evidence.

    Raises:
        InputError: there is none, or its output is not feature maps.
    """
    learned = itertools.dropwhile(lambda layer: not layer.learned, _descriptions(network))
    shape = next((layer.shape for layer in learned if layer.name == name), None)
    if shape is None or max(shape[:2]) <= 1:
        allowed = ", ".join(choice.name for choice in layers(network))
        raise InputError(f"The layer must be one with feature maps, such as {allowed}; got '{name}'.")
    return LayerChoice(name, *shape)


def gradcam(model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str) -> NDArray[np.float32]:
    """Compute Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391) on the logits, by tf-keras-vis.

    tf-keras-vis puts the graph's end together anew at each call; for MobileNet at 96x96 that was 4 of 82 ms, so it is not kept.

    Args:
        model: a flat classifier with one input (S, S, 1 or 3), values 0 to 255, and logits as its output.
        faces: (N, S, S) or (N, S, S, 3) uint8.
        weights: (N, C) weights of the logits, see `contrast.selection`.
        layer: name of the layer, see `layers`.

    Returns:
        (N, height, width) float32, as fine as the layer: the positive evidence for the target, 0 or more, not normalised.
    """
    from tf_keras_vis.gradcam import Gradcam

    return _by_keras_vis(Gradcam, model, faces, weights, layer)


def pooled_gradcam(
    activations: NDArray[np.float32], kernel: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Compute Grad-CAM on feature maps whose mean over their places, times a kernel, gives the logits: no gradient is needed.

    The gradient of a logit is then the kernel's column over the number of places, the same at each place, and Grad-CAM is what
    CAM was (Zhou et al. 2016, arXiv:1512.04150; Selvaraju et al. 2017, section 3.1).

    Args:
        activations: (N, K, height, width), output of the layer.
        kernel: (K, C) of the layer that answers.
        weights: (N, C) weights of the logits, see `contrast.selection`.

    Returns:
        As `gradcam`: (N, height, width) float32.
    """
    channels = weights @ kernel.T / np.prod(activations.shape[2:])
    return np.asarray(np.maximum(np.einsum("nkhw,nk->nhw", activations, channels, optimize=True), 0), np.float32)


def layercam(model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str) -> NDArray[np.float32]:
    """Compute Layer-CAM (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943) by tf-keras-vis: each place has a weight of its own.

    Arguments and answer are those of `gradcam`.
    """
    from tf_keras_vis.layercam import Layercam

    return _by_keras_vis(Layercam, model, faces, weights, layer)


def gradcam_plus_plus(
    model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str
) -> NDArray[np.float32]:
    """Compute Grad-CAM++ (Chattopadhay et al. 2018, arXiv:1710.11063), equations 10 and 19, on the exponential of the logit.

    tf-keras-vis divides by the sum of all alphas, those of negative gradients too, which can turn its sign over, and
    multiplies by the exponential, which overflows for large logits; it is the same factor everywhere and left out here.
    Arguments and answer are those of `gradcam`.
    """
    import tensorflow as tf

    network = calls(model, layer)
    batch = tf.constant(with_channels(faces).astype(np.float32))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(batch)
        activations, logits = network(batch)
        score = tf.reduce_sum(tf.cast(logits, tf.float32) * weights)
    slopes = np.maximum(np.asarray(tape.gradient(score, activations), np.float32), 0)
    values = np.asarray(activations, np.float32)
    # The paper's activations come from ReLU; below 0, as swish gives them, they would turn the sign of alpha.
    sums = np.maximum(values, 0).sum(axis=(1, 2), keepdims=True)
    channels = (slopes / (2 + sums * slopes)).sum(axis=(1, 2), keepdims=True)
    return np.maximum((values * channels).sum(axis=-1), 0)


def _by_keras_vis(
    method: Any, model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str
) -> NDArray[np.float32]:
    import tensorflow as tf

    # The outputs are logits, so that nothing has to be made linear and the model need not be cloned.
    evidence = method(model, clone=False)(
        lambda logits: tf.reduce_sum(tf.cast(logits, tf.float32) * weights, axis=1),
        with_channels(faces).astype(np.float32),
        penultimate_layer=layer,
        seek_penultimate_conv_layer=False,
        # Its own enlarging puts the outer cells' centres on the face's edge; `saliency.normalised` keeps cells in their place.
        expand_cam=False,
        normalize_cam=False,
    )
    return np.asarray(evidence, np.float32)


@dataclass(frozen=True)
class _Layer:
    """What of a layer decides whether maps are made on it.

    Its class, its activation (empty without one), whether it has weights, and the rows, columns and channels of its output, or
    None when that is not feature maps of one fixed size.
    """

    name: str
    kind: str
    activation: str
    learned: bool
    shape: tuple[int, int, int] | None

    @property
    def is_activation(self) -> bool:
        """Tell whether a layer applies a nonlinearity to feature maps: an activation layer, or a convolution with one inside."""
        if self.kind in _ACTIVATIONS:
            return self.activation not in ("sigmoid", "hard_sigmoid", "linear")
        return self.kind.startswith("Conv") and self.activation not in ("", "linear")


def _descriptions(network: keras.Model | Network) -> Iterator[_Layer]:
    """Describe the layers in the order of the graph."""
    if isinstance(network, Network):
        for entry in network.layers:
            config = entry["config"]
            name = config["name"]
            shape = _spatial_shape(network.output_shapes.get(name))
            yield _Layer(name, entry["class_name"], config.get("activation", ""), bool(network.weights.get(name)), shape)
        return
    for layer in network.layers:
        activation = getattr(getattr(layer, "activation", None), "__name__", "")
        shape = _spatial_shape(getattr(getattr(layer, "output", None), "shape", None))
        yield _Layer(layer.name, type(layer).__name__, activation, bool(layer.weights), shape)


def _spatial_shape(shape: Any) -> tuple[int, int, int] | None:
    if shape is None or len(shape) != 4 or None in shape[1:]:
        return None
    return int(shape[1]), int(shape[2]), int(shape[3])
