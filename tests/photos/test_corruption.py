"""Each corruption does to a face what its strength says, and the same to a larger picture of the face."""

import dataclasses

import cv2
import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.photos.corruption import CORRUPTIONS, STAGES, Bar, Corruption, corrupt, cover
from fer_core.photos.faces import TEMPLATE

STEP = np.zeros((1, 48, 48), np.uint8)
STEP[:, :, 24:] = 200
"""Black on the left, grey on the right."""

RAMP = np.tile(np.arange(48, dtype=np.uint8) * 5, (2, 48, 1))
"""Two faces whose grey value is five times the column."""


def corrupted(name: str, images: np.ndarray, strength: float) -> np.ndarray:
    return CORRUPTIONS[name].apply(images, strength)


def test_the_table() -> None:
    assert list(CORRUPTIONS) == [
        "blur",
        "noise",
        "jpeg",
        "dark",
        "bright",
        "low-resolution",
        "rotation",
        "eyes-covered",
        "mouth-covered",
    ]
    in_order = sorted(CORRUPTIONS.values(), key=lambda one: STAGES.index(one.stage))
    assert " ".join(one.name for one in in_order) == (
        "eyes-covered mouth-covered rotation dark bright blur low-resolution noise jpeg"
    )
    for name, one in CORRUPTIONS.items():
        assert one.name == name
        assert [one.none, *one.strengths] == sorted({one.none, *one.strengths}), name
        assert one.strengths[-1] < one.most


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(3, 48, 48), (2, 192, 192, 3), (0, 48, 48)])
def test_shape_and_source_are_kept(name: str, shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(60, 200, shape, np.uint8)
    before = images.copy()
    made = corrupted(name, images, CORRUPTIONS[name].strengths[2])
    assert (made.shape, made.dtype) == (shape, np.uint8)
    np.testing.assert_array_equal(images, before)
    unchanged = corrupted(name, images, CORRUPTIONS[name].none)
    np.testing.assert_array_equal(unchanged, images)
    assert not np.shares_memory(unchanged, images)
    if len(images):
        assert (made != images).any()


@pytest.mark.parametrize("name", [name for name in CORRUPTIONS if name not in ("bright", "dark", "rotation")])
def test_a_greater_strength_changes_more(name: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 48, 48)).astype(np.float32)
    images = np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in images]).astype(np.uint8)
    changes = [np.abs(corrupted(name, images, s).astype(int) - images).mean() for s in CORRUPTIONS[name].strengths]
    assert changes == sorted(changes)
    assert changes[0] > 0


@pytest.mark.parametrize(
    ("name", "strength", "value", "expected"),
    [
        ("dark", 0.25, 200, 150),
        ("dark", 1.0, 200, 0),
        ("bright", 0.2, 100, 151),
        ("bright", 0.2, 240, 255),
        ("blur", 3.0, 77, 77),
        ("low-resolution", 8.0, 77, 77),
        ("rotation", 30.0, 77, 77),
    ],
)
def test_a_flat_face(name: str, strength: float, value: int, expected: int) -> None:
    assert np.unique(corrupted(name, np.full((2, 48, 48), value, np.uint8), strength)).tolist() == [expected]


def test_blur_of_a_step_is_the_normal_distribution() -> None:
    """200 times the normal distribution function at -1.5, -0.5, 0.5 and 1.5 pixels for a deviation of 2."""
    assert corrupted("blur", STEP, 2.0)[0, 10, 22:26] == pytest.approx([45.3, 80.3, 119.7, 154.7], abs=2)


def test_low_resolution_is_the_mean_of_what_became_one_pixel() -> None:
    """48 columns by eights: centres of the six pixels keep their means 17.5, 57.5, ... of five times the column."""
    row = corrupted("low-resolution", RAMP, 8.0)[0, 20].astype(int)
    assert row[:4].tolist() == [18, 18, 18, 18]
    assert row[[3, 11, 19, 27]] == pytest.approx([17.5, 57.5, 97.5, 137.5], abs=3)
    assert (np.diff(row[4:44]) == 5).mean() > 0.9


