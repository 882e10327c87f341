"""The second output of a graph: what each place adds to each logit, in floats and in 8 bits."""

import dataclasses

import numpy as np
import onnxruntime
import pytest

from fer_core import runs
from fer_core.datasets.prepared import read_prepared
from fer_core.errors import RunError
from fer_core.explain.cam import pooled_gradcam
from fer_core.models import saved_network
from fer_core.models.class_maps import OUTPUT, with_class_maps
from fer_core.models.inference import feature_map_forward
from fer_core.models.int8 import quantised
from fer_core.models.onnx_graph import to_onnx


@pytest.fixture
def tiny(tiny_model, tmp_path) -> saved_network.Network:
    file = tmp_path / "model.keras"
    file.write_bytes(tiny_model)
    return saved_network.read(file)


def asked(graph, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    logits, maps = session.run(None, {"face": faces[..., None].astype(np.float32)})
    return logits, maps


def test_places_add_up_to_the_logits(tiny):
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    graph = to_onnx(tiny)
    extended = with_class_maps(graph, tiny)
    logits, maps = asked(extended, faces)
    assert (maps.shape, [output.name for output in extended.graph.output][1:], len(graph.graph.output)) == (
        (3, 5, 12, 12),
        [OUTPUT],
        1,
    )
    np.testing.assert_allclose(maps.sum(axis=(2, 3)) + tiny.weights[tiny.output]["bias"], logits, atol=1e-4)


def test_what_is_positive_is_grad_cam_in_closed_form(tiny):
    faces = np.random.default_rng(1).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    _, maps = asked(with_class_maps(to_onnx(tiny), tiny), faces)
    features = feature_map_forward(tiny, tiny.pooled_layer)(faces)
    for target in range(5):
        weights = np.tile(np.eye(5, dtype=np.float32)[target], (4, 1))
        expected = pooled_gradcam(features, tiny.weights[tiny.output]["kernel"], weights)
        np.testing.assert_allclose(np.maximum(maps[:, target], 0), expected, atol=1e-5)


def test_the_run_that_ships_has_maps_in_8_bits_too():
    network = saved_network.read(runs.open_run("bundled").model_file)
    faces = read_prepared()[0][::500]
    graph = quantised(to_onnx(network))
    assert graph is not None
    logits, maps = asked(with_class_maps(graph, network), faces)
    assert maps.shape == (6, 5, 6, 6)
    np.testing.assert_allclose(maps.sum(axis=(2, 3)) + network.weights[network.output]["bias"], logits, atol=1e-3)


def test_a_network_that_does_not_average_has_none(tiny):
    layers = [entry for entry in tiny.layers if entry["class_name"] != "GlobalAveragePooling2D"]
    with pytest.raises(RunError, match="no map without gradients"):
        with_class_maps(to_onnx(tiny), dataclasses.replace(tiny, layers=_read_from(layers, "late")))


def _read_from(layers: list[dict], source: str) -> list[dict]:
    """The layers, the last of which reads another result than the mean."""
    import copy

    changed = copy.deepcopy(layers)
    changed[-1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = source
    return changed
