import numpy as np
import pytest

from fer_core.runs.config import Augmentation
from fer_core.training import pipeline

STILL = Augmentation(flip=False, rotation=0, zoom=0, shift=0, contrast=0, brightness=0, erase=0)


@pytest.fixture
def faces() -> np.ndarray:
    rows = np.linspace(20, 230, 48)[None, :, None] * np.ones((6, 1, 48))
    rows[:, 10:14, 5:20] = 0
    return rows.astype(np.uint8)


def test_no_change_asked_for_changes_nothing(faces):
    assert (pipeline.augment_preview(faces, STILL, 0) == faces).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"flip": True},
        {"rotation": 20},
        {"zoom": 0.3},
        {"shift": 0.2},
        {"contrast": 0.5},
        {"brightness": 0.3},
        {"erase": 1.0},
        {"gamma": 0.5},
        {"light": 0.5},
        {"glasses": 1.0},
    ],
)
def test_each_change_shows_and_keeps_shape_and_range(faces, changes):
    made = pipeline.augment_preview(faces, STILL.model_copy(update=changes), 3)
    assert made.shape == faces.shape
    assert made.dtype == np.uint8
    assert (made != faces).any()


def test_mirror_alone_gives_the_face_or_its_mirror_image(faces):
    made = pipeline.augment_preview(np.repeat(faces, 8, axis=0), STILL.model_copy(update={"flip": True}), 1)
    kinds = ["same" if (face == faces[0]).all() else "mirror" if (face == faces[0][:, ::-1]).all() else "other" for face in made]
    assert set(kinds) == {"same", "mirror"}


def test_same_seed_same_faces(faces):
    assert (pipeline.augment_preview(faces, Augmentation(), 5) == pipeline.augment_preview(faces, Augmentation(), 5)).all()
    assert (pipeline.augment_preview(faces, Augmentation(), 5) != pipeline.augment_preview(faces, Augmentation(), 6)).any()


def numbered(count: int) -> np.ndarray:
    """Faces whose every pixel is their number."""
    return np.repeat(np.arange(count, dtype=np.uint8)[:, None, None], 48, axis=1).repeat(48, axis=2)


def first_batches(count: int, **changes):
    given = {"batch_size": 8, "augmentation": None, "seed": 0, **changes}
    targets = np.eye(2, dtype=np.float32)[np.arange(40) % 2]
    data = pipeline.batches(numbered(40), targets, np.ones(40, np.float32), **given)
    return [faces.numpy() for faces, _, _ in data.take(count)]


def test_epochs_hold_every_sample_once_in_another_order():
    drawn = [int(face[0, 0, 0]) for batch in first_batches(10) for face in batch]
    assert sorted(drawn[:40]) == sorted(drawn[40:]) == list(range(40))
    assert drawn[:40] != drawn[40:]


@pytest.mark.parametrize("augmentation", [None, Augmentation(mixup=0.4)])
def test_batches_from_a_later_epoch_are_those_that_would_have_come(augmentation):
    whole = first_batches(10, augmentation=augmentation)
    later = first_batches(5, augmentation=augmentation, first_epoch=1)
    np.testing.assert_array_equal(whole[5:], later)


def test_resizing_on_the_way_is_the_networks_own():
    import keras

    random = np.random.default_rng(0).integers(0, 255, (4, 48, 48), np.uint8)
    data = pipeline.batches(
        random, np.eye(4, dtype=np.float32), np.ones(4, np.float32), batch_size=4, augmentation=STILL, seed=0, side=96
    )
    faces, targets, _ = next(iter(data))
    expected = keras.layers.Resizing(96, 96)(random[targets.numpy().argmax(1)][..., None].astype(np.float32))
    np.testing.assert_allclose(faces, expected, atol=0.05)


def test_mixup_blends_faces_and_targets_by_the_same_share():
    faces, targets, weights = pipeline.mix(
        numbered(6)[..., None].astype(np.float32), np.eye(6, dtype=np.float32), np.ones(6, np.float32), alpha=0.5, seed=(1, 2)
    )
    np.testing.assert_allclose(targets.numpy().sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(faces[:, 0, 0, 0], targets.numpy() @ np.arange(6), atol=1e-4)
    assert (targets.numpy().max(axis=1) < 1).any()
    assert weights.numpy() == pytest.approx(1)


def test_targets_and_weights_stay_with_their_faces():
    weights = np.arange(30, dtype=np.float32)
    data = pipeline.batches(numbered(30), np.eye(30, dtype=np.float32), weights, batch_size=7, augmentation=None, seed=2)
    for faces, targets, own in data.take(9):
        assert (faces.numpy()[:, 0, 0, 0] == own.numpy()).all()
        assert (targets.numpy().argmax(1) == own.numpy()).all()


def test_glasses_are_worn_at_the_eyes_and_light_comes_from_a_side():
    grey = np.full((64, 48, 48), 160, np.uint8)
    worn = pipeline.augment_preview(grey, STILL.model_copy(update={"glasses": 1.0}), 2)
    assert (worn != grey).any(axis=(1, 2)).all()
    rows = np.flatnonzero((worn != grey).any(axis=(0, 2)))
    assert (rows.min() >= 8, rows.max() <= 30) == (True, True)
    some = pipeline.augment_preview(grey, STILL.model_copy(update={"glasses": 0.25}), 2)
    assert 4 <= (some != grey).any(axis=(1, 2)).sum() <= 30
    lit = pipeline.augment_preview(grey, STILL.model_copy(update={"light": 0.8}), 2).astype(int)
    halves = np.abs(lit[:, :, :24].mean(axis=(1, 2)) - lit[:, :, 24:].mean(axis=(1, 2)))
    assert (lit.max(), np.median(halves) > 5) == (160, True)
    # 255 x (160 / 255) to the powers 1/2 and 2.
    gamma = pipeline.augment_preview(grey, STILL.model_copy(update={"gamma": 1.0}), 2)
    assert (gamma.min() >= 100, gamma.max() <= 202, gamma.max() - gamma.min() > 50) == (True, True, True)
