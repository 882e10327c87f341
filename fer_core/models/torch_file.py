"""Tensors of a PyTorch file, read without PyTorch and without running what is in it.

Files as `torch.save` wrote them before version 1.6: five pickles one after the other (a magic number, the version of the format,
the system, the named tensors, the names of the storages), then each storage as a count and its values. Unpickling is limited to
the names that a table of tensors needs, as Python's documentation advises ("Restricting Globals").
"""

from __future__ import annotations

import math
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import WeightsError

if TYPE_CHECKING:
    import keras

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class _Storage:
    """Where the values of a tensor lie: the key of a storage, its type and its number of values."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Read the named tensors of a PyTorch file.

    Returns:
        {name: array, float32 or int64, of the tensor's shape}.

    Raises:
        WeightsError: the file is missing, damaged, or holds something else than named tensors.
    """
    try:
        with path.open("rb") as file:
            if _unpickled(file) != _MAGIC or _unpickled(file) != _VERSION:
                raise ValueError("it is no such file")
            if not _unpickled(file)["little_endian"]:
                raise ValueError("its bytes are in another order")
            tensors = _unpickled(file)
            values = _storages(file, _unpickled(file), {tensor.storage.key: tensor.storage for tensor in tensors.values()})
        return {str(name): _array(tensor, values[tensor.storage.key]) for name, tensor in tensors.items()}
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, MemoryError, pickle.UnpicklingError) as error:
        raise WeightsError(f"The file {path.name} cannot be read as a table of PyTorch's tensors ({error}).") from error


def fill(network: keras.Model, path: Path) -> None:
    """Give a Keras network the weights of a PyTorch file whose modules have its layers' names, or those with `_` for `.`.

    Args:
        network: convolutions and batch normalisations, named as in `fer_core.backbones.efficientnet_lite`.
        path: a file as `read` takes it.

    Raises:
        WeightsError: the file cannot be read.
        LookupError, ValueError: a tensor is missing, or has another shape.
    """
    from keras.layers import BatchNormalization, DepthwiseConv2D

    tensors = read(path)
    for layer in network.layers:
        name = "_" + re.sub(r"^blocks_(\d+)_", r"blocks.\1._", layer.name)
        if isinstance(layer, BatchNormalization):
            layer.set_weights([tensors[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")])
        elif layer.weights:
            # PyTorch keeps kernels as (out, in, rows, columns), depthwise ones as (channels, 1, rows, columns).
            axes = (2, 3, 0, 1) if isinstance(layer, DepthwiseConv2D) else (2, 3, 1, 0)
            layer.set_weights([tensors[f"{name}.weight"].transpose(axes)])


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return _ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError("a storage is described in another way")
        return _Storage(str(key), dtype, int(count))


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


_ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
}


def _unpickled(file: IO[bytes]) -> Any:
    return _Unpickler(file).load()


def _storages(file: IO[bytes], keys: list[str], described: dict[str, _Storage]) -> dict[str, NDArray[Any]]:
    values = {}
    for key in keys:
        storage = described[key]
        (count,) = np.frombuffer(file.read(8), "<i8")
        if count != storage.count:
            raise ValueError(f"a storage has {count} values instead of {storage.count}")
        values[key] = np.frombuffer(file.read(storage.count * storage.dtype.itemsize), storage.dtype, count=storage.count)
    return values


def _array(tensor: _Tensor, values: NDArray[Any]) -> NDArray[Any]:
    """Lay a tensor's values out by its strides; whatever lies outside of its storage is refused."""
    last = tensor.offset + sum((side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
    size = math.prod(tensor.shape)
    if min((tensor.offset, *tensor.strides, *tensor.shape)) < 0 or last >= len(values) or size > len(values):
        raise ValueError("a tensor reaches beyond its storage")
    steps = [step * values.itemsize for step in tensor.strides]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps))
