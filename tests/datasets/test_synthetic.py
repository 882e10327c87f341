import numpy as np
import pytest

from fer_core.datasets import synthetic
from fer_core.datasets.drawing.action_units import ACTION_UNITS, PROTOTYPES, activation, sample_activation
from fer_core.datasets.drawing.canvas import canvas_of, spline
from fer_core.datasets.drawing.identity import sample_identity
from fer_core.datasets.drawing.landmarks import landmarks
from fer_core.datasets.drawing.scene import Scene, project, rotation
from fer_core.datasets.store import open_dataset
from fer_core.datasets.synthetic import SHARES, create_synthetic, draw_face, make_faces
from fer_core.errors import InputError, NameTakenError
from fer_core.labels import FIVE

MOUTH = np.s_[110:185, 40:152]
BROWS = np.s_[35:95, 30:162]


@pytest.fixture(scope="module")
def faces():
    """720 drawn faces."""
    return make_faces(720, 0)


def test_faces_have_the_shape_type_and_range_that_are_promised(faces):
    assert faces.images.shape == (720, 48, 48)
    assert faces.images.dtype == np.uint8
    assert faces.intensity.dtype == np.float32
    assert len(faces.labels) == len(faces.identity) == 720
    spread = faces.images.reshape(720, -1).std(axis=1)
    assert spread.min() > 8, "a blank picture"
    assert 80 < faces.images.mean() < 175


def test_intensity_is_nought_for_neutral_and_mostly_strong_otherwise(faces):
    neutral = np.array(faces.labels) == "neutral"
    assert (faces.intensity[neutral] == 0).all()
    shown = faces.intensity[~neutral]
    assert shown.min() >= 0.15
    assert shown.max() <= 1
    assert 0.8 < (shown >= 0.5).mean() < 0.95
    assert (shown < 0.3).any()


def test_classes_are_as_frequent_as_in_fer2013(faces):
    for label, weight in SHARES.items():
        assert faces.labels.count(label) / 720 == pytest.approx(weight / sum(SHARES.values()), abs=0.005)


def test_same_seed_same_faces_whatever_the_number_of_workers_and_faces(faces):
    alone, crowd = make_faces(45, 0, workers=1), make_faces(70, 0, workers=5)
    np.testing.assert_array_equal(alone.images, faces.images[:45])
    np.testing.assert_array_equal(crowd.images, faces.images[:70])
    assert crowd.labels == faces.labels[:70]
    np.testing.assert_array_equal(crowd.intensity, faces.intensity[:70])


def test_another_seed_draws_other_people(faces):
    other = make_faces(20, 1)
    differences = np.abs(other.images.astype(int) - faces.images[:20]).mean(axis=(1, 2))
    assert differences.min() > 10


def test_everyone_has_several_faces(faces):
    assert np.unique(np.bincount(faces.identity)).tolist() == [6]
    assert len(np.unique(faces.images.reshape(720, -1), axis=0)) == 720


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-5, 0), (100_001, 0), (10, -1)])
def test_impossible_orders_are_refused(count, seed):
    with pytest.raises(InputError):
        make_faces(count, seed)


def test_progress_rises_to_one():
    heard = []
    make_faces(50, 0, progress=lambda fraction, sentence: heard.append((fraction, sentence)))
    assert [round(fraction, 2) for fraction, _ in heard] == [0.4, 0.8, 1.0]
    assert heard[-1][1] == "Drew 50 of 50 faces"


