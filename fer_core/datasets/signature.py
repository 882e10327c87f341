"""Which pictures are the same, and which nearly: pixel hashes, perceptual signatures and the leaks that they show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.photos.frame import FER, converted

NEAR_DISTANCE = 4
"""Signatures that differ in at most this many bits show the same picture.

Chosen on FER2013. The 9,545 pictures that exist both in the original table and as JPEG in the Kaggle archive differ by 3 bits at
most (92 % by none); 3,000 of them saved again as JPEG of quality 75 by 4 at most. Of the 103 million pairs of a public-test and a
training picture, 561 are within 4 bits. Looked at were the 23 of these that are least alike (correlation of pixels below 0.9):
eleven are black frames, one shows two people, the others the same photo, shifted, brightened or with a watermark. At 5 bits two
of the 34 least alike showed two people, at 6 bits about a third.
"""

_CHUNK = 4096
_PAIRS = 4_000_000
_SKIP, _BITS, _FREQUENCIES = 9, 64, 12
_FLAT = 1.0


@dataclass(frozen=True)
class LeakReport:
    """Which samples a model has met in training.

    Attributes:
        exact: (N,) bool, the same stored pixels were trained on.
        near: (N,) bool, a picture within NEAR_DISTANCE was trained on, but not the same pixels.
        person: (N,) bool, another picture of the same person was trained on, where persons are known on both sides.
    """

    exact: np.ndarray
    near: np.ndarray
    person: np.ndarray

    @property
    def picture(self) -> np.ndarray:
        """(N,) bool: exact or near."""
        return self.exact | self.near

    @property
    def any(self) -> np.ndarray:
        """(N,) bool: exact, near or by person."""
        return self.picture | self.person


def pixel_hash(images: np.ndarray) -> list[str]:
    """32 hex digits for each of some faces, uint8: BLAKE2b of its pixels, row by row; equal pixels, equal hash."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest() for image in np.asarray(images)]


def signatures(images: np.ndarray) -> np.ndarray:
    """64-bit perceptual signature of each face of (N, S, S) or (N, S, S, 3) uint8, as (N,) uint64.

    Taken of the face as 48x48 grey, so that signatures of one picture are alike whatever size and colour it is stored in.

    The signs of 64 coefficients of the cosine transform, from low to high frequency, after Zauner (2010), "Implementation and
    benchmarking of perceptual image hash functions". The constant and the next eight are left out: faces that are cropped alike
    agree in them, whoever they show. A picture of one single grey level has signature 0.
    """
    result = np.empty(len(images), np.uint64)
    basis = _cosines(FER.size)
    rows, columns = _low_frequencies()
    for start in range(0, len(images), _CHUNK):
        chunk = converted(images[start : start + _CHUNK], FER).astype(np.float32)
        bits = (basis.T @ chunk @ basis)[:, rows, columns] > _FLAT
        result[start : start + len(chunk)] = np.ascontiguousarray(np.packbits(bits, axis=1)).view(">u8").ravel()
    return result


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Number of bits, 0 to 64, in which signatures differ; broadcasts like `a ^ b`, result uint8."""
    return np.bitwise_count(np.bitwise_xor(np.asarray(a, np.uint64), np.asarray(b, np.uint64)))


def among(hashes: pd.Series, known: pd.Series | Sequence[str]) -> NDArray[np.bool_]:
    """Tell which of N texts, such as pixel hashes, are among the known ones, (N,).

    `Series.isin` of text, as pandas keeps it, turns every known one into an object of its own and back.
    """
    return pd.Index(hashes.to_numpy(dtype=object), dtype=object).isin(pd.Index(known, dtype=object))


def leaked(samples: pd.DataFrame, training_samples: pd.DataFrame) -> LeakReport:
    """Which of `samples` were trained on; both frames have columns hash (str) and signature (uint64), N and M rows.

    Where both have a column person (str, empty where unknown), the same persons are found as well.
    """
    exact = among(samples["hash"], training_samples["hash"])
    known = np.unique(training_samples["signature"].to_numpy(dtype=np.uint64))
    asked = samples["signature"].to_numpy(dtype=np.uint64)[~exact]
    near = np.zeros(len(samples), bool)
    if len(known) and len(asked):
        step = max(1, _PAIRS // len(known))
        parts = [
            (hamming(asked[start : start + step, None], known[None, :]) <= NEAR_DISTANCE).any(axis=1)
            for start in range(0, len(asked), step)
        ]
        near[~exact] = np.concatenate(parts)
    return LeakReport(exact=exact, near=near, person=_met(samples, training_samples) & ~exact & ~near)


def _met(samples: pd.DataFrame, training_samples: pd.DataFrame) -> np.ndarray:
    if "person" not in samples or "person" not in training_samples:
        return np.zeros(len(samples), bool)
    return among(samples["person"], training_samples["person"]) & (samples["person"] != "").to_numpy(dtype=bool)


def _cosines(size: int) -> np.ndarray:
    positions = (np.arange(size) + 0.5)[:, None]
    return np.cos(np.pi / size * positions * np.arange(_FREQUENCIES)[None, :]).astype(np.float32)


def _low_frequencies() -> tuple[np.ndarray, np.ndarray]:
    pairs = sorted(((i, j) for i in range(_FREQUENCIES) for j in range(_FREQUENCIES)), key=lambda pair: (sum(pair), pair))
    chosen = np.array(pairs[_SKIP : _SKIP + _BITS])
    return chosen[:, 0], chosen[:, 1]


def fingerprint(parts: Iterable[np.ndarray], rows: pd.DataFrame) -> str:
    """16 hex digits of the hash of pixels, labels and splits.

    Args:
        parts: the faces in order, in arrays (N, S, S) or (N, S, S, 3) uint8 of any length.
        rows: columns label and split, one row a face.
    """
    digest = hashlib.blake2b(digest_size=8)
    for images in parts:
        digest.update(np.ascontiguousarray(images).data)
    for column in ("label", "split"):
        digest.update("\n".join(rows[column]).encode())
        digest.update(b"\0")
    return digest.hexdigest()
