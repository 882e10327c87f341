"""MobileNet v1 layer by layer, for any input size and width: shapes, parameters and multiply-adds, without TensorFlow.

The plan is Table 1 of Howard et al. 2017 (arXiv:1704.04861), padded and rounded as `keras.applications.MobileNet` does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fer_core.errors import InputError

Kind = Literal["convolution", "depthwise", "pointwise", "normalisation", "relu6", "pooling", "dense"]
Shape = tuple[int, int, int]

ALPHAS = (0.25, 0.5, 0.75, 1.0)
"""Width multipliers for which ImageNet weights were published."""
SMALLEST, LARGEST = 32, 224
"""Sides of the input in pixels."""
KERNEL = 3
"""Side of every convolution kernel that looks at more than one place."""

_STEM = 32
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""(channels at alpha 1, stride) of blocks 1 to 13."""
_LAST_STRIDE = 12


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: Keras's name of it.
        kind: what it does.
        shape: (rows, columns, channels) of its output.
        parameters: all of them; of a batch normalisation's four per channel, gradients train two.
        macs: multiply-adds for one picture, of convolutions and the dense layer; batch normalisation is folded into the
            convolution before it when a network is deployed, and counts 0, as do ReLU6 and pooling.
    """

    name: str
    kind: Kind
    shape: Shape
    parameters: int = 0
    macs: int = 0


@dataclass(frozen=True)
class Stage:
    """The stem, one of the blocks, the pooling or the head.

    Attributes:
        name: `stem`, `block_1` to `block_13` (as in `backbones`), `pool` or `head`.
        stride: step of its convolution over the feature maps; 1 where there is none.
        before: shape of what comes in.
        layers: in the order of computation.
    """

    name: str
    stride: int
    before: Shape
    layers: tuple[Layer, ...]

    @property
    def title(self) -> str:
        """Name for a page."""
        return {"pool": "Pooling"}.get(self.name, self.name.replace("_", " ").capitalize())

    @property
    def shape(self) -> Shape:
        """Shape of what goes out."""
        return self.layers[-1].shape

    @property
    def parameters(self) -> int:
        """Parameters of all its layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds of all its layers for one picture."""
        return sum(layer.macs for layer in self.layers)


def stages(
    size: int = LARGEST, alpha: float = 1.0, *, last_stride: bool = True, classes: int = 1000, separable: bool = True
) -> tuple[Stage, ...]:
    """List all stages from the input up.

    Args:
        size: side of the input in pixels, 32 to 224.
        alpha: width multiplier, one of `ALPHAS`.
        last_stride: block 12 halves the map; False keeps it, as `fine_map` in a run's config does.
        classes: outputs of the head.
        separable: False puts one standard convolution in the place of each depthwise and pointwise pair.

    Raises:
        InputError: an argument is outside what is allowed.
    """
    if not SMALLEST <= size <= LARGEST:
        raise InputError(f"The input size must lie between {SMALLEST} and {LARGEST} pixels; got {size}.")
    if alpha not in ALPHAS:
        raise InputError(f"Alpha must be one of {', '.join(map(str, ALPHAS))}; got {alpha}.")
    if classes < 1:
        raise InputError(f"The head needs at least one class; got {classes}.")
    side, channels = -(-size // 2), int(_STEM * alpha)
    stem = _convolution("conv1", "convolution", (side, side, channels), KERNEL**2 * 3 * channels)
    network = [Stage("stem", 2, (size, size, 3), tuple(stem))]
    for number, (width, stride) in enumerate(_BLOCKS, start=1):
        if number == _LAST_STRIDE and not last_stride:
            stride = 1
        network.append(_block(number, network[-1].shape, int(width * alpha), stride, separable))
    features = network[-1].shape[2]
    pooled = Layer("pool", "pooling", (1, 1, features))
    network.append(Stage("pool", 1, network[-1].shape, (pooled,)))
    logits = Layer("logits", "dense", (1, 1, classes), features * classes + classes, features * classes)
    network.append(Stage("head", 1, pooled.shape, (logits,)))
    return tuple(network)


def macs_by_kind(network: tuple[Stage, ...]) -> dict[str, int]:
    """Sum the multiply-adds of one picture by kind of layer."""
    macs: dict[str, int] = {}
    for stage in network:
        for layer in stage.layers:
            macs[layer.kind] = macs.get(layer.kind, 0) + layer.macs
    return macs


def halved(network: tuple[Stage, ...]) -> dict[str, Shape]:
    """Tell the shape between depthwise and pointwise convolution of each stride-2 block: what slides often print."""
    return {stage.name: stage.layers[0].shape for stage in network if stage.stride == 2 and stage.name != "stem"}


def shape_words(shape: Shape) -> str:
    """Write a shape in words: `(7, 7, 1024)` as `7×7×1,024`."""
    return "×".join(f"{part:,}" for part in shape)


def _block(number: int, before: Shape, width: int, stride: int, separable: bool) -> Stage:
    # Stride 1 keeps the side; stride 2 pads one row and column at the end only, so an odd side is rounded down.
    side, channels = before[0] // stride, before[2]
    after = (side, side, width)
    if separable:
        depthwise = _convolution(f"conv_dw_{number}", "depthwise", (side, side, channels), KERNEL**2 * channels)
        layers = (*depthwise, *_convolution(f"conv_pw_{number}", "pointwise", after, channels * width))
    else:
        layers = tuple(_convolution(f"conv_{number}", "convolution", after, KERNEL**2 * channels * width))
    return Stage(f"block_{number}", stride, before, layers)


def _convolution(name: str, kind: Kind, shape: Shape, weights: int) -> Iterator[Layer]:
    """Yield a convolution without bias, its batch normalisation and ReLU6."""
    yield Layer(name, kind, shape, weights, shape[0] * shape[1] * weights)
    yield Layer(f"{name}_bn", "normalisation", shape, 4 * shape[2])
    yield Layer(f"{name}_relu", "relu6", shape)
