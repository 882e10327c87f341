"""What glasses cost: the same drawn faces without, with round and with square ones, answered by some runs.

    python -m benchmarks.glasses RUN... [--people 120] [--seed 0]

Each invented person has each of the five expressions once (neutral, or a prototype at an intensity of 0.7 to 1), three
times in the same shot. Prints for each run the accuracy without glasses and with each kind, with 95 % intervals (as if
faces of one person were independent), and the recall of each expression with and without.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import runs
from fer_core.datasets.drawing.action_units import sample_activation
from fer_core.datasets.drawing.face import render
from fer_core.datasets.drawing.identity import GLASSES, sample_identity
from fer_core.datasets.drawing.scene import sample_scene
from fer_core.evaluation.intervals import wilson
from fer_core.labels import FIVE
from fer_core.predictor import load_predictor
from fer_core.settings import FACE_SIZE


def main() -> None:
    """Draw, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    faces, table = draw(given.people, given.seed)
    for run_id in given.runs:
        predictor = load_predictor(runs.open_run(run_id))
        known = np.flatnonzero(table["label"].isin(predictor.classes))
        answers = [answer.label for answer in predictor.answers(faces[known])]
        print(run_id)
        print("\n".join(summary(table.iloc[known].assign(right=table["label"].iloc[known] == answers))))


def draw(people: int, seed: int) -> tuple[NDArray[np.uint8], pd.DataFrame]:
    """Faces (N, 48, 48) uint8, and columns person, label and glasses, one row a face."""
    faces, rows = [], []
    for person in range(people):
        for place, label in enumerate(FIVE):
            random = np.random.default_rng([seed, person, place])
            who = sample_identity(np.random.default_rng([seed, person]))
            intensity = 0.0 if label == "neutral" else float(random.uniform(0.7, 1.0))
            units = sample_activation(label, intensity, random, resting_brow=who.resting_brow, lopsided=who.lopsided)
            scene = sample_scene(random)
            for glasses in GLASSES:
                faces.append(render(dataclasses.replace(who, glasses=glasses), units, scene, size=FACE_SIZE))
                rows.append((person, label, glasses))
    return np.stack(faces), pd.DataFrame(rows, columns=["person", "label", "glasses"])


def summary(table: pd.DataFrame) -> Sequence[str]:
    """Lines on answers: columns label, glasses and right (bool)."""
    lines = []
    for glasses, part in table.groupby("glasses", sort=False):
        low, high = wilson(int(part["right"].sum()), len(part))
        recalls = ", ".join(f"{name} {rows['right'].mean():.2f}" for name, rows in part.groupby("label"))
        lines.append(f"  {glasses}: accuracy {part['right'].mean():.3f} ({low:.3f} to {high:.3f}, n {len(part)}); {recalls}")
    return lines


if __name__ == "__main__":
    main()
