"""The network: raw face in, logits out, as one flat Keras graph.

Input `face` is (S, S, 1) or (S, S, 3), as the run's frame says, with values 0 to 255. Resizing, grey to RGB and the backbone's
normalisation are layers of the graph, so that a saved model needs nothing beside it. TensorFlow is imported when a function is
called, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.backbones import BACKBONES, Backbone
from fer_core.errors import RunError, WeightsError
from fer_core.models import saved_network, torch_file
from fer_core.models.saved_network import DAMAGED, require_input
from fer_core.photos.frame import FER, SMALLEST, Frame
from fer_core.runs.config import RunConfig

if TYPE_CHECKING:
    import keras

_NORMALISATIONS: dict[str, tuple[float, Any]] = {
    "signed": (1 / 127.5, -1.0),
    "caffe": (1.0, [-103.939, -116.779, -123.68]),
    "lite": (1 / 128, -127 / 128),
}
"""{normalisation: scale and offset}; `caffe` subtracts the blue, green and red means of ImageNet, as Keras does
(keras.applications.imagenet_utils)."""

_MOMENTUM = 0.9
"""Share of batch normalisation's moving statistics that a step keeps, as in PyTorch. With Keras's 0.99 they lag a hundred steps
behind the weights, which a short training never makes up for."""

OWN_LAYERS = ("face", "resize", "rgb", "normalise", "pool", "dropout", "logits")


def input_frame(config: RunConfig, stored: Frame) -> Frame:
    """Choose the frame of a run's faces: that of its data set, but no finer than the network sees them.

    Faces that are finer than `resolution` are averaged over areas once, which costs less than every pass, and skips no pixel.

    Args:
        config: its resolution is used.
        stored: frame of the data set.
    """
    return Frame(max(SMALLEST, min(stored.size, config.resolution)), stored.colour)


def build(config: RunConfig, classes: tuple[str, ...], *, weights: Path | None, frame: Frame = FER) -> keras.Model:
    """Build the untrained classifier: pretrained backbone, global average pooling, dropout, one logit per class.

    Args:
        config: backbone, resolution, fine_map and dropout are used.
        classes: class names; only their number matters to the graph.
        weights: file with the backbone's weights without top, or with a run's network, or None for random ones.
        frame: of the faces that it is asked about, see `input_frame`.

    Returns:
        Model from (N, S, S, 1) or (N, S, S, 3) values 0..255 to (N, len(classes)) logits.

    Raises:
        WeightsError: the file does not fit the backbone.
    """
    from keras import Input, Model, layers

    backbone = BACKBONES[config.backbone]
    side = config.resolution
    is_grey = frame.colour == "grey"
    face = Input((frame.size, frame.size, frame.channels), name="face")
    x = layers.Resizing(side, side, interpolation="bilinear", name="resize")(face)
    if is_grey:
        x = layers.Concatenate(name="rgb")([x, x, x])
    if backbone.normalisation != "none":
        scale, offset = _NORMALISATIONS[backbone.normalisation]
        offset = offset[::-1] if isinstance(offset, list) and not is_grey else offset
        x = layers.Rescaling(scale, offset=offset, name="normalise")(x)
    body = backbone.build(input_tensor=x)
    if weights is not None:
        body.set_weights(_imagenet(backbone, side, weights, is_grey=is_grey))
    if config.fine_map and backbone.last_stride is not None:
        body = _without_stride(body, *backbone.last_stride)
    x = layers.GlobalAveragePooling2D(name="pool")(body.output)
    x = layers.Dropout(config.dropout, name="dropout", seed=config.seed)(x)
    logits = layers.Dense(len(classes), name="logits")(x)
    model = Model(body.input, logits, name=f"{backbone.name}_{side}")
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    return model


def load(path: Path) -> keras.Model:
    """Load a saved classifier, ready to predict.

    Raises:
        RunError: the file is missing, damaged, or not a face classifier.
    """
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except DAMAGED as error:
        raise RunError(f"The model file {path.name} cannot be read; train the run again or choose another one.") from error
    require_input(tuple(model.input_shape[1:]), path)
    return model


def layer_blocks(model: keras.Model, backbone: Backbone) -> dict[str, str]:
    """Map the name of each backbone layer to that of its block, in the order of the graph."""
    starts = {block.first_layer: block.name for block in backbone.table}
    blocks: dict[str, str] = {}
    current = backbone.blocks[0]
    for layer in model.layers:
        if layer.name in OWN_LAYERS:
            continue
        current = starts.get(layer.name, current)
        blocks[layer.name] = current
    return blocks


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
    """Cut a classifier off after the pooled features: (N, S, S, 1 or 3) -> (N, channels of the last feature maps)."""
    from keras import Model

    return Model(model.input, model.get_layer("pool").output, name="features")


def _imagenet(backbone: Backbone, side: int, path: Path, *, is_grey: bool) -> list[Any]:
    plain = backbone.build(input_shape=(side, side, 3))
    try:
        if path.suffix == ".pth":
            torch_file.fill(plain, path)
        elif path.suffix == ".keras":
            trained = saved_network.read(path).weights
            for layer in plain.layers:
                layer.set_weights([trained[layer.name][weight.name] for weight in layer.weights])
        else:
            plain.load_weights(path)
    except (*DAMAGED, RunError) as error:
        raise WeightsError(f"The file {path.name} does not hold the weights of {backbone.title} without its top.") from error
    values = list(plain.get_weights())
    if backbone.normalisation == "caffe" and not is_grey:
        # These weights expect blue, green, red, and faces have red first.
        values[0] = values[0][:, :, ::-1]
    return values


def _without_stride(body: keras.Model, padding: str, convolution: str) -> keras.Model:
    """Copy a network with one stride 2 removed and its weights kept; that convolution pads itself instead."""
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
