"""Make the `bundled` run out of a finished one: weights as float16, figures and logits, no picture.

    python -m benchmarks.bundle_run RUN [--after FOLDER] [--note TEXT]

The run's data set must still be there: the logits that ship are computed with the rounded weights, so that they are what the
shipped model answers. A run that began with the weights of another one is shown whole with `--after`, the folder of that run: its
curves come first, and epochs and steps count on. Prints the size of what was written.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.models import classifier
from fer_core.predictor import load_predictor, predict_split
from fer_core.runs import About, Run, Status, Training
from fer_core.settings import ASSETS
from fer_core.training.config import RunConfig

KEPT = ("calibration.json", "training_samples.parquet")


def main() -> None:
    """Write `fer_core/assets/bundled` anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--after", type=Path, metavar="FOLDER", help="folder of the run that this one began with")
    parser.add_argument("--note", default="Recorded run on FER2013, five classes.", help="what the run's page says of it")
    given = parser.parse_args()
    run = runs.open_run(given.run)
    if run.status().state != "finished":
        raise SystemExit(f"Run {run.id} is {run.status().state}, not finished.")
    target = ASSETS / runs.BUNDLED
    made = Run(id=runs.BUNDLED, path=target, own=target)
    with tempfile.TemporaryDirectory() as folder:
        # It may lie where the new one will.
        before = shutil.copytree(given.after, Path(folder) / "before") if given.after else None
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in KEPT:
            shutil.copy(run.path / name, target / name)
        made.write(without_places(run.config()))
        write_history(made, [Run(id=run.id, path=part, own=part) for part in (before, run.path) if part])
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "model.keras"
        classifier.load(run.model_file).save(bare)
        half_precision(bare, target / "model.keras")
    made.write(About(name="MobileNet on FER2013 (bundled)", note=given.note))
    dataset = open_dataset(run.config().dataset)
    predictor = load_predictor(made)
    for split in ("validation", "test"):
        predict_split(made, dataset, split, predictor=predictor)
    for path in sorted(target.rglob("*")):
        if path.is_file():
            print(f"{path.stat().st_size:>10,}  {path.relative_to(target)}")


def without_places(config: RunConfig) -> RunConfig:
    """A config that names files without the folders of this machine, and a teacher that it replaces by another name."""
    weights = Path(config.weights_file).name if config.weights_file else None
    teachers = tuple(f"earlier-{name}" if name == runs.BUNDLED else name for name in config.teachers)
    return config.model_copy(update={"weights_file": weights, "teachers": teachers})


def write_history(made: Run, parts: list[Run]) -> None:
    """Write epochs, batches, phases and status of runs that followed one another; epochs, steps and seconds are added up."""
    epochs, batches, phases, seconds, step = [], [], [], 0.0, 0
    for part in parts:
        offset = sum(map(len, epochs))
        lines = [json.loads(line) for line in part.batches_file.read_text().splitlines()]
        batches += [line | {"step": line["step"] + step, "epoch": round(line["epoch"] + offset, 4)} for line in lines]
        step = batches[-1]["step"]
        epochs.append(part.epochs().assign(epoch=lambda frame, offset=offset: frame["epoch"] + offset))
        training = part.training()
        if training is None:
            raise SystemExit(f"{part.path.name} does not say what it was trained on.")
        phases += training.phases
        seconds += training.seconds
    pd.concat(epochs).to_csv(made.epochs_file, index=False)
    made.batches_file.write_text("".join(f"{json.dumps(line)}\n" for line in thin(batches)))
    status, last = parts[-1].status(), sum(map(len, epochs))
    progress = status.progress.model_copy(update={"epoch": last, "epochs": last})
    best = None if status.best_epoch is None else status.best_epoch + offset
    update = {"pid": None, "pid_started": None, "best_epoch": best, "progress": progress}
    made.write(Status.model_validate(status.model_dump() | update))
    made.write(Training.model_validate(training.model_dump() | {"phases": phases, "seconds": seconds}))


def half_precision(source: Path, target: Path) -> None:
    """Copy a .keras file with its kernels as float16; Keras casts them back when it loads. Vectors stay float32."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, _half(data) if entry.filename.endswith(".weights.h5") else data)


def thin(batches: list[dict[str, Any]], *, rows: int = 800) -> list[dict[str, Any]]:
    """Evenly spaced ones of the batches that were written down, the first and the last among them."""
    chosen = np.unique(np.linspace(0, len(batches) - 1, min(rows, len(batches))).astype(int))
    return [batches[number] for number in chosen]


def _half(data: bytes) -> bytes:
    out = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as old, h5py.File(out, "w", libver="latest") as new:
        new.attrs.update(old.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                made = new.require_group(name)
            else:
                values = item[()]
                made = new.create_dataset(name, data=values.astype(np.float16) if np.ndim(values) > 1 else values)
            made.attrs.update(item.attrs)

        old.visititems(copy)
    return out.getvalue()


if __name__ == "__main__":
    main()
