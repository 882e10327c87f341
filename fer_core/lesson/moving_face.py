"""A film of a drawn face that changes its expression, with what a run answers for each frame; Home plays it."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.synthetic import draw_face
from fer_core.errors import NotFoundError
from fer_core.explain.of_run import explain_faces
from fer_core.explain.overlay import enlarged, overlay
from fer_core.files import replace
from fer_core.settings import ASSETS, FACE_SIZE

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

RECORDED = ASSETS / "moving_face.json"
"""The film that ships: of the bundled run that answers photos, on a face that nobody has."""

SIDE = 224
"""Side of a frame in pixels."""

LEVELS: tuple[float, ...] = (0.0, 0.35, 0.7, 1.0, 1.0, 0.7, 0.35)
"""Intensities of one expression, from none to full and back."""


@dataclass(frozen=True)
class Frame:
    """One moment of the film.

    Attributes:
        expression: drawn expression.
        intensity: of the expression, 0 to 1.
        probabilities: {class: calibrated probability}, what the run answers.
        sure: False when the largest is below the run's threshold.
        face: the drawn face as WebP, base64.
        covered: the face with its saliency map as WebP, base64.
    """

    expression: str
    intensity: float
    probabilities: dict[str, float]
    sure: bool
    face: str
    covered: str


def make(predictor: Predictor, identity: int, expressions: tuple[str, ...]) -> list[Frame]:
    """Draw the frames and ask a run about each.

    Args:
        predictor: the run's.
        identity: seed of the invented person, 0 or more.
        expressions: which it shows, one after the other.
    """
    moments = [(name, level) for name in expressions for level in LEVELS]
    small = drawn(identity, moments)
    answers = predictor.answers(small)
    targets = np.array([predictor.classes.index(answer.label) for answer in answers])
    maps = explain_faces(predictor, small, targets=targets)
    return [
        Frame(
            expression=name,
            intensity=level,
            probabilities={label: round(float(value), 4) for label, value in answer.probabilities.items()},
            sure=answer.sure,
            face=_webp(enlarged(draw_face(identity, name, level, size=SIDE), side=SIDE)),
            covered=_webp(overlay(draw_face(identity, name, level, size=SIDE), explanation.saliency, side=SIDE)),
        )
        for (name, level), answer, explanation in zip(moments, answers, maps, strict=True)
    ]


def drawn(identity: int, moments: list[tuple[str, float]]) -> NDArray[np.uint8]:
    """Draw the faces that the run is asked about: (N, 48, 48) uint8, one for each expression and intensity."""
    return np.stack([draw_face(identity, name, level, size=FACE_SIZE) for name, level in moments])


def write(frames: list[Frame], *, identity: int, run: str, model: str, path: Path = RECORDED) -> None:
    """Keep a film, with the person's seed, the run's name and the digest of its model; replaced atomically."""
    film = {"identity": identity, "run": run, "model": model, "frames": [asdict(frame) for frame in frames]}
    replace(path, lambda temporary: temporary.write_text(json.dumps(film, separators=(",", ":"))))


def load(path: Path = RECORDED) -> tuple[dict[str, str], list[Frame]]:
    """Read a film: what it was made with (identity, run, model), and its frames.

    Raises:
        NotFoundError: the file is missing or damaged.
    """
    try:
        film = json.loads(path.read_bytes())
        return {key: str(film[key]) for key in ("identity", "run", "model")}, [Frame(**frame) for frame in film["frames"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(
            f"The film {path.name} cannot be read; make it again with `python -m benchmarks.moving_face`."
        ) from error


def _webp(picture: NDArray[np.uint8]) -> str:
    encoded = cv2.imencode(".webp", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_WEBP_QUALITY, 78])[1]
    return base64.b64encode(encoded.tobytes()).decode("ascii")
