"""Make the film that Home plays, of the bundled run that answers photos and a drawn face: `python -m benchmarks.moving_face`."""

from __future__ import annotations

import argparse
import hashlib

from fer_core import runs
from fer_core.lesson import moving_face
from fer_core.predictor import load_predictor


def main() -> None:
    """Draw the frames, ask the run about each, and write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default=runs.BUNDLED_CROWD)
    parser.add_argument(
        "--identity", type=int, default=21, help="seed of the invented person; this run names the full expressions of 21"
    )
    parser.add_argument("--expressions", default="happy,fear,angry")
    given = parser.parse_args()
    run = runs.open_run(given.run)
    frames = moving_face.make(load_predictor(run), given.identity, tuple(given.expressions.split(",")))
    model = hashlib.sha256(run.model_file.read_bytes()).hexdigest()
    moving_face.write(frames, identity=given.identity, run=run.id, model=model)
    right = sum(max(frame.probabilities, key=lambda name: frame.probabilities[name]) == frame.expression for frame in frames)
    print(f"{len(frames)} frames, {moving_face.RECORDED.stat().st_size:,} bytes; {right} answered with the drawn expression")


if __name__ == "__main__":
    main()
