"""Photos to answers: the command predict."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.commands.output import Add, print_json
from fer_core.errors import PhotoError

if TYPE_CHECKING:
    from fer_core.photos.faces import Face
    from fer_core.predictor import Answer, Predictor


def register(add: Add) -> None:
    """Add the command to the parser."""
    predict = add("predict", _predict, "Find the faces in photos and name their expressions.", json=True)
    predict.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    predict.add_argument("--model", required=True, metavar="RUN")


def _predict(given: argparse.Namespace) -> int:
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(given.model))
    answers = [answer_file(path, predictor) for path in given.photos]
    if given.json:
        return print_json(answers)
    for answer in answers:
        if answer["error"]:
            print(f"{answer['file']}: {answer['error']}")
        for number, face in enumerate(answer["faces"], start=1):
            ranked = sorted(face["probabilities"].items(), key=lambda item: -item[1])
            named = ", ".join(f"{name} {value:.2f}" for name, value in ranked)
            notes = f" [{', '.join(face['quality'])}]" if face["quality"] else ""
            print(f"{answer['file']}, face {number}: {face['label'] if face['sure'] else 'not sure'} ({named}){notes}")
    return 0


def answer_file(path: Path, predictor: Predictor) -> dict[str, Any]:
    """Answer one photo, as `predict --json` prints it: file, faces, error (None, or one sentence when it cannot be read)."""
    from fer_core.photos.faces import find_faces
    from fer_core.photos.reading import read_file
    from fer_core.predictor import answer_faces

    try:
        faces = find_faces(read_file(path))
    except PhotoError as error:
        return {"file": path.name, "faces": [], "error": str(error)}
    rows = [_row(face, answer) for face, answer in zip(faces, answer_faces(faces, predictor), strict=True)]
    return {"file": path.name, "faces": rows, "error": None}


def _row(face: Face, answer: Answer) -> dict[str, Any]:
    return {
        "box": [int(value) for value in face.box],
        "score": float(face.score),
        "label": answer.label,
        "sure": answer.sure,
        "probabilities": answer.probabilities,
        "quality": list(face.quality),
    }
