"""A run that answers fewer classes than it learned: its network with the logits of the others taken out.

    python -m benchmarks.narrow_run RUN --classes five [--last] [--after RUN]

Without some logits, softmax gives the probabilities of the others renormalised. What is made is another run, with
the epochs of the first and then one in which nothing is trained. It is judged and calibrated on validation; the test split is not
touched. `--last` takes the newest checkpoint, which a stopped run keeps, for the weights of the best epoch. `--after` names a run
with whose weights the first began: its epochs stand before. Prints the run's id last.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence

import keras

from benchmarks.average_runs import add_average, kept_weights, without_places, write_history
from fer_core import runs
from fer_core.evaluation.assessment import fitted_calibration
from fer_core.labels import parse_classes
from fer_core.models import classifier
from fer_core.runs import Run


def main() -> None:
    """Make the run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--classes", default="five", help="five, or names separated by commas (default: five)")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--after", action="append", default=[], metavar="RUN")
    given = parser.parse_args()
    run, classes = runs.open_run(given.run), parse_classes(given.classes) or ()
    made = runs.create(without_places(run.config()), name=f"{run.about().name}, {len(classes)} classes")
    narrowed(run, classes, last=given.last).save(made.model_file)
    shutil.copy(run.path / "training_samples.parquet", made.path)
    write_history(made, [*map(runs.open_run, given.after), run])
    training = made.training()
    if training is not None:
        made.write(training.model_copy(update={"classes": tuple(classes)}))
    add_average(made)
    made.write(fitted_calibration(made))
    print(made.id)


def narrowed(run: Run, classes: Sequence[str], *, last: bool = False) -> keras.Model:
    """A run's network with the logits of these classes alone, of its best epoch or its last.

    Raises:
        SystemExit: the run does not know one of them, or keeps no checkpoint.
    """
    missing = [name for name in classes if name not in run.classes()]
    if missing or not classes:
        raise SystemExit(f"Run {run.id} knows {', '.join(run.classes())}, and not {', '.join(missing) or 'nothing'}.")
    model = classifier.load(run.model_file)
    if last:
        model.set_weights(kept_weights(run))
    places = [run.classes().index(name) for name in classes]
    kernel, bias = model.get_layer("logits").get_weights()
    head = keras.layers.Dense(len(classes), name="logits")
    made = keras.Model(model.input, head(model.get_layer("logits").input), name=model.name)
    head.set_weights([kernel[:, places], bias[places]])
    return made


if __name__ == "__main__":
    main()
