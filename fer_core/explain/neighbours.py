"""The faces that a network holds to be most like a face; among the training faces, what its answer may rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.signature import NEAR_DISTANCE, hamming
from fer_core.errors import InputError

_BLOCK = 4096


@dataclass(frozen=True)
class Neighbours:
    """The nearest training faces of every face of a data set; far smaller than the features that they were found by.

    Attributes:
        samples: (N, K) int32, ids, the nearest first.
        distances: (N, K) float16, see `nearest_training_faces`.
    """

    samples: NDArray[np.int32]
    distances: NDArray[np.float16]

    def of(self, sample: int, samples: pd.DataFrame) -> pd.DataFrame:
        """Pick the neighbours of one face, as `nearest_training_faces` gives them; `samples` is the data set's table."""
        return _table(samples, sample, self.samples[sample], self.distances[sample].astype(np.float32))


def all_neighbours(
    features: NDArray[Any], samples: pd.DataFrame, *, count: int = 12, classes: Sequence[str] | None = None
) -> Neighbours:
    """The nearest training faces of every face; arguments and errors as for `nearest_training_faces`."""
    whole = np.asarray(features, np.float32)
    each = [nearest_training_faces(whole, samples, sample, count=count, classes=classes) for sample in range(len(samples))]
    least = min(map(len, each))
    return Neighbours(
        np.stack([rows["sample"].to_numpy(np.int32)[:least] for rows in each]),
        np.stack([rows["distance"].to_numpy(np.float16)[:least] for rows in each]),
    )


def nearest_training_faces(
    features: NDArray[Any], samples: pd.DataFrame, sample: int, *, count: int = 12, classes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Find the faces of the train split whose features point most nearly the same way as those of one face.

    Args:
        features: (N, D) of all faces of a data set, row i for the sample with id i; may be memory-mapped.
        samples: the data set's table, in the order of id, with label, split, hash and signature.
        sample: id of the face whose neighbours are sought; the face itself is none of them.
        count: how many at most.
        classes: labels that count; None for all.

    Returns:
        Columns sample (id), label, distance (1 - cosine of the features, 0 for the same direction to 2 for the opposite one) and
        copy (True for a copy of the face itself, exact or near); the nearest first.

    Raises:
        InputError: features and samples do not belong together, there is no such sample, or no training face to compare with.
    """
    wanted = (samples["split"] == "train").to_numpy()
    if classes is not None:
        wanted = wanted & samples["label"].isin(classes).to_numpy()
    nearest = nearest_faces(features, samples, sample, among=wanted, count=count)
    if nearest.empty:
        raise InputError("There is no training face to compare with; choose a data set with a train split.")
    return nearest


def nearest_faces(
    features: NDArray[Any], samples: pd.DataFrame, sample: int, *, among: NDArray[np.bool_], count: int
) -> pd.DataFrame:
    """Find the faces whose features point most nearly the same way as those of one face.

    Args:
        features: see `nearest_training_faces`, as `samples`, `sample` and `count`, the returned table and the errors.
        among: (N,) which faces may be found; the face itself never is.
    """
    if len(features) != len(samples):
        raise InputError(f"There must be features for {len(samples)} faces; got {len(features)}.")
    if not 0 <= sample < len(samples):
        raise InputError(f"The face must be one of 0 to {len(samples) - 1}; got {sample}.")
    wanted = among.copy()
    wanted[sample] = False
    distances = np.where(wanted, _distances(features, np.asarray(features[sample], np.float32)), np.inf)
    nearest = np.argsort(distances, kind="stable")[: min(count, int(wanted.sum()))]
    return _table(samples, sample, nearest, distances[nearest])


def _table(samples: pd.DataFrame, sample: int, nearest: NDArray[Any], distances: NDArray[np.float32]) -> pd.DataFrame:
    rows, own = samples.iloc[nearest], samples.iloc[sample]
    same = (rows["hash"] == own["hash"]).to_numpy()
    alike = hamming(own["signature"], rows["signature"].to_numpy()) <= NEAR_DISTANCE
    return pd.DataFrame({"sample": nearest, "label": rows["label"].to_numpy(), "distance": distances, "copy": same | alike})


def _distances(features: NDArray[Any], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute 1 - cosine of each row with the query, (N,) float32; a row of zeros has no direction and is 1 from everything."""
    length = max(float(np.linalg.norm(query)), 1e-6)
    parts = []
    for start in range(0, len(features), _BLOCK):
        block = np.asarray(features[start : start + _BLOCK], np.float32)
        parts.append(1 - block @ query / (np.maximum(np.linalg.norm(block, axis=1), 1e-6) * length))
    return np.maximum(np.concatenate(parts), 0).astype(np.float32)
