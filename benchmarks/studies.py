"""What a study costs beside its runs: eight tiny runs, with one slot and with two.

    python -m benchmarks.studies [--runs 8]

Each run trains the head of MobileNet at 32 px for an epoch on 60 drawn faces, so that nearly all of its time is overhead:
starting a process, importing TensorFlow, reading and writing. What is neither training nor imports is the study's own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fer_core import cli, runs
from fer_core.settings import PROJECT
from fer_core.studies import running

RECIPE = ["--preset", "frozen", "--set", "resolution=32", "--set", "fine_map=false", "--set", "head_epochs=1"]
IMPORTS = "import time; start = time.time(); import fer_core.training.session; print(time.time() - start)"


def main(words: list[str] | None = None) -> None:
    """Print seconds, and overhead a run, of both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=8, help="runs of the study, one a seed (default: 8)")
    asked = parser.parse_args(words)
    answers = [subprocess.run([sys.executable, "-c", IMPORTS], cwd=PROJECT, capture_output=True, text=True) for _ in range(3)]
    imports = statistics.median(float(answer.stdout) for answer in answers)
    print(f"imports alone: {imports:.1f} s (median of 3)")
    for slots in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            os.environ |= {"FER_WORKSPACE": str(Path(folder) / "workspace"), "FER_SLOTS": str(slots), "FER_EXECUTOR": "local"}
            cli.main(["synthetic", "--name", "Drawn", "--count", "60"])
            cli.main(["study", "create", "Tiny", "--dataset", "Drawn", *RECIPE, "--seeds", str(asked.runs)])
            start = time.monotonic()
            running.run("Tiny")
            seconds = time.monotonic() - start
            own = [run for run in runs.list_runs() if not run.read_only]
            trained = sum(training.seconds for run in own if (training := run.training()) is not None)
            each = (seconds * slots - trained) / asked.runs
            print(f"{slots} at once: {seconds:.1f} s for {asked.runs} runs; training alone {trained:.1f} s in all; ", end="")
            print(f"a run takes {each:.1f} s beside it, {each - imports:.1f} s beyond the imports")


if __name__ == "__main__":
    main()
