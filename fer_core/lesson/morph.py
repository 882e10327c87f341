"""The picture of transfer learning: the same faces by their features before training and after it, laid over each other.

Before is the network of the run with ImageNet's weights, after is the run's. Both sets of features are flattened by PCA; the
first picture is then turned, and both are brought to one spread (orthogonal Procrustes: Schönemann 1966,
doi:10.1007/BF02289451), so that points move no further than they have to. Kept with the run, as positions and labels, never
with a picture.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import processes, runs
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import DatasetError, InputError, RunError
from fer_core.evaluation.intervals import mean_interval
from fer_core.features.projection import project
from fer_core.files import replace
from fer_core.lesson.neighbours import COUNT, nearest, norms
from fer_core.models import saved_network
from fer_core.models.inference import inside_forward
from fer_core.models.saved_network import Network
from fer_core.models.weights import require_weights
from fer_core.progress import Progress, Stop, never, part, silent
from fer_core.runs import Run
from fer_core.runs.version import model_digest

MOST = 3_000
"""Faces of one picture at most."""

FEWEST = 20
"""Faces of the test split from which on it is shown alone; data sets with fewer show faces of all splits."""

_BATCH = 64
_VERSION = 1

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Morph:
    """Faces in two dimensions before training and after it, the same ones.

    Attributes:
        dataset: name of the data set when it was made.
        samples: (n,) int64, ids in the data set, ascending.
        labels: (n,) int64, positions in `classes`.
        classes: names of the data set's classes.
        split: `test`, or empty for faces of all splits.
        before: (n, 2) float32, centred, of mean square length 1.
        after: (n, 2) float32, likewise.
        explained: (2, 2) float32, shares of the variance of the features along both axes, before and after.
        same: (2, n) float32, how many of a face's nearest by all features have its label, 0 to 1, before and after.
    """

    dataset: str
    samples: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    split: str
    before: Floats
    after: Floats
    explained: Floats
    same: Floats

    @property
    def moved(self) -> bool:
        """Whether training has changed the features; a run that trains its head alone leaves them as they were."""
        return not np.allclose(self.before, self.after, atol=1e-3)


@dataclass(frozen=True)
class Separation:
    """How many of a face's nearest share its label; each with its 95 % interval, a percentile bootstrap over the faces.

    Attributes:
        before: mean, lower and upper limit, shares.
        after: likewise.
        difference: after minus before, face by face, likewise.
        chance: what faces drawn at random would give: the sum of the squared class shares.
        n: faces.
        count: neighbours of each.
    """

    before: tuple[float, float, float]
    after: tuple[float, float, float]
    difference: tuple[float, float, float]
    chance: float
    n: int
    count: int = COUNT


def separation(morph: Morph) -> Separation:
    """Measure how separated the classes are before and after, by all features and not by the two that are drawn."""

    def mean(values: Floats) -> tuple[float, float, float]:
        middle, low, high = mean_interval(values)
        return float(middle), float(low), float(high)

    shares = np.bincount(morph.labels) / len(morph.labels)
    before, after = morph.same
    return Separation(mean(before), mean(after), mean(after - before), float((shares**2).sum()), len(morph.labels))


def align(points: Floats, to: Floats) -> tuple[Floats, Floats]:
    """Centre two sets of points, bring both to mean square length 1, and turn (or mirror) the first towards the second.

    Args:
        points: (n, 2).
        to: (n, 2), of the same things in the same order; only moved and scaled.

    Returns:
        Both, (n, 2) float32; distances within each keep their proportions.
    """
    first, second = (_unit(np.asarray(part, np.float64)) for part in (points, to))
    left, _, right = np.linalg.svd(first.T @ second)
    return (first @ left @ right).astype(np.float32), second.astype(np.float32)


def kept_morphs(run: Run) -> dict[str, Morph]:
    """Read the pictures of a run that were made before, or ship: {fingerprint of the data set: picture}; not the damaged ones."""
    by_fingerprint: dict[str, Morph] = {}
    for folder in dict.fromkeys((run.path, run.own)):
        for file in sorted(folder.glob(str(_name(run, "*")))):
            with (
                suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error),
                np.load(file, allow_pickle=False) as stored,
            ):
                values: dict[str, Any] = {field.name: stored[field.name] for field in fields(Morph)}
                words = {name: str(values[name]) for name in ("dataset", "split")}
                by_fingerprint[file.name.split("-")[0]] = Morph(
                    **{**values, **words, "classes": tuple(values["classes"].tolist())}
                )
    return by_fingerprint


def make_morph(run: Run, dataset: Dataset, *, progress: Progress = silent) -> Morph:
    """Compute the picture and keep it with the run; takes some seconds for a hundred faces.

    Args:
        run: with a model.
        dataset: faces of its test split are taken, which no run is trained on.
        progress: called with a share 0 to 1 and a sentence.

    Raises:
        InputError: there are too few faces.
        RunError: the run has no model, or one without pooled features.
        WeightsError: ImageNet's weights of the run's backbone are not on this machine.
    """
    split, rows = _rows(dataset)
    faces = np.asarray(dataset.images[rows["id"].to_numpy()])
    network = saved_network.read(run.model_file)
    features = []
    for place, (words, known) in enumerate((("before", _before(run, network)), ("after", network))):
        report = part(progress, 0.45 * place, 0.45 * (place + 1), f"The network {words} training looks at the faces")
        features.append(_features(known, faces, report))
    progress(0.9, "Flattening the features, and counting neighbours")
    flat = [project(each, "pca") for each in features]
    before, after = align(flat[0][0], flat[1][0])
    morph = Morph(
        dataset=dataset.name,
        samples=rows["id"].to_numpy(np.int64),
        labels=np.array([dataset.meta.classes.index(label) for label in rows["label"]], np.int64),
        classes=dataset.meta.classes,
        split=split,
        before=before,
        after=after,
        explained=np.array([shares for _, shares in flat], np.float32),
        same=np.stack([_same(each, rows) for each in features]),
    )
    with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
        file = run.own / _name(run, dataset.meta.fingerprint)
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, lambda temporary: np.savez_compressed(temporary, **vars(morph)))
    return morph


def make_morph_in_process(run: Run, dataset: Dataset, *, progress: Progress = silent, stop: Stop = never) -> Morph:
    """Make the picture of before and after, as `make_morph` does, in another process at a lower priority while this one waits.

    Raises:
        DatasetError: the process could not start, met a FerError, or died.
        Stopped: `stop` said so.
    """
    return processes.call(_make_morph_of, run.id, dataset.name, error=DatasetError, progress=progress, stop=stop)


def _make_morph_of(run_id: str, name: str, *, progress: Progress) -> Morph:
    return make_morph(runs.open_run(run_id), open_dataset(name), progress=progress)


def _rows(dataset: Dataset) -> tuple[str, pd.DataFrame]:
    """The faces that are shown, in the order of their ids, and the split that they are of."""
    test = dataset.split("test")
    split, rows = ("test", test) if len(test) >= FEWEST else ("", dataset.samples)
    if len(rows) < FEWEST:
        raise InputError(f"The picture needs at least {FEWEST} faces; '{dataset.name}' has {len(rows)}.")
    rows = rows if len(rows) <= MOST else rows.sample(MOST, random_state=0)
    return split, rows.sort_values("id").reset_index(drop=True)


def _before(run: Run, network: Network) -> Network:
    """The run's network as ImageNet left it; TensorFlow is loaded for backbones alone whose weights do not ship."""
    config = run.config().model_copy(update={"weights": "imagenet", "weights_file": None})
    plan = require_weights(config)
    if plan.source == "bundled" and plan.path is not None:
        return saved_network.before_training(network, plan.path)
    from fer_core.models import classifier

    return saved_network.of_model(classifier.build(config, run.classes(), weights=plan.path))


