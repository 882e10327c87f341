"""What it changes that a photo's face is mirrored only where its answer is near to another one (`predictor.NEAR_MARGIN`).

    python -m benchmarks.near_answers RUN... --dataset NAME [--split validation] [--write]

Each run answers the faces of a split as it answers photos, with all faces mirrored, and in floats. Prints the share that is
mirrored, and for how many class and sureness stay what they are with all mirrored, at several thresholds. `--write` stores
beside the run's model how nearly photos are answered as in floats (`Int8Agreement`): for a run that ships.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from fer_core import runs
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.evaluation import int8
from fer_core.models.inference import int8_forward
from fer_core.predictor import Predictor, corrected, load_predictor
from fer_core.runs import Run
from fer_core.runs.records import Calibration

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def main() -> None:
    """Ask, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    dataset = open_dataset(given.dataset)
    for name in given.runs:
        run = runs.open_run(name)
        print(f"{name}, {given.split} of {given.dataset}:")
        for line in compared(run, dataset, given.split):
            print(f"  {line}")
        if given.write:
            measured = int8.measure(run, dataset)
            if measured is None:
                raise SystemExit(f"Run {name} cannot be quantised, or {given.dataset} has no validation faces of its classes.")
            Run(id=run.id, path=run.path, own=run.path).write(measured)
            print(f"  written: {measured}")


def compared(run: Run, dataset: Dataset, split: str) -> list[str]:
    """Lines on the faces of a split: how nearly photos are answered as in floats, and one for each threshold.

    Raises:
        SystemExit: the run's network cannot be quantised.
    """
    exact = load_predictor(run)
    quick = int8_forward(exact.network)
    if quick is None:
        raise SystemExit(f"The network of run '{run.about().name}' cannot be quantised.")
    samples = dataset.split(split)
    faces = dataset.images[samples["id"][samples["label"].isin(exact.classes)].to_numpy()]
    plain, turned = (corrected(quick(seen), exact.calibration) for seen in (faces, faces[:, :, ::-1]))
    mirrored = (plain + turned) / np.float32(2)
    floats = exact.probabilities(exact.logits(faces))
    lines = []
    for threshold in sorted({*THRESHOLDS, exact.calibration.threshold}):
        calibration = exact.calibration.model_copy(update={"threshold": threshold})
        photos = Predictor(run, exact.network, exact.classes, calibration, int8=True)
        near = photos.near(plain)
        given = photos.probabilities(np.where(near[:, None], mirrored, plain))
        same, right = (
            (answered(given, calibration) == answered(other, calibration)).all(axis=1).mean()
            for other in (photos.probabilities(mirrored), floats)
        )
        apart = np.abs(given - floats)
        lines.append(
            f"threshold {threshold:.3f}: {near.mean():.3f} of {len(faces):,} mirrored; class and sureness as with all mirrored "
            f"{same:.4f}, as in floats {right:.4f}; probabilities {apart.mean():.4f} apart from floats, at most {apart.max():.3f}"
        )
    return lines


def answered(probabilities: NDArray[np.float32], calibration: Calibration) -> NDArray[np.int64]:
    """For each row of (N, C) probabilities its class, and 1 where the answer is sure: (N, 2)."""
    return np.column_stack([probabilities.argmax(axis=1), probabilities.max(axis=1) >= calibration.threshold])


if __name__ == "__main__":
    main()
