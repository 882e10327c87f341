"""Class activation maps as a second output of a network's ONNX graph: where no gradients can be had, such as in a browser.

Where the logits are the mean of feature maps over their places times a kernel, each place has its share of each logit (Zhou et
al. 2016, arXiv:1512.04150); the positive ones are what Grad-CAM shows on that layer (`explain.cam.pooled_gradcam`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.errors import RunError
from fer_core.models.saved_network import Network

if TYPE_CHECKING:
    import onnx

OUTPUT = "maps"
"""Name of the second output."""


def with_class_maps(graph: onnx.ModelProto, network: Network) -> onnx.ModelProto:
    """Add the output `maps`: what each place of the last feature maps adds to each logit.

    Args:
        graph: of the network, as `onnx_graph.to_onnx` writes it, or quantised by `int8.quantised`.
        network: what the graph was written from.

    Returns:
        A graph with the same input and first output, and `maps`, float32 (N, C, rows, columns), whose sum over the places is
        the logits less the bias.

    Raises:
        RunError: the network does not answer from the mean of feature maps.
    """
    from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

    if network.pooled_layer is None:
        raise RunError("This network does not answer from the mean of feature maps, so it has no map without gradients.")
    rows, columns = network.output_shapes[network.pooled_layer][1:3]
    kernel = network.weights[network.output]["kernel"].T[:, :, None, None] / (rows * columns)
    extended = ModelProto()
    extended.CopyFrom(graph)
    # Squeeze-and-excitation blocks average, too, but before: the last one is the one that is answered from.
    pooled = [node for node in extended.graph.node if node.op_type == "GlobalAveragePool"][-1].input[0]
    extended.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(kernel, np.float32), f"{OUTPUT}/kernel"))
    extended.graph.node.append(helper.make_node("Conv", [pooled, f"{OUTPUT}/kernel"], [OUTPUT], name=OUTPUT, kernel_shape=[1, 1]))
    extended.graph.output.append(
        helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", len(kernel), int(rows), int(columns)])
    )
    checker.check_model(extended)
    return extended
