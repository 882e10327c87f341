"""What a MobileNet makes of one face on the way up: the strongest channels at every stage, the pooled features, the logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.backbones import BACKBONES
from fer_core.errors import RunError
from fer_core.models.inference import inside_forward
from fer_core.models.saved_network import Network
from fer_core.photos.frame import converted

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


@dataclass(frozen=True)
class Journey:
    """One face's way through the network, from the picture to the answer.

    Attributes:
        face: as the network takes it, (S, S) or (S, S, 3) uint8.
        stages: the stem and the 13 blocks, from the input up.
        pooled: (channels,) float32, each channel's mean over the places of the last map.
        logits: (C,) float32, of the face alone: what a run answers may average the mirrored face as well.
    """

    face: NDArray[np.uint8]
    stages: tuple[StageMaps, ...]
    pooled: NDArray[np.float32]
    logits: NDArray[np.float32]


def journey(network: Network, *, count: int = 8) -> Callable[[NDArray[np.uint8]], Journey]:
    """Return a function that takes a face, uint8 of any size and colour, through a network and tells what each stage makes of it.

    Args:
        network: a classifier with a MobileNet inside.
        count: how many channels of each stage, the strongest.

    Raises:
        RunError: the network is no MobileNet.
        InputError: by the function: the face has another shape or dtype.
    """
    names = ["conv1_relu", *(f"conv_{part}_{n}_relu" for n in range(1, len(STAGES)) for part in ("dw", "pw"))]
    if not set(names) <= set(network.output_shapes):
        raise RunError("This run's network is not a MobileNet, so its stages are others; choose another run.")
    forward = inside_forward(network, names)

    def travel(face: NDArray[np.uint8]) -> Journey:
        seen = np.asarray(converted(face[None], network.frame))
        *inner, logits = forward(seen)
        outputs = {name: values[0].transpose(1, 2, 0) for name, values in zip(names, inner, strict=True)}
        stages = tuple(_stage(network, outputs, number, count) for number in range(len(STAGES)))
        return Journey(seen[0], stages, outputs[names[-1]].mean(axis=(0, 1)), logits[0])

    return travel


def _stage(network: Network, outputs: dict[str, NDArray[np.float32]], number: int, count: int) -> StageMaps:
    after = outputs["conv1_relu" if not number else f"conv_pw_{number}_relu"]
    channels, maps = strongest(after, count)
    picked, middle, kernels = None, None, None
    if number:
        picked, middle = strongest(outputs[f"conv_dw_{number}_relu"], count)
        kernels = network.weights[f"conv_dw_{number}"]["kernel"][:, :, picked, 0].transpose(2, 0, 1)
    silent = float((after.max(axis=(0, 1)) <= 0).mean())
    return StageMaps(STAGES[number], channels, maps, kernels, middle, picked, after.shape[2], silent)


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
