"""The network: raw face in, logits out, as one flat Keras graph.

Input `face` is (48, 48, 1) with values 0 to 255. Resizing, grey to RGB and the backbone's normalisation are layers of the
graph, so that a saved model needs nothing beside it. TensorFlow is imported when a function is called, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.backbones import BACKBONES, Backbone
from fer_core.errors import RunError, WeightsError
from fer_core.runs.config import RunConfig
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

_CAFFE_MEANS_BGR = (103.939, 116.779, 123.68)
"""ImageNet channel means that Keras's `caffe` preprocessing subtracts (keras.applications.imagenet_utils)."""

OWN_LAYERS = ("face", "resize", "rgb", "normalise", "pool", "dropout", "logits")


def build(config: RunConfig, classes: tuple[str, ...], *, weights: Path | None) -> keras.Model:
    """The untrained classifier: pretrained backbone, global average pooling, dropout, one logit a class.

    Args:
        config: backbone, resolution, fine_map and dropout are used.
        classes: class names; only their number matters to the graph.
        weights: file with the backbone's weights without top, or None for random ones.

    Returns:
        Model from (N, 48, 48, 1) values 0..255 to (N, len(classes)) logits.

    Raises:
        WeightsError: the file does not fit the backbone.
    """
    from keras import Input, Model, layers

    backbone = BACKBONES[config.backbone]
    side = config.resolution
    face = Input((FACE_SIZE, FACE_SIZE, 1), name="face")
    x = layers.Resizing(side, side, interpolation="bilinear", name="resize")(face)
    x = layers.Concatenate(name="rgb")([x, x, x])
    if backbone.normalisation == "signed":
        x = layers.Rescaling(1 / 127.5, offset=-1.0, name="normalise")(x)
    elif backbone.normalisation == "caffe":
        x = layers.Rescaling(1.0, offset=[-mean for mean in _CAFFE_MEANS_BGR], name="normalise")(x)
    body = _constructor(backbone)(include_top=False, weights=None, input_tensor=x)
    if weights is not None:
        body.set_weights(_imagenet(backbone, side, weights))
    if config.fine_map and backbone.last_stride is not None:
        body = _without_stride(body, *backbone.last_stride)
    x = layers.GlobalAveragePooling2D(name="pool")(body.output)
    x = layers.Dropout(config.dropout, name="dropout", seed=config.seed)(x)
    logits = layers.Dense(len(classes), name="logits")(x)
    return Model(body.input, logits, name=f"{backbone.name}_{side}")


def load(path: Path) -> keras.Model:
    """A saved classifier, ready to predict.

    Raises:
        RunError: the file is missing, damaged, or not a face classifier.
    """
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"The model file {path.name} cannot be read; train the run again or choose another one.") from error
    if tuple(model.input_shape[1:]) != (FACE_SIZE, FACE_SIZE, 1):
        raise RunError(f"{path.name} expects inputs of shape {model.input_shape[1:]}, not faces of {FACE_SIZE}x{FACE_SIZE}x1.")
    return model


def layer_blocks(model: keras.Model, backbone: Backbone) -> dict[str, str]:
    """{layer name: block name} of all backbone layers, in the order of the graph."""
    starts = {first: block for block, first in backbone.first_layers.items()}
    found: dict[str, str] = {}
    current = next(iter(backbone.first_layers))
    for layer in model.layers:
        if layer.name in OWN_LAYERS:
            continue
        current = starts.get(layer.name, current)
        found[layer.name] = current
    return found


def set_trainable(model: keras.Model, backbone: Backbone, *, first_block: str | None, batch_norm: str) -> None:
    """Freeze the backbone below `first_block` (all of it for None); the head is always trained.

    Args:
        model: a classifier made by `build`.
        backbone: its backbone.
        first_block: first block whose layers are trained, or None.
        batch_norm: `frozen` keeps batch normalisation in inference mode in trained blocks too; `adapt` trains it.
    """
    from keras.layers import BatchNormalization

    order = backbone.blocks
    reached = len(order) if first_block is None else order.index(first_block)
    blocks = layer_blocks(model, backbone)
    for layer in model.layers:
        if layer.name in OWN_LAYERS:
            layer.trainable = True
            continue
        above = order.index(blocks[layer.name]) >= reached
        layer.trainable = above and not (batch_norm == "frozen" and isinstance(layer, BatchNormalization))


def feature_extractor(model: keras.Model) -> keras.Model:
    """The same graph up to the pooled features: (N, 48, 48, 1) -> (N, channels of the last map)."""
    from keras import Model

    return Model(model.input, model.get_layer("pool").output, name="features")


def _constructor(backbone: Backbone) -> Any:
    import keras

    return getattr(keras.applications, backbone.constructor)


def _imagenet(backbone: Backbone, side: int, path: Path) -> list[Any]:
    plain = _constructor(backbone)(include_top=False, weights=None, input_shape=(side, side, 3))
    try:
        plain.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"The file {path.name} does not hold the weights of {backbone.title} without its top.") from error
    return list(plain.get_weights())


def _without_stride(body: keras.Model, padding: str, convolution: str) -> keras.Model:
    """The same network and weights with one stride 2 removed; that convolution pads itself instead."""
    from keras import Model

    config = body.get_config()
    for layer in config["layers"]:
        if layer["config"]["name"] == padding:
            layer["config"]["padding"] = ((0, 0), (0, 0))
        if layer["config"]["name"] == convolution:
            layer["config"].update(strides=(1, 1), padding="same")
    changed = Model.from_config(config)
    changed.set_weights(body.get_weights())
    return changed
