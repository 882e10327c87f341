"""Make a run that ships out of a finished one: weights as float16, figures and logits, no picture.

    python -m benchmarks.bundle_run RUN [--to bundled|bundled-crowd] [--name TEXT] [--note TEXT] [--called TEXT]

The run's data set must still be there: the logits that ship are computed with the rounded weights, so that they are what the
shipped model answers. Folders of this machine are taken out of the config. Prints the size of what was written.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from benchmarks.average_runs import without_places
from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.errors import FerError
from fer_core.evaluation import int8
from fer_core.evaluation.predictions import judge, predict_split
from fer_core.lesson.morph import make_morph
from fer_core.models import classifier
from fer_core.predictor import load_predictor
from fer_core.runs import Run
from fer_core.runs.records import About
from fer_core.settings import ASSETS

KEPT = ("training.json", "calibration.json", "epochs.csv", "training_samples.parquet")


def main() -> None:
    """Write `fer_core/assets/bundled`, or the folder of the other run that ships, anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--to", choices=runs.SHIPPED, default=runs.BUNDLED)
    parser.add_argument("--name", default="MobileNet on FER2013 (bundled)")
    parser.add_argument("--note", default="Recorded run on FER2013, five classes.", help="what the run's page says of it")
    parser.add_argument("--called", help="what the run calls its data set (default: the name that it has here)")
    given = parser.parse_args()
    run = runs.open_run(given.run)
    if run.status().state != "finished":
        raise SystemExit(f"Run {run.id} is {run.status().state}, not finished.")
    target = ASSETS / given.to
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in KEPT:
        shutil.copy(run.path / name, target / name)
    thin_batches(run.batches_file, target / "batches.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "model.keras"
        classifier.load(run.model_file).save(bare)
        half_precision(bare, target / "model.keras")
    made = Run(id=given.to, path=target, own=target)
    made.write(run.status().model_copy(update={"pid": None}))
    made.write(without_places(run.config()))
    made.write(About(name=given.name, note=given.note))
    dataset = open_dataset(run.config().dataset)
    predictor = load_predictor(made)
    for split in ("validation", "test"):
        predict_split(made, dataset, split, labels=judge(made), predictor=predictor)
    try:
        make_morph(made, replace(dataset, name=given.called or dataset.name))
    except FerError as error:
        print(f"Without the faces before and after training: {error}")
    measured = int8.measure(made, dataset)
    if measured is not None:
        made.write(measured)
    training = made.training()
    if given.called and training is not None:
        for part in (made.config(), training):
            made.write(part.model_copy(update={"dataset": given.called}))
    for path in sorted(target.rglob("*")):
        if path.is_file():
            print(f"{path.stat().st_size:>10,}  {path.relative_to(target)}")


def half_precision(source: Path, target: Path) -> None:
    """Copy a .keras file with its kernels as float16; Keras casts them back when it loads. Vectors stay float32."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, _half(data) if entry.filename.endswith(".weights.h5") else data)


def thin_batches(source: Path, target: Path, *, rows: int = 800) -> None:
    """Keep lines of `batches.jsonl` that are evenly spaced over the epochs, the first and the last among them."""
    lines = source.read_text().splitlines(keepends=True)
    places = np.array([json.loads(line)["epoch"] for line in lines])
    chosen = np.unique(np.searchsorted(places, np.linspace(places[0], places[-1], rows)))
    target.write_text("".join(lines[number] for number in chosen))


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
