"""A flat Keras network as an ONNX graph, layer by layer, in ONNX's order of axes.

Written with the package onnx alone: the usual converter, tf2onnx, installs packages named `tests`, `tools` and `examples`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.models.saved_network import Network, Weights, results_read

if TYPE_CHECKING:
    import onnx

OPSET, FILE_VERSION = 18, 8
"""The first operator set in which Resize may leave the number of faces open, and the file version that came with it."""


def to_onnx(network: Network, *, until: str | None = None, inside: Sequence[str] = ()) -> onnx.ModelProto:
    """Write a network as an ONNX graph.

    Args:
        network: flat, from (N, H, W, 1) to (N, C), made of the layers of this project's backbones.
        until: name of a layer with feature maps, where the graph is to end; None for all of it.
        inside: names of layers whose results are outputs as well, after the last layer's, in this order.

    Returns:
        Graph with input `face`, float32 (N, H, W, 1), and an output for the last layer, float32: the answers (N, C), or the
        feature maps, channels first, (N, K, rows, columns); then one for each layer `inside`.

    Raises:
        RunError: it has a layer that is not known here.
    """
    from onnx import TensorProto, checker, helper

    graph, last = _Graph(), until or network.output
    for entry in network.layers:
        graph.add(entry, network.weights.get(entry["config"]["name"], {}))
        if entry["config"]["name"] == last:
            break
    sides = ["C"] if until is None else ["K", "rows", "columns"]
    outputs = [(graph.results[last], sides)]
    for name in inside:
        ranks = len(network.output_shapes[name]) - 1
        outputs.append((graph.results[name], [f"{name}/{part}" for part in ("K", "rows", "columns")[:ranks]]))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            network.name,
            [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["N", *network.input_shape])],
            [helper.make_tensor_value_info(result, TensorProto.FLOAT, ["N", *sides]) for result, sides in outputs],
            initializer=graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=FILE_VERSION,
        producer_name="FER Lab",
    )
    checker.check_model(model)
    return model


@dataclass(frozen=True)
class _Layer:
    """One layer as Keras describes it: inputs are names of results, or constants; rows and columns those of its first input."""

    name: str
    inputs: list[Any]
    config: dict[str, Any]
    weights: dict[str, NDArray[Any]]
    rank: int
    side: tuple[int, ...]


class _Graph:
    """Nodes and constants of the graph that grows, and the name of each layer's result."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.results: dict[str, str] = {}

    def add(self, entry: dict[str, Any], weights: Weights) -> None:
        """Add a layer as Keras describes it."""
        name, kind = entry["config"]["name"], entry["class_name"]
        if kind == "InputLayer":
            self.results[name] = self.node("Transpose", f"{name}/channels_first", "face", perm=[0, 3, 1, 2])
            return
        if kind not in _WRITERS:
            raise RunError(f"The layer '{name}' ({kind}) cannot be written as ONNX; export the run as keras or tflite.")
        arguments = entry["inbound_nodes"][0]["args"]
        _, shape = next(results_read(arguments))
        layer = _Layer(
            name=name,
            inputs=[self.results.get(source, source) for source in _sources(arguments)],
            config=entry["config"],
            weights=weights,
            rank=len(shape),
            side=tuple(shape[1:3]),
        )
        self.results[name] = _WRITERS[kind](self, layer)

    def node(self, kind: str, name: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node whose one output is called `name`, which is returned; inputs that are no names become constants."""
        from onnx import helper, numpy_helper

        read = []
        for place, given in enumerate(inputs):
            if not isinstance(given, str):
                array = np.asarray(given)
                array = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
                given = f"{name}/{place}"
                self.constants.append(numpy_helper.from_array(np.array(array, order="C"), given))
            read.append(given)
        self.nodes.append(helper.make_node(kind, read, [name], name=name, **attributes))
        return name


def _sources(arguments: Any) -> list[Any]:
    """List the names of the layers whose results are read, and constants, in order."""
    if isinstance(arguments, dict):
        return [arguments["config"]["keras_history"][0]]
    if isinstance(arguments, list | tuple):
        return [source for part in arguments for source in _sources(part)]
    return [float(arguments)]


def _activated(graph: _Graph, name: str, result: str, activation: str) -> str:
    """Add an activation of Keras after `result`; `name` begins the names of the new nodes."""
    if activation == "linear":
        return result
    if activation in ("silu", "swish"):
        return graph.node("Mul", f"{name}/silu", result, graph.node("Sigmoid", f"{name}/sigmoid", result))
    kinds = {"relu": "Relu", "sigmoid": "Sigmoid", "hard_silu": "HardSwish", "hard_swish": "HardSwish", "softmax": "Softmax"}
    if activation not in kinds:
        raise RunError(f"The activation '{activation}' cannot be written as ONNX; export the run as keras or tflite.")
    return graph.node(kinds[activation], f"{name}/{activation}", result)


def _activation(graph: _Graph, layer: _Layer) -> str:
    return _activated(graph, layer.name, layer.inputs[0], layer.config["activation"])


def _convolution(graph: _Graph, layer: _Layer) -> str:
    """Add a convolution. Keras keeps kernels as (rows, columns, in, out), depthwise ones as (rows, columns, channels, 1)."""
    kernel = layer.weights["kernel"].transpose(3, 2, 0, 1)
    group = 1
    if "depth_multiplier" in layer.config:
        kernel, group = kernel.transpose(1, 0, 2, 3), kernel.shape[1]
    bias = [layer.weights["bias"]] if "bias" in layer.weights else []
    result = graph.node(
        "Conv", layer.name, layer.inputs[0], kernel, *bias, group=group, **_window(layer, layer.config["kernel_size"])
    )
    return _activated(graph, layer.name, result, layer.config["activation"])


def _window(layer: _Layer, size: list[int]) -> dict[str, Any]:
    """Describe strides and padding; for "same" Keras puts the odd row and column at the end."""
    strides = list(layer.config["strides"])
    before, after = [0, 0], [0, 0]
    if layer.config["padding"] == "same":
        for axis, (side, step, width) in enumerate(zip(layer.side, strides, size, strict=True)):
            missing = max(0, (-(-side // step) - 1) * step + width - side)
            before[axis], after[axis] = missing // 2, missing - missing // 2
    return {"kernel_shape": list(size), "strides": strides, "pads": [*before, *after]}


def _max_pooling(graph: _Graph, layer: _Layer) -> str:
    return graph.node("MaxPool", layer.name, layer.inputs[0], **_window(layer, layer.config["pool_size"]))


def _batch_normalisation(graph: _Graph, layer: _Layer) -> str:
    parts = [layer.weights[part] for part in ("gamma", "beta", "moving_mean", "moving_variance")]
    return graph.node("BatchNormalization", layer.name, layer.inputs[0], *parts, epsilon=layer.config["epsilon"])


def _relu(graph: _Graph, layer: _Layer) -> str:
    highest = layer.config.get("max_value")
    if highest is None:
        return graph.node("Relu", layer.name, layer.inputs[0])
    return graph.node("Clip", layer.name, layer.inputs[0], 0.0, float(highest))


def _padding(graph: _Graph, layer: _Layer) -> str:
    (top, bottom), (left, right) = layer.config["padding"]
    return graph.node("Pad", layer.name, layer.inputs[0], [0, 0, top, left, 0, 0, bottom, right], 0.0)


def _resizing(graph: _Graph, layer: _Layer) -> str:
    size = [int(layer.config["height"]), int(layer.config["width"])]
    if layer.config["interpolation"] != "bilinear":
        raise RunError(f"The layer '{layer.name}' does not resize bilinearly; export the run as keras or tflite.")
    return graph.node("Resize", layer.name, layer.inputs[0], "", "", size, axes=[2, 3], mode="linear")


def _scaled(graph: _Graph, layer: _Layer, scale: Any, offset: Any) -> str:
    values = [np.asarray(part, np.float64) for part in (scale, offset)]
    shaped = [part.reshape(-1, 1, 1) if part.ndim and layer.rank == 4 else part for part in values]
    return graph.node("Add", layer.name, graph.node("Mul", f"{layer.name}/scaled", layer.inputs[0], shaped[0]), shaped[1])


def _rescaling(graph: _Graph, layer: _Layer) -> str:
    return _scaled(graph, layer, layer.config["scale"], layer.config["offset"])


def _normalisation(graph: _Graph, layer: _Layer) -> str:
    spread = np.sqrt(np.ravel(layer.config["variance"]))
    return _scaled(graph, layer, 1 / spread, -np.ravel(layer.config["mean"]) / spread)


def _global_average(graph: _Graph, layer: _Layer) -> str:
    result = graph.node("GlobalAveragePool", layer.name, layer.inputs[0])
    return result if layer.config["keepdims"] else graph.node("Flatten", f"{layer.name}/flat", result)


def _reshape(graph: _Graph, layer: _Layer) -> str:
    rows, columns, channels = layer.config["target_shape"]
    return graph.node("Reshape", layer.name, layer.inputs[0], [-1, channels, rows, columns])


def _dense(graph: _Graph, layer: _Layer) -> str:
    result = graph.node("Gemm", layer.name, layer.inputs[0], layer.weights["kernel"], layer.weights["bias"])
    return _activated(graph, layer.name, result, layer.config["activation"])


_WRITERS: dict[str, Callable[[_Graph, _Layer], str]] = {
    "Activation": _activation,
    "Add": lambda graph, layer: graph.node("Add", layer.name, *layer.inputs),
    "BatchNormalization": _batch_normalisation,
    "Concatenate": lambda graph, layer: graph.node("Concat", layer.name, *layer.inputs, axis=1),
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _convolution,
    "Dropout": lambda graph, layer: layer.inputs[0],
    "GlobalAveragePooling2D": _global_average,
    "MaxPooling2D": _max_pooling,
    "Multiply": lambda graph, layer: graph.node("Mul", layer.name, *layer.inputs),
    "Normalization": _normalisation,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "Resizing": _resizing,
    "Softmax": lambda graph, layer: graph.node("Softmax", layer.name, layer.inputs[0], axis=-1),
    "ZeroPadding2D": _padding,
}
