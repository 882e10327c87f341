"""The other side of `benchmarks.fer_package`: answers questions about `fer`, a line of JSON each, in an environment of its own.

python fer_answers.py FOLDER     with the pictures, (H, W, 3) uint8 BGR, as FOLDER/NAME.npy
"""

import json
import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np


def main() -> None:
    """Read questions until there are no more."""
    folder = Path(sys.argv[1])
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from fer.fer import FER

    detector = FER()
    known: dict[str, tuple[np.ndarray, np.ndarray, list]] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "shares":
            answer = shares(detector, np.load(folder / "faces.npy"), question["classes"])
        else:
            name = question["picture"]
            if name not in known:
                picture = np.load(folder / f"{name}.npy")
                grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
                known[name] = picture, grey, detector.find_faces(picture, gray_img=grey)
            answer = len(known[name][2]) if question["do"] == "count" else timed(detector, question["do"], *known[name])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def timed(detector, part: str, picture: np.ndarray, grey: np.ndarray, boxes: list) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    start, used = time.perf_counter(), time.process_time()
    if part == "detection":
        detector.find_faces(picture, gray_img=grey)
    else:
        detector.detect_emotions(picture, face_rectangles=boxes if part == "classification" else None)
    return time.perf_counter() - start, time.process_time() - used


def shares(detector, faces: np.ndarray, classes: list[str]) -> list[list[float]]:
    """What its network says of (N, 48, 48) uint8 faces, for these classes.

    Faces are resized to 64x64 and scaled to -1 to 1, as its own code does with what it has cropped.
    """
    numbers = {name: number for number, name in detector._get_labels().items()}
    large = np.stack([cv2.resize(face, (64, 64)) for face in faces]).astype(np.float32)
    said = np.asarray(detector._classify_emotions((large / 255 - 0.5) * 2))
    return said[:, [numbers[name] for name in classes]].tolist()


if __name__ == "__main__":
    main()