def test_the_data_set_is_stored_with_splits_by_person(workspace, faces, monkeypatch):
    monkeypatch.setattr(synthetic, "make_faces", lambda count, seed, progress: faces)
    made = create_synthetic("Drawn", 720, 0)
    stored = open_dataset("Drawn")
    assert stored.meta.drawn
    assert stored.meta.kind == "synthetic"
    assert "no person is shown" in stored.meta.note
    assert stored.meta.classes == FIVE
    assert stored.meta.n == 720
    assert stored.meta.fingerprint == made.meta.fingerprint
    samples = stored.samples
    assert samples["intensity"].dtype == np.float32
    people = samples["file"].str.extract(r"^person-(\d{4})_[a-z]+_[01]\.\d\d_\d{5}\.png$")[0]
    assert people.notna().all()
    assert (people.groupby(people).size() == 6).all()
    assert samples.groupby(people)["split"].nunique().max() == 1
    shares = samples["split"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=0.02)
    for split in ("train", "validation", "test"):
        assert set(samples.loc[samples["split"] == split, "label"]) == set(FIVE)
    with pytest.raises(NameTakenError):
        create_synthetic("Drawn", 10)


@pytest.mark.parametrize(("count", "splits"), [(1, {"train"}), (2, {"train", "test"}), (3, {"train", "validation", "test"})])
def test_a_handful_of_faces_is_a_data_set_too(workspace, count, splits):
    assert set(create_synthetic("Few", count, 5).samples["split"]) == splits


@pytest.mark.parametrize(
    ("expression", "region"),
    [
        ("happy", MOUTH),
        ("disgust", MOUTH),
        ("fear", MOUTH),
        ("surprise", MOUTH),
        ("sad", MOUTH),
        ("angry", BROWS),
        ("fear", BROWS),
        ("surprise", BROWS),
        ("disgust", BROWS),
    ],
)
@pytest.mark.parametrize("person", [1, 4])
def test_more_intensity_moves_the_face_further_from_neutral(expression, region, person):
    neutral = draw_face(person, "neutral", 0)[region].astype(float)
    moved = [np.abs(draw_face(person, expression, much)[region] - neutral).mean() for much in (0, 0.25, 0.5, 0.75, 1)]
    assert moved[0] == 0
    assert (np.diff(moved) > 0).all(), moved


@pytest.mark.parametrize("size", [48, 96, 192])
def test_draw_face_returns_the_size_that_is_asked_for(size):
    face = draw_face(3, "happy", 0.9, size=size)
    assert face.shape == (size, size)
    assert face.dtype == np.uint8
    np.testing.assert_array_equal(face, draw_face(3, "happy", 0.9, size=size))


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((0, "bored", 1.0), {}),
        ((0, "happy", 1.2), {}),
        ((0, "happy", float("nan")), {}),
        ((-1, "happy", 1.0), {}),
        ((0, "happy", 1.0), {"size": 8}),
        ((0, "happy", 1.0), {"yaw": 80}),
        ((0, "happy", 1.0), {"units": {3: 1.0}}),
        ((0, "happy", 1.0), {"units": {12: 2.0}}),
    ],
)
def test_draw_face_refuses_what_it_cannot_draw(arguments, options):
    with pytest.raises(InputError):
        draw_face(*arguments, **options)


@pytest.mark.parametrize("unit", sorted(ACTION_UNITS))
def test_every_action_unit_is_seen(unit):
    plain = draw_face(2, "neutral", 0).astype(float)
    changed = np.abs(draw_face(2, "neutral", 0, units={unit: 1.0}) - plain)
    assert (changed > 12).sum() > 100


def test_prototypes_are_those_of_emfacs():
    assert {name: set(units) for name, units in PROTOTYPES.items()} == {
        "angry": {4, 5, 7, 23},
        "disgust": {9, 15, 16},
        "fear": {1, 2, 4, 5, 20, 26},
        "happy": {6, 12},
        "sad": {1, 4, 15},
        "surprise": {1, 2, 5, 26},
        "neutral": set(),
    }


