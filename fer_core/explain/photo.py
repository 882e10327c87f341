"""One method for the first face of one photo, as `explain` on the command line gives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError, PhotoError
from fer_core.explain.methods import find_method
from fer_core.explain.of_run import explain_faces
from fer_core.explain.overlay import overlay
from fer_core.labels import canonical
from fer_core.photos.faces import find_faces
from fer_core.photos.reading import read_file
from fer_core.predictor import Predictor, answer_faces


@dataclass(frozen=True)
class PhotoExplanation:
    """A saliency map and its picture.

    Attributes:
        saliency: (S, S) float32 in the frame of the run, 0 to 1.
        picture: (384, 384, 3) uint8 RGB: the face under the saliency map.
        target: explained class.
        against: class that it was compared with; empty for none.
        layer: layer that it was made on; empty for a method that looks at the pixels.
        channels: (tried, of how many in the layer) for a method that tries some only; None for the others.
        empty: True when nothing in the face speaks for the target.
    """

    saliency: NDArray[np.float32]
    picture: NDArray[np.uint8]
    target: str
    against: str
    layer: str
    channels: tuple[int, int] | None
    empty: bool

    @property
    def words(self) -> str:
        """What was explained, as `happy and not neutral on conv_pw_11_relu, 64 of 512 channels`."""
        parts = [self.target]
        parts += [f"and not {self.against}"] if self.against else []
        parts += [f"on {self.layer}" if self.layer else "on the pixels"]
        tried = f", {self.channels[0]} of {self.channels[1]} channels" if self.channels else ""
        return " ".join(parts) + tried + ("; the map is empty: nothing in this face speaks for it" if self.empty else "")

    def save(self, path: Path) -> None:
        """Write the picture as PNG.

        Raises:
            OSError: the file cannot be written.
        """
        coded = cv2.imencode(".png", cv2.cvtColor(self.picture, cv2.COLOR_RGB2BGR))[1]
        path.write_bytes(coded.tobytes())


def explain_file(
    path: Path, predictor: Predictor, *, method: str, target: str | None, layer: str | None, against: str | None = None
) -> PhotoExplanation:
    """Explain the first face of a photo.

    Args:
        path: the photo.
        predictor: the run.
        method: a name in `methods.METHODS`.
        target: class to explain; None for the run's answer.
        layer: layer to explain on; None for the default. Methods that look at the pixels ignore it.
        against: class to compare the target with: why the one rather than the other; None to explain the target alone.

    Raises:
        PhotoError: the photo cannot be read, or no face is found in it.
        InputError: unknown method, class or layer, or the two classes are the same.
    """
    row = find_method(method)
    wanted, other = _class(target, "--target", predictor), _class(against, "--against", predictor)
    faces = find_faces(read_file(path))
    if not faces:
        raise PhotoError(f"No face was found in {path}; try a picture in which a face is larger and turned to the camera.")
    face = faces[0]
    label = wanted or answer_faces([face], predictor)[0].label
    if other == label:
        raise InputError(f"--against must be another class than the one that is explained, which is {label}.")
    number = predictor.classes.index
    explanation = explain_faces(
        predictor,
        predictor.fitted_face(face)[None],
        method=method,
        targets=np.array([number(label)]),
        against=None if other is None else number(other),
        layer=layer if row.on_layer else None,
    )[0]
    return PhotoExplanation(
        saliency=explanation.saliency,
        picture=overlay(face.crop_rgb, explanation.saliency),
        target=label,
        against=other or "",
        layer=explanation.layer,
        channels=explanation.channels,
        empty=explanation.empty,
    )


def _class(given: str | None, option: str, predictor: Predictor) -> str | None:
    """Return the run's name of a class that the user named; None when none was."""
    name = None if given is None else canonical(given)
    if given is not None and name not in predictor.classes:
        raise InputError(f"{option} must be one of {', '.join(predictor.classes)}; got '{given}'.")
    return name
