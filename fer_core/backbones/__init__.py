"""The table of backbones: what is known about each without importing TensorFlow.

A backbone is a row of `BACKBONES`; the command line, the pages, the trainer and the tests read the table. Its blocks were read
off the networks that `models.classifier.build` makes, and a test compares them.
"""

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


def keras_application(name: str, **options: float | bool) -> Build:
    """Return a function that builds a network of `keras.applications` by its name, with options such as `alpha=0.25`."""

    def build(**inputs: object) -> keras.Model:
        import keras

        return getattr(keras.applications, name)(include_top=False, weights=None, **options, **inputs)

    return build


def numbered(name: str, first_layer: Callable[[int], str], *sizes: Size, start: int = 1) -> tuple[Block, ...]:
    """Make blocks `name_1`, `name_2` and so on: `first_layer` names the first layer of block n; sizes as in `Size`."""
    return tuple(Block(f"{name}_{number}", first_layer(number), *size) for number, size in enumerate(sizes, start))


_ROWS = (
    Backbone(
        name="mobilenet",
        title="MobileNet",
        description="Depthwise separable convolutions (Howard et al. 2017). Its ImageNet weights ship with FER Lab.",
        build=keras_application("MobileNet"),
        table=(
            Block("stem", "conv1", 2, 864, 64),
            *numbered(
                "block",
                lambda n: f"conv_{'pad' if n in (2, 4, 6, 12) else 'dw'}_{n}",
                (4, 2336, 192),
                (4, 8768, 384),
                (4, 17536, 512),
                (4, 33920, 768),
                (4, 67840, 1024),
                (4, 133376, 1536),
                *[(4, 266752, 2048)] * 5,
                (4, 528896, 3072),
                (4, 1057792, 4096),
            ),
        ),
        features=1024,
        forward_cost=1.0,
        normalisation="signed",
        min_resolution=32,
        last_stride=("conv_pad_12", "conv_dw_12"),
        weights=WeightsFile(
            "mobilenet_1_0_224_tf_no_top.h5",
            17_225_924,
            None,
            "Apache-2.0",
            folder="keras-applications/mobilenet",
        ),
        bundled="mobilenet_imagenet_notop.weights.h5",
    ),
    Backbone(
        name="mobilenetv2",
        title="MobileNetV2",
        description="MobileNet with shortcuts between narrow layers: inverted residuals (Sandler et al. 2018).",
        build=keras_application("MobileNetV2"),
        table=(
            Block("stem", "Conv1", 2, 864, 64),
            Block("block_0", "expanded_conv_depthwise", 4, 800, 96),
            *numbered(
                "block",
                "block_{}_expand".format,
                (6, 4704, 432),
                (6, 8208, 624),
                (6, 9360, 640),
                *[(6, 14016, 832)] * 2,
                (6, 20160, 896),
                *[(6, 52608, 1664)] * 3,
                (6, 64896, 1728),
                *[(6, 115776, 2496)] * 2,
                (6, 152640, 2624),
                *[(6, 315840, 4160)] * 2,
                (6, 469440, 4480),
            ),
            Block("top", "Conv_1", 2, 409600, 2560),
        ),
        features=1280,
        forward_cost=0.9,
        normalisation="signed",
        min_resolution=32,
        last_stride=None,
        weights=WeightsFile(
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            9_406_464,
            None,
            "Apache-2.0",
            folder="keras-applications/mobilenet_v2",
        ),
        bundled=None,
    ),
    Backbone(
        name="mobilenetv3small",
        title="MobileNetV3 small",
        description="Layers found by a search for short times on phones, with squeeze-and-excitation (Howard et al. 2019).",
        build=keras_application("MobileNetV3Small"),
        table=(
            Block("stem", "conv", 2, 432, 32),
            Block("block_0", "expanded_conv_depthwise_pad", 6, 680, 64),
            *numbered(
                "block",
                "expanded_conv_{}_expand".format,
                (6, 3528, 336),
                (6, 5016, 400),
                (8, 13272, 464),
                *[(8, 56224, 1040)] * 2,
                (8, 21392, 576),
                (8, 29128, 672),
                (8, 90504, 1344),
                *[(8, 291600, 2496)] * 2,
            ),
            Block("top", "conv_1", 2, 55296, 1152),
        ),
        features=576,
        forward_cost=0.45,
        normalisation="none",
        min_resolution=32,
        last_stride=None,
        weights=WeightsFile(
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            4_334_752,
            "d3e8ec802a04aa4fc771ee12a9a9b836",
            "Apache-2.0",
            folder="keras-applications/mobilenet_v3",
        ),
        bundled=None,
    ),
    Backbone(
        name="vgg16",
        title="VGG16",
        description="Plain 3×3 convolutions one after the other, without batch normalisation (Simonyan and Zisserman 2015).",
        build=keras_application("VGG16"),
        table=numbered(
            "block",
            "block{}_conv1".format,
            *((2, 38720, 0), (2, 221440, 0), (3, 1475328, 0), (3, 5899776, 0), (3, 7079424, 0)),
        ),
        features=512,
        forward_cost=12.5,
        normalisation="caffe",
        min_resolution=32,
        last_stride=None,
        weights=WeightsFile(
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            58_889_256,
            "6d6bbae143d832006294945121d1f1fc",
            "CC-BY-4.0",
            folder="keras-applications/vgg16",
        ),
        bundled=None,
    ),
    Backbone(
        name="resnet50",
        title="ResNet50",
        description="Blocks that add to what comes in: residual connections (He et al. 2016).",
        build=keras_application("ResNet50"),
        table=(
            Block("stem", "conv1_pad", 2, 9472, 128),
            *numbered("stage_2_block", "conv2_block{}_1_conv".format, (8, 74368, 1280), *[(6, 70016, 768)] * 2),
            *numbered("stage_3_block", "conv3_block{}_1_conv".format, (8, 378112, 2560), *[(6, 279296, 1536)] * 3),
            *numbered("stage_4_block", "conv4_block{}_1_conv".format, (8, 1509888, 5120), *[(6, 1115648, 3072)] * 5),
            *numbered("stage_5_block", "conv5_block{}_1_conv".format, (8, 6034432, 10240), *[(6, 4459520, 6144)] * 2),
        ),
        features=2048,
        forward_cost=4.6,
        normalisation="caffe",
        min_resolution=32,
        last_stride=None,
        weights=WeightsFile(
            "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            94_765_736,
            "4d473c1dd8becc155b73f8504c6f6626",
            "MIT",
            folder="keras-applications/resnet",
        ),
        bundled=None,
    ),
    Backbone(
        name="efficientnetv2b0",
        title="EfficientNetV2 B0",
        description="Layers found by a search for short training, with full convolutions in early blocks (Tan and Le 2021).",
        build=keras_application("EfficientNetV2B0"),
        table=(
            Block("stem", "stem_conv", 2, 864, 64),
            Block("block_1", "block1a_project_conv", 2, 4608, 32),
            *numbered(
                "block",
                "block{}a_expand_conv".format,
                *((8, 52224, 512), (8, 135168, 832), (24, 226236, 4416), (40, 932872, 14176), (64, 4200364, 38016)),
                start=2,
            ),
            Block("top", "top_conv", 2, 245760, 2560),
        ),
        features=1280,
        forward_cost=1.5,
        normalisation="none",
        min_resolution=32,
        last_stride=None,
        weights=WeightsFile(
            "efficientnetv2-b0_notop.h5",
            24_274_472,
            "893217f2bb855e2983157299931e43ff",
            "Apache-2.0",
            folder="keras-applications/efficientnet_v2",
        ),
        bundled=None,
    ),
)

BACKBONES: dict[str, Backbone] = {row.name: row for row in _ROWS}
"""{name: backbone}, in the order in which pages offer them; the first is the default."""