def test_rotation_by_a_quarter_turns_counter_clockwise() -> None:
    np.testing.assert_array_equal(corrupted("rotation", RAMP, 90.0), np.rot90(RAMP, axes=(1, 2)))
    np.testing.assert_array_equal(corrupted("rotation", RAMP, -90.0), np.rot90(RAMP, -1, axes=(1, 2)))


def test_noise_has_its_deviation_and_its_seed() -> None:
    grey = np.full((20, 48, 48), 128, np.uint8)
    made = corrupted("noise", grey, 16.0).astype(float) - 128
    assert made.std() == pytest.approx(16, abs=0.2)
    assert made.mean() == pytest.approx(0, abs=0.3)
    np.testing.assert_array_equal(CORRUPTIONS["noise"].apply(grey, 16, 5), CORRUPTIONS["noise"].apply(grey, 16, 5))
    assert (CORRUPTIONS["noise"].apply(grey, 16, 5) != CORRUPTIONS["noise"].apply(grey, 16, 6)).mean() > 0.9
    louder = corrupted("noise", grey, 32.0).astype(float) - 128
    assert np.corrcoef(made.ravel(), louder.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("name", "strength", "rows", "columns"), [("eyes-covered", 8, (16, 23), (8, 39)), ("mouth-covered", 10, (32, 41), (12, 35))]
)
@pytest.mark.parametrize("zoom", [1, 4])
def test_a_bar_lies_over_its_part(name: str, strength: int, rows: tuple, columns: tuple, zoom: int) -> None:
    """First and last pixel of the 48x48 frame that is covered, and of a frame four times as large."""
    shape = (1, 48, 48) if zoom == 1 else (1, 192, 192, 3)
    covered = corrupted(name, np.full(shape, 200, np.uint8), strength)[0].reshape(48 * zoom, 48 * zoom, -1)[:, :, 0] == 0
    found = np.nonzero(covered.any(axis=1))[0] / zoom, np.nonzero(covered.any(axis=0))[0] / zoom
    for places, (first, last) in zip(found, (rows, columns), strict=True):
        assert places[0] == pytest.approx(first, abs=0.75)
        assert places[-1] == pytest.approx(last + 1 - 1 / zoom, abs=0.75)


def test_bars_are_where_the_landmarks_of_aligned_faces_are() -> None:
    left, right, _, *mouth = np.rint(TEMPLATE).astype(int)
    eyes = corrupted("eyes-covered", np.full((1, 48, 48), 200, np.uint8), 4.0)[0]
    assert [eyes[y, x] for x, y in (left, right)] == [0, 0]
    lips = corrupted("mouth-covered", np.full((1, 48, 48), 200, np.uint8), 4.0)[0]
    assert [lips[y, x] for x, y in mouth] == [0, 0]


def test_a_bar_anywhere_in_any_shade() -> None:
    made = cover(np.full((1, 48, 48), 200, np.uint8), across=9.5, down=4.5, width=4, height=2, shade=90)[0]
    assert np.argwhere(made == 90).tolist() == [[y, x] for y in (4, 5) for x in (8, 9, 10, 11)]
    assert (made == 200).sum() == 48 * 48 - 8


@pytest.mark.parametrize(
    "name", ["blur", "noise", "dark", "bright", "low-resolution", "rotation", "eyes-covered", "mouth-covered"]
)
def test_a_larger_picture_of_the_same_face_is_spoiled_alike(name: str) -> None:
    """Shrunk by area, the corrupted large picture is the corrupted small one, but for what lies between its pixels."""
    y, x = np.mgrid[:192, :192] / 4
    large = np.rint(120 + 60 * np.sin(x / 5) * np.cos(y / 6)).astype(np.uint8)
    small = np.rint(large.reshape(48, 4, 48, 4).mean(axis=(1, 3))).astype(np.uint8)
    strength = {"noise": 12.0}.get(name, CORRUPTIONS[name].strengths[3])
    made = corrupted(name, np.repeat(large[None, :, :, None], 3, axis=3), strength)[0, :, :, 1]
    shrunk = made.reshape(48, 4, 48, 4).mean(axis=(1, 3))
    assert np.abs(shrunk - corrupted(name, small[None], strength)[0]).mean() < 3


