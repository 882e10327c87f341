"""What helps on faces that a run was not made from, measured through the photo path, one means at a time and together.

    python -m benchmarks.other_faces --dataset NAME [--labels crowd] [--split validation] [--faces 1000]
    python -m benchmarks.other_faces --pictures FOLDER

Faces of a data set are laid into photos, enlarged, rolled, and under light that changes from side to side; a folder has one
folder of pictures per class. The largest face of a picture is answered; a picture in which no face is found counts as wrong.
Prints accuracy with its interval, macro F1, recall of each class, and the calibration error of the faces that were found, for
each run and the mean of their probabilities, and with: no mirrored face; narrower crops, and the mean of three widths; faces of
96 pixels; and the prior of the training faces taken off the logits (`tau`). Nothing is written.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.alignment import COLUMNS, ROLL, ROWS, ZOOM, compose, place_of
from fer_core.datasets.crowd import favourites
from fer_core.datasets.store import open_dataset
from fer_core.evaluation.calibration import expected_calibration_error
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1
from fer_core.labels import FIVE, canonical
from fer_core.models.inference import Forward, network_forward
from fer_core.models.saved_network import Network
from fer_core.photos.faces import Face, find_faces
from fer_core.photos.reading import SUFFIXES, read_file
from fer_core.predictor import load_predictor
from fer_core.runs import Run, open_run
from fer_core.settings import FACE_SIZE

WIDTHS = (1.0, 0.9, 0.8)
TAUS = (0.3, 0.5, 0.7, 1.0)
RUNS = ("bundled", "bundled-crowd")
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Shown:
    """Pictures and what was found in them.

    Attributes:
        labels: (N,) names.
        found: (N,) bool, whether a face was.
        crops: (n, 192, 192) uint8 grey, those that were found.
    """

    labels: NDArray[np.str_]
    found: NDArray[np.bool_]
    crops: Pixels


def main() -> None:
    """Collect, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dataset", metavar="NAME")
    source.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("--labels", default="imported", choices=("imported", "crowd"))
    parser.add_argument("--split", default="validation", choices=("train", "validation"))
    parser.add_argument("--faces", type=int, default=1000)
    given = parser.parse_args()
    shown = of_folder(given.pictures) if given.pictures else of_dataset(given.dataset, given.split, given.labels, given.faces)
    counts = ", ".join(f"{name} {(shown.labels == name).sum()}" for name in FIVE)
    majority = max((shown.labels == name).mean() for name in FIVE)
    print(f"{len(shown.labels)} pictures ({counts}), {shown.found.sum()} faces found; majority {majority:.3f}")
    for name, answer in answers(shown.crops).items():
        print(line(name, shown, answer), flush=True)


def of_folder(folder: Path) -> Shown:
    """The largest face of each picture in folders that are named for the five classes."""
    labels, faces = [], []
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() in SUFFIXES and canonical(path.parent.name) in FIVE:
            labels.append(canonical(path.parent.name))
            faces.append(max(find_faces(read_file(path)), key=lambda face: face.box[2] * face.box[3], default=None))
    return _shown(labels, faces)


def of_dataset(name: str, split: str, judge: str, most: int) -> Shown:
    """Faces of a data set, laid into photos of eight."""
    dataset = open_dataset(name)
    rows = dataset.split(split)
    rows = favourites(rows, FIVE) if judge == "crowd" else rows[rows["label"].isin(FIVE)]
    rows = rows.sample(min(most, len(rows)), random_state=0)
    pictures, draw, many = np.asarray(dataset.images[rows["id"].to_numpy()]), np.random.default_rng(0), COLUMNS * ROWS
    faces: list[Face | None] = [None] * len(rows)
    for start in range(0, len(rows), many):
        lit = np.stack([light(face, draw) for face in pictures[start : start + many]])
        for face in find_faces(compose(lit, draw.uniform(*ZOOM), draw.uniform(-ROLL, ROLL, many))[0]):
            left, top, width, height = face.box
            place = start + place_of(np.array([left, top, left + width, top + height], np.float32))
            if place < len(faces):
                faces[place] = face
    return _shown(rows["label"].tolist(), faces)


def light(face: Pixels, draw: np.random.Generator) -> Pixels:
    """A (48, 48) face under another gamma, 0.6 to 1.7, and with light that falls by up to 60 % from one side to the other."""
    turn, fall = draw.uniform(0, 2 * np.pi), draw.uniform(0, 0.6)
    across = np.linspace(-0.5, 0.5, FACE_SIZE)
    slope = 1 - fall * (0.5 + np.cos(turn) * across[None] + np.sin(turn) * across[:, None])
    bright = (face / 255) ** np.exp(draw.uniform(np.log(0.6), np.log(1.7))) * np.clip(slope, 0, 1)
    return np.asarray(np.rint(255 * bright), np.uint8)


