"""Quantisation of a MobileNet's ONNX graph to int8: three times as quick, for answers of photos.

Every convolution of MobileNet ends in a ReLU6, so that all that flows between the layers lies from 0 to 6 and needs no faces to
find its range: it is written as uint8 in steps of 6/255. Kernels, with batch normalisation folded into them, are int8 with one
step per channel (Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference"). What rounding them
shifts each channel by on average is subtracted from its bias, from the means that batch normalisation keeps (Nagel et al. 2019,
"Data-free quantization through weight equalization and bias correction"). The first convolution and the head stay in floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

HIGHEST = 6.0
"""Largest value of a ReLU6."""
STEP = HIGHEST / 255
"""Step of the activations between layers."""
LARGEST_WEIGHT = 63
"""Largest weight of a kernel, in steps: x86 processors without VNNI add two products in 16 bits; two of 255 x 127 do not fit."""

LARGEST_BIAS = 2**30

Values = NDArray[np.float64]


def quantised(graph: onnx.ModelProto) -> onnx.ModelProto | None:
    """Quantise the convolutions of a network.

    Args:
        graph: as `fer_core.models.onnx_graph.to_onnx` writes it.

    Returns:
        A graph with the same input and output; None when a convolution does not end in batch normalisation and a ReLU6.
    """
    from onnx import checker, helper

    units = _units(graph)
    if units is None:
        return None
    folded = {name for unit in units.values() for name in (unit.summed, unit.normalised)}
    writer = _Writer(graph)
    for node in graph.graph.node:
        unit = units.get(node.output[0])
        if unit is not None:
            writer.convolution(unit)
        elif node.op_type == "Pad" and node.input[0] in writer.quantised:
            writer.padding(node)
        elif node.output[0] not in folded:
            writer.floats(node)
    model = helper.make_model(
        helper.make_graph(writer.nodes, graph.graph.name, graph.graph.input, graph.graph.output, initializer=writer.constants()),
        opset_imports=graph.opset_import,
        ir_version=graph.ir_version,
        producer_name=graph.producer_name,
    )
    checker.check_model(model)
    return model


@dataclass(frozen=True)
class _Unit:
    """A convolution with its batch normalisation and ReLU6 as one step.

    Attributes:
        node: the convolution.
        summed: its result.
        normalised: result of the batch normalisation.
        result: what comes out of the ReLU6.
        kernel: (out, in of a group, rows, columns), batch normalisation folded in.
        bias: (out,), likewise.
        mean: (out,) mean of the result, when the sum before the ReLU6 is normally distributed as batch normalisation says.
    """

    node: onnx.NodeProto
    summed: str
    normalised: str
    result: str
    kernel: Values
    bias: Values
    mean: Values

    @property
    def attributes(self) -> dict[str, Any]:
        from onnx import helper

        return {entry.name: helper.get_attribute_value(entry) for entry in self.node.attribute}


def _units(graph: onnx.ModelProto) -> dict[str, _Unit] | None:
    """Collect all convolutions by their results; None when one of them ends otherwise than in ReLU6."""
    from onnx import numpy_helper

    constants = {entry.name: numpy_helper.to_array(entry) for entry in graph.graph.initializer}
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    units = {}
    for node in graph.graph.node:
        if node.op_type == "Conv":
            unit = _unit(node, readers, constants)
            if unit is None:
                return None
            units[unit.result] = unit
    return units or None


def _unit(node: onnx.NodeProto, readers: dict[str, list[onnx.NodeProto]], constants: dict[str, NDArray[Any]]) -> _Unit | None:
    normal = _only(readers, node.output[0], "BatchNormalization")
    end = normal and _only(readers, normal.output[0], "Clip")
    if normal is None or end is None or len(node.input) > 2:
        return None
    if [constants[name].item() for name in end.input[1:]] != [0.0, HIGHEST]:
        return None
    scale, shift, mean, variance = (constants[name].astype(np.float64) for name in normal.input[1:])
    factor = scale / np.sqrt(variance + next(entry.f for entry in normal.attribute if entry.name == "epsilon"))
    return _Unit(
        node=node,
        summed=node.output[0],
        normalised=normal.output[0],
        result=end.output[0],
        kernel=constants[node.input[1]].astype(np.float64) * factor[:, None, None, None],
        bias=shift - mean * factor,
        mean=clipped_mean(shift, np.abs(scale)),
    )


def _only(readers: dict[str, list[onnx.NodeProto]], name: str, kind: str) -> onnx.NodeProto | None:
    """Return the one node that reads a result, if it is of that kind."""
    nodes = readers.get(name, [])
    return nodes[0] if len(nodes) == 1 and nodes[0].op_type == kind else None


def clipped_mean(mean: Values, deviation: Values) -> Values:
    """Compute the mean of normally distributed values that are clipped to 0 to 6; a deviation of 0 is allowed."""
    spread = np.maximum(deviation, 1e-9)
    low, high = -mean / spread, (HIGHEST - mean) / spread
    below_low, below_high = _normal(low), _normal(high)
    density = spread / np.sqrt(2 * np.pi) * (np.exp(-(low**2) / 2) - np.exp(-(high**2) / 2))
    return np.asarray(mean * (below_high - below_low) + density + HIGHEST * (1 - below_high))


def _normal(values: Values) -> Values:
    """Compute the standard normal distribution function; SciPy's takes longer to import than the rest of a first photo."""
    return (1 + np.vectorize(math.erf, otypes=[float])(values / math.sqrt(2))) / 2


