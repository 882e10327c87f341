"""Photos to answers: every face of a picture with its expression, as the photo page and `predict` give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fer_core.errors import PhotoError
from fer_core.faces import Face, find_faces
from fer_core.photos import read_photo, short_name
from fer_core.predictor import Answer, Predictor


def answer_faces(faces: list[Face], predictor: Predictor) -> list[Answer]:
    """The run's answer for each face, in the same order."""
    return predictor.answers(np.stack([face.grey for face in faces]), quick=True) if faces else []


def answer_file(path: Path, predictor: Predictor) -> dict[str, Any]:
    """What `predict --json` prints of one photo: file, faces, error (None, or one sentence when it cannot be read)."""
    try:
        faces = find_faces(read_file(path))
    except PhotoError as error:
        return {"file": path.name, "faces": [], "error": str(error)}
    rows = [_row(face, answer) for face, answer in zip(faces, answer_faces(faces, predictor), strict=True)]
    return {"file": path.name, "faces": rows, "error": None}


def read_file(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """An upright photo (H, W, 3) uint8 from a file.

    Raises:
        PhotoError: the file is missing, or not a picture that can be read.
    """
    try:
        # A pipe or device is not opened: it may never end.
        if path.exists() and not path.is_file():
            raise PhotoError(f"{short_name(path.name)} cannot be opened (not a file); check the path.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PhotoError(f"{short_name(path.name)} cannot be opened ({reason}); check the path.") from error
    return read_photo(data, name=path.name)


def _row(face: Face, answer: Answer) -> dict[str, Any]:
    return {
        "box": [int(value) for value in face.box],
        "score": float(face.score),
        "label": answer.label,
        "sure": answer.sure,
        "probabilities": answer.probabilities,
        "quality": list(face.quality),
    }
