"""Which faces a network holds to be alike before it was trained on any, and how often these have the same label."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.signature import NEAR_DISTANCE, hamming
from fer_core.errors import InputError
from fer_core.files import replace

COUNT = 5
"""Neighbours of a face that are counted."""

QUERIES = 60
"""Faces of each class that are asked for their neighbours, at most."""

SHOWN = 6
"""Neighbours of a face that are shown."""

Nearest = Callable[[Sequence[int], int], tuple[NDArray[np.int64], NDArray[np.float32]]]
"""Ids of faces and how many neighbours in, ids of the neighbours and their cosines out, see `nearest`."""

_RESAMPLES = 1000
_BLOCK = 4096


@dataclass(frozen=True)
class Likeness:
    """How many of the nearest neighbours have the label of the face that they are near to.

    Attributes:
        table: a row a class: class, n (faces asked), share (mean share of neighbours of the same class), low, high (95 %
            percentile bootstrap over the faces asked), chance (share of the class among all faces).
        share: over all classes, each weighted by its share of the data set.
        ci95: its interval, bootstrapped within the classes.
        chance: what faces drawn at random would give: the sum of the squared class shares.
        n: faces asked.
        count: neighbours of each.
    """

    table: pd.DataFrame
    share: float
    ci95: tuple[float, float]
    chance: float
    n: int
    count: int


def norms(features: NDArray[Any]) -> NDArray[np.float32]:
    """(N,) lengths of (N, D) features, block by block, as they may be memory-mapped; no length is 0."""
    parts = [np.linalg.norm(np.asarray(part, np.float32), axis=1) for part in _blocks(features)]
    return np.maximum(np.concatenate(parts), 1e-6).astype(np.float32)


def nearest(
    features: NDArray[Any], lengths: NDArray[np.float32], samples: pd.DataFrame, asked: Sequence[int], *, count: int = COUNT
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The faces with the most similar features (cosine), copies of the face itself left out.

    Args:
        features: (N, D) of all faces, row i for the sample with id i.
        lengths: (N,) from `norms`.
        samples: the data set's samples, in order of id, with hash and signature.
        asked: ids of the faces whose neighbours are sought.
        count: how many of each.

    Returns:
        (len(asked), count) ids, the most similar first, and their cosines in [-1, 1].

    Raises:
        InputError: features and samples do not belong together, or there are too few faces.
    """
    if len(features) != len(samples) or len(lengths) != len(features):
        raise InputError(f"There must be features for {len(samples)} faces; got {len(features)}.")
    if len(samples) <= count:
        raise InputError(f"{count} neighbours need more than {count} faces; got {len(samples)}.")
    chosen = np.asarray(asked, np.int64)
    queries = np.asarray(features[chosen], np.float32) / lengths[chosen, None]
    similarity: NDArray[np.float32] = np.concatenate(
        [queries @ np.asarray(part, np.float32).T for part in _blocks(features)], axis=1
    )
    similarity /= lengths
    signatures = samples["signature"].to_numpy()
    codes, _ = pd.factorize(samples["hash"])
    for row, sample in enumerate(chosen):
        copies = (codes == codes[sample]) | (hamming(signatures[sample], signatures) <= NEAR_DISTANCE)
        similarity[row, copies] = -np.inf
    order = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    best: NDArray[np.float32] = np.take_along_axis(similarity, order, axis=1)
    inside = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(order, inside, axis=1).astype(np.int64), np.take_along_axis(best, inside, axis=1)


def among_features(features: NDArray[Any], samples: pd.DataFrame) -> Nearest:
    """Neighbours found among features as they are asked for; see `nearest`."""
    lengths = norms(features)
    return lambda asked, count: nearest(features, lengths, samples, asked, count=count)


def write_neighbours(features: NDArray[Any], samples: pd.DataFrame, file: Path) -> None:
    """Keep the `SHOWN` nearest of every face beside the features, which take a hundred times as much room.

    Args:
        features: as in `nearest`.
        samples: as in `nearest`.
        file: of the features.

    Raises:
        InputError: as in `nearest`.
        OSError: the file cannot be written.
    """
    ids, cosines = nearest(features, norms(features), samples, range(len(samples)), count=SHOWN)
    place = neighbours_file(file)
    place.parent.mkdir(parents=True, exist_ok=True)
    replace(place, lambda target: np.savez_compressed(target, ids=ids.astype(np.int32), cosines=cosines.astype(np.float16)))


def read_neighbours(file: Path, total: int) -> Nearest | None:
    """The neighbours that were kept of `total` faces, `SHOWN` each; None when there are none, or their file is damaged."""
    try:
        with np.load(neighbours_file(file), allow_pickle=False) as stored:
            ids, cosines = stored["ids"].astype(np.int64), stored["cosines"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    if not ids.shape == cosines.shape == (total, SHOWN):
        return None
    return lambda asked, count: (ids[np.asarray(asked), :count], cosines[np.asarray(asked), :count])


def neighbours_file(file: Path) -> Path:
    """Where the neighbours by a file of features are kept."""
    return file.with_name(f"{file.stem}-neighbours.npz")


def likeness(
    nearest_of: Nearest,
    samples: pd.DataFrame,
    classes: Sequence[str],
    *,
    count: int = COUNT,
    seed: int = 0,
) -> Likeness:
    """How often neighbours share a label, for up to `QUERIES` faces of each class drawn with `seed`.

    Args:
        nearest_of: finds the neighbours.
        samples: as in `nearest`, with label.
        classes: classes in order; those without a face are left out.
        count: neighbours of each face.
        seed: of the draw and of the bootstrap.

    Raises:
        InputError: as in `nearest`.
    """
    draw = np.random.default_rng(seed)
    labels = samples["label"].to_numpy()
    pools = {name: np.flatnonzero(labels == name) for name in classes}
    chosen = {name: draw.permutation(pool)[:QUERIES] for name, pool in pools.items() if len(pool)}
    asked = np.concatenate(list(chosen.values()))
    ids, _ = nearest_of(asked.tolist(), count)
    same = (labels[ids] == labels[asked, None]).mean(axis=1)
    starts = np.cumsum([0, *(len(part) for part in chosen.values())])
    rows, means, weights = [], [], []
    for name, start, stop in zip(chosen, starts[:-1], starts[1:], strict=True):
        drawn = draw.integers(start, stop, (_RESAMPLES, stop - start))
        resampled = same[drawn].mean(axis=1)
        weight = len(pools[name]) / len(samples)
        low, high = np.quantile(resampled, [0.025, 0.975])
        rows.append((name, int(stop - start), float(same[start:stop].mean()), float(low), float(high), weight))
        means.append(resampled)
        weights.append(weight)
    table = pd.DataFrame(rows, columns=["class", "n", "share", "low", "high", "chance"])
    total = np.array(weights) / sum(weights)
    low, high = np.quantile(total @ np.stack(means), [0.025, 0.975])
    return Likeness(
        table, float(total @ table["share"]), (float(low), float(high)), float(total @ table["chance"]), len(asked), count
    )


def _blocks(features: NDArray[Any]) -> list[NDArray[Any]]:
    return [features[start : start + _BLOCK] for start in range(0, len(features), _BLOCK)]
