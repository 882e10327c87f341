"""Features of a frozen backbone for every face of a data set, computed once and kept with the data set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError
from fer_core.files import replace
from fer_core.models.inference import model_forward
from fer_core.models.saved_network import require_input
from fer_core.models.weights import WeightsPlan, weights_key
from fer_core.photos.frame import converted, with_channels
from fer_core.progress import Progress, silent
from fer_core.runs.config import RunConfig

if TYPE_CHECKING:
    import keras

BATCH = 128


def features_file(dataset: Dataset, config: RunConfig, plan: WeightsPlan) -> Path | None:
    """Where the features are kept: under a key of fingerprint, backbone, weights and resolution; None for random weights."""
    if plan.source == "random":
        return None
    parts = [dataset.stored_fingerprint, config.backbone, weights_key(plan), config.resolution, config.fine_map]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    return dataset.path / "features" / f"{config.backbone}-{config.resolution}-{key}.npy"


def frozen_features(
    dataset: Dataset,
    extractor: keras.Model,
    *,
    file: Path | None,
    progress: Progress = silent,
) -> NDArray[np.float16]:
    """Pooled features of all faces in the order of `dataset.images`, from the kept file where it is whole.

    Args:
        dataset: faces.
        extractor: model from `classifier.feature_extractor`, with the weights that `file` is named after.
        file: where to look and keep, or None to compute only.
        progress: called after each batch that was computed.

    Returns:
        (N, channels) float16, memory-mapped when it was kept.

    Raises:
        DatasetError: there is no room to keep them.
    """
    shape = (dataset.meta.n, int(extractor.output_shape[-1]))
    if file is not None:
        kept = _kept(file, shape)
        if kept is not None:
            return kept
    features = _compute(dataset, extractor, shape, progress)
    if file is not None:
        _keep(file, features)
    return features


def kept_features(dataset: Dataset, file: Path) -> NDArray[np.float16] | None:
    """Features of all faces that were kept before, (N, channels), memory-mapped; None when the file is missing or damaged."""
    return _kept(file, (dataset.meta.n, None))


def _compute(dataset: Dataset, extractor: keras.Model, shape: tuple[int, int], progress: Progress) -> NDArray[np.float16]:
    run, frame = model_forward(extractor), require_input(extractor.input_shape[1:], dataset.path)
    features = np.empty(shape, np.float16)
    for start in range(0, shape[0], BATCH):
        features[start : start + BATCH] = run(np.asarray(converted(dataset.images[start : start + BATCH], frame)))
        done = min(start + BATCH, shape[0])
        progress(done / shape[0], f"{done:,} of {shape[0]:,} faces")
    return features


def forward(model: keras.Model) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """A compiled forward pass: faces in its frame in, uint8, its output as float32 out, any N without retracing."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)])
    def graph(faces: Any) -> Any:
        return model(tf.cast(faces, tf.float32), training=False)

    def run(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(graph(tf.constant(with_channels(faces))), np.float32)

    return run


def _kept(file: Path, shape: tuple[int, int | None]) -> NDArray[np.float16] | None:
    try:
        loaded = np.load(file, mmap_mode="r")
        checked = json.loads(file.with_suffix(".json").read_text())
    except (OSError, ValueError):
        return None
    expected = (shape[0], loaded.shape[-1] if shape[1] is None else shape[1])
    whole = loaded.shape == expected and loaded.dtype == np.float16 and checked.get("sum") == _sum(loaded)
    return loaded if whole else None


def _keep(file: Path, features: NDArray[np.float16]) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        replace(file.with_suffix(".json"), lambda temporary: temporary.write_text(json.dumps({"sum": _sum(features)})))
        replace(file, lambda temporary: np.save(temporary, features))
    except OSError as error:
        raise DatasetError(
            f"The features could not be kept ({error.strerror or error}); free some disk space and start again."
        ) from error


def _sum(features: NDArray[np.float16]) -> str:
    return hashlib.sha256(np.ascontiguousarray(features).tobytes()).hexdigest()[:16]
