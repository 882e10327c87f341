"""What a row of the table of backbones says, and the ways in which its parts are written short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras

Build = Callable[..., "keras.Model"]
"""Takes either `input_tensor`, values as `Backbone.normalisation` says, or `input_shape`, (rows, columns, 3); returns the network
without its top, with random weights."""

Size = tuple[int, int, int]
"""Layers, kernels and affine of a block, see `Block`."""


@dataclass(frozen=True)
class Block:
    """Layers of a backbone that are trained or frozen together, and their parameters by kind.

    Attributes:
        name: as pages and `partial_from` call it.
        first_layer: Keras's name of its first layer; a block reaches to the next one's first layer.
        layers: number of layers that hold weights.
        kernels: parameters of convolutions and their biases.
        affine: scale and offset of batch normalisation; as many are moving means and variances, which no gradient changes.
    """

    name: str
    first_layer: str
    layers: int
    kernels: int
    affine: int

    @property
    def parameters(self) -> int:
        """All parameters, those of batch normalisation that no gradient changes too."""
        return self.kernels + 2 * self.affine


@dataclass(frozen=True)
class WeightsFile:
    """A published file of ImageNet weights.

    Attributes:
        name: of the file.
        size: in bytes.
        checksum: MD5 (32 hex digits) or SHA-256 (64) as its publisher names it; None where it names none.
        licence: of the weights.
        folder: folder below Keras's public storage that holds it; empty where Keras does not publish it.
        package: (import name, distribution) of the Python package that carries it, in a folder `models`; None for Keras's files.
    """

    name: str
    size: int
    checksum: str | None
    licence: str
    folder: str = ""
    package: tuple[str, str] | None = None

    @property
    def url(self) -> str | None:
        """Where Keras publishes it; None for a file that comes in a package."""
        return f"https://storage.googleapis.com/tensorflow/{self.folder}/{self.name}" if self.folder else None


@dataclass(frozen=True)
class Backbone:
    """A network pretrained on ImageNet.

    Attributes:
        name: key in `BACKBONES` and in a run's config.
        title: name for a page.
        description: what is special about it, in a sentence or two.
        build: makes the network.
        table: its blocks, from the input up; fine-tuning starts at one of them.
        features: channels of the last feature maps.
        forward_cost: processor time of a forward pass at 96x96, 32 faces per batch, relative to MobileNet's; measured on a CPU.
        normalisation: what the graph applies to grey values 0 to 255 before the backbone: `signed` to -1..1,
            `caffe` BGR minus the ImageNet mean, `lite` (v - 127) / 128, `none` where the network rescales inside.
        min_resolution: smallest side, in pixels, that Keras builds.
        last_stride: (padding layer, depthwise layer) whose stride 2 can be removed, the first empty where the convolution pads
            itself; None where that is not supported.
        weights: the published file of its ImageNet weights.
        bundled: name of the file among the assets that holds these weights; None where they do not ship.
    """

    name: str
    title: str
    description: str
    build: Build
    table: tuple[Block, ...]
    features: int
    forward_cost: float
    normalisation: Literal["signed", "caffe", "lite", "none"]
    min_resolution: int
    last_stride: tuple[str, str] | None
    weights: WeightsFile
    bundled: str | None

    @property
    def blocks(self) -> tuple[str, ...]:
        """Block names from the input up."""
        return tuple(block.name for block in self.table)

    @property
    def parameters(self) -> int:
        """Parameters without the top, as `count_params()` of the built network gives them."""
        return sum(block.parameters for block in self.table)

    @property
    def has_batch_norm(self) -> bool:
        """True where some of its layers are batch normalisation."""
        return any(block.affine for block in self.table)


def keras_application(name: str, **options: float | bool) -> Build:
    """Return a function that builds a network of `keras.applications` by its name, with options such as `alpha=0.25`."""

    def build(**inputs: object) -> keras.Model:
        import keras

        return getattr(keras.applications, name)(include_top=False, weights=None, **options, **inputs)

    return build


def numbered(name: str, first_layer: Callable[[int], str], *sizes: Size, start: int = 1) -> tuple[Block, ...]:
    """Make blocks `name_1`, `name_2` and so on: `first_layer` names the first layer of block n; sizes as in `Size`."""
    return tuple(Block(f"{name}_{number}", first_layer(number), *size) for number, size in enumerate(sizes, start))
