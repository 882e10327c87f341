"""The training process: `python -m fer_core.training.worker RUN`. Started by `jobs.start`; knows nothing of any page."""

from __future__ import annotations

import os
import platform
import signal
import sys
import time
import traceback
from typing import Any

from fer_core import runs
from fer_core.atomic import is_full
from fer_core.datasets.store import open_dataset
from fer_core.errors import FerError
from fer_core.runs import Run, Training
from fer_core.training.events import EventWriter
from fer_core.training.jobs import acquire_slot


def main(run_id: str) -> int:
    """Train one run from the queue to its end; returns the process's exit status.

    Whatever happens is written into the run's status: finished, stopped, or failed with one sentence.
    """
    run = runs.open_run(run_id)
    signal.signal(signal.SIGTERM, lambda *_: run.stop_file.touch())
    slot = acquire_slot(run, lambda place: print(f"Waiting in the queue, place {place}.", flush=True))
    events = EventWriter(run, run.status())
    if slot is None:
        events.state("stopped", ended=time.time())
        return 0
    with slot:
        return _train(run, events)


def _train(run: Run, events: EventWriter) -> int:
    events.state("starting", started=time.time())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        stopped = _fit(run, events)
        _finish(run, events)
        events.state("stopped" if stopped else "finished", ended=time.time())
        events.say("Stopped; the best epoch so far is kept." if stopped else "Finished.")
        return 0
    except FerError as error:
        return _fail(events, str(error))
    except OSError as error:
        traceback.print_exc()
        sentence = f"A file could not be read or written ({error.strerror or error}); see that it is there and try again."
        return _fail(events, "The disk is full; free some space and start again." if is_full(error) else sentence)
    except MemoryError:
        return _fail(events, "There was not enough memory; choose a smaller batch size or resolution.")
    except Exception as error:
        traceback.print_exc()
        return _fail(events, f"Training broke off: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _fit(run: Run, events: EventWriter) -> bool:
    """Train; True when it was stopped before its end."""
    import keras

    config = run.config()
    keras.utils.set_random_seed(config.seed)
    dataset = open_dataset(config.dataset)
    from fer_core.training.session import Session, Stopped, label_counts

    session = Session(run, dataset, events)
    events.say(f"{len(session.train):,} training and {len(session.validation):,} validation faces. {session.plan.sentence}")
    counts = {"train": label_counts(session.train), "validation": label_counts(session.validation)}
    run.write_training_samples(session.train[["hash", "signature"]].reset_index(drop=True))
    about = Training(
        dataset=config.dataset,
        fingerprint=dataset.meta.fingerprint,
        classes=session.classes,
        counts=counts,
        weights=session.plan.sentence,
        parameters=session.model.count_params(),
        phases=[_phase_row(plan) for plan in _plans(session)],
        machine=f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
    )
    run.write(about)
    events.state("running")
    start, stopped = time.time(), False
    try:
        session.fit()
    except Stopped:
        stopped = True
    run.write(about.model_copy(update={"seconds": round(time.time() - start, 1)}))
    return stopped


def _finish(run: Run, events: EventWriter) -> None:
    """Store the best epoch's logits for validation and test, and the temperature that is best on validation."""
    if not run.model_file.is_file():
        return
    from fer_core.evaluation.assessment import fitted_calibration
    from fer_core.predictor import load_predictor, predict_split

    run.write(runs.Calibration(flip=run.config().flip))
    dataset = open_dataset(run.config().dataset)
    predictor = load_predictor(run)
    for split in ("validation", "test"):
        if any(dataset.meta.counts.get(split, {}).get(name) for name in predictor.classes):
            events.say(f"Predicting the {split} split with the best epoch.")
            note = {"note": f"predicting {split}", "seconds_left": None}
            events.progress(events.status.progress.model_copy(update=note), now=True)
            predict_split(run, dataset, split, predictor=predictor)
    try:
        calibration = fitted_calibration(run)
    except FerError as error:
        events.say(f"Not calibrated: {error}")
    else:
        run.write(calibration)
        events.say(f"Calibrated on validation: temperature {calibration.temperature:.2f}.")


def _plans(session: Any) -> list[Any]:
    from fer_core.models.anatomy import phase_plan

    return phase_plan(session.config, len(session.classes))


def _phase_row(plan: Any) -> dict[str, Any]:
    phase = plan.phase
    row = {"name": phase.name, "epochs": phase.epochs, "first_block": phase.first_block}
    return {**row, "trainable": plan.trainable, "total": plan.total}


def _fail(events: EventWriter, sentence: str) -> int:
    events.say(f"Failed: {sentence}")
    try:
        events.state("failed", ended=time.time(), error=sentence)
    except OSError as error:
        print(f"The status could not be written: {error}", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
