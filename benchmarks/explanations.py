"""How long a map of one face takes, warm, with the run that comes in the box: `python -m benchmarks.explanations`.

Every method explains a drawn face in turn, round after round, so that a disturbance hits all of them; the first round is not
counted. Prints the middle and the range of the wall time, the processor time, and the target. Then how long a new process takes
for its first map, imports included: Grad-CAM on the last map, which needs no gradients, and Layer-CAM, which does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

import numpy as np

from benchmarks import machine

GRADIENT_TARGET, CHANGED_FACES_TARGET = 0.5, 3.0
"""Seconds that a method with gradients, and one that tries many changed faces instead, may take."""

_FIRST = """
import sys
import numpy as np
from fer_core.explain.of_run import explain_faces
from fer_core.predictor import load_predictor
from fer_core.runs import open_run

face = np.zeros((1, 48, 48), np.uint8)
explain_faces(load_predictor(open_run(sys.argv[1])), face, method=sys.argv[2], targets=np.array([0]))
"""


def main() -> int:
    """Print the figures; 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default="bundled", help="a run's id (default: bundled)")
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds (default: 7)")
    parser.add_argument("--cores", type=int, default=2, help="processor cores that are used (default: 2)")
    given = parser.parse_args()
    machine.keep_to_cores(given.cores)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(machine.describe())
    print(machine.busy_sentence(machine.busy()))
    wall, worked = measure(given.run, given.rounds)
    print(f"\n{'Method':<22}{'Wall time, ms':>26}{'Processor, ms':>16}{'Target, ms':>12}")
    missed = False
    for method, times in wall.items():
        target, took = targets()[method], machine.spread([1000 * value for value in times])
        missed |= took.median > 1000 * target
        processor = 1000 * machine.spread(worked[method]).median
        print(f"{method:<22}{format(took, '.0f'):>26}{processor:>16.0f}{1000 * target:>12.0f}")
    print()
    for method, seconds in first_maps(given.run).items():
        print(f"First map of a new process, {method}: {format(machine.spread(seconds), '.1f')} s")
    return int(missed)


def targets() -> dict[str, float]:
    """{method: seconds it may take}."""
    from fer_core.explain.methods import METHODS

    return {name: GRADIENT_TARGET if method.needs_gradients else CHANGED_FACES_TARGET for name, method in METHODS.items()}


def measure(run: str, rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Wall and processor seconds of each method, one value per counted round."""
    from fer_core.datasets.synthetic import make_faces
    from fer_core.explain.methods import METHODS
    from fer_core.explain.of_run import explain_faces
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    predictor, target = load_predictor(open_run(run)), np.array([0])
    faces = make_faces(rounds + 1, seed=0).images
    wall: dict[str, list[float]] = {method: [] for method in METHODS}
    worked: dict[str, list[float]] = {method: [] for method in METHODS}
    for number, face in enumerate(faces):
        for method in METHODS:
            clock, processor = time.perf_counter(), time.process_time()
            explain_faces(predictor, face[None], method=method, targets=target)
            if number:
                wall[method].append(time.perf_counter() - clock)
                worked[method].append(time.process_time() - processor)
    return wall, worked


def first_maps(run: str, rounds: int = 3) -> dict[str, list[float]]:
    """{method: seconds from the start of a new process to its first map}, one value per round, by turns."""
    times: dict[str, list[float]] = {"gradcam": [], "layercam": []}
    for _ in range(rounds):
        for method, seconds in times.items():
            clock = time.perf_counter()
            subprocess.run([sys.executable, "-c", _FIRST, run, method], check=True, stderr=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - clock)
    return times


if __name__ == "__main__":
    sys.exit(main())
