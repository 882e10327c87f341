"""Seconds until validation accuracy first passes some levels: this project's training against the script a student would copy.

    python -m benchmarks.time_to_accuracy [--dataset FER2013] [--cap-ours 10] [--cap-student 40] [--out FILE.json]

Both learn from the same faces and are judged on the same validation faces, one after the other on the same cores, each in a
process of its own. A clock starts with the process: importing, reading, compiling and training are all on it. The student's
network is asked about validation every two minutes, off its clock; ours judges itself at the end of each epoch, on its clock. A
level that the student passes between two checks counts from the earlier one in the low ratio, from the later one in the high one.
Takes both caps, and about a third of the student's more for the checks. One run a side: repeat it to see its noise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks import machine, trial_run
from fer_core.commands.progress_line import ProgressLine
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.models.weights import BUNDLED_MOBILENET
from fer_core.settings import PROJECT

_UPPER_HALF = "fine_map=true batch_size=32 dropout=0.3 ema=0.99 partial_from=block_6 partial_epochs=1 partial_learning_rate=2e-3"
OURS = ("--preset", "quick", *trial_run.settings_words([*_UPPER_HALF.split(), "full_epochs=3"]))
"""What our side is trained with, as words of `python -m fer_core train NAME`: the upper half for an epoch, then all layers."""

LEVELS = (0.60, 0.68)
STUDENT = "{0}x{0} pixels, MobileNet frozen for an epoch, then all layers, Adam 1e-4, batches of 32, float32 (Keras's defaults)"
POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Check:
    """Validation accuracy after some seconds on the clock and some epochs."""

    seconds: float
    epoch: float
    accuracy: float


@dataclass(frozen=True)
class Side:
    """One side's training: what it was, its cap in seconds, how busy the machine was before, and its checks in order."""

    what: str
    cap: float
    busy: float
    curve: list[Check] = field(default_factory=list)

    def reached(self, level: float) -> tuple[float, float] | None:
        """Seconds of the last check before the level was passed (0 when it was the first) and of the one that saw it."""
        earlier = 0.0
        for check in self.curve:
            if check.accuracy >= level:
                return earlier, check.seconds
            earlier = check.seconds
        return None


def main() -> None:
    """Measure both sides, print the table, write the curves."""
    given = _arguments()
    machine.exit_when_told()
    machine.keep_to_cores(given.cores)
    print(f"{machine.describe()}")
    with tempfile.TemporaryDirectory(prefix="time-to-accuracy-") as folder:
        place = Path(folder)
        dataset = _dataset(given, place)
        print("Writing the faces as PNG files for the student's script; no clock runs yet.", flush=True)
        counts = {split: write_folder(dataset, split, place / "png" / split) for split in ("train", "validation")}
        print(f"{dataset.name}: {counts['train']:,} training and {counts['validation']:,} validation faces")
        print("TensorFlow is imported once before, so that no side waits for the disk.", flush=True)
        subprocess.run([sys.executable, "-c", "import tensorflow"], check=True, capture_output=True)
        sides = {
            "student": lambda: run_student(place, given),
            "ours": lambda: run_ours(place, dataset, given),
        }
        measured = {name: sides[name]() for name in given.sides}
    print("\n".join(["", *table(measured, given.levels)]))
    if given.out:
        given.out.write_text(json.dumps(document(measured, given.levels, dataset.name, counts), indent=2) + "\n")
        print(f"Both curves are in {given.out.name}.")


def run_ours(place: Path, dataset: Dataset, given: argparse.Namespace) -> Side:
    """Train through the command line and its worker in a workspace of its own, until the levels, its end or the cap."""
    workspace = place / "workspace"
    if not (workspace / "datasets" / dataset.name).is_dir():
        trial_run.copy_dataset(dataset.name, workspace)
    side = Side("train NAME " + " ".join(given.ours), given.cap_ours * 60, machine.busy())
    _begin("ours", side)
    start = time.time()
    with trial_run.training(workspace, dataset.name, given.ours) as process, ProgressLine() as line:
        going = True
        while going and not _over(side, time.time() - start, given.levels):
            going = trial_run.require_alive(process, workspace)
            _add("ours", side, _epochs(workspace), time.time() - start)
            line.show(min(1.0, (time.time() - start) / side.cap), "ours", seconds_left=side.cap - (time.time() - start))
            time.sleep(POLL_SECONDS)
    return side


