"""Inference: a network's forward pass once training is over, as an ONNX graph that ONNX Runtime runs.

ONNX Runtime folds batch normalisation and activations into the convolutions, and the graph is made in half a second. It
answers about 1.7 times as many faces per second as Keras's `predict_on_batch` (`benchmarks/training_speed.py`, phase forward).
LiteRT would need a conversion of seconds for each run, and an interpreter that TensorFlow drops. A run that is only to answer
is read from its file without TensorFlow, whose import takes longer than all the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import psutil
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.photos.frame import with_channels

if TYPE_CHECKING:
    import keras
    import onnxruntime

    from fer_core.models.saved_network import Network

Forward = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

_PART = 16
"""Most faces that go through a network at once: what flows between its layers stays in a core's cache, and memory low."""


def model_forward(model: keras.Model) -> Forward:
    """Return the forward pass of a Keras model; later changes of the model's weights do not matter.

    Args:
        model: from (N, S, S, 1 or 3) to (N, C), flat, of the layers of this project's backbones.

    Returns:
        A function from (N, S, S) or (N, S, S, 3) uint8 to (N, C) float32, which threads may share.

    Raises:
        RunError: the model has a layer that is not known.
    """
    from fer_core.models import saved_network

    return network_forward(saved_network.of_model(model))


def network_forward(network: Network) -> Forward:
    """Return the forward pass of a network that was read from its file without Keras: faces as for `model_forward`."""
    from fer_core.models.onnx_graph import to_onnx

    return onnx_forward(to_onnx(network).SerializeToString())


def int8_forward(network: Network) -> Forward | None:
    """Return the forward pass of a network quantised to int8; None where `int8.quantised` cannot quantise it."""
    from fer_core.models.int8 import quantised
    from fer_core.models.onnx_graph import to_onnx

    graph = quantised(to_onnx(network))
    return None if graph is None else onnx_forward(graph.SerializeToString())


def feature_map_forward(network: Network, layer: str) -> Forward:
    """Return the forward pass up to a layer with feature maps: faces uint8 to (N, K, rows, columns) float32."""
    from fer_core.models.onnx_graph import to_onnx

    return onnx_forward(to_onnx(network, until=layer).SerializeToString())


def inside_forward(network: Network, layers: Sequence[str]) -> Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]:
    """Return the forward pass that tells what is inside: faces uint8 to the results of some layers, and of the last one.

    Args:
        network: the network.
        layers: names of layers, each read by another one.

    Returns:
        A function to a list of float32 arrays, one a layer in their order, feature maps channels first, (N, K, rows, columns);
        the last layer's answers (N, C) stand behind them.

    Raises:
        RunError: the network has no layer of such a name.
    """
    from fer_core.models.onnx_graph import to_onnx

    missing = [name for name in layers if name not in network.output_shapes]
    if missing:
        raise RunError(f"The network has no layer '{missing[0]}'; choose a run of another network.")
    session = _session(to_onnx(network, inside=layers).SerializeToString(), _threads())

    def run(faces: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        answers, *inner = session.run(None, {"face": with_channels(faces).astype(np.float32)})
        return [np.asarray(values, np.float32) for values in (*inner, answers)]

    return run


def onnx_forward(content: bytes) -> Forward:
    """Return the forward pass of an .onnx file with the input `face`: faces uint8 to its one output, float32.

    Faces are dealt out to the cores, each of which takes its own through the whole network: threads that share one face wait
    for each other after every layer. On two cores eight faces take 8.5 ms so in int8, and 10.7 ms by shared layers.
    """
    session, threads = _session(content, 1), _threads()

    def ask(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {"face": values})[0], np.float32)

    def run(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = with_channels(faces).astype(np.float32)
        size = min(_PART, -(-len(values) // threads))
        if size == len(values):
            return ask(values)
        return np.concatenate(list(_pool().map(ask, [values[at : at + size] for at in range(0, len(values), size)])))

    return run


def _session(content: bytes, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning would take the cores from a training beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """One pool for all networks of the process, so that readers who ask at once do not take more cores than there are."""
    return ThreadPoolExecutor(_threads(), thread_name_prefix="inference")


def _threads() -> int:
    """Count the machine's cores, or those of them that this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or 1, allowed)
