"""Where the eyes and the mouth lie in a face that is cropped already, and need not be aligned."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.photos.detection import detect
from fer_core.settings import FACE_SIZE

_SIDE, _BORDER, _THRESHOLD = 192, 96, 0.3
"""The detector wants a face that does not fill its picture: it is enlarged, and what is at its edge goes on around it."""


def eyes_and_mouth(face: NDArray[np.uint8]) -> dict[str, tuple[float, float]]:
    """Find the middle of the eyes and of the mouth.

    Args:
        face: (S, S) or (S, S, 3) uint8, cropped as the faces of a data set are.

    Returns:
        `eyes` and `mouth`: across and down in pixels of the 48x48 frame; empty where the detector finds no face.
    """
    colour = face if face.ndim == 3 else np.repeat(face[..., None], 3, axis=2)
    large = cv2.resize(colour, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    wide = cv2.copyMakeBorder(large, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    boxes, landmarks = detect(np.ascontiguousarray(wide, np.uint8), _SIDE + 2 * _BORDER, 0.0, _THRESHOLD)
    if not len(boxes):
        return {}
    points = (landmarks[boxes[:, 4].argmax()] - _BORDER) * (FACE_SIZE / _SIDE)
    middles = {"eyes": points[:2].mean(axis=0), "mouth": points[3:].mean(axis=0)}
    return {name: (float(across), float(down)) for name, (across, down) in middles.items()}
