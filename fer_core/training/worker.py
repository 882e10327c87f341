"""The training process: `python -m fer_core.training.worker RUN`. Started by `jobs.start`; knows nothing of any page."""

from __future__ import annotations

import hashlib
import os
import platform
import signal
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

from fer_core import runs
from fer_core.datasets.folds import open_fold
from fer_core.errors import DatasetError, FerError, RunError, Stopped, Superseded
from fer_core.files import is_full
from fer_core.runs import Run
from fer_core.runs.records import Calibration, Stage, Training
from fer_core.training import checkpoint
from fer_core.training.events import EventWriter
from fer_core.training.jobs import acquire_slot
from fer_core.training.selection import label_counts

PATIENCE = 180.0
"""Seconds that a cluster's job waits for the one before it: so long a shared disk may keep the lock of a node that died."""


def main(run_id: str) -> int:
    """Train one run from the queue to its end, or from its checkpoint on; returns the process's exit status.

    Whatever happens is written into the run's status: finished, stopped, or failed with one sentence.
    """
    run = runs.open_run(run_id)
    signal.signal(signal.SIGTERM, lambda *_: run.stop_file.touch())
    try:
        with run.hold():
            return _work(run)
    except RunError as error:
        print(error, flush=True)
        return 1


def on_cluster(run_id: str) -> int:
    """Do what `main` does for a job of a cluster: it waits for no slot, and what signals mean is the cluster's."""
    run = runs.open_run(run_id)
    try:
        with run.hold(patience=PATIENCE):
            status = run.status()
            if status.state not in runs.ACTIVE:
                return 0
            events = EventWriter(run, status.model_copy(update={"pid": os.getpid(), "ended": None, "error": None}))
            if run.stopping:
                events.state("stopped", ended=time.time())
                return 0
            return _train(run, events)
    except RunError as error:
        print(error, flush=True)
        return 1


def _work(run: Run) -> int:
    slot = acquire_slot(run, lambda place: print(f"Waiting in the queue, place {place}.", flush=True))
    status = run.status()
    events = EventWriter(run, status)
    if slot is None:
        if status.state == "queued":
            events.state("stopped", ended=time.time())
        return 0
    try:
        return _train(run, events)
    finally:
        slot.release(force=True)