def _shown(labels: Sequence[str], faces: Sequence[Face | None]) -> Shown:
    crops = [cv2.cvtColor(face.crop_rgb, cv2.COLOR_RGB2GRAY) for face in faces if face is not None]
    return Shown(np.array(labels), np.array([face is not None for face in faces]), np.asarray(crops, np.uint8))


def answers(crops: Pixels) -> dict[str, NDArray[np.float64]]:
    """{means: (n, 5) probabilities} of (n, 192, 192) crops."""
    made: dict[str, NDArray[np.float64]] = {}
    for name in RUNS:
        for means, found in _of_run(open_run(name), crops).items():
            made[f"{name}, {means}"] = found
    pairs = {means.partition(", ")[2] for means in made}
    both = {means: np.mean([made[f"{name}, {means}"] for name in RUNS], axis=0) for means in pairs}
    return made | {f"both, {means}": both[means] for means in sorted(pairs)}


def _of_run(run: Run, crops: Pixels) -> dict[str, NDArray[np.float64]]:
    predictor = load_predictor(run)
    fine = network_forward(of_side(predictor.network, 96))
    coarse = network_forward(predictor.network)
    by_width = {width: _mirrored(coarse, resized(crops, width, FACE_SIZE)) for width in WIDTHS}
    temperature, prior = predictor.calibration.temperature, log_prior(run, predictor.classes)
    order = [predictor.classes.index(name) for name in FIVE]

    def said(logits: NDArray[np.float32], tau: float = 0) -> NDArray[np.float64]:
        scaled = logits.astype(np.float64) / temperature - tau * prior
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray((powers / powers.sum(axis=1, keepdims=True))[:, order])

    mean = np.mean(list(by_width.values()), axis=0)
    sharp = _mirrored(fine, resized(crops, 1.0, 96))
    found = {"as photos are answered": said(by_width[1.0]), "no mirrored face": said(coarse(resized(crops, 1.0, FACE_SIZE)))}
    found |= {f"width {width}": said(by_width[width]) for width in WIDTHS[1:]}
    found |= {"mean of three widths": said(mean), "96 pixels": said(sharp)}
    found |= {f"tau {tau}": said(by_width[1.0], tau) for tau in TAUS}
    return found | {f"mean of three widths, tau {tau}": said(mean, tau) for tau in TAUS[:3]}


def of_side(network: Network, side: int) -> Network:
    """Change a network to take faces of (side, side) pixels, its weights the same."""
    layers = copy.deepcopy(network.layers)
    next(entry for entry in layers if entry["class_name"] == "InputLayer")["config"]["batch_shape"] = [None, side, side, 1]
    return dataclasses.replace(network, layers=layers)


def _mirrored(forward: Forward, faces: Pixels) -> NDArray[np.float32]:
    parts = [faces[start : start + 64] for start in range(0, len(faces), 64)]
    return np.concatenate([(forward(part) + forward(part[:, :, ::-1])) / np.float32(2) for part in parts])


def resized(crops: Pixels, width: float, side: int) -> Pixels:
    """The middle of (n, 192, 192) crops, `width` as wide, as (n, side, side)."""
    edge = round(crops.shape[1] * (1 - width) / 2)
    inner = crops[:, edge : crops.shape[1] - edge, edge : crops.shape[2] - edge]
    shrunk = [cv2.resize(np.ascontiguousarray(crop), (side, side), interpolation=cv2.INTER_AREA) for crop in inner]
    return np.asarray(shrunk, np.uint8)


def log_prior(run: Run, classes: Sequence[str]) -> NDArray[np.float64]:
    """Logarithm of the classes' shares among the faces that a run has learned from.

    Raises:
        SystemExit: they are not known.
    """
    training = run.training()
    if training is None or not training.counts.get("train"):
        raise SystemExit(f"Run '{run.about().name}' does not say what it was trained on.")
    counts: Mapping[str, int] = training.counts["train"]
    shares = np.array([counts[name] for name in classes], np.float64)
    return np.log(shares / shares.sum())


def line(name: str, shown: Shown, answer: NDArray[np.float64]) -> str:
    """What is printed of one means."""
    named = np.full(len(shown.labels), "", dtype=object)
    named[shown.found] = np.array(FIVE, object)[answer.argmax(axis=1)]
    right = named == shown.labels
    low, high = wilson(int(right.sum()), len(right))
    seen = shown.labels[shown.found]
    f1 = float(macro_f1(confusion_matrix(seen, named[shown.found], FIVE)))
    error = expected_calibration_error(answer, right[shown.found])
    recalls = ", ".join(f"{label} {right[shown.labels == label].mean():.2f}" for label in FIVE if label in shown.labels)
    return (
        f"{name}: accuracy {right.mean():.3f} ({low:.3f} to {high:.3f}), macro F1 {f1:.3f}, "
        f"calibration error {error:.3f}; recall {recalls}"
    )


if __name__ == "__main__":
    main()
