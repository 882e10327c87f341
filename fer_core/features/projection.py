"""Two-dimensional maps of features: which faces a network holds to be alike; kept with the data set."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
import zipfile
import zlib
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from fer_core import processes, runs
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError, InputError
from fer_core.features.backbone import BATCH, features_file, frozen_features, kept_features
from fer_core.files import replace
from fer_core.models.inference import model_forward
from fer_core.models.saved_network import require_input
from fer_core.models.weights import WeightsPlan, require_weights
from fer_core.photos.frame import converted
from fer_core.progress import Progress, Stop, never, part, silent
from fer_core.runs.config import RunConfig, preset_config

Method = Literal["pca", "tsne", "umap"]

METHODS: dict[Method, str] = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
"""What a page calls the methods; UMAP is there when its package is installed."""

MOST_POINTS = 40_000
"""Faces on one map at most: what a browser draws fluently."""

_VERSION = 1
_COMPONENTS = 50
_ITERATIONS = 750
_PERPLEXITY = 30.0


class MapRequest(BaseModel):
    """What map to make.

    Attributes:
        source: "backbone" for MobileNet with ImageNet weights, as it is before any training on faces; else the id of a run.
        method: how features become two numbers.
        faces: number of faces, drawn at random with `seed` when the data set has more.
        seed: of the draw and of the method.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = "backbone"
    method: Method = "pca"
    faces: int = Field(default=5_000, ge=10, le=MOST_POINTS)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


@dataclass(frozen=True)
class FeatureMap:
    """Faces in two dimensions.

    Attributes:
        samples: (n,) int64, ids of the samples, ascending.
        points: (n, 2) float32, without unit.
        explained: shares of the variance along both axes for PCA, 0 to 1; NaN for the others.
    """

    samples: NDArray[np.int64]
    points: NDArray[np.float32]
    explained: tuple[float, float]


def available_methods() -> list[Method]:
    """Methods that can be used on this machine."""
    return [method for method in METHODS if method != "umap" or importlib.util.find_spec("umap") is not None]