@pytest.mark.parametrize(
    ("unit", "part", "direction"),
    [
        (1, "inner brow", -1),
        (2, "outer brow", -1),
        (4, "inner brow", 1),
        (5, "upper lid", -1),
        (6, "lower lid", -1),
        (7, "lower lid", -1),
        (9, "inner brow", 1),
        (12, "corner", -1),
        (15, "corner", 1),
        (16, "lower lip", 1),
        (26, "lower lip", 1),
        (43, "upper lid", 1),
    ],
)
def test_action_units_pull_where_their_muscles_pull(unit, part, direction):
    who = sample_identity(np.random.default_rng(0))

    def heights(units):
        marks = landmarks(who, activation("neutral", 0, override=units))
        eye = marks.eyes[1]
        return {
            "corner": marks.mouth.corner(1)[1],
            "inner brow": marks.brows[1][0, 1],
            "outer brow": marks.brows[1][-4, 1],
            "lower lip": marks.mouth.inner_bottom[16, 1],
            "upper lid": eye.upper[8, 1],
            "lower lid": eye.lower[8, 1],
        }[part]

    assert direction * (heights({unit: 1.0}) - heights({})) > 0.01


def test_people_show_an_emotion_differently_but_keep_its_core():
    rng = np.random.default_rng(0)
    shown = [sample_activation("fear", 1.0, rng) for _ in range(200)]
    assert min(one.mean(20) for one in shown) > 0.2
    assert min(one.mean(2) for one in shown) < 0.1
    assert np.mean([abs(one.left[1] - one.right[1]) for one in shown]) > 0.02


def test_yaw_foreshortens_the_far_half():
    axis = canvas_of(192).axis
    dome = np.sqrt(np.maximum(0.8 - axis[None, :] ** 2 - axis[:, None] ** 2, 0)).astype(np.float32)
    stripes = np.zeros((192, 192, 1), np.float32)
    for x in (-0.5, 0.0, 0.5):
        stripes[:, np.abs(axis - x) < 0.03] = 1
    row = project(stripes, dome, Scene(yaw=float(np.deg2rad(25))), 192)[96, :, 0]
    lit = np.flatnonzero(row > 0.3)
    centres = [run.mean() for run in np.split(lit, np.flatnonzero(np.diff(lit) > 1) + 1)]
    assert len(centres) == 3
    left, right = centres[1] - centres[0], centres[2] - centres[1]
    assert left > 1.2 * right


def test_rotation_is_a_rotation():
    turn = rotation(Scene(yaw=0.3, pitch=-0.2, roll=0.4))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_a_spline_goes_through_its_points():
    points = np.array([(0.0, 0.0), (1.0, 0.5), (2.0, -1.0), (3.0, 0.0)])
    np.testing.assert_allclose(spline(points, steps=4)[::4], points)
    assert len(spline(points, steps=4, closed=True)) == 16


def test_a_filled_square_covers_its_area():
    canvas = canvas_of(200)
    patch = canvas.fill(np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]))
    assert patch.mask.sum() / canvas.scale**2 == pytest.approx(1, rel=0.05)


def orientation_histograms(images):
    """Histograms of gradient directions in cells of 6x6 pixels, (N, 512), each picture of unit length."""
    pictures = images.astype(np.float32)
    down, across = np.gradient(pictures, axis=(1, 2))
    strength = np.sqrt(np.hypot(down, across))
    direction = ((np.arctan2(down, across) / (2 * np.pi)) % 1 * 8).astype(int) % 8
    cells = np.stack([np.where(direction == k, strength, 0).reshape(-1, 8, 6, 8, 6).sum(axis=(2, 4)) for k in range(8)], axis=-1)
    features = cells.reshape(len(images), -1)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def test_a_simple_classifier_learns_the_expressions(faces):
    from sklearn.linear_model import RidgeClassifier

    inputs, labels = orientation_histograms(faces.images), np.array(faces.labels)
    train = faces.identity < 84
    model = RidgeClassifier(alpha=0.3).fit(inputs[train], labels[train])
    accuracy = model.score(inputs[~train], labels[~train])
    majority = (labels[~train] == "happy").mean()
    assert majority < 0.45
    assert accuracy > majority + 0.2
