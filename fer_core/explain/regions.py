"""Where on the face evidence lies: eyes, brows, nose, mouth and the rest of the aligned frame."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.photos.faces import TEMPLATE
from fer_core.settings import FACE_SIZE

REGIONS: tuple[str, ...] = ("brows", "eyes", "nose", "mouth", "rest")
"""Names of the regions, from the top down; the rest is cheeks, chin, forehead, hair and background."""

_EYE, _BROW, _NOSE, _MOUTH = (0.34, 0.19), (0.42, 0.17), 0.24, (0.30, 0.24)
"""Half widths and heights in eye distances. The landmarks of FER2013's pictures scatter by 3 to 4 of 48 pixels about the template
(a fifth of the eye distance), so that the regions are as large as leaves them apart."""


@lru_cache(maxsize=8)
def region_masks(side: int = FACE_SIZE) -> NDArray[np.bool_]:
    """Say which pixels belong to which region: (5, side, side) bool in the order of `REGIONS`, each pixel in one of them.

    Placed about the landmarks of `faces.TEMPLATE`: an ellipse about each eye, a box over it for the brow, a wedge from between
    the eyes to the nostrils, and an ellipse about the mouth's corners.
    """
    left, right, nose, mouth_left, mouth_right = TEMPLATE.astype(np.float64)
    distance = right[0] - left[0]
    y, x = (np.mgrid[0:side, 0:side] + 0.5) * (FACE_SIZE / side) - 0.5
    masks = dict.fromkeys(REGIONS, np.zeros((side, side), bool))
    for eye in (left, right):
        across, down = (x - eye[0]) / distance, (y - eye[1]) / distance
        masks["eyes"] = masks["eyes"] | ((across / _EYE[0]) ** 2 + (down / _EYE[1]) ** 2 <= 1)
        masks["brows"] = masks["brows"] | ((abs(across) <= _BROW[0]) & (abs(down + _EYE[1] + _BROW[1]) <= _BROW[1]))
    along = (y - left[1]) / (nose[1] - left[1])
    masks["nose"] = (abs(x - nose[0]) / distance <= _NOSE * (0.4 + 0.6 * along)) & (along >= 0) & (along <= 1.25)
    middle = (mouth_left + mouth_right) / 2
    wide = (mouth_right[0] - mouth_left[0]) / 2 / distance
    masks["mouth"] = ((x - middle[0]) / distance / (wide + _MOUTH[0] / 2)) ** 2 + (
        (y - middle[1]) / distance / _MOUTH[1]
    ) ** 2 <= 1
    free = np.ones((side, side), bool)
    for name in ("eyes", "mouth", "nose", "brows"):
        masks[name] = masks[name] & free
        free &= ~masks[name]
    masks["rest"] = free
    stacked = np.stack([masks[name] for name in REGIONS])
    stacked.flags.writeable = False
    return stacked


def area_shares() -> NDArray[np.float64]:
    """Measure each region's share of the frame: (5,), sums to 1. Evidence that is spread evenly lies in the regions so."""
    return np.asarray(region_masks().mean(axis=(1, 2)))


def evidence_shares(maps: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share the evidence of each saliency map out among the regions.

    Args:
        maps: (N, S, S) floats, 0 or more.

    Returns:
        (N, 5) in the order of `REGIONS`; each row sums to 1, or is NaN where a saliency map is empty.

    Raises:
        InputError: another shape, or negative evidence.
    """
    maps = np.asarray(maps, np.float64)
    if maps.ndim != 3 or maps.shape[1] != maps.shape[2] or maps.shape[1] < FACE_SIZE:
        raise InputError(f"Saliency maps must be (N, S, S) with S at least {FACE_SIZE}; got {maps.shape}.")
    if maps.size and maps.min() < 0:
        raise InputError(f"Evidence must be 0 or more; got {maps.min():.3g}.")
    amounts = np.einsum("nyx,ryx->nr", maps, region_masks(maps.shape[1]).astype(np.float64))
    total = amounts.sum(axis=1, keepdims=True)
    return np.divide(amounts, total, out=np.full_like(amounts, np.nan), where=total > 0)
