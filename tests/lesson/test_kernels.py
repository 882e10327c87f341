import numpy as np
import pytest
from scipy.signal import correlate2d

from fer_core.datasets.synthetic import draw_face
from fer_core.errors import InputError
from fer_core.lesson.kernels import KERNELS, SIDE, Kernel, slide, small_face


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_a_map_is_what_scipy_computes(kernel: Kernel) -> None:
    picture = small_face(draw_face(3, "happy", 1.0, size=48))
    assert picture.shape == (SIDE, SIDE)
    found = slide(picture, kernel)
    assert found.shape == (SIDE - 2, SIDE - 2)
    assert np.allclose(found, correlate2d(picture.astype(float), kernel.array, mode="valid"))


def test_kernels_find_what_they_say() -> None:
    upright = np.zeros((5, 5), np.uint8)
    upright[:, 3:] = 100
    found = {kernel.name: slide(upright, kernel) for kernel in KERNELS}
    assert found["Upright edges"].tolist() == [[0, 300, 300]] * 3
    assert not found["Level edges"].any()
    assert found["Spots"].tolist() == [[0, -100, 100]] * 3
    assert slide(upright.T.copy(), KERNELS[1]).tolist() == [[0] * 3, [300] * 3, [300] * 3]
    flat = np.full((4, 4), 90, np.uint8)
    assert [float(slide(flat, kernel)[0, 0]) for kernel in KERNELS] == pytest.approx([0, 0, 0, 90, 90])


def test_refuses_what_is_no_face() -> None:
    for wrong in (np.zeros((20, 48), np.uint8), np.zeros((48, 48)), np.zeros((48, 48, 3), np.uint8)):
        with pytest.raises(InputError, match="24 or more"):
            small_face(wrong)
    with pytest.raises(InputError, match="do not fit"):
        slide(np.zeros((2, 2), np.uint8), KERNELS[0])