def _train(run: Run, events: EventWriter) -> int:
    events.state("starting", started=time.time())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        stopped = _fit(run, events)
        _finish(run, events)
        events.state("stopped" if stopped else "finished", ended=time.time())
        if not stopped:
            checkpoint.remove(run)
        events.say("Stopped; the best epoch so far is kept." if stopped else "Finished.")
        return 0
    except Superseded:
        raise
    except FerError as error:
        return _fail(events, str(error))
    except OSError as error:
        _print_traceback()
        sentence = f"A file could not be read or written ({error.strerror or error}); see that it is there and try again."
        return _fail(events, "The disk is full; free some space and resume the run." if is_full(error) else sentence)
    except MemoryError:
        return _fail(events, "There was not enough memory; choose a smaller batch size or resolution.")
    except Exception as error:
        _print_traceback()
        return _fail(events, f"Training broke off: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _fit(run: Run, events: EventWriter) -> bool:
    """Train; True when it was stopped before its end."""
    import keras

    if run.stopping:
        return True
    from fer_core.training.devices import share_gpus

    config, gpus = run.config(), share_gpus()
    keras.utils.set_random_seed(config.seed)
    dataset = open_fold(config.dataset, config.fold)
    from fer_core.training.session import Session

    keeper = checkpoint.Keeper(run)
    session = Session(run, dataset, events, after_epoch=lambda made: keeper.keep(made.epoch, lambda: _snapshot(made)))
    before = _go_on(run, session, events)
    events.say(f"{len(session.train):,} training and {len(session.validation):,} validation faces. {session.plan.sentence}")
    counts = {"train": label_counts(session.train), "validation": label_counts(session.validation)}
    known = [column for column in ("hash", "signature", "person") if column in session.train]
    run.write_training_samples(session.train[known].reset_index(drop=True))
    about = Training(
        dataset=config.dataset,
        fingerprint=dataset.meta.fingerprint,
        classes=session.classes,
        counts=counts,
        duplicates=session.selection.duplicates,
        weights=session.plan.sentence,
        parameters=session.model.count_params(),
        phases=[_phase_row(plan) for plan in _plans(session)],
        size=session.frame.size,
        colour=session.frame.colour,
        machine=_machine(gpus),
    )
    run.write(about)
    events.state("running", progress=Stage())
    start, stopped = time.time(), False
    try:
        session.fit()
    except Stopped:
        stopped = True
    run.write(about.model_copy(update={"seconds": round(before + time.time() - start, 1)}))
    return stopped


def _machine(gpus: int) -> str:
    parts = [platform.processor() or platform.machine(), f"{os.cpu_count()} cores", platform.system()]
    return ", ".join([*parts[:2], *([f"{gpus} GPU{'s' if gpus > 1 else ''}"] if gpus else []), parts[2]])


def _go_on(run: Run, session: Any, events: EventWriter) -> float:
    """Restore what an interrupted run had reached, if it is an interrupted one; seconds that its epochs have taken so far.

    Raises:
        DatasetError: the samples or labels are not those that the checkpoint was trained on.
        RunError: the run has checkpoints, but none is whole.
    """
    state = checkpoint.load(run)
    if state is not None and state.facts["samples"] != _digest(session):
        raise DatasetError(f"Samples or labels of '{session.dataset.name}' have changed since the run began; start a new run.")
    if state is not None:
        session.restore(state.arrays, state.facts)
        events.say(f"Resumed from epoch {state.epoch}.")
    elif run.training() is not None:
        events.say("The run had not finished an epoch; it starts again from its beginning.")
    run.cut(state.epoch if state is not None else 0)
    run.forget_predictions()
    events.state("starting", best_epoch=session.best_epoch, best_score=session.best_score)
    epochs = run.epochs()
    return float(epochs["seconds"].sum()) if len(epochs) else 0.0


def _snapshot(session: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays, facts = session.snapshot()
    return arrays, {**facts, "samples": _digest(session)}


def _digest(session: Any) -> str:
    """Names the samples and labels that a session trains and validates on."""
    digest = hashlib.sha256()
    for part in (session.train, session.validation):
        digest.update(part[["id", "label", "hash"]].to_csv(index=False).encode())
    return digest.hexdigest()


def _finish(run: Run, events: EventWriter) -> None:
    """Store the best epoch's logits for validation and test, and the temperature that is best on validation.

    After a stop, test is left to whoever asks for it, and photos are answered in floats: a stop is to be over in seconds.
    """
    if not run.model_file.is_file():
        return
    from fer_core.evaluation import int8
    from fer_core.evaluation.assessment import fitted_calibration
    from fer_core.evaluation.predictions import judge, predict_split
    from fer_core.predictor import load_predictor

    run.forget_predictions()
    run.write(Calibration(flip=run.config().flip))
    dataset = open_fold(run.config().dataset, run.config().fold)
    predictor = load_predictor(run)
    for split in ("validation",) if run.stopping else ("validation", "test"):
        if any(dataset.meta.counts.get(split, {}).get(name) for name in predictor.classes):
            events.say(f"Predicting the {split} split with the best epoch.")
            note = {"note": f"predicting {split}", "seconds_left": None}
            events.progress(events.status.progress.model_copy(update=note), now=True)
            predict_split(run, dataset, split, labels=judge(run), predictor=predictor)
    try:
        calibration = fitted_calibration(run)
    except FerError as error:
        events.say(f"Not calibrated: {error}")
    else:
        run.write(calibration)
        events.say(f"Calibrated on validation: temperature {calibration.temperature:.2f}.")
    measured = None if run.stopping else int8.measure(run, dataset)
    if measured is not None:
        run.write(measured)
        events.say(
            f"Quantised to int8, the network gives {measured.agreement:.1%} of {measured.n:,} validation faces the same class; "
            f"photos are answered in {'int8' if measured.near else 'floats'}."
        )


def _plans(session: Any) -> list[Any]:
    from fer_core.models.anatomy import phase_plan

    return phase_plan(session.config, len(session.classes))


def _phase_row(plan: Any) -> dict[str, Any]:
    phase = plan.phase
    row = {"name": phase.name, "epochs": phase.epochs, "first_block": phase.first_block}
    return {**row, "trainable": plan.trainable, "total": plan.total}


def _print_traceback() -> None:
    # The log lies on the disk that may be full.
    with suppress(OSError):
        traceback.print_exc()


def _fail(events: EventWriter, sentence: str) -> int:
    with suppress(OSError):
        events.state("failed", ended=time.time(), error=sentence)
    with suppress(OSError):
        events.say(f"Failed: {sentence}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
