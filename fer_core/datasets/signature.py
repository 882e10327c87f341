"""Which pictures are the same, and which nearly: pixel hashes, perceptual signatures and the leaks that they show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

NEAR_DISTANCE = 4

_CHUNK = 4096


@dataclass(frozen=True)
class LeakReport:
    """Which samples a model has met in training.

    Attributes:
        exact: (N,) bool, the same stored pixels were trained on.
        near: (N,) bool, a picture within NEAR_DISTANCE was trained on, but not the same pixels.
    """

    exact: np.ndarray
    near: np.ndarray

    @property
    def any(self) -> np.ndarray:
        """(N,) bool: exact or near."""
        return self.exact | self.near


def pixel_hash(images: np.ndarray) -> list[str]:
    """32 hex digits for each face of (N, 48, 48) uint8: BLAKE2b of its pixels, row by row; equal pixels, equal hash."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest() for image in np.asarray(images)]


def signatures(images: np.ndarray) -> np.ndarray:
    """64-bit perceptual signature of each face of (N, H, W) uint8, as (N,) uint64."""
    result = np.empty(len(images), np.uint64)
    basis = _cosines(images.shape[1], 9)
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK].astype(np.float32)
        coefficients = (basis.T @ chunk @ basis).reshape(len(chunk), -1)[:, 1:65]
        bits = coefficients > np.median(coefficients, axis=1, keepdims=True)
        result[start : start + len(chunk)] = np.packbits(bits, axis=1).view(">u8").ravel()
    return result


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Number of bits, 0 to 64, in which signatures differ; broadcasts like `a ^ b`, result uint8."""
    return np.bitwise_count(np.bitwise_xor(np.asarray(a, np.uint64), np.asarray(b, np.uint64)))


def _cosines(size: int, frequencies: int) -> np.ndarray:
    positions = (np.arange(size) + 0.5)[:, None]
    return np.cos(np.pi / size * positions * np.arange(frequencies)[None, :]).astype(np.float32)
