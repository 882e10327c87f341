"""What a second look at the landmarks is worth: faces laid into photos, found by a quick search, and named by a run.

    python -m benchmarks.alignment NAME [--split validation] [--run bundled] [--faces 2064]

Eight faces at a time are laid into a photo of 640x480, enlarged 1.5 to 3.3 times and rolled by up to 10 degrees, with their last
pixels going on beyond their edge. Those that a quick search finds are cropped twice, by its landmarks and by those of the second
look that other photos get, and named by the run. Prints the share named right either way and their difference with its 95 %
interval, on the same faces; the share of the faces as they were before they were laid into a photo; and where in a face's picture
the landmarks of the quick search lie, which is `faces.QUICK_TEMPLATE` when measured on `--split train`.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.commands.progress_line import ProgressLine
from fer_core.datasets.store import open_dataset
from fer_core.photos import faces as cropping
from fer_core.photos.detection import quick_search
from fer_core.settings import FACE_SIZE

TILE, COLUMNS, ROWS = (160, 240), 4, 2
"""Width and height in pixels of the place of a face in a photo, and places beside and below each other."""
ZOOM, ROLL = (1.5, 3.3), 10.0
"""How many times a face is enlarged, and by how many degrees it is rolled at the most."""
Pixels = NDArray[np.uint8]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="NAME")
    parser.add_argument("--run", default="bundled", help="run that names the faces")
    parser.add_argument("--split", default="validation", choices=("train", "validation"))
    parser.add_argument("--faces", type=int, default=2064, help="faces at the most")
    given = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor = load_predictor(open_run(given.run))
    dataset = open_dataset(given.dataset)
    rows = dataset.split(given.split)
    rows = rows[rows["label"].isin(predictor.classes)]
    rows = rows.sample(min(given.faces, len(rows)), random_state=0)
    pictures = np.asarray(dataset.images[rows["id"].to_numpy()])
    once, twice, found, template = crops(pictures)
    labels = rows["label"].to_numpy()[found]
    names = np.array(predictor.classes)
    right = [names[predictor.logits(faces).argmax(axis=1)] == labels for faces in (once, twice, pictures[found])]
    gain = right[0].astype(int) - right[1]
    half = 1.96 * gain.std() / np.sqrt(len(gain))
    print(f"{len(found):,} of {len(rows):,} faces found.")
    print(f"Named right by the landmarks of the quick search {right[0].mean():.3f}, of a second look {right[1].mean():.3f}.")
    print(f"Difference {gain.mean():+.4f} (95 % interval {gain.mean() - half:+.4f} to {gain.mean() + half:+.4f}).")
    print(f"Named right as they were {right[2].mean():.3f}.")
    print(f"Landmarks of the quick search in the pictures: {template.round(2).tolist()}.")


def crops(faces: Pixels) -> tuple[Pixels, Pixels, NDArray[np.int64], NDArray[np.float64]]:
    """Crop the faces that are found, without and with a second look.

    Returns:
        Both crops (n, 48, 48), which of the (N, 48, 48) faces they are, and where their first landmarks lie in the faces' own
        pictures: (5, 2), the mean with its mirror image.
    """
    once, twice, found, places = [], [], [], []
    many = COLUMNS * ROWS
    draw = np.random.default_rng(0)
    with ProgressLine() as line:
        for start in range(0, len(faces), many):
            line.show(start / len(faces), "looking")
            photo, laid = compose(faces[start : start + many], draw.uniform(*ZOOM), draw.uniform(-ROLL, ROLL, many))
            for box, points in zip(*quick_search(photo), strict=True):
                place = place_of(box)
                if place < len(laid):
                    back = cv2.invertAffineTransform(laid[place])
                    frame = cropping.similarity(cropping.look_again(photo, points), cropping.TEMPLATE)
                    quick = cropping.similarity(points, cropping.QUICK_TEMPLATE)
                    found.append(start + place)
                    places.append(points @ back[:, :2].T + back[:, 2])
                    once.append(cropping._align(photo, quick)[1])
                    twice.append(cropping._align(photo, frame)[1])
    mean = np.mean(places, axis=0)
    mirrored = (mean * (-1, 1) + (2 * cropping.TEMPLATE[2, 0], 0))[[1, 0, 2, 4, 3]]
    return np.stack(once), np.stack(twice), np.array(found), (mean + mirrored) / 2


def compose(faces: Pixels, zoom: float, rolls: NDArray[np.float64]) -> tuple[Pixels, list[NDArray[np.float64]]]:
    """A photo (480, 640, 3) uint8 of up to eight (48, 48) faces, each in the middle of its place, and for each the (2, 3)
    transform from its own pixels to the photo's."""
    photo = np.full((ROWS * TILE[1], COLUMNS * TILE[0], 3), 128, np.uint8)
    laid = []
    for number, (face, roll) in enumerate(zip(faces, rolls[: len(faces)], strict=True)):
        middle = (FACE_SIZE - 1) / 2
        matrix = cv2.getRotationMatrix2D((middle, middle), roll, zoom)
        matrix[:, 2] += np.array(TILE) / 2 - middle
        drawn: Any = cv2.warpAffine(face, matrix, TILE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        row, column = divmod(number, COLUMNS)
        photo[row * TILE[1] : (row + 1) * TILE[1], column * TILE[0] : (column + 1) * TILE[0]] = drawn[:, :, None]
        matrix[:, 2] += (column * TILE[0], row * TILE[1])
        laid.append(matrix)
    return photo, laid


def place_of(box: NDArray[np.float32]) -> int:
    """Number of the place that holds the middle of a box x1, y1, x2, y2, score."""
    column, row = (box[0] + box[2]) / 2 // TILE[0], (box[1] + box[3]) / 2 // TILE[1]
    return int(np.clip(row, 0, ROWS - 1) * COLUMNS + np.clip(column, 0, COLUMNS - 1))


if __name__ == "__main__":
    main()
