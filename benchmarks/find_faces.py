"""Pictures in a second from which an import finds, aligns and crops the faces, and how well the crops agree.

    python -m benchmarks.find_faces [--pictures 600] [--faceless 0] [--photo FILE ...] [--keep SHEET.png]

Makes JPEG pictures of 640x480 in a temporary folder, which is removed afterwards: a portrait (the astronaut, public domain, or
the photos that are given) whose face takes 60 to 300 pixels, as FER2013 frames it, leaning up to 25 degrees, on a background of
smooth colours. A share of them can be left without a face. They are imported with faces found, on two cores, once for nothing and
once that counts; the same pictures are imported as they are, to see what reading alone takes. Each crop is compared with that of
the untouched portrait: correlation of the grey values. Sought: 150 pictures a second.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from fer_core.datasets.framing import NO_FACE, Framing
from fer_core.datasets.importer import ImportReport, import_source
from fer_core.datasets.store import open_dataset
from fer_core.photos.cropping import crop_face
from fer_core.photos.faces import find_faces
from fer_core.photos.frame import Frame, converted
from fer_core.photos.reading import read_file
from fer_core.settings import ASSETS

WIDE, HIGH = 640, 480
SMALLEST, LARGEST, ROLL = 60, 300, 25
SOUGHT = 150

Pixels = NDArray[np.uint8]


def main() -> None:
    """Make pictures, import them, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=600, metavar="N")
    parser.add_argument("--faceless", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--photo", type=Path, nargs="+", default=[ASSETS / "astronaut.jpg"], metavar="FILE")
    parser.add_argument("--keep", type=Path, metavar="SHEET.png", help="write the first crops side by side")
    given = parser.parse_args()
    machine.keep_to_cores(2)
    print(f"{machine.describe()}\n{machine.busy_sentence(machine.busy())}", flush=True)
    portraits = [portrait_of(path) for path in given.photo]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FER_WORKSPACE"] = f"{folder}/workspace"
        write(Path(folder) / "pictures", portraits, given.pictures, given.faceless)
        imported(Path(folder) / "pictures", "warm", "find")
        seconds, report = imported(Path(folder) / "pictures", "found", "find")
        reading, _ = imported(Path(folder) / "pictures", "as it is", "as-is")
        missing = sum(one["reason"] == NO_FACE for one in report.rejected)
        print(
            f"{given.pictures / seconds:7.0f}  pictures a second (sought: {SOUGHT}); {given.pictures / reading:.0f} as they are"
        )
        print(f"{report.images:7,}  faces found, {missing:,} pictures without; {report.size}x{report.size} {report.colour}")
        agree(portraits, given.keep)


@dataclass(frozen=True)
class Portrait:
    """A photo with one face.

    Attributes:
        pixels: (H, W, 3) uint8.
        crop: its face, (96, 96, 3) uint8.
        side: pixels of the photo that this covers.
        middle: x, y of the face in the photo.
    """

    pixels: Pixels
    crop: Pixels
    side: int
    middle: tuple[float, float]


def portrait_of(path: Path) -> Portrait:
    """The portrait in a file."""
    pixels = read_file(path)
    crop, found = crop_face(pixels, size=96), find_faces(pixels)
    if crop is None or not found:
        raise SystemExit(f"{path.name} shows no face; choose another photo.")
    left, top, wide, high = max((face.box for face in found), key=lambda box: box[2])
    return Portrait(pixels, crop.pixels, crop.side, (left + wide / 2, top + high / 2))


def write(folder: Path, portraits: list[Portrait], count: int, faceless: float) -> None:
    """Write the pictures, in folders of two classes; the name of each says which portrait it shows."""
    draw = np.random.default_rng(0)
    for number in range(count):
        which = -1 if draw.random() < faceless else number % len(portraits)
        path = folder / ("happy", "neutral")[number % 2] / f"{which}-{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = scene(draw) if which < 0 else pasted(scene(draw), portraits[which], draw)
        cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])


def scene(draw: np.random.Generator) -> Pixels:
    """A background (480, 640, 3) uint8 of smooth colours with some grain."""
    coarse = draw.integers(0, 256, (6, 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC) + draw.normal(0, 6, (HIGH, WIDE, 3))
    return np.clip(smooth, 0, 255).astype(np.uint8)


def pasted(picture: Pixels, portrait: Portrait, draw: np.random.Generator) -> Pixels:
    """A picture with a portrait in some size at some place, leaning."""
    scale, roll = draw.integers(SMALLEST, LARGEST + 1) / portrait.side, float(draw.uniform(-ROLL, ROLL))
    high, wide = (max(1, round(scale * side)) for side in portrait.pixels.shape[:2])
    small = np.asarray(cv2.resize(portrait.pixels, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    across, down = portrait.middle[0] * scale, portrait.middle[1] * scale
    turn = cv2.getRotationMatrix2D((across, down), roll, 1.0)
    turn[:, 2] += draw.uniform(0.35, 0.65) * WIDE - across, draw.uniform(0.4, 0.6) * HIGH - down
    laid = cv2.warpAffine(small, turn, (WIDE, HIGH))
    mask = cv2.warpAffine(np.full((high, wide), 255, np.uint8), turn, (WIDE, HIGH)) > 127
    return np.where(mask[..., None], laid, picture).astype(np.uint8)


def imported(folder: Path, name: str, faces: Framing) -> tuple[float, ImportReport]:
    """Import the pictures; the seconds that it took, and the report."""
    start, worked = time.perf_counter(), time.process_time()
    report = import_source(folder, name, classes=None, faces=faces, size=96)
    seconds = time.perf_counter() - start
    print(f"{seconds:7.2f}  seconds, {time.process_time() - worked:.2f} of work, to import {name}", flush=True)
    return seconds, report


def agree(portraits: list[Portrait], sheet: Path | None) -> None:
    """Print how well the crops agree with those of the untouched portraits, and keep some of them."""
    dataset = open_dataset("found")
    frame = Frame(96, "grey")
    wanted = converted(np.stack([portrait.crop for portrait in portraits]), frame)
    which = dataset.samples["file"].str.extract(r"/(-?\d+)-")[0].astype(int).to_numpy()
    faces = converted(np.asarray(dataset.images), frame)
    alike = np.array([np.corrcoef(face.ravel(), wanted[max(0, at)].ravel())[0, 1] for face, at in zip(faces, which, strict=True)])
    alike = alike[which >= 0]
    print(
        f"{np.median(alike):7.3f}  correlation with the crop of the untouched portrait (median); {np.quantile(alike, 0.05):.3f} "
        f"in the lowest twentieth, {(alike < 0.7).sum()} below 0.7; {(which < 0).sum()} faces found where none is"
    )
    if sheet is not None:
        rows = [np.hstack(list(faces[start : start + 12])) for start in range(0, len(faces) // 12 * 12, 12)][:8]
        cv2.imwrite(str(sheet), np.vstack(rows))


if __name__ == "__main__":
    main()
