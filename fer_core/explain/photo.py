"""One method for the first face of one photo, as `explain` on the command line gives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.answers import read_file
from fer_core.errors import InputError, PhotoError
from fer_core.explain.methods import explain
from fer_core.explain.overlay import overlay
from fer_core.faces import find_faces
from fer_core.labels import canonical
from fer_core.predictor import Predictor


@dataclass(frozen=True)
class PhotoExplanation:
    """A map and its picture.

    Attributes:
        map: (48, 48) float32, 0 to 1.
        picture: (384, 384, 3) uint8 RGB: the face with the map over it.
        target: explained class.
        layer: layer whose map it is.
    """

    map: NDArray[np.float32]
    picture: NDArray[np.uint8]
    target: str
    layer: str

    def save(self, path: Path) -> None:
        """Write the picture as PNG.

        Raises:
            OSError: the file cannot be written.
        """
        coded = cv2.imencode(".png", cv2.cvtColor(self.picture, cv2.COLOR_RGB2BGR))[1]
        path.write_bytes(coded.tobytes())


def explain_file(path: Path, predictor: Predictor, *, method: str, target: str | None, layer: str | None) -> PhotoExplanation:
    """Explain the first face of a photo.

    Args:
        path: the photo.
        predictor: the run.
        method: one of `fer_core.explain.methods.METHODS`.
        target: class to explain; None for the run's answer.
        layer: layer whose map is used; None for the default.

    Raises:
        PhotoError: the photo cannot be read, or no face is found in it.
        InputError: unknown method, class or layer.
    """
    wanted = None if target is None else canonical(target)
    if wanted is not None and wanted not in predictor.classes:
        raise InputError(f"--target must be one of {', '.join(predictor.classes)}; got '{target}'.")
    faces = find_faces(read_file(path))
    if not faces:
        raise PhotoError(f"No face was found in {path.name}; try a picture in which a face is larger and turned to the camera.")
    face = faces[0]
    label = wanted or predictor.answers(face.grey[None])[0].label
    made = explain(predictor.model, face.grey, method=method, target=predictor.classes.index(label), layer=layer)
    return PhotoExplanation(made.map, overlay(face.crop_rgb, made.map), label, made.layer)
