import numpy as np
import pytest

from fer_core.errors import InputError, WeightsError
from fer_core.lesson.filters import FirstLayer, activations, first_layer, tiles


def test_the_filters_that_come_with_the_project() -> None:
    layer = first_layer()
    assert layer.kernels.shape == (32, 3, 3, 3)
    needs_colour = (layer.colour_share >= 0.5) & ~layer.silent
    assert (int(layer.silent.sum()), int(needs_colour.sum())) == (11, 8)


def test_other_files_are_refused(tmp_path) -> None:
    (tmp_path / "other.h5").write_bytes(b"no weights")
    for name in ("other.h5", "missing.h5"):
        with pytest.raises(WeightsError, match=f"put {name} back"):
            first_layer(tmp_path / name)


def _layer(kernel: np.ndarray, *, offset: float = 0.0) -> FirstLayer:
    return FirstLayer(kernel[None].astype(np.float32), np.full(1, 2.0, np.float32), np.full(1, offset, np.float32))


def test_what_a_filter_finds() -> None:
    centre = np.zeros((3, 3, 3))
    centre[1, 1] = 0.5  # of each colour: 1.5 of a white place, times the scale of 2
    white = np.full((48, 48), 255, np.uint8)
    found = activations(_layer(centre), white)
    assert found.shape == (1, 48, 48)
    assert np.allclose(found, 3)
    assert np.allclose(activations(_layer(centre, offset=5), white), 6)
    assert not activations(_layer(centre), np.zeros((48, 48), np.uint8)).any()
    # The lower right weight looks past the edge at the last place, where there are zeros.
    corner = np.zeros((3, 3, 3))
    corner[2, 2] = 0.5
    found = activations(_layer(corner), white)[0]
    assert (found[46, 46], found[47, 46], found[46, 47]) == (3, 0, 0)
    with pytest.raises(InputError, match="48"):
        activations(_layer(centre), white[:, :40])


def test_colour_that_a_grey_face_does_not_have() -> None:
    kernel = np.zeros((3, 3, 3))
    kernel[0, 0] = (1, -1, 0)
    layer = _layer(kernel)
    assert layer.colour_share.tolist() == [1]
    kernel[0, 0] = (1, 1, 1)
    assert _layer(kernel).colour_share.tolist() == [0]
    assert _layer(kernel / 100).silent.tolist() == [True]
    assert tiles(layer.kernels)[0, 0, 0].tolist() == [255, 0, 128]
    assert tiles(layer.grey)[0].tolist() == [[128] * 3] * 3
    kernel[0, 0] = (1, -0.5, 0.1)
    layer = _layer(kernel)
    assert tiles(layer.grey)[0, 0, 0] == 255
    assert tiles(layer.grey, like=layer.kernels)[0, 0, 0] == round(127.5 + 127.5 * 0.6 / 3)
