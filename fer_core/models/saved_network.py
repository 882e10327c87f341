"""A saved classifier read without Keras: its layers and their weights, from which an ONNX graph is written.

Importing TensorFlow and Keras takes seconds; a run that only answers faces needs neither. Read as Keras 3 writes `.keras` files:
a zip with `config.json`, and `model.weights.h5`, in which a layer lies under the name of its class and a number that counts the
layers of that class from 0 (`keras.src.saving.saving_lib`).
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError, WeightsError
from fer_core.photos.frame import LARGEST, SMALLEST, Frame, frame_of_input

if TYPE_CHECKING:
    import h5py
    import keras

Weights = dict[str, NDArray[Any]]
"""{name of a variable: its values}."""

DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    StopIteration,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged `.keras` file raises, in zipfile, json, h5py, Keras, or here."""

_FOLDERS = {
    "BatchNormalization": "batch_normalization",
    "Conv2D": "conv2d",
    "Dense": "dense",
    "DepthwiseConv2D": "depthwise_conv2d",
}


@dataclass(frozen=True)
class Network:
    """A flat network without Keras: its name, Keras's description of each layer, and the weights.

    Attributes:
        name: the model's.
        layers: entries as in `model.get_config()["layers"]`, each after those it reads.
        output: name of the layer that answers.
        weights: {name of a layer: its weights}; layers without any may be left out.
    """

    name: str
    layers: list[dict[str, Any]]
    output: str
    weights: dict[str, Weights]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of an input without the batch, such as (48, 48, 1) or (112, 112, 3)."""
        first = next(entry for entry in self.layers if entry["class_name"] == "InputLayer")
        return tuple(first["config"]["batch_shape"][1:])

    @property
    def frame(self) -> Frame:
        """Frame of the faces that it takes."""
        return require_input(self.input_shape, Path(self.name))

    @cached_property
    def output_shapes(self) -> dict[str, tuple[Any, ...]]:
        """{name of a layer: shape of its output, the batch included}; of those that another layer reads."""
        return {name: shape for entry in self.layers for name, shape in results_read(entry["inbound_nodes"])}

    @cached_property
    def pooled_layer(self) -> str | None:
        """Name of the layer whose feature maps, averaged over their places and times the last layer's kernel, are the answer.

        None when the network ends otherwise.
        """
        entries = {entry["config"]["name"]: entry for entry in self.layers}
        last = entries[self.output]
        if last["class_name"] != "Dense" or last["config"]["activation"] != "linear":
            return None
        while True:
            sources = [name for name, _ in results_read(last["inbound_nodes"])]
            if len(sources) != 1:
                return None
            if last["class_name"] == "GlobalAveragePooling2D":
                return sources[0]
            last = entries[sources[0]]
            if last["class_name"] not in ("Dropout", "GlobalAveragePooling2D"):
                return None

    @property
    def answers(self) -> int:
        """How many numbers it answers, one per class."""
        return len(self.weights[self.output]["bias"])


def results_read(arguments: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield name and shape of each result that a layer's description says it reads; an open side, as the batch is, is None."""
    if isinstance(arguments, list | tuple):
        for part in arguments:
            yield from results_read(part)
    elif isinstance(arguments, dict) and "args" in arguments:
        yield from results_read(arguments["args"])
    elif isinstance(arguments, dict) and "keras_history" in arguments.get("config", {}):
        yield arguments["config"]["keras_history"][0], tuple(arguments["config"]["shape"])


def of_model(model: keras.Model) -> Network:
    """Describe a Keras model in memory as a network."""
    config = model.get_config()
    weights = {layer.name: {weight.name: np.asarray(weight) for weight in layer.weights} for layer in model.layers}
    return Network(model.name, config["layers"], _last(config), weights)


def read(path: Path) -> Network:
    """Read the network of a saved classifier; what is a float16 in the file becomes a float32.

    Raises:
        RunError: the file is missing, damaged, or not a face classifier.
    """
    import h5py

    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))["config"]
            stored = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(stored), "r") as file:
            network = Network(config["name"], config["layers"], _last(config), _weights(file["layers"], config["layers"]))
        shape = network.input_shape
        if not network.answers:
            raise ValueError("it answers nothing")
    except DAMAGED as error:
        raise RunError(f"The model file {path.name} cannot be read; train the run again or choose another one.") from error
    require_input(shape, path)
    return network


def before_training(network: Network, path: Path) -> Network:
    """Describe a network as it was before any training: its layers, and the weights of its backbone from a file.

    Args:
        network: a run's; its last layer keeps its weights, as no file has others.
        path: weights of the backbone without top, as Keras 3 writes them (`.weights.h5`), or another run's network (`.keras`).

    Raises:
        WeightsError: the file is missing, damaged, or of another backbone.
    """
    import h5py

    body = [entry for entry in network.layers if entry["config"]["name"] != network.output]
    try:
        if path.suffix == ".keras":
            trained = read(path).weights
            names = [entry["config"]["name"] for entry in body if entry["config"]["name"] in network.weights]
            weights = {name: trained[name] for name in names}
        else:
            with h5py.File(path) as file:
                weights = _weights(file["layers"], body)
    except (*DAMAGED, RunError, KeyError) as error:
        raise WeightsError(f"The file {path.name} does not hold the weights of this network's backbone.") from error
    for name, values in weights.items():
        if any(array.shape != network.weights[name][part].shape for part, array in values.items()):
            raise WeightsError(f"The file {path.name} does not hold the weights of this network's backbone.")
    return replace(network, weights={**network.weights, **weights})


def require_input(shape: tuple[int, ...], path: Path) -> Frame:
    """Tell the frame of a network's input (S, S, 1) or (S, S, 3).

    Raises:
        RunError: it takes no faces.
    """
    frame = frame_of_input(shape)
    if frame is None:
        raise RunError(
            f"{path.name} expects inputs of shape {shape}, not faces of {SMALLEST} to {LARGEST} pixels a side, grey or RGB."
        )
    return frame


def _last(config: dict[str, Any]) -> str:
    """Name the one layer that answers; Keras writes `[name, 0, 0]` or a list of such."""
    output = config["output_layers"][0]
    return str(output[0] if isinstance(output, list | tuple) else output)


def _weights(group: h5py.Group, layers: list[dict[str, Any]]) -> dict[str, Weights]:
    counts: dict[str, int] = {}
    weights: dict[str, Weights] = {}
    for entry in layers:
        kind = entry["class_name"]
        if kind in _FOLDERS:
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            values = group[f"{_FOLDERS[kind]}_{number}" if number else _FOLDERS[kind]]["vars"]
            names = _variables(entry)
            if len(values) != len(names):
                raise ValueError(f"{entry['config']['name']} has {len(values)} variables instead of {len(names)}.")
            # NumPy turns float16 into float32 five times as fast as HDF5 does.
            weights[entry["config"]["name"]] = {
                name: values[str(place)][()].astype(np.float32) for place, name in enumerate(names)
            }
    return weights


def _variables(entry: dict[str, Any]) -> list[str]:
    """Name a layer's variables in the order in which Keras keeps them."""
    config = entry["config"]
    if entry["class_name"] == "BatchNormalization":
        learned = [name for name, has in (("gamma", config["scale"]), ("beta", config["center"])) if has]
        return [*learned, "moving_mean", "moving_variance"]
    return ["kernel", "bias"] if config["use_bias"] else ["kernel"]