def kept_map(dataset: Dataset, request: MapRequest) -> FeatureMap | None:
    """A map that was made before; None when there is none, or when its file is damaged.

    Raises:
        NotFoundError: the request names a run that does not exist.
        WeightsError: the backbone's weights are missing.
    """
    try:
        with np.load(_map_file(dataset, request), allow_pickle=False) as stored:
            samples, points, explained = stored["samples"], stored["points"], stored["explained"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = points.shape == (len(samples), 2) and len(samples) and samples.max() < dataset.meta.n
    return FeatureMap(samples, points, (float(explained[0]), float(explained[1]))) if whole else None


def has_features(dataset: Dataset, source: str) -> bool:
    """Whether the features of a source are kept already, so that a map takes seconds."""
    file = _source(dataset, source)[2]
    return file is not None and file.is_file()


def source_features(dataset: Dataset, source: str) -> NDArray[np.float16] | None:
    """Features of all faces by a source (see `MapRequest`), (N, channels) memory-mapped; None while none are kept."""
    file = _source(dataset, source)[2]
    return None if file is None else kept_features(dataset, file)


def make_map(dataset: Dataset, request: MapRequest, *, progress: Progress = silent) -> FeatureMap:
    """Compute a map and keep it; takes seconds to minutes and loads TensorFlow where features have to be computed.

    Args:
        dataset: the faces.
        request: what to make.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        InputError: the method is not available, or there are too few faces.
        NotFoundError: there is no such run.
        RunError: the run has no model.
        WeightsError: the backbone's weights are missing.
        DatasetError: there is no room to keep the features.
    """
    if request.method not in available_methods():
        known = " or ".join(METHODS[method] for method in available_methods())
        raise InputError(f"{METHODS[request.method]} is not installed; choose {known}.")
    if dataset.meta.n < 10:
        raise InputError(f"A map needs at least 10 faces; the data set has {dataset.meta.n}.")
    samples = _sample(dataset.meta.n, request)
    features = _features(dataset, request.source, samples, part(progress, 0.0, 0.6, "The network looks at the faces"))
    progress(0.6, f"Reducing {features.shape[1]:,} features of {len(samples):,} faces")
    points, explained = project(
        features,
        request.method,
        seed=request.seed,
        progress=part(progress, 0.65, 1.0, f"{METHODS[request.method]} of {len(samples):,} faces"),
    )
    feature_map = FeatureMap(samples, points, explained)
    with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
        file = _map_file(dataset, request)
        file.parent.mkdir(exist_ok=True)
        replace(file, lambda temporary: np.savez_compressed(temporary, samples=samples, points=points, explained=explained))
    return feature_map


def make_map_in_process(dataset: Dataset, request: MapRequest, *, progress: Progress = silent, stop: Stop = never) -> FeatureMap:
    """Compute a map, as `make_map` does, in another process at a lower priority while this one waits.

    Raises:
        DatasetError: the process could not start, met a FerError, or died.
        Stopped: `stop` said so.
    """
    return processes.call(_make_map_of, dataset.name, request, error=DatasetError, progress=progress, stop=stop)


def _make_map_of(name: str, request: MapRequest, *, progress: Progress) -> FeatureMap:
    return make_map(open_dataset(name), request, progress=progress)


def project(
    features: NDArray[np.float32], method: Method, *, seed: int = 0, progress: Progress = silent
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Features in two dimensions.

    Args:
        features: (n, channels), n at least 10.
        method: "pca"; "tsne" and "umap" begin with the first 50 principal components.
        seed: of the method.
        progress: called with a share 0 to 1.

    Returns:
        (n, 2) float32, and the shares of variance along both axes (PCA) or NaN.
    """
    from sklearn.decomposition import PCA

    count = 2 if method == "pca" else min(_COMPONENTS, *features.shape)
    reduction = PCA(count, svd_solver="randomized", random_state=seed)
    reduced = reduction.fit_transform(features)
    progress(0.05, "principal components")
    if method == "pca":
        first, second = (float(share) for share in reduction.explained_variance_ratio_)
        return reduced.astype(np.float32), (first, second)
    if method == "tsne":
        from sklearn.manifold import TSNE

        perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
        machine = TSNE(2, perplexity=perplexity, max_iter=_ITERATIONS, random_state=seed, n_jobs=-1, verbose=2)
        with redirect_stdout(_Iterations(progress)):
            points = machine.fit_transform(reduced)
    else:
        from umap import UMAP

        points = UMAP(n_components=2, random_state=seed).fit_transform(reduced)
    return np.asarray(points, np.float32), (float("nan"), float("nan"))


class _Iterations(io.TextIOBase):
    """Reads scikit-learn's account of t-SNE's iterations, its only word on how far it is, and passes the share on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def write(self, text: str) -> int:
        match = re.search(r"Iteration (\d+)", text)
        if match:
            self._progress(0.2 + 0.8 * min(1.0, int(match[1]) / _ITERATIONS), f"iteration {match[1]}")
        return len(text)


def _sample(total: int, request: MapRequest) -> NDArray[np.int64]:
    if total <= request.faces:
        return np.arange(total, dtype=np.int64)
    return np.sort(np.random.default_rng(request.seed).choice(total, request.faces, replace=False)).astype(np.int64)


def _source(dataset: Dataset, source: str) -> tuple[RunConfig, WeightsPlan | None, Path | None]:
    """Config, weights and the file of the features; a run's are named after the content of its model."""
    if source == "backbone":
        config = preset_config(dataset.name, "frozen")
        plan = require_weights(config)
        return config, plan, features_file(dataset, config, plan)
    run = runs.open_run(source)
    digest = hashlib.sha256(dataset.meta.fingerprint.encode())
    with suppress(OSError):
        digest.update(run.model_file.read_bytes())
    return run.config(), None, dataset.path / "features" / f"run-{digest.hexdigest()[:16]}.npy"


def _features(dataset: Dataset, source: str, samples: NDArray[np.int64], progress: Progress) -> NDArray[np.float32]:
    """Features of some samples, (n, channels); those of all are computed and kept unless there are far more than a map shows."""
    config, plan, file = _source(dataset, source)
    kept = None if file is None else kept_features(dataset, file)
    if kept is not None:
        return np.asarray(kept[samples], np.float32)
    from fer_core.models import classifier

    if plan is not None:
        frame = classifier.input_frame(config, dataset.meta.frame)
        model = classifier.build(config, dataset.meta.classes, weights=plan.path, frame=frame)
    else:
        model = classifier.load(runs.open_run(source).model_file)
    extractor = classifier.feature_extractor(model)
    if dataset.meta.n <= 2 * MOST_POINTS:
        return np.asarray(frozen_features(dataset, extractor, file=file, progress=progress)[samples], np.float32)
    run, parts, taken = model_forward(extractor), [], require_input(extractor.input_shape[1:], dataset.path)
    for start in range(0, len(samples), BATCH):
        parts.append(run(np.asarray(converted(dataset.images[samples[start : start + BATCH]], taken))))
        done = min(start + BATCH, len(samples))
        progress(done / len(samples), f"{done:,} of {len(samples):,} faces")
    return np.concatenate(parts)


def _map_file(dataset: Dataset, request: MapRequest) -> Path:
    features = _source(dataset, request.source)[2]
    count = min(request.faces, dataset.meta.n)
    parts = [features.stem if features else "", request.method, count, request.seed, _VERSION]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    return dataset.path / "maps" / f"{request.method}-{key}.npz"
