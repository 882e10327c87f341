"""One network from two runs, of which the second began with the weights of the first: the mean of their weights.

    python -m benchmarks.average_runs FIRST SECOND [--share 0.5] [--last] [--no-flip]

Networks that one training leads through can often be averaged weight by weight, and then answer nearly as well as both asked
together (Izmailov et al. 2018, "Averaging weights leads to wider optima"; Wortsman et al. 2022, "Model soups"). What is made is
another run of the workspace, with the config of the second: the epochs of both one after the other, then one that stands for the
average, in which nothing is trained. It is judged and calibrated on validation; the test split is not touched. `--last` takes the
newest checkpoint of the second, which a run keeps until it is finished, for the weights of its best epoch. `--share` is the
weight of the second: a third, where the first is the mean of two. `--no-flip` has the mean answer without the mirrored face.
Prints the run's id last.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import runs
from fer_core.datasets.store import open_dataset
from fer_core.evaluation.assessment import fitted_calibration
from fer_core.evaluation.predictions import judge, predict_split
from fer_core.models import classifier
from fer_core.predictor import load_predictor
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.runs.records import Calibration, Status, Training
from fer_core.training import checkpoint, recipe


def main() -> None:
    """Make the run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", metavar="FIRST")
    parser.add_argument("second", metavar="SECOND")
    parser.add_argument("--share", type=float, default=0.5, help="weight of the second, 0 to 1 (default: 0.5)")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--no-flip", dest="flip", action="store_false")
    given = parser.parse_args()
    first, second = runs.open_run(given.first), runs.open_run(given.second)
    config = without_places(second.config()).model_copy(update={"flip": given.flip})
    made = runs.create(config, name="Mean of two runs")
    classifier_of_both(first, second, share=given.share, last=given.last).save(made.model_file)
    shutil.copy(second.path / "training_samples.parquet", made.path)
    write_history(made, [first, second])
    add_average(made)
    made.write(fitted_calibration(made))
    print(made.id)


def classifier_of_both(first: Run, second: Run, *, share: float = 0.5, last: bool = False) -> keras.Model:
    """A model whose weights are the mean of two runs' of the same network, with this share of the second.

    Raises:
        SystemExit: the share is not within 0 and 1, the networks differ, the first met faces that the second did not, or there is
            no checkpoint.
    """
    if not 0 <= share <= 1:
        raise SystemExit(f"The share of the second run must be 0 to 1; got {share}.")
    model, other = classifier.load(second.model_file), classifier.load(first.model_file)
    weights, others = kept_weights(second) if last else model.get_weights(), other.get_weights()
    if [value.shape for value in weights] != [value.shape for value in others]:
        raise SystemExit("The two runs have different networks; only one and the same can be averaged.")
    if not set(first.training_samples()["hash"]) <= set(second.training_samples()["hash"]):
        raise SystemExit("The first run was trained on faces that the second has not met; leaks of the mean could not be told.")
    model.set_weights([(1 - share) * one + share * two for one, two in zip(others, weights, strict=True)])
    return model


def kept_weights(run: Run) -> list[NDArray[np.float32]]:
    """The running average of the weights in a run's newest checkpoint, in the order of the model's.

    Raises:
        SystemExit: there is no checkpoint, or none with an average.
    """
    kept = checkpoint.load(run)
    names = sorted(name for name in kept.arrays if name.startswith("average/")) if kept else []
    if kept is None or not names:
        raise SystemExit(f"Run {run.id} keeps no checkpoint with averaged weights; leave --last out.")
    return [kept.arrays[name] for name in names]


def without_places(config: RunConfig) -> RunConfig:
    """A config that names files without the folders of this machine, and a teacher that is replaced by another name."""
    weights = Path(config.weights_file).name if config.weights_file else None
    teachers = tuple(f"earlier-{name}" if name == runs.BUNDLED else name for name in config.teachers)
    return config.model_copy(update={"weights_file": weights, "teachers": teachers})


def write_history(made: Run, parts: list[Run]) -> None:
    """Write epochs, batches, phases and status of runs that followed one another; epochs, steps and seconds are added up."""
    epochs: list[pd.DataFrame] = []
    batches, phases, seconds, step = [], [], 0.0, 0
    for part in parts:
        offset = sum(map(len, epochs))
        lines = [json.loads(line) for line in part.batches_file.read_text().splitlines()]
        batches += [line | {"step": line["step"] + step, "epoch": round(line["epoch"] + offset, 4)} for line in lines]
        step = batches[-1]["step"]
        table = part.epochs()
        epochs.append(table.assign(epoch=table["epoch"] + offset))
        training = part.training()
        if training is None:
            raise SystemExit(f"Run {part.id} does not say what it was trained on.")
        phases += training.phases
        seconds += training.seconds
    pd.concat(epochs).to_csv(made.epochs_file, index=False)
    made.batches_file.write_text("".join(f"{json.dumps(line)}\n" for line in batches))
    made.write(Training.model_validate(training.model_dump() | {"phases": phases, "seconds": seconds}))
    status = parts[-1].status()
    made.write(Status.model_validate(status.model_dump() | {"pid": None}))


def add_average(made: Run) -> None:
    """Judge the model on validation, and write an epoch without training for it, which is the best one."""
    config, training, epochs = made.config(), made.training(), made.epochs()
    if training is None:
        raise SystemExit(f"Run {made.id} does not say what it was trained on.")
    made.write(Calibration(flip=config.flip))
    dataset = open_dataset(config.dataset)
    answers = predict_split(made, dataset, "validation", labels=judge(made), predictor=load_predictor(made))
    labels = np.array([training.classes.index(label) for label in answers["label"]])
    logits = answers[[f"logit_{name}" for name in training.classes]].to_numpy(np.float32)
    scores = recipe.validation_scores(logits, labels, training.classes, label_smoothing=config.label_smoothing)
    last = int(epochs["epoch"].max()) + 1
    pd.concat([epochs, pd.DataFrame([{"epoch": last, "phase": "full", **scores}])]).to_csv(made.epochs_file, index=False)
    progress = made.status().progress.model_copy(update={"epoch": last, "epochs": last})
    update = {"state": "finished", "best_epoch": last, "best_score": scores[f"val_{config.monitor}"], "progress": progress}
    made.write(made.status().model_copy(update=update))


if __name__ == "__main__":
    main()
