"""What faces in colour and of full size cost in training, beside 48x48 grey ones, at the same resolution of the network.

    python -m benchmarks.frames [--pixels 96 112 160 224] [--rounds 7] [--seconds 3] [--batch 32]

MobileNet with the fine map is trained, all layers, by turns on augmented batches of random RGB faces that have the resolution,
and of 48x48 grey ones that are enlarged to it. By turns, because a laptop's speed drifts: every round gives one ratio, and the
table shows the median of the rounds and the range. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import os

from benchmarks import machine, steps
from benchmarks.machine import spread
from benchmarks.training_speed import take_turns, warm_up
from fer_core.photos.frame import FER, Frame
from fer_core.runs.config import preset_config

PIXELS = (96, 112, 160, 224)


def main() -> None:
    """Measure and print a row at a time."""
    given = _arguments()
    machine.exit_when_told()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{machine.describe()}\n{machine.busy_sentence(machine.busy())}", flush=True)
    print("| Pixels | 48x48 grey, images/s | RGB, images/s | RGB to grey |\n|---|---|---|---|", flush=True)
    for side in given.pixels:
        print(row(side, given), flush=True)


def row(side: int, given: argparse.Namespace) -> str:
    """Time both at one resolution, and give the row of the table."""
    import keras

    config = preset_config("none", "standard", resolution=side, head_epochs=0, full_epochs=1)
    works = {}
    for name, frame in (("grey", FER), ("rgb", Frame(side, "rgb"))):
        fed = steps.prepare(config, "full", given.batch, frame).fed
        assert fed is not None
        works[name] = (fed, warm_up(fed, given.seconds))
    speeds = take_turns(works, given.rounds, given.batch)
    keras.backend.clear_session()
    ratio = spread([rgb / grey for rgb, grey in zip(speeds["rgb"], speeds["grey"], strict=True)])
    return f"| {side} | {spread(speeds['grey']):,.1f} | {spread(speeds['rgb']):,.1f} | {ratio:.3f} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pixels", type=int, nargs="+", default=PIXELS)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each")
    parser.add_argument("--seconds", type=float, default=3.0, help="that a turn takes, at least one step")
    parser.add_argument("--batch", type=int, default=32, help="faces per batch")
    return parser.parse_args()


if __name__ == "__main__":
    main()
