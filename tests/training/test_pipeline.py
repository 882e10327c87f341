import numpy as np
import pytest

from fer_core.training import pipeline
from fer_core.training.config import Augmentation

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
    [{"flip": True}, {"rotation": 20}, {"zoom": 0.3}, {"shift": 0.2}, {"contrast": 0.5}, {"brightness": 0.3}, {"erase": 1.0}],
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


def test_epochs_hold_every_sample_once_in_another_order():
    images = np.repeat(np.arange(40, dtype=np.uint8)[:, None, None], 48, axis=1).repeat(48, axis=2)
    targets, weights = np.eye(2, dtype=np.float32)[np.arange(40) % 2], np.ones(40, np.float32)
    data = pipeline.batches(images, targets, weights, batch_size=8, augmentation=None, seed=0)
    orders = [[int(face[0, 0, 0]) for faces, _, _ in data for face in faces.numpy()] for _ in range(2)]
    assert sorted(orders[0]) == list(range(40))
    assert sorted(orders[1]) == list(range(40))
    assert orders[0] != orders[1]


def test_targets_and_weights_stay_with_their_faces():
    images = np.repeat(np.arange(30, dtype=np.uint8)[:, None, None], 48, axis=1).repeat(48, axis=2)
    weights = np.arange(30, dtype=np.float32)
    data = pipeline.batches(images, np.eye(30, dtype=np.float32), weights, batch_size=7, augmentation=None, seed=2)
    for faces, targets, own in data:
        assert (faces.numpy()[:, 0, 0, 0] == own.numpy()).all()
        assert (targets.numpy().argmax(1) == own.numpy()).all()
