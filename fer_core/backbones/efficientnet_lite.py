"""EfficientNet-Lite0 as a Keras graph: EfficientNet's blocks without squeeze-and-excitation, with ReLU6 instead of swish.

Stages are those of EfficientNet B0 (Tan and Le 2019, Table 1); its authors tell what "Lite" changes
(github.com/tensorflow/tpu, models/official/efficientnet/lite). Keras has no such network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""(blocks, side of the depthwise kernel, stride of the first block, expansion, channels that come out) of each stage."""
STEM, HEAD = 32, 1280
"""Channels after the first convolution and after the last one."""
_EPSILON = 1e-3


def build(*, input_tensor: Any = None, input_shape: tuple[int, int, int] | None = None) -> keras.Model:
    """Build the network without its top, with random weights.

    Args:
        input_tensor: values (v - 127) / 128 of pictures with values v from 0 to 255, or None.
        input_shape: (rows, columns, 3), where there is no tensor.

    Returns:
        Model to feature maps (rows / 32, columns / 32, 1280), rounded up. Layers are named as in the published PyTorch port
        (`_blocks.0._bn1` is `blocks_0_bn1` here).
    """
    from keras import Input, Model, utils

    start = Input(input_shape) if input_tensor is None else input_tensor
    x = _convolution(start, "conv_stem", "bn0", channels=STEM, kernel=3, strides=2)
    number = 0
    for blocks, kernel, stride, expansion, channels in STAGES:
        for place in range(blocks):
            x = _block(x, f"blocks_{number}", kernel, stride if place == 0 else 1, expansion, channels)
            number += 1
    x = _convolution(x, "conv_head", "bn1", channels=HEAD)
    return Model(start if input_tensor is None else utils.get_source_inputs(start), x, name="efficientnet_lite0")


def _block(x: Any, name: str, kernel: int, stride: int, expansion: int, channels: int) -> Any:
    """Add an inverted residual: expand, convolve each channel by itself, project; the shortcut where shapes allow it."""
    from keras import layers

    before, width = x, x.shape[-1]
    if expansion > 1:
        x = _convolution(x, f"{name}_expand_conv", f"{name}_bn0", channels=width * expansion)
    depthwise = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv")
    x = _normalised(depthwise(x), f"{name}_bn1")
    x = _convolution(x, f"{name}_project_conv", f"{name}_bn2", channels=channels, relu=False)
    return layers.Add(name=f"{name}_add")([before, x]) if stride == 1 and width == channels else x


def _convolution(x: Any, name: str, norm: str, *, channels: int, kernel: int = 1, strides: int = 1, relu: bool = True) -> Any:
    from keras import layers

    x = layers.Conv2D(channels, kernel, strides=strides, padding="same", use_bias=False, name=name)(x)
    return _normalised(x, norm, relu=relu)


def _normalised(x: Any, norm: str, *, relu: bool = True) -> Any:
    from keras import layers

    x = layers.BatchNormalization(epsilon=_EPSILON, name=norm)(x)
    return layers.ReLU(6.0, name=f"{norm}_relu")(x) if relu else x
