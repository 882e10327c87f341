import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import writing
from fer_core.errors import DatasetError
from fer_core.features import projection
from fer_core.features.projection import FeatureMap, MapRequest, has_features, kept_map, make_map, make_map_in_process, project
from fer_core.settings import PROJECT


@pytest.fixture
def dataset(workspace):
    """60 faces whose frozen features are kept already: two clusters, far apart along the first channel."""
    images = np.random.default_rng(0).integers(0, 256, (60, 48, 48), dtype=np.uint8)
    table = pd.DataFrame({"label": ["happy", "sad"] * 30, "split": "train"})
    made = writing.write_dataset("Few", images, table, classes=("happy", "sad"), kind="csv", source="made")
    file = projection._source(made, "backbone")[2]
    features = np.random.default_rng(1).normal(0, 1, (60, 16)).astype(np.float16)
    features[::2, 0] += 50
    from fer_core.features.backbone import _keep

    _keep(file, features)
    return made


def silent(share: float, text: str = "") -> None:
    pass


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_clusters_stay_apart(method):
    features = np.random.default_rng(0).normal(0, 1, (60, 8)).astype(np.float32)
    features[:30] += 40
    shares = []
    points, explained = project(features, method, progress=lambda share, text: shares.append(share))
    assert points.shape == (60, 2)
    assert points.dtype == np.float32
    first, second = points[:30], points[30:]
    gap = np.linalg.norm(first.mean(0) - second.mean(0))
    assert gap > 2 * max(np.linalg.norm(part - part.mean(0), axis=1).max() for part in (first, second))
    assert (explained[0] > 0.9) == (method == "pca")
    assert shares == sorted(shares)


def test_a_map_is_kept_under_what_it_shows(dataset):
    assert has_features(dataset, "backbone")
    request = MapRequest(faces=20)
    assert kept_map(dataset, request) is None
    made = make_map(dataset, request, progress=silent)
    assert len(made.samples) == 20
    assert made.samples.tolist() == sorted(set(made.samples.tolist()))
    again = kept_map(dataset, request)
    assert isinstance(again, FeatureMap)
    assert np.array_equal(again.points, made.points)
    assert kept_map(dataset, MapRequest(faces=20, seed=1)) is None
    file = next((dataset.path / "maps").iterdir())
    file.write_bytes(file.read_bytes()[:200])
    assert kept_map(dataset, request) is None


def test_more_faces_than_there_are_show_all(dataset):
    assert make_map(dataset, MapRequest(faces=5000), progress=silent).samples.tolist() == list(range(60))
    assert kept_map(dataset, MapRequest(faces=60)) is not None


def test_another_process_makes_it_and_says_how_far_it_is(dataset):
    said = []
    made = make_map_in_process(dataset, MapRequest(faces=30), progress=lambda share, text: said.append((share, text)))
    assert made.points.shape == (30, 2)
    assert (0.6, "Reducing 16 features of 30 faces") in said


def test_what_the_other_process_cannot_do_is_one_sentence(dataset):
    with pytest.raises(DatasetError, match="UMAP is not installed; choose PCA or t-SNE"):
        make_map_in_process(dataset, MapRequest(method="umap", faces=30), progress=silent)


def test_importing_it_imports_neither_tensorflow_nor_scikit_learn():
    heavy = "[name for name in ('tensorflow', 'sklearn') if name in sys.modules]"
    code = f"import sys, fer_core.features.projection; print({heavy})"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True).stdout == "[]\n"
