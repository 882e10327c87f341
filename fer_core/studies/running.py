"""A study at work: its process, which starts the runs that are missing until all are there, and how long that takes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping

from filelock import FileLock

from fer_core.datasets.store import open_dataset
from fer_core.errors import FerError, RunError
from fer_core.runs.job import LOST
from fer_core.runs.records import ACTIVE, Stage, Status
from fer_core.settings import settings
from fer_core.studies import forecast
from fer_core.studies.question import Question
from fer_core.studies.scores import accuracy
from fer_core.studies.search import Search
from fer_core.studies.study import Member, Study, key_of, open_study, runs_by_config
from fer_core.studies.work import Report, stage
from fer_core.training import executors, jobs
from fer_core.training.events import StatusWriter

POLL_SECONDS = 0.5
"""Time between two looks at the runs at work."""

ATTEMPTS = 3
"""How often a study has a run go on whose process is gone without a word, as when it was killed or its node died."""


def start(study: Study, *, executor: str | None = None) -> None:
    """Start the study's process on this machine and return at once.

    Args:
        study: the study.
        executor: where its runs are trained; None for the one that `FER_EXECUTOR` names.

    Raises:
        InputError: no such executor.
        RunError: it is at work already, no process could be started, or the executor cannot be used from here.
        NotFoundError: its data set is gone.
    """
    place = executors.chosen(executor)
    open_dataset(study.question.dataset)
    if study.begun() and study.status().state in ACTIVE:
        raise RunError(f"The study '{study.question.name}' is at work already; stop it first.")
    study.refresh()
    try:
        study.write(Status(state="queued", created=time.time(), heartbeat=time.time()))
    except OSError as error:
        raise RunError(f"The study cannot be written ({error.strerror or error}); free some space first.") from error
    words = [sys.executable, "-m", "fer_core", "study", "run", study.question.name, "--executor", place.name]
    jobs.launch(study, words)


def run(name: str, *, report: Report | None = None, executor: str | None = None) -> Study:
    """Train every run of a study that is missing, resume those that broke off, and wait for the last one.

    Runs of any origin with the config that is asked for are taken as they are. As many runs of the study wait or are at work at
    once as the executor says: the slots of a machine, or the jobs that a cluster may have.

    Args:
        name: of the study.
        report: called with where the study is, whenever that changes.
        executor: where runs are trained; None for the one that `FER_EXECUTOR` names.

    Returns:
        The study; some runs are missing when it was stopped, or its budget is spent.

    Raises:
        InputError: no such executor.
        NotFoundError: no such study, or its data set is gone.
        DatasetError: the data set cannot be learned from.
        RunError: another process is at work on this study, or runs failed; what is finished is kept.
    """
    study, place = open_study(name), executors.chosen(executor)
    open_dataset(study.question.dataset)
    with study.mine(report) as writer:
        question = study.question
        hunt = None if question.search is None else Search(study.path, question.space, question.search)
        failed: dict[str, str] = {}
        begun: Counter[str] = Counter()
        seconds: dict[str, float] = {}
        while True:
            behind = _follow(study, hunt) if hunt is not None else set()
            members = study.members()
            if not {m.key for m in members} <= seconds.keys():
                seconds = _seconds(study, members)
            _note_failures([m for m in members if m.key not in behind], begun, failed)
            todo = [m for m in members if not m.finished and m.key not in failed]
            active = [m for m in todo if m.active]
            waiting = [m for m in todo if not m.active and m.key not in behind]
            spent = _spent(question, members)
            writer.progress(_stage(study, members, seconds), now=False)
            if study.stopping:
                for member in active:
                    if member.run is not None and member.key in begun:
                        executors.stop(member.run)
            elif not spent and len(active) < place.parallel() and waiting:
                writer.state("running", progress=_stage(study, members, seconds))
                if not study.stopping:
                    _begin(study, waiting[0], place.name, begun, failed)
                continue
            elif not spent and len(active) < place.parallel() and hunt is not None and hunt.left:
                hunt.propose()
                continue
            mine = [m for m in active if m.key in begun]
            if not (mine if study.stopping or spent else todo):
                break
            time.sleep(POLL_SECONDS)
        _end(study, writer, members, failed, spent)
    return study


def _follow(study: Study, hunt: Search) -> set[str]:
    """Tell a search how the runs of its trials do, and stop those that are behind; returns their keys."""
    known, behind = runs_by_config(study.question.dataset), set[str]()
    for trial, asked in study.proposed():
        key = key_of(study.question.config(*asked))
        run, status = known.get(key, (None, None))
        if trial.state != "running" or run is None or status is None:
            continue
        epochs = run.epochs()
        accuracies = dict(zip(epochs["epoch"].astype(int), epochs["val_accuracy"].astype(float), strict=True))
        if status.state == "finished":
            answered = accuracy(run, "validation")
            hunt.finish(trial.number, max(accuracies.values(), default=0.0) if answered is None else answered, accuracies)
        elif status.state == "stopped" and hunt.is_stopping(trial.number):
            study.say(f"Pruned: {asked.words}.")
            hunt.prune(trial.number)
        elif status.state in ACTIVE and hunt.report(trial.number, accuracies):
            behind.add(key)
            executors.stop(run)
    return behind


def _end(study: Study, writer: StatusWriter, members: list[Member], failed: Mapping[str, str], spent: bool) -> None:
    done = sum(member.finished for member in members)
    if failed and not study.stopping:
        first = next(iter(failed.values()))
        raise RunError(
            f"{len(failed)} of {len(members)} runs failed, the first with: {first} Start the study again to try again."
        )
    whole = done == len(members) and not study.unasked
    last = stage("study", done + study.pruned, len(members) + study.pruned + study.unasked)
    note = "the budget is spent" if spent and not whole else ""
    writer.state("finished" if whole else "stopped", progress=last.model_copy(update={"note": note}), ended=time.time())


def _begin(study: Study, member: Member, executor: str, begun: Counter[str], failed: dict[str, str]) -> None:
    """Start or resume one run, under a lock, so that two studies which ask for the same run train it once."""
    key = member.key
    with FileLock(settings().workspace / "studies" / ".start.lock"):
        run, status = runs_by_config(study.question.dataset).get(key, (None, None))
        if status is not None and (status.state == "finished" or status.state in ACTIVE):
            return
        begun[key] += 1
        try:
            if run is not None and jobs.resumable(run):
                executors.resume(run, executor=executor)
            else:
                name = f"{study.question.name}: {member.asked.words}"[:80]
                executors.start(member.config, name=name, executor=executor)
            study.say(f"Started: {member.asked.words}.")
        except FerError as error:
            # Somebody may have resumed it meanwhile, or it has finished: then it is no failure.
            if run is None or run.status().state not in ("finished", *ACTIVE):
                failed[key] = str(error)


def _note_failures(members: list[Member], begun: Counter[str], failed: dict[str, str]) -> None:
    for member in members:
        key = member.key
        if member.status is None or member.status.state not in ("failed", "stopped") or key not in begun:
            continue
        if member.status.error != LOST or begun[key] >= ATTEMPTS:
            failed.setdefault(key, member.status.error or "it was stopped.")


def _spent(question: Question, members: list[Member]) -> bool:
    return question.budget_minutes is not None and sum(member.minutes for member in members) >= question.budget_minutes


def _seconds(study: Study, members: list[Member]) -> dict[str, float]:
    return forecast.by_key(study.question.dataset, [(member.key, member.config) for member in members])


def _stage(study: Study, members: list[Member], seconds: Mapping[str, float]) -> Stage:
    todo = [member for member in members if not member.finished]
    active = next((member for member in todo if member.active), None)
    share = active.status.progress.share if active and active.status else 0.0
    left = sum(seconds[member.key] for member in todo) - (share * seconds[active.key] if active else 0.0)
    left += study.unasked * (sum(seconds.values()) / max(1, len(seconds)))
    note = active.asked.words if active else ""
    done = len(members) - len(todo) + study.pruned
    return stage("study", done, done + len(todo) + study.unasked, note=note, share=share, seconds_left=left)


def expected_seconds(study: Study, members: list[Member]) -> float:
    """Seconds that the runs which are missing are expected to take, one after the other; the sum of their estimates.

    Raises:
        NotFoundError: the data set is gone.
    """
    seconds = _seconds(study, members)
    missing = sum(seconds[member.key] for member in members if not member.finished)
    return missing + forecast.of_unasked(study.question, study.unasked)
