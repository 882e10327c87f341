"""The table of backbones: what is known about each without importing TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backbone:
    """A network pretrained on ImageNet.

    Attributes:
        name: key in `BACKBONES` and in a run's config.
        title: name for a page.
        constructor: function of `keras.applications` that builds it.
        first_layers: {block: name of its first layer}, from the input up; a block reaches to the next one's first layer.
            Fine-tuning starts at one of these blocks.
        features: channels of the last map.
        parameters: parameters without the top, as `count_params()` of the built network gives them.
        normalisation: what the graph applies to grey values 0 to 255 before the backbone: `signed` to -1..1,
            `caffe` BGR minus the ImageNet mean, `none` where the network rescales inside.
        min_resolution: smallest side, in pixels, that Keras builds.
        last_stride: (padding layer, depthwise layer) whose stride 2 can be removed; None where that is not supported.
        weights_file: file name of Keras's ImageNet weights without top, as its cache names it.
        weights_folder: folder below Keras's public storage that holds the file.
        megabytes: size of the download, roughly.
        licence: licence of those weights.
    """

    name: str
    title: str
    constructor: str
    first_layers: dict[str, str]
    features: int
    parameters: int
    normalisation: str
    min_resolution: int
    last_stride: tuple[str, str] | None
    weights_file: str
    weights_folder: str
    megabytes: int
    licence: str

    @property
    def blocks(self) -> tuple[str, ...]:
        """Block names from the input up."""
        return tuple(self.first_layers)

    @property
    def weights_url(self) -> str:
        """Where Keras publishes the ImageNet weights without top."""
        return f"https://storage.googleapis.com/tensorflow/{self.weights_folder}/{self.weights_file}"


_ALL = (
    Backbone(
        name="mobilenet",
        title="MobileNet",
        constructor="MobileNet",
        first_layers={
            "stem": "conv1",
            **{f"block_{n}": f"conv_pad_{n}" if n in (2, 4, 6, 12) else f"conv_dw_{n}" for n in range(1, 14)},
        },
        features=1024,
        parameters=3_228_864,
        normalisation="signed",
        min_resolution=32,
        last_stride=("conv_pad_12", "conv_dw_12"),
        weights_file="mobilenet_1_0_224_tf_no_top.h5",
        weights_folder="keras-applications/mobilenet",
        megabytes=17,
        licence="Apache-2.0",
    ),
    Backbone(
        name="mobilenetv2",
        title="MobileNetV2",
        constructor="MobileNetV2",
        first_layers={
            "stem": "Conv1",
            "block_0": "expanded_conv_depthwise",
            **{f"block_{n}": f"block_{n}_expand" for n in range(1, 17)},
            "top": "Conv_1",
        },
        features=1280,
        parameters=2_257_984,
        normalisation="signed",
        min_resolution=32,
        last_stride=None,
        weights_file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        weights_folder="keras-applications/mobilenet_v2",
        megabytes=9,
        licence="Apache-2.0",
    ),
    Backbone(
        name="mobilenetv3small",
        title="MobileNetV3 small",
        constructor="MobileNetV3Small",
        first_layers={
            "stem": "conv",
            "block_0": "expanded_conv_depthwise_pad",
            **{f"block_{n}": f"expanded_conv_{n}_expand" for n in range(1, 11)},
            "top": "conv_1",
        },
        features=576,
        parameters=939_120,
        normalisation="none",
        min_resolution=32,
        last_stride=None,
        weights_file="weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        weights_folder="keras-applications/mobilenet_v3",
        megabytes=4,
        licence="Apache-2.0",
    ),
    Backbone(
        name="vgg16",
        title="VGG16",
        constructor="VGG16",
        first_layers={f"block_{n}": f"block{n}_conv1" for n in range(1, 6)},
        features=512,
        parameters=14_714_688,
        normalisation="caffe",
        min_resolution=32,
        last_stride=None,
        weights_file="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_folder="keras-applications/vgg16",
        megabytes=59,
        licence="CC-BY-4.0",
    ),
    Backbone(
        name="resnet50",
        title="ResNet50",
        constructor="ResNet50",
        first_layers={
            "stem": "conv1_pad",
            **{
                f"stage_{stage}_block_{block}": f"conv{stage}_block{block}_1_conv"
                for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3))
                for block in range(1, blocks + 1)
            },
        },
        features=2048,
        parameters=23_587_712,
        normalisation="caffe",
        min_resolution=32,
        last_stride=None,
        weights_file="resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_folder="keras-applications/resnet",
        megabytes=95,
        licence="MIT",
    ),
    Backbone(
        name="efficientnetv2b0",
        title="EfficientNetV2 B0",
        constructor="EfficientNetV2B0",
        first_layers={
            "stem": "stem_conv",
            "block_1": "block1a_project_conv",
            **{f"block_{n}": f"block{n}a_expand_conv" for n in range(2, 7)},
            "top": "top_conv",
        },
        features=1280,
        parameters=5_919_312,
        normalisation="none",
        min_resolution=32,
        last_stride=None,
        weights_file="efficientnetv2-b0_notop.h5",
        weights_folder="keras-applications/efficientnet_v2",
        megabytes=24,
        licence="Apache-2.0",
    ),
)

BACKBONES: dict[str, Backbone] = {backbone.name: backbone for backbone in _ALL}
