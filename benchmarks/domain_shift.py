"""Domain shift in both directions: a run that knows photographs and one trained here on drawn faces, each tested on both.

    python -m benchmarks.domain_shift --real FER2013 [--run bundled] [--drawn "Synthetic faces"] [--preset standard]
        [--set KEY=VALUE] [--out fer_core/assets/domain_shift.json]

Both data sets are taken from the workspace in force and copied; training and tests are the real commands in a workspace that is
thrown away. What is written holds figures only; the view Limits shows it as recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import trial_run
from fer_core import runs
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.lesson.domain import SPLIT, domain
from fer_core.lesson.shift import RECORDED, Recipe, Shift, ShiftCell, reading
from fer_core.runs import Run
from fer_core.settings import PROJECT
from fer_core.studies.records import machine


def main() -> None:
    """Train on drawn faces, test both runs on both data sets, write the four cells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", required=True, help="data set of photographs, the one that --run has learned from")
    parser.add_argument("--run", default=runs.BUNDLED, help="run that has learned from it")
    parser.add_argument("--drawn", default="Synthetic faces", help="data set of drawn faces, which a run is trained on")
    parser.add_argument("--preset", default="standard", help="of that training")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; may be repeated")
    parser.add_argument("--out", type=Path, default=RECORDED, help="JSON file to write")
    given = parser.parse_args()
    real, drawn, known = open_dataset(given.real), open_dataset(given.drawn), runs.open_run(given.run)
    _require(known, real, drawn)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        for data in (real, drawn):
            trial_run.copy_dataset(data.name, workspace)
        started = time.monotonic()
        with trial_run.training(
            workspace, drawn.name, ["--preset", given.preset, *trial_run.settings_words(given.set)]
        ) as process:
            while trial_run.require_alive(process, workspace):
                time.sleep(1)
        seconds = time.monotonic() - started
        trained = trial_run.only_run(workspace)
        if trained is None:
            raise SystemExit("The training ended without a run.")
        recipe = Recipe(
            preset=given.preset,
            changes=dict(pair.split("=", 1) for pair in given.set),
            faces=len(trained.training_samples()),
            best_epoch=trained.status().best_epoch,
            seconds=round(seconds, 1),
        )
        if not known.read_only:
            shutil.copytree(known.path, workspace / "runs" / known.id)
        pairs = [(known, real, real), (known, real, drawn), (trained, drawn, drawn), (trained, drawn, real)]
        cells = tuple(_cell(workspace, run, home, test) for run, home, test in pairs)
    shift = Shift(date=datetime.now(UTC).replace(microsecond=0), machine=machine(), recipe=recipe, cells=cells)
    given.out.write_text(json.dumps(shift.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(reading(shift))
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")


def _require(known: Run, real: Dataset, drawn: Dataset) -> None:
    """End with a sentence when a data set is of the wrong kind, or the run has not learned from the photographs."""
    if domain(real) != "photographs" or domain(drawn) != "drawn":
        raise SystemExit(f"--real must hold photographs and --drawn drawn faces; got '{real.name}' and '{drawn.name}'.")
    training = known.training()
    if training is None or training.fingerprint != real.meta.fingerprint:
        raise SystemExit(
            f"Run '{known.about().name}' has not learned from '{real.name}'; choose the data set that it learned from."
        )


def _cell(workspace: Path, run: Run, home: Dataset, test: Dataset) -> ShiftCell:
    scores = evaluated(workspace, run.id, test.name)
    return ShiftCell(
        run=run.about().name if run.read_only else f"Run on {home.name}",
        trained_on=home.name,
        trained_kind="drawn" if home.meta.drawn else "photographs",
        tested_on=test.name,
        tested_kind="drawn" if test.meta.drawn else "photographs",
        recall={name: row["recall"] for name, row in scores["per_class"].items()},
        **{name: scores[name] for name in _TAKEN},
    )


_TAKEN = ("n", "skipped", "accuracy", "accuracy_ci95", "macro_f1", "macro_f1_ci95", "majority_baseline")


def evaluated(workspace: Path, run: str, dataset: str) -> dict[str, Any]:
    """What `python -m fer_core evaluate --json` says of a run in a workspace, on the test split.

    Raises:
        SystemExit: it failed; with what it said.
    """
    said = subprocess.run(
        [sys.executable, "-m", "fer_core", "evaluate", run, "--dataset", dataset, "--split", SPLIT, "--json"],
        cwd=PROJECT,
        env={**os.environ, "FER_WORKSPACE": str(workspace)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if said.returncode:
        raise SystemExit(said.stderr)
    return dict(json.loads(said.stdout))


if __name__ == "__main__":
    main()