def test_several_are_applied_in_their_order() -> None:
    """The bar over the eyes is turned with the face: upside down it lies in the lower half."""
    made = corrupt(np.full((1, 48, 48), 200, np.uint8), {"rotation": 180, "eyes-covered": 8})[0]
    assert np.nonzero((made == 0).any(axis=1))[0].tolist() == [24, 25, 26, 27, 28, 29, 30, 31]
    np.testing.assert_array_equal(corrupt(RAMP, {}), RAMP)
    assert not np.shares_memory(corrupt(RAMP, {}), RAMP)


def test_a_new_corruption_is_one_row_and_one_function(monkeypatch) -> None:
    def shift(images: np.ndarray, strength: float, seed: int) -> np.ndarray:
        return np.roll(images, round(strength), axis=2)

    row = Corruption("shift", "Shifted", "pixels", (1.0, 2.0, 3.0, 4.0, 5.0), -9, 0, 9, "pose", shift)
    monkeypatch.setitem(CORRUPTIONS, "shift", row)
    # The black bar over the eyes lies on the face and is moved with it; without its row it is an unknown one.
    made = corrupt(np.full((1, 48, 48), 200, np.uint8), {"shift": 4, "eyes-covered": 8})[0]
    assert np.nonzero((made == 0).any(axis=0))[0].tolist() == list(range(12, 44))
    monkeypatch.delitem(CORRUPTIONS, "shift")
    with pytest.raises(InputError, match="got 'shift'"):
        corrupt(RAMP, {"shift": 4})


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Corruption)])
def test_a_row_has_every_field(field: str) -> None:
    row = {name: value for name, value in vars(CORRUPTIONS["blur"]).items() if name != field}
    with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{field}'"):
        Corruption(**row)


def test_a_bar_lies_under_the_light() -> None:
    made = corrupt(np.full((1, 48, 48), 200, np.uint8), {"bright": 0.2}, bar=Bar(down=10.5, height=4, shade=100))[0]
    assert [made[row, 24] for row in (8, 9, 12, 13)] == [251, 151, 151, 251]
    assert [made[10, column] for column in (7, 8, 39, 40)] == [251, 151, 151, 251]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corrupted("blur", np.zeros((48, 48), np.uint8), 1), r"Faces must be \(N, S, S\).*got \(48, 48\) uint8"),
        (lambda: corrupted("blur", np.zeros((1, 40, 40), np.uint8), 1), r"\(1, 40, 40\)"),
        (lambda: corrupted("blur", np.zeros((1, 48, 48), np.float32), 1), "float32"),
        (lambda: corrupted("dark", RAMP, 1.5), "'dark' must be 0 to 1 of the light taken; got 1.5"),
        (lambda: corrupted("low-resolution", RAMP, 0), "must be 1 to 24"),
        (lambda: corrupted("rotation", RAMP, -181), "must be -180 to 180 degrees"),
        (lambda: cover(RAMP, width=4, height=4, shade=300), "shade of a bar must be 0 to 255; got 300"),
        (lambda: cover(RAMP[0], width=4, height=4), r"got \(48, 48\)"),
        (lambda: corrupt(RAMP, {"fog": 1}), "one of blur, noise, .* got 'fog'"),
    ],
)
def test_wrong_arguments(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_faces_in_parts_get_the_noise_that_all_get_together() -> None:
    faces = np.random.default_rng(3).integers(0, 256, (7, 64, 64, 3), dtype=np.uint8)
    noise, going_on = CORRUPTIONS["noise"], np.random.default_rng(5)
    parts = [noise.apply(faces[start:end], 20.0, going_on) for start, end in ((0, 1), (1, 4), (4, 7))]
    np.testing.assert_array_equal(np.concatenate(parts), noise.apply(faces, 20.0, 5))