def _features(network: Network, faces: NDArray[np.uint8], progress: Progress) -> Floats:
    """Pooled features, (n, channels): what the last layer answers from."""
    if network.pooled_layer is None:
        raise RunError("This run's network does not answer from the mean of feature maps; choose another run.")
    forward = inside_forward(network, [network.pooled_layer])
    parts = []
    for start in range(0, len(faces), _BATCH):
        parts.append(forward(faces[start : start + _BATCH])[0].mean(axis=(2, 3)))
        done = min(start + _BATCH, len(faces))
        progress(done / len(faces), f"{done:,} of {len(faces):,} faces")
    return np.concatenate(parts)


def _same(features: Floats, rows: pd.DataFrame) -> Floats:
    labels = rows["label"].to_numpy()
    ids, _ = nearest(features, norms(features), rows, range(len(rows)), count=COUNT)
    return (labels[ids] == labels[:, None]).mean(axis=1).astype(np.float32)


def _unit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = points - points.mean(axis=0)
    return centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-12)


def _name(run: Run, fingerprint: str) -> Path:
    """Under the data set's fingerprint, as recorded logits are: what is of pictures that do not ship is not recorded anew."""
    key = hashlib.sha256(f"{model_digest(run.model_file)} {MOST} {COUNT} {_VERSION}".encode()).hexdigest()[:8]
    return Path("explanations", f"{fingerprint}-morph-{key}.npz")
