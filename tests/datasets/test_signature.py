"""Signatures find copies, and tell other pictures apart."""

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.signature import NEAR_DISTANCE, hamming, leaked, pixel_hash, signatures


def scenes(count: int, seed: int = 0) -> np.ndarray:
    """Smooth random pictures, (count, 48, 48) uint8, with about the spectrum of photos."""
    generator = np.random.default_rng(seed)
    small = generator.normal(0, 1, (count, 12, 12)).astype(np.float32)
    large = np.stack([cv2.resize(one, (48, 48), interpolation=cv2.INTER_CUBIC) for one in small])
    noisy = 128 + 45 * large + generator.normal(0, 4, large.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


SCENES = scenes(300)


def jpeg(images: np.ndarray, quality: int) -> np.ndarray:
    return np.stack(
        [cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE) for one in images]
    )


def resaved(images: np.ndarray) -> np.ndarray:
    larger = [cv2.resize(one, (112, 112), interpolation=cv2.INTER_CUBIC) for one in images]
    return np.stack([cv2.resize(one, (48, 48), interpolation=cv2.INTER_AREA) for one in larger])


@pytest.mark.parametrize(
    "copy",
    [lambda x: x, lambda x: jpeg(x, 95), lambda x: jpeg(x, 75), resaved, lambda x: (x * 0.9 + 8).astype(np.uint8)],
    ids=["same", "jpeg 95", "jpeg 75", "resized", "dimmed"],
)
def test_copies_are_near(copy: object) -> None:
    assert hamming(signatures(SCENES), signatures(copy(SCENES))).max() <= NEAR_DISTANCE


def test_other_pictures_are_not_near() -> None:
    marks = signatures(SCENES)
    distances = hamming(marks[:, None], marks[None, :])
    assert distances[~np.eye(len(marks), dtype=bool)].min() > NEAR_DISTANCE


def test_pixel_hash_knows_every_pixel() -> None:
    changed = SCENES[:2].copy()
    changed[1, 47, 47] ^= 1
    first, second = pixel_hash(SCENES[:2]), pixel_hash(changed)
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert {len(one) for one in first} == {32}


def test_a_blank_picture_has_signature_zero() -> None:
    blanks = np.stack([np.full((48, 48), grey, np.uint8) for grey in (0, 1, 77, 255)])
    assert signatures(blanks).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("a", "b", "bits"), [(0, 0, 0), (0, 1, 1), (2**64 - 1, 0, 64), (0b1100, 0b1010, 2)])
def test_hamming(a: int, b: int, bits: int) -> None:
    assert hamming(np.array([a], np.uint64), np.array([b], np.uint64)).tolist() == [bits]


def frame(images: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"hash": pixel_hash(images), "signature": signatures(images)})


def test_leaks_are_exact_or_near() -> None:
    samples = frame(np.concatenate([SCENES[:2], jpeg(SCENES[2:5], 90), scenes(4, seed=9)]))
    report = leaked(samples, frame(SCENES))
    assert report.exact.tolist() == [True] * 2 + [False] * 7
    assert report.near.tolist() == [False] * 2 + [True] * 3 + [False] * 4
    assert report.any.tolist() == [True] * 5 + [False] * 4


@pytest.mark.parametrize(("samples", "training"), [(0, 5), (5, 0), (0, 0)])
def test_nothing_leaks_from_or_to_nothing(samples: int, training: int) -> None:
    report = leaked(frame(SCENES[:samples]), frame(SCENES[10 : 10 + training]))
    assert report.exact.tolist() == report.near.tolist() == [False] * samples


def test_random_signatures_leak_from_nowhere() -> None:
    generator = np.random.default_rng(1)
    frames = {}
    for name, size in {"samples": 2521, "training": 20708}.items():
        marks = generator.integers(0, 2**63, size, np.uint64)
        frames[name] = pd.DataFrame({"hash": [f"{name}{number}" for number in range(size)], "signature": marks})
    report = leaked(frames["samples"], frames["training"])
    assert not report.any.any()
