"""Small data sets, what a run may answer for them, and a network that is a few lines of numpy."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from fer_core.datasets import writing
from fer_core.datasets.store import Dataset
from fer_core.explain.expectation import Expectation
from fer_core.explain.randomisation import TRAINED, Cascade
from fer_core.explain.regions import region_masks
from fer_core.explain.saliency import Explanation
from fer_core.labels import FIVE
from fer_core.photos.frame import FER
from fer_core.predictor import Answer
from fer_core.runs import Run
from fer_core.runs.version import version


def other_dataset(name: str, counts: dict[str, int], *, seed: int = 1) -> Dataset:
    """Random faces, all of them in the test split."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    images = np.random.default_rng(seed).integers(0, 255, (len(labels), 48, 48)).astype(np.uint8)
    return writing.write_dataset(
        name,
        images,
        pd.DataFrame({"label": labels, "split": "test", "file": [f"{number}.png" for number in range(len(labels))]}),
        classes=tuple(counts),
        kind="folders",
        source=name,
    )


def predictions_of(data: Dataset, predicted: list[str], *, split: str = "test") -> pd.DataFrame:
    rows = data.split(split)
    logits = np.eye(len(FIVE))[[FIVE.index(label) for label in predicted]] * np.arange(1, len(rows) + 1)[:, None]
    frame = rows[["id", "hash", "label"]].rename(columns={"id": "sample"})
    return frame.join(pd.DataFrame(logits, columns=[f"logit_{label}" for label in FIVE]))


class Network:
    """Answers as the brightness of a face says, and looks at the mouth; the views need no TensorFlow for it."""

    classes = FIVE
    model = None
    network = SimpleNamespace(pooled_layer="late")
    frame = FER

    def __init__(self, run: Run) -> None:
        self.run, self.calibration, self.version = run, run.calibration(), version(run)

    def fitted(self, faces: np.ndarray) -> np.ndarray:
        return np.asarray(faces)

    def logits(self, faces: np.ndarray) -> np.ndarray:
        places = np.clip((faces.mean(axis=(1, 2)) - 60) // 25, 0, 4).astype(int)
        return 4 * np.eye(5, dtype=np.float32)[places]

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    def answers(self, faces: np.ndarray) -> list[Answer]:
        return [Answer(FIVE[int(row.argmax())], True, {}) for row in self.logits(faces)]


def explain_faces(predictor, faces, *, method, targets, layer, progress=None) -> list[Explanation]:
    mouth = region_masks()[3].astype(np.float32)
    return [
        Explanation(saliency=mouth, layer="late", target=int(one), method=method, size=(6, 6), empty=False) for one in targets
    ]


def cascade(model, faces, targets, **ignored) -> Cascade:
    fall = np.linspace(1, 0, 3)[:, None].repeat(len(faces), axis=1)
    maps = np.zeros((3, len(faces), 48, 48), np.float32)
    return Cascade((TRAINED, "logits", "stem"), maps, fall, fall, fall[2], fall[2])


def expected_faces(model, start, *, progress) -> Expectation:
    return Expectation(np.repeat(start[None], 5, axis=0), start, np.full(5, 0.2, np.float32), np.full(5, 0.99, np.float32))
