"""The picture of transfer learning: aligned, measured by all features, kept with the run, and what ships of it."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import procrustes

from fer_core import runs
from fer_core.datasets import writing
from fer_core.errors import InputError, WeightsError
from fer_core.lesson import morph as morphs
from fer_core.lesson.morph import Morph, align, kept_morphs, make_morph, separation
from fer_core.models import saved_network
from fer_core.runs import BUNDLED, SHIPPED


def test_aligned_points_lie_as_near_as_turning_and_one_scale_can_bring_them() -> None:
    draw = np.random.default_rng(0)
    points = draw.normal(0, 3, (50, 2))
    angle = 2.0
    turned = 7 * points @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1, -1] + 5
    first, second = align(turned, points)
    assert np.allclose(first, second, atol=1e-5)
    assert np.allclose((second**2).sum(axis=1).mean(), 1)
    noisy = points + draw.normal(0, 1, (50, 2))
    first, second = align(noisy, points)
    # Scipy scales the second set once more, towards the first; turned it is alike.
    _, by_scipy, _ = procrustes(points, noisy)
    shown = first / np.linalg.norm(first)
    assert np.allclose(shown, by_scipy / np.linalg.norm(by_scipy), atol=1e-5)


def _morph(same: np.ndarray, labels: list[int]) -> Morph:
    n = len(labels)
    points = np.zeros((n, 2), np.float32)
    return Morph(
        "Few",
        np.arange(n),
        np.array(labels),
        ("happy", "sad"),
        "test",
        points,
        points + 1,
        np.full((2, 2), 0.5, np.float32),
        same,
    )


def test_separation_by_hand() -> None:
    same = np.array([[0.2] * 8 + [0.4] * 2, [1.0] * 10], np.float32)
    found = separation(_morph(same, [0] * 6 + [1] * 4))
    assert found.before[0] == pytest.approx(0.24)
    assert found.after == pytest.approx((1, 1, 1))
    assert found.difference[0] == pytest.approx(0.76)
    assert 0.6 <= found.difference[1] <= 0.76 <= found.difference[2] <= 0.801
    assert found.chance == pytest.approx(0.36 + 0.16)
    assert (found.n, found.count) == (10, 5)


@pytest.fixture
def faces(workspace):
    images = np.random.default_rng(0).integers(0, 256, (60, 48, 48), dtype=np.uint8)
    table = pd.DataFrame({"label": ["happy", "fear"] * 30, "split": ["train"] * 30 + ["test"] * 30})
    return writing.write_dataset("Few", images, table, classes=("fear", "happy"), kind="csv", source="made")


def test_it_is_made_of_test_faces_by_both_networks_and_kept(faces) -> None:
    run = runs.open_run(BUNDLED)
    assert faces.meta.fingerprint not in kept_morphs(run)
    shares = []
    made = make_morph(run, faces, progress=lambda share, text: shares.append(share))
    assert made.samples.tolist() == list(range(30, 60))
    assert [made.classes[label] for label in made.labels[:2]] == ["happy", "fear"]
    assert (made.split, made.moved) == ("test", True)
    assert shares == sorted(shares)
    again = kept_morphs(run)[faces.meta.fingerprint]
    assert (again.classes, again.split, again.dataset) == (("fear", "happy"), "test", "Few")
    assert np.array_equal(again.after, made.after)
    # Neighbours by hand, from the pooled features that the run's own predictor averages.
    from fer_core.predictor import load_predictor

    pooled = load_predictor(run).feature_maps(np.asarray(faces.images[30:60])).mean(axis=(2, 3))
    length = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    cosine = length @ length.T
    np.fill_diagonal(cosine, -2)
    nearest = np.argsort(-cosine, axis=1)[:, :5]
    assert np.allclose(made.same[1], (made.labels[nearest] == made.labels[:, None]).mean(axis=1), atol=1e-6)
    (run.own / morphs._name(run, faces.meta.fingerprint)).write_bytes(b"damaged")
    assert faces.meta.fingerprint not in kept_morphs(run)


def test_few_test_faces_make_it_one_of_all_splits_and_too_few_none(workspace) -> None:
    images = np.random.default_rng(0).integers(0, 256, (24, 48, 48), dtype=np.uint8)
    table = pd.DataFrame({"label": ["happy", "fear"] * 12, "split": ["train"] * 20 + ["test"] * 4})
    small = writing.write_dataset("Small", images, table, classes=("fear", "happy"), kind="csv", source="made")
    assert morphs._rows(small)[0] == ""
    assert len(morphs._rows(small)[1]) == 24
    fewer = writing.write_dataset("Fewer", images[:19], table[:19], classes=("fear", "happy"), kind="csv", source="made")
    with pytest.raises(InputError, match="at least 20 faces; 'Fewer' has 19"):
        morphs._rows(fewer)


def test_a_network_of_another_backbone_is_refused(tiny_model, tmp_path) -> None:
    (tmp_path / "tiny.keras").write_bytes(tiny_model)
    with pytest.raises(WeightsError, match="this network's backbone"):
        morphs._before(runs.open_run(BUNDLED), saved_network.read(tmp_path / "tiny.keras"))


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_of_fer2013s_test_split_without_pictures(workspace, name) -> None:
    run = runs.open_run(name)
    shipped = kept_morphs(run)["f2e804a8d2738b40"]
    found = separation(shipped)
    assert (found.n, shipped.split, shipped.dataset) == (2521, "test", "FER2013")
    assert found.before[0] == pytest.approx(0.397, abs=0.002)
    assert found.after[0] == pytest.approx({"bundled": 0.701, "bundled-crowd": 0.677}[name], abs=0.002)
    assert found.difference[1] > 0.25
    assert {shape.shape for shape in (shipped.before, shipped.after)} == {(2521, 2)}
