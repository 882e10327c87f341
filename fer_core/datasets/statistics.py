"""What a data set consists of, in numbers: class balance, pixel measures, mean faces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.datasets.meta import DatasetMeta
from fer_core.errors import InputError
from fer_core.photos.frame import FER, Frame, converted, frame_of

MEASURES: tuple[str, ...] = ("brightness", "contrast", "sharpness")
"""Pixel measures that every sample has."""

MEAN_SIDE = 64
"""Pixels a side that mean faces have at most, as they lie in `dataset.json`, which every view reads."""

_CHUNK, _CHUNK_BYTES = 2048, 64_000_000


def class_balance(meta: DatasetMeta) -> pd.DataFrame:
    """One row a split and class: columns split, class, n (samples) and share (0 to 1, of the split; 0 in an empty split)."""
    rows = []
    for split, counts in meta.counts.items():
        total = sum(counts.values())
        rows += [(split, name, counts.get(name, 0), counts.get(name, 0) / total if total else 0.0) for name in meta.classes]
    return pd.DataFrame(rows, columns=["split", "class", "n", "share"])


def imbalance_ratio(counts: Mapping[str, int]) -> float:
    """Samples of the largest class divided by those of the smallest class that has any; 1.0 is balanced, NaN is empty."""
    present = [n for n in counts.values() if n > 0]
    return max(present) / min(present) if present else float("nan")


def majority(counts: Mapping[str, int]) -> tuple[str, float]:
    """The largest class and its share (0 to 1): the accuracy of always answering it.

    Raises:
        InputError: there is no sample at all.
    """
    total = sum(counts.values())
    if total <= 0:
        raise InputError("The majority class needs at least one sample; got none.")
    name = max(counts, key=lambda key: counts[key])
    return name, counts[name] / total


def measures(images: np.ndarray) -> pd.DataFrame:
    """Pixel measures of faces (N, S, S) or (N, S, S, 3) uint8: float32 columns brightness, contrast, sharpness.

    They are taken of the face as 48x48 grey, so that data sets of any size and colour can be compared. Brightness and contrast
    are mean and standard deviation in grey levels 0 to 255. Sharpness is the variance of the 4-neighbour Laplacian, in squared
    grey levels (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy").
    """
    table = np.empty((len(images), len(MEASURES)), np.float32)
    for start, stored in _chunks(images):
        chunk = converted(stored, FER)
        pixels = chunk.reshape(len(chunk), -1).astype(np.float32)
        edged = np.pad(chunk.astype(np.int16), ((0, 0), (1, 1), (1, 1)), mode="reflect")
        neighbours = edged[:, :-2, 1:-1] + edged[:, 2:, 1:-1] + edged[:, 1:-1, :-2] + edged[:, 1:-1, 2:]
        laplacian = (neighbours - 4 * edged[:, 1:-1, 1:-1]).reshape(len(chunk), -1).astype(np.float32)
        table[start : start + len(chunk)] = np.stack([pixels.mean(1), pixels.std(1), laplacian.var(1)], axis=1)
    return pd.DataFrame(table, columns=list(MEASURES))


def mean_faces(images: np.ndarray, labels: pd.Series, classes: Sequence[str]) -> dict[str, np.ndarray]:
    """Mean face {class: (S, S) or (S, S, 3) uint8, S at most 64} of all samples of a class; classes without any are left out."""
    stored = frame_of(images)
    frame = Frame(min(stored.size, MEAN_SIDE), stored.colour)
    codes = pd.Index(classes).get_indexer(pd.Index(labels))
    sums = np.zeros((len(classes), *frame.shape), np.float64)
    for start, chunk in _chunks(images):
        part = codes[start : start + len(chunk)]
        for code in np.unique(part[part >= 0]):
            sums[code] += converted(chunk[part == code], frame).sum(axis=0, dtype=np.float64)
    totals = np.bincount(codes[codes >= 0], minlength=len(classes))
    return {name: np.rint(sums[code] / totals[code]).astype(np.uint8) for code, name in enumerate(classes) if totals[code]}


def count(samples: pd.DataFrame, classes: Sequence[str], splits: Sequence[str]) -> dict[str, dict[str, int]]:
    """Number of samples {split: {class: n}} for every split and class, zeros included."""
    sizes = samples.groupby(["split", "label"], observed=True).size().to_dict()
    return {split: {name: int(sizes.get((split, name), 0)) for name in classes} for split in splits}


def _chunks(images: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    step = max(1, min(_CHUNK, _CHUNK_BYTES // max(1, int(np.prod(images.shape[1:])))))
    for start in range(0, len(images), step):
        yield start, images[start : start + step]


def stretched(faces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Spread the grey values of pictures over the whole range, by one gain for all, so that they can still be compared.

    Args:
        faces: (H, W) or (H, W, 3) each, values 0 to 255.

    Returns:
        (H, W) or (H, W, 3) uint8 each; the darkest and the brightest hundredth of all pixels are cut off.
    """
    if not len(faces):
        return []
    low, high = np.percentile(np.stack(faces), [1, 99])
    return [_grey((face - low) * (255 / max(high - low, 1.0))) for face in faces]


def apart(faces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Draw how pictures differ from their mean, by one gain for all: middle grey is no difference.

    Args:
        faces: (H, W) or (H, W, 3) each, values 0 to 255.

    Returns:
        (H, W) or (H, W, 3) uint8 each.
    """
    if not len(faces):
        return []
    stack = np.stack(faces).astype(np.float64)
    differences = stack - stack.mean(axis=0)
    gain = 127 / max(float(np.percentile(np.abs(differences), 99)), 1.0)
    return [_grey(128 + gain * difference) for difference in differences]


def _grey(values: np.ndarray) -> np.ndarray:
    return np.asarray(values).round().clip(0, 255).astype(np.uint8)