class _Writer:
    """Nodes and constants of the new graph; `quantised` names the results that are there as uint8, with each channel's mean."""

    def __init__(self, graph: onnx.ModelProto) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.quantised: dict[str, Values] = {}
        self._old = {entry.name: entry for entry in graph.graph.initializer}
        self._new: dict[str, onnx.TensorProto] = {}
        self._in_floats: set[str] = set()
        self._step = self._constant("int8/step", np.float32(STEP))
        self._zero = self._constant("int8/zero", np.uint8(0))

    def constants(self) -> list[onnx.TensorProto]:
        """Return all constants that a node reads."""
        read = {name for node in self.nodes for name in node.input}
        return [entry for name, entry in {**self._old, **self._new}.items() if name in read]

    def convolution(self, unit: _Unit) -> None:
        """Write a convolution: with an int8 kernel where its input is uint8, else in floats; its result is uint8."""
        name, source = unit.node.name, unit.node.input[0]
        if source in self.quantised:
            self._int8_convolution(unit, self.quantised[source])
        else:
            kernel = self._constant(f"{name}/kernel", unit.kernel.astype(np.float32))
            bias = self._constant(f"{name}/bias", unit.bias.astype(np.float32))
            self._node("Conv", [source, kernel, bias], unit.summed, **unit.attributes)
            # Rounding to uint8 also cuts off what a ReLU6 cuts off.
            self._node("QuantizeLinear", [unit.summed, self._step, self._zero], _uint8(unit.result))
        self.quantised[unit.result] = unit.mean

    def _int8_convolution(self, unit: _Unit, mean: Values) -> None:
        name = unit.node.name
        # The bias counts in the same steps: a channel whose kernel is nearly 0 gets longer ones, so that it fits into 32 bits.
        shortest = np.maximum(np.abs(unit.bias), STEP) / (STEP * LARGEST_BIAS)
        steps = np.maximum(np.abs(unit.kernel).max(axis=(1, 2, 3)) / LARGEST_WEIGHT, shortest)
        kernel = np.rint(unit.kernel / steps[:, None, None, None])
        error = (kernel * steps[:, None, None, None] - unit.kernel).sum(axis=(2, 3))
        bias = unit.bias - (error[:, 0] * mean if unit.attributes.get("group", 1) > 1 else error @ mean)
        inputs = [
            *(_uint8(unit.node.input[0]), self._step, self._zero),
            self._constant(f"{name}/kernel", kernel.astype(np.int8)),
            self._constant(f"{name}/kernel_steps", steps.astype(np.float32)),
            self._constant(f"{name}/kernel_zeros", np.zeros(len(steps), np.int8)),
            *(self._step, self._zero),
            self._constant(f"{name}/bias", np.rint(bias / (steps * STEP)).astype(np.int32)),
        ]
        self._node("QLinearConv", inputs, _uint8(unit.result), **unit.attributes)

    def padding(self, node: onnx.NodeProto) -> None:
        """Write a padding of zeros around uint8 feature maps."""
        self._node("Pad", [_uint8(node.input[0]), node.input[1], self._zero], _uint8(node.output[0]))
        self.quantised[node.output[0]] = self.quantised[node.input[0]]

    def floats(self, node: onnx.NodeProto) -> None:
        """Write a node as it is; what it reads as uint8 becomes floats before."""
        for name in node.input:
            if name in self.quantised and name not in self._in_floats:
                self._node("DequantizeLinear", [_uint8(name), self._step, self._zero], name)
                self._in_floats.add(name)
        self.nodes.append(node)

    def _node(self, kind: str, inputs: list[str], result: str, **attributes: Any) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [result], name=result, **attributes))

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self._new[name] = numpy_helper.from_array(np.asarray(value), name)
        return name


def _uint8(name: str) -> str:
    return f"{name}/uint8"
