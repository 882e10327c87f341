"""Milliseconds of a photo: faces found, expressions named, and both, beside PyPI's `fer`; accuracy of both on cropped faces.

    python -m benchmarks.photos [--photo FILE] [--run bundled] [--rounds 15] [--fer-folder FOLDER] [--data FER2013.zip]

Two pictures of 640x480 are made from a portrait: one with one face, one with eight. A photo's face is mirrored, too, where its
answer is near to another one, which a portrait's seldom is; the last row of each picture is what it takes when all are. Each
work is timed by turns, in changing order, on two cores, after two calls that do not count; the table shows the median of the
rounds and their range, and the processor time that all threads took together, which other work on the machine disturbs less.
`fer` runs as it does by default: its own detector (a Haar cascade) and its TFLite network.

It lives in an environment of its own, made with the package index that pip is set up for, in a temporary folder that is
deleted afterwards; `--fer-folder` names a folder to keep it in and to find it again. OpenCV 5 has no Haar cascades and newer
setuptools no `pkg_resources`, so that `fer` gets older ones; what only its films and its second detector need is left out.

With `--data`, FER2013 as the Kaggle archive lays it out, both networks answer the cropped faces of the public test of the five
classes; the other two classes of `fer`'s are masked.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import cv2
import numpy as np

from benchmarks import machine
from benchmarks.fer_package import Other, Pixels, Times, fer_environment
from benchmarks.machine import Spread, spread
from fer_core.commands.progress_line import ProgressLine
from fer_core.labels import FIVE
from fer_core.photos.faces import find_faces
from fer_core.photos.reading import read_photo
from fer_core.settings import PROJECT

if TYPE_CHECKING:
    from fer_core.predictor import Answer

SIZE = (640, 480)
PARTS = ("detection", "classification", "whole", "whole, all faces mirrored")


@dataclass(frozen=True)
class Row:
    """One work on one picture.

    Attributes:
        picture: its name.
        part: one of `PARTS`.
        who: ours or fer.
        faces: how many were found.
        wall: milliseconds by the clock.
        processor: milliseconds of all threads.
    """

    picture: str
    part: str
    who: str
    faces: int
    wall: Spread
    processor: Spread


def main() -> None:
    """Measure and print."""
    given = _arguments()
    machine.exit_when_told()
    machine.keep_to_cores(2)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{machine.describe()}\n{machine.busy_sentence(machine.busy())}", flush=True)
    portrait = read_photo(given.photo.read_bytes(), name=given.photo.name)
    pictures = compose(portrait)
    faces = public_test(given.data) if given.data else None
    count = len(faces[1]) if faces else 0
    with fer_environment(given.fer_folder) as python, Other(python, pictures) as other:
        rows = measure(pictures, other, given)
        print("\n".join(table(rows)), flush=True)
        scores = {} if faces is None else {"ours": accuracy(*faces, given.run), "fer": other.accuracy(*faces)}
    for who, score in scores.items():
        print(f"Accuracy of {who} on {count:,} cropped faces of the public test, five classes: {score:.3f}")
    if given.out:
        facts = {"machine": machine.describe(), "rounds": given.rounds, "accuracy": scores}
        given.out.write_text(json.dumps(facts | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")


def compose(portrait: Pixels) -> dict[str, Pixels]:
    """Two pictures (480, 640, 3) uint8 of a portrait: one with its one face, one with eight of it in two rows.

    Raises:
        SystemExit: the portrait does not hold exactly one face.
    """
    found = find_faces(portrait)
    if len(found) != 1:
        raise SystemExit(f"The portrait must hold one face; found {len(found)}. Choose another one.")
    left, top, width, height = found[0].box
    side = max(width, height)
    middle = left + width // 2, top + height // 2
    one = _part(portrait, middle, (round(side * 16 / 3), side * 4), SIZE)
    tile = _part(portrait, middle, (side * 2, side * 3), (SIZE[0] // 4, SIZE[1] // 2))
    return {"one face": one, "eight faces": np.tile(tile, (2, 4, 1))}


def _part(photo: Pixels, middle: tuple[int, int], extent: tuple[int, int], size: tuple[int, int]) -> Pixels:
    """The part of a photo around a point, as large as `extent`, resized; beyond its edge its last pixels go on."""
    scale = np.array(size) / np.array(extent)
    matrix = np.array([[scale[0], 0, size[0] / 2 - scale[0] * middle[0]], [0, scale[1], size[1] / 2 - scale[1] * middle[1]]])
    return np.asarray(cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT), np.uint8)


def measure(pictures: dict[str, Pixels], other: Other, given: argparse.Namespace) -> list[Row]:
    """All rows: both pictures, all parts, ours and `fer` by turns."""
    works: dict[tuple[str, str, str], Callable[[], Times]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for name, calls in ours(pictures, given.run).items():
        for part in PARTS:
            call, count = calls[part]
            works[name, part, "ours"] = _timed(call)
            works[name, part, "fer"] = partial(other.time, name, part)
            counts[name, part, "ours"], counts[name, part, "fer"] = count, other.count(name)
    times: dict[tuple[str, str, str], list[Times]] = {key: [] for key in works}
    keys = list(works)
    with ProgressLine() as line:
        for number in range(-2, given.rounds):
            line.show(max(0, number) / given.rounds, "timing")
            shift = number % len(keys)
            for key in keys[shift:] + keys[:shift]:
                taken = works[key]()
                if number >= 0:
                    times[key].append(taken)
    return [
        Row(*key, counts[key], *(spread([1000 * value for value in column]) for column in zip(*found, strict=True)))
        for key, found in times.items()
    ]


def ours(pictures: dict[str, Pixels], run: str) -> dict[str, dict[str, tuple[Callable[[], Any], int]]]:
    """{picture: {part: (call, faces found)}} with a run's predictor."""
    from fer_core.predictor import answer_faces, load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(run))

    def whole(picture: Pixels) -> list[Answer]:
        return answer_faces(find_faces(picture), predictor)

    def all_mirrored(picture: Pixels) -> list[Answer]:
        with mock.patch("fer_core.predictor.NEAR_MARGIN", math.inf):
            return whole(picture)

    works = {}
    for name, picture in pictures.items():
        faces = find_faces(picture)
        calls: dict[str, Callable[[], Any]] = {
            "detection": partial(find_faces, picture),
            "classification": partial(answer_faces, faces, predictor),
            "whole": partial(whole, picture),
            "whole, all faces mirrored": partial(all_mirrored, picture),
        }
        works[name] = {part: (call, len(faces)) for part, call in calls.items()}
    return works


