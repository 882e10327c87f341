"""Photos to answers: the command predict."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
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
    predict.add_argument("photos", nargs="+", metavar="PHOTO", help="a picture, or a folder of pictures")
    predict.add_argument("--model", required=True, metavar="RUN")


def _predict(given: argparse.Namespace) -> int:
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(given.model))
    answers = [answer_file(name, predictor) for photo in given.photos for name in photo_files(photo)]
    if given.json:
        print_json(answers)
    else:
        for answer in answers:
            print("\n".join(_lines(answer)))
    return 2 if any(answer["error"] for answer in answers) else 0


def photo_files(photo: str) -> Iterator[str]:
    """Names of the pictures in a folder and in the folders inside it, sorted, each beginning as the folder was given.

    What is no folder is given back as it is, and so is a folder without a picture: `answer_file` says what is wrong.
    """
    from fer_core.photos.reading import SUFFIXES

    if not os.path.isdir(photo):
        yield photo
        return
    names = [
        os.path.join(folder, name)
        for folder, _, files in os.walk(photo)
        for name in files
        if name.lower().endswith(SUFFIXES) and not name.startswith(".")
    ]
    yield from sorted(names) or [photo]


def answer_file(name: str, predictor: Predictor) -> dict[str, Any]:
    """Answer one photo, as `predict --json` prints it: file (as given), faces, error (None, or why it cannot be read)."""
    from fer_core.photos.faces import find_faces
    from fer_core.photos.reading import read_file
    from fer_core.predictor import answer_faces

    try:
        if os.path.isdir(name):
            raise PhotoError("There is no picture in this folder; name another one, or the pictures themselves.")
        faces = find_faces(read_file(Path(name)))
    except PhotoError as error:
        return {"file": name, "faces": [], "error": str(error)}
    rows = [_row(face, answer) for face, answer in zip(faces, answer_faces(faces, predictor), strict=True)]
    return {"file": name, "faces": rows, "error": None}


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    """What is printed of one photo: a line for each face, or one that says why there is none."""
    file = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in answer["file"])
    if answer["error"]:
        yield f"{file}: {answer['error']}"
    elif not answer["faces"]:
        yield f"{file}: no face was found"
    for number, face in enumerate(answer["faces"], start=1):
        ranked = sorted(face["probabilities"].items(), key=lambda item: -item[1])
        named = ", ".join(f"{name} {value:.2f}" for name, value in ranked)
        notes = f" [{', '.join(face['quality'])}]" if face["quality"] else ""
        yield f"{file}, face {number}: {face['label'] if face['sure'] else 'not sure'} ({named}){notes}"


def _row(face: Face, answer: Answer) -> dict[str, Any]:
    return {
        "box": [int(value) for value in face.box],
        "score": float(face.score),
        "label": answer.label,
        "sure": answer.sure,
        "probabilities": answer.probabilities,
        "quality": list(face.quality),
    }