def run_student(place: Path, given: argparse.Namespace) -> Side:
    """Run the student's script until the levels or the cap."""
    side = Side(STUDENT.format(given.side), given.cap_student * 60, machine.busy())
    _begin("student", side)
    curve, start = place / "student.jsonl", time.time()
    words = {"weights": BUNDLED_MOBILENET, "curve": curve, "side": given.side, "cap": side.cap, "level": max(given.levels)}
    words |= {"check-every": given.check_every, "started": start}
    command = [sys.executable, "-m", "benchmarks.student", str(place / "png")]
    command += [f"--{name}={value}" for name, value in words.items()]
    with (place / "student.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        with ProgressLine() as line:
            while process.poll() is None:
                _add("student", side, _checks(curve))
                passed = time.time() - start
                line.show(min(1.0, passed / side.cap), "student, checks included", seconds_left=max(0.0, side.cap - passed))
                time.sleep(POLL_SECONDS)
        if process.returncode:
            raise SystemExit("The student's script failed:\n" + (place / "student.log").read_text(errors="replace")[-1500:])
    finally:
        machine.end(process)
    _add("student", side, _checks(curve))
    return side


def write_folder(dataset: Dataset, split: str, folder: Path) -> int:
    """Write a split as `folder/CLASS/ID.png`, pixels unchanged; returns the number of faces."""
    rows = dataset.split(split)
    for label in rows["label"].unique():
        (folder / label).mkdir(parents=True, exist_ok=True)
    for number, label in zip(rows["id"], rows["label"], strict=True):
        Image.fromarray(dataset.images[number]).save(folder / label / f"{number:06d}.png", compress_level=1)
    return len(rows)


def table(measured: dict[str, Side], levels: Sequence[float]) -> list[str]:
    """Lines of the printed table: for each level both times and their ratio."""
    lines = [f"{'Accuracy':<10}{'student':>36}{'ours':>36}   sooner"]
    for level in levels:
        lines.append(
            f"{level:<10.2f}{_time(measured.get('student'), level, between=True):>36}{_time(measured.get('ours'), level):>36}"
            f"   {ratio(measured, level)}"
        )
    return lines


def ratio(measured: dict[str, Side], level: float) -> str:
    """How many times sooner our side passes a level, in words."""
    if set(measured) != {"student", "ours"}:
        return "one side only"
    ours, student = measured["ours"].reached(level), measured["student"].reached(level)
    if ours is None:
        return "not reached by ours"
    if student is None:
        return f"at least {measured['student'].cap / ours[1]:.1f} times"
    low, high = (seconds / ours[1] for seconds in student)
    return f"{low:.1f} to {high:.1f} times"


def document(measured: dict[str, Side], levels: Sequence[float], name: str, counts: dict[str, int]) -> dict[str, Any]:
    """What the JSON file holds."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.describe(),
        "dataset": name,
        "faces": counts,
        "sides": {side: asdict(found) for side, found in measured.items()},
        "levels": [
            {
                "accuracy": level,
                "seconds": {side: reached[1] if (reached := found.reached(level)) else None for side, found in measured.items()},
                "sooner": ratio(measured, level),
            }
            for level in levels
        ],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="FER2013", help="a data set of the workspace")
    parser.add_argument("--synthetic", type=int, metavar="N", help="N drawn faces instead of a data set, to try the script out")
    parser.add_argument("--levels", type=float, nargs="+", default=LEVELS, help="validation accuracies")
    parser.add_argument("--cap-ours", type=float, default=10, metavar="MINUTES")
    parser.add_argument("--cap-student", type=float, default=40, metavar="MINUTES")
    parser.add_argument("--check-every", type=float, default=120, metavar="SECONDS", help="between the student's checks")
    parser.add_argument("--side", type=int, default=224, metavar="PIXELS", help="that the student's network sees")
    parser.add_argument("--cores", type=int, default=2, help="that both sides may use, one after the other")
    parser.add_argument("--sides", nargs="+", choices=("student", "ours"), default=("student", "ours"), help="in this order")
    parser.add_argument("--out", type=Path, help="JSON file for both curves")
    parser.add_argument("ours", nargs="*", default=OURS, metavar="-- WORDS", help=f"of `train` for our side: {' '.join(OURS)}")
    given = parser.parse_args()
    given.ours, given.levels = tuple(given.ours), tuple(sorted(given.levels))
    given.out = given.out and given.out.resolve()
    return given


def _dataset(given: argparse.Namespace, place: Path) -> Dataset:
    if not given.synthetic:
        return open_dataset(given.dataset)
    from fer_core.datasets.synthetic import create_synthetic

    os.environ["FER_WORKSPACE"] = str(place / "workspace")
    return create_synthetic("Drawn", count=given.synthetic)


def _begin(name: str, side: Side) -> None:
    print(f"\n{name}, at most {side.cap / 60:g} min: {side.what}\n{machine.busy_sentence(side.busy)}", flush=True)


def _over(side: Side, seconds: float, levels: Sequence[float]) -> bool:
    return seconds >= side.cap or side.reached(max(levels)) is not None


def _epochs(workspace: Path) -> list[Check]:
    """Finished epochs of the run in a workspace, without times."""
    run = trial_run.only_run(workspace)
    rows = run.epochs() if run else None
    if rows is None or "val_accuracy" not in rows:
        return []
    whole = rows.dropna(subset=["learning_rate"]) if "learning_rate" in rows else rows.iloc[:0]
    return [Check(0.0, float(epoch), float(value)) for epoch, value in zip(whole["epoch"], whole["val_accuracy"], strict=True)]


def _checks(curve: Path) -> list[Check]:
    text = curve.read_text() if curve.exists() else ""
    return [Check(**json.loads(line)) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _add(name: str, side: Side, found: Sequence[Check], now: float | None = None) -> None:
    """Add and print what is new; without times of their own the checks were made `now`."""
    for check in found[len(side.curve) :]:
        side.curve.append(check if now is None else Check(now, check.epoch, check.accuracy))
        print(f"{side.curve[-1].seconds:8.0f} s  {name}, epoch {check.epoch:.2f}: {check.accuracy:.4f}", flush=True)


def _time(side: Side | None, level: float, *, between: bool = False) -> str:
    if side is None:
        return "not measured"
    reached = side.reached(level)
    if reached is not None:
        return f"between {reached[0]:,.0f} and {reached[1]:,.0f} s" if between else f"{reached[1]:,.0f} s"
    best = f", best {max(check.accuracy for check in side.curve):.3f}" if side.curve else ""
    return f"not reached in {side.curve[-1].seconds if side.curve else side.cap:,.0f} s{best}"


if __name__ == "__main__":
    main()
