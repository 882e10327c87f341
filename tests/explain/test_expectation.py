"""What is expected by a network whose right answer is known: bright pixels in the left and right margins, or dark ones."""

import keras
import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain.expectation import expected_faces


@pytest.fixture(scope="module")
def margins():
    """Logit 0 rises with the brightness of the outer columns, logit 1 falls with it; the middle means nothing."""
    face = keras.Input((48, 48, 1), name="face")
    x = keras.layers.Rescaling(1 / 255)(face)
    x = keras.layers.AveragePooling2D((48, 8))(x)
    logits = keras.layers.Dense(2, name="logits")(keras.layers.Flatten()(x))
    model = keras.Model(face, logits)
    kernel = np.zeros((6, 2), np.float32)
    kernel[[0, 5]] = [6, -6]
    model.get_layer("logits").set_weights([kernel, np.zeros(2, np.float32)])
    return model


def test_the_picture_shows_what_the_class_asks_for(margins):
    said: list[float] = []
    start = np.full((48, 48), 128, np.uint8)
    made = expected_faces(margins, start, steps=8, progress=lambda share, text: said.append(share))
    assert made.pictures.shape == (2, 48, 48)
    outer = made.pictures[:, :, [2, 45]].mean(axis=(1, 2))
    assert outer[0] > 134
    assert outer[1] < 122
    assert (made.pictures == made.pictures[:, :, ::-1]).mean() > 0.99
    # Logits of grey are +6.02 and -6.02, so that the first class has all of it before, and both have more of their own after.
    assert made.before == pytest.approx([1, 0], abs=1e-4)
    assert made.after[1] > made.before[1]
    assert (len(said), said[-1]) == (8, 1)


@pytest.mark.parametrize(
    ("start", "steps", "said"), [(np.zeros((48, 48)), 4, "uint8"), (np.zeros((48, 48), np.uint8), 0, "at least 1 step")]
)
def test_wrong_arguments(margins, start, steps, said):
    with pytest.raises(InputError, match=said):
        expected_faces(margins, start, steps=steps)
