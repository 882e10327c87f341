"""How fast a video is answered: beside PyPI's `fer` on the same file, turn by turn, and beside the length of a clip of a minute.

    python -m benchmarks.video [--file CLIP.mp4] [--run bundled] [--rounds 3] [--fer-folder DIR] [--out FILE.json]

Both sides are warm and stay in their process; ours finds, follows and answers each frame (`answer_video`), the other does the
least that `Video.analyze` can: no frame is saved, drawn or zipped. Without `--file` both get the first ten seconds of the clip of
a minute, which is drawn: two faces, 640x480, 25 frames a second. Needs an idle machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, cast

import cv2
import numpy as np

from benchmarks import machine
from benchmarks.fer_package import fer_environment
from fer_core.datasets.synthetic import draw_face
from fer_core.evaluation.video import answer_video
from fer_core.photos.video import open_file, quiet
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import open_run

RATE, SIZE, SIDE = 25.0, (640, 480), 180
MINUTE = 60
TABLES = ("pandas", "tqdm")
"""What `fer`'s `Video` imports besides `fer`'s own needs."""

AIM = 2.0
"""Times as fast as `Video.analyze`."""


@dataclass(frozen=True)
class Timing:
    """One pass through a file.

    Attributes:
        seconds: wall time.
        frames: that were looked at.
        with_face: of these, those in which a face was found.
    """

    seconds: float
    frames: int
    with_face: int


def main() -> None:
    """Measure and print."""
    given = _arguments()
    machine.exit_when_told()
    print(machine.describe())
    print(machine.busy_sentence(machine.busy()))
    predictor = load_predictor(open_run(given.run))
    with tempfile.TemporaryDirectory(prefix="fer-videos-") as folder:
        file = given.file or write_clip(Path(folder) / "ten.mp4", 10)
        both = beside(file, predictor, rounds=given.rounds, fer_folder=given.fer_folder)
        minute = ours(write_clip(Path(folder) / "minute.mp4", MINUTE), predictor)
    for line in report(file.name, both, minute):
        print(line)
    if given.out:
        rows = {side: [asdict(timing) for timing in timings] for side, timings in both.items()}
        given.out.write_text(json.dumps({"file": file.name, **rows, "minute": asdict(minute)}, indent=2) + "\n")


def write_clip(path: Path, seconds: int) -> Path:
    """Write a clip of two drawn faces that move and change their expressions, 640x480, 25 frames a second."""
    shares = np.linspace(0, 1, 12)
    faces = {
        name: [draw_face(seed, name, float(share), size=SIDE) for share in shares] for seed, name in ((3, "happy"), (7, "fear"))
    }
    with quiet():
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, SIZE)
    for number in range(round(seconds * RATE)):
        picture = np.full((SIZE[1], SIZE[0]), 110, np.uint8)
        sway = np.sin(number / RATE)
        for name, left, top in (("happy", 80 + 40 * sway, 150), ("fear", 390 - 40 * sway, 130)):
            face = faces[name][round((len(shares) - 1) * (0.5 + 0.5 * sway))]
            picture[top : top + SIDE, round(left) : round(left) + SIDE] = face
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def ours(file: Path, predictor: Predictor) -> Timing:
    """Answer a file once."""
    with open_file(file) as video:
        start = time.perf_counter()
        answers = answer_video(video, predictor)
        return Timing(time.perf_counter() - start, answers.looked, int(answers.rows["frame"].nunique()))


def beside(file: Path, predictor: Predictor, *, rounds: int, fer_folder: Path | None) -> dict[str, list[Timing]]:
    """Answer a file by both sides in turn, after a pass of each that is not counted."""
    timings: dict[str, list[Timing]] = {"ours": [], "fer": []}
    with fer_environment(fer_folder) as python:
        if subprocess.run([python, "-c", f"import {', '.join(TABLES)}"], check=False, stderr=subprocess.DEVNULL).returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *TABLES], check=True, stdout=sys.stderr)
        with _other(python, file) as process:
            ours(file, predictor)
            for _ in range(rounds):
                timings["ours"].append(ours(file, predictor))
                timings["fer"].append(_ask(process))
    return timings


def report(name: str, both: dict[str, list[Timing]], minute: Timing) -> Iterator[str]:
    """What is printed: a table of both sides, how many times as fast ours is, and the clip of a minute."""
    yield f"\n{name}, seconds (median, range) of {len(both['ours'])} rounds:\n"
    yield "| Side | Seconds | Frames | Frames with a face |"
    yield "|---|---|---|---|"
    for side, timings in both.items():
        seconds = machine.spread([timing.seconds for timing in timings])
        yield f"| {side} | {seconds:.2f} | {timings[0].frames:,} | {timings[0].with_face:,} |"
    medians = {side: machine.spread([timing.seconds for timing in timings]).median for side, timings in both.items()}
    times = medians["fer"] / medians["ours"]
    yield f"\n{times:.1f} times as fast ({'reaches' if times >= AIM else 'misses'} {AIM:g})."
    aim = "faster" if minute.seconds < MINUTE else "slower"
    yield f"A clip of {MINUTE} s at 640x480 with {minute.frames:,} frames takes {minute.seconds:.1f} s: {aim} than real time."


@contextmanager
def _other(python: Path, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    script = Path(__file__).with_name("fer_video.py")
    process = subprocess.Popen(
        [str(python), str(script), str(file.absolute())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        machine.end(process)


def _ask(process: subprocess.Popen[bytes]) -> Timing:
    write, read = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    write.write(b"\n")
    write.flush()
    line = read.readline()
    if not line:
        raise SystemExit("The process of `fer` has ended; look whether its environment is whole, or make a new one.")
    return Timing(**json.loads(line))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, help="a video (default: ten seconds of two drawn faces)")
    parser.add_argument("--run", default="bundled", help="run whose network answers")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--fer-folder", type=Path, help="keep the environment of fer here, or find it here")
    parser.add_argument("--out", type=Path, help="JSON file for all figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