def accuracy(faces: Pixels, labels: list[str], run: str) -> float:
    """Share of (N, 48, 48) uint8 faces that a run names right, as it answers photos."""
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(run))
    named = np.array(predictor.classes)[predictor.logits(faces, quick=True).argmax(axis=1)]
    return float((named == np.array(labels)).mean())


def _timed(call: Callable[[], Any]) -> Callable[[], Times]:
    def timed() -> Times:
        start, used = time.perf_counter(), time.process_time()
        call()
        return time.perf_counter() - start, time.process_time() - used

    return timed


def public_test(archive: Path) -> tuple[Pixels, list[str]]:
    """Faces (N, 48, 48) uint8 and labels of the five classes in the folder `test` of the Kaggle archive."""
    faces, labels = [], []
    with zipfile.ZipFile(archive) as source:
        for name in sorted(source.namelist()):
            parts = name.split("/")
            label = parts[-2] if len(parts) > 1 else ""
            if "test" in parts and label in FIVE and name.lower().endswith((".jpg", ".png")):
                faces.append(read_photo(source.read(name), name=name)[:, :, 0])
                labels.append(label)
    return np.stack(faces), labels


def table(rows: list[Row]) -> list[str]:
    """The rows as Markdown, ours beside `fer`'s, and how many times sooner ours is."""
    lines = [
        "| Picture | Part | Ours ms | `fer` ms | Times sooner | Ours processor ms | `fer` processor ms | Faces ours, `fer` |"
    ]
    lines.append("|" + "---|" * 8)
    found = {(row.picture, row.part, row.who): row for row in rows}
    for row in rows:
        if row.who == "ours":
            other = found[row.picture, row.part, "fer"]
            times = other.wall.median / row.wall.median
            cells = [row.picture, row.part, f"{row.wall:.1f}", f"{other.wall:.1f}", f"{times:.1f}"]
            cells += [f"{row.processor.median:.1f}", f"{other.processor.median:.1f}", f"{row.faces}, {other.faces}"]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    portrait = PROJECT / "tests" / "fixtures" / "astronaut.jpg"
    parser.add_argument("--photo", type=Path, default=portrait, help="portrait with one face (default: the one of the tests)")
    parser.add_argument("--run", default="bundled", help="run whose network answers")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each work")
    parser.add_argument("--fer-folder", type=Path, help="keep the environment of fer here, or find it here")
    parser.add_argument("--data", type=Path, help="FER2013 archive for the accuracy of fer's network")
    parser.add_argument("--out", type=Path, help="JSON file for all figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
