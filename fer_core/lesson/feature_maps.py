"""What a MobileNet makes of one face on the way up: the strongest channels at every stage. TensorFlow is imported when called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.backbones import BACKBONES
from fer_core.errors import InputError, RunError
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import keras

CEILING = 6.0
"""ReLU6 lets values from 0 to 6 through."""

STAGES = BACKBONES["mobilenet"].blocks


@dataclass(frozen=True)
class StageMaps:
    """Maps of one stage of the network.

    Attributes:
        stage: `stem` or `block_1` to `block_13`.
        channels: (k,) which channels, the strongest first (see `strongest`).
        maps: (k, rows, columns) float32 after the stage's last ReLU6, 0 to 6.
        filters: (k, 3, 3) float32, depthwise kernels of the channels in `depthwise`; None for the stem, which has none.
        depthwise: (k, rows, columns) float32 of the channels that are strongest after the depthwise convolution; or None.
        depthwise_channels: (k,) which channels these are; or None.
        total: channels of the stage.
        silent: share of the stage's channels that are 0 at every place, 0 to 1.
    """

    stage: str
    channels: NDArray[np.int64]
    maps: NDArray[np.float32]
    filters: NDArray[np.float32] | None
    depthwise: NDArray[np.float32] | None
    depthwise_channels: NDArray[np.int64] | None
    total: int
    silent: float


def imagenet_network(size: int, *, last_stride: bool) -> keras.Model:
    """MobileNet as ImageNet left it, from a raw face up, before any training on faces.

    Args:
        size: pixels a side that the network sees, 32 to 224.
        last_stride: block 12 halves the map.

    Raises:
        WeightsError: the ImageNet weights are not on this machine.
    """
    from fer_core.labels import FIVE
    from fer_core.models import classifier
    from fer_core.models.weights import require_weights
    from fer_core.runs.config import preset_config

    config = preset_config("lesson", backbone="mobilenet", resolution=size, fine_map=not last_stride)
    return classifier.build(config, FIVE, weights=require_weights(config).path)


def feature_maps(model: keras.Model, face: NDArray[np.uint8], *, count: int = 8) -> list[StageMaps]:
    """The strongest channels of each stage for one face, from the input up.

    Args:
        model: a flat classifier with a MobileNet inside, as `classifier.build` makes it.
        face: (48, 48) uint8.
        count: how many channels of each stage.

    Raises:
        InputError: the face has another shape or dtype.
        RunError: the network is no MobileNet.
    """
    if face.shape != (FACE_SIZE, FACE_SIZE) or face.dtype != np.uint8:
        raise InputError(f"A face must be ({FACE_SIZE}, {FACE_SIZE}) uint8; got {face.shape} {face.dtype}.")
    import keras

    names = ["conv1_relu", *(f"conv_{part}_{n}_relu" for n in range(1, len(STAGES)) for part in ("dw", "pw"))]
    if not set(names) <= {layer.name for layer in model.layers}:
        raise RunError(
            "This run's network is not a MobileNet, so its stages are others; choose the ImageNet network or another run."
        )
    inside = keras.Model(model.input, [model.get_layer(name).output for name in names])
    # Without a word about training, Keras 3.15 takes the resizing layer's default for all layers: batch statistics of one face.
    seen = inside(face[None, ..., None].astype(np.float32), training=False)
    outputs = {name: np.asarray(value)[0] for name, value in zip(names, seen, strict=True)}
    made = []
    for number, stage in enumerate(STAGES):
        after = outputs["conv1_relu" if not number else f"conv_pw_{number}_relu"]
        channels, maps = strongest(after, count)
        picked, middle, kernels = None, None, None
        if number:
            picked, middle = strongest(outputs[f"conv_dw_{number}_relu"], count)
            weights = np.asarray(model.get_layer(f"conv_dw_{number}").weights[0])
            kernels = weights[:, :, picked, 0].transpose(2, 0, 1)
        silent = float((after.max(axis=(0, 1)) <= 0).mean())
        made.append(StageMaps(stage, channels, maps, kernels, middle, picked, after.shape[2], silent))
    return made


def strongest(output: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The channels that differ most from place to place (standard deviation); on a map of one place, the largest.

    Args:
        output: (rows, columns, channels).
        count: how many.

    Returns:
        (k,) indices, the strongest first, and (k, rows, columns) of these channels.
    """
    places = output.reshape(-1, output.shape[2])
    strength = places.std(axis=0) if len(places) > 1 else places[0]
    channels = np.argsort(-strength, kind="stable")[:count]
    return channels, np.ascontiguousarray(output[:, :, channels].transpose(2, 0, 1))
