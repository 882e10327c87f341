"""A study: its question, and the runs that answer it on the data set as it is now."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fer_core import runs
from fer_core.datasets.folds import fold_fingerprint, persons
from fer_core.datasets.store import open_dataset
from fer_core.runs import Run
from fer_core.runs.config import RunConfig
from fer_core.runs.records import ACTIVE, State, Status, load
from fer_core.studies import folders, search
from fer_core.studies.question import Asked, Question, Setting
from fer_core.studies.search import Trial
from fer_core.studies.work import Work

_STATES: tuple[State, ...] = ("finished", "running", "stopping", "starting", "queued", "stopped", "failed")
"""Of several runs with one config the first of these states answers."""


@dataclass(frozen=True)
class Member:
    """One run that a question asks for.

    Attributes:
        asked: setting, seed and fold.
        config: of the run.
        run: the run of this config; None when there is none yet.
        status: of that run.
    """

    asked: Asked
    config: RunConfig
    run: Run | None
    status: Status | None

    @property
    def setting(self) -> Setting:
        """The values that vary."""
        return self.asked.setting

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.asked.seed

    @property
    def key(self) -> str:
        """What its config asks for; members of one key are answered by one run."""
        return key_of(self.config)

    @property
    def finished(self) -> bool:
        """Whether the run is there, whole."""
        return self.status is not None and self.status.state == "finished"

    @property
    def active(self) -> bool:
        """Whether the run waits or is at work."""
        return self.status is not None and self.status.state in ACTIVE

    @property
    def minutes(self) -> float:
        """Minutes that its training took; 0 before its end."""
        training = self.run.training() if self.run else None
        return (training.seconds or 0.0) / 60 if training else 0.0


@dataclass(frozen=True)
class Study(Work):
    """A study's folder: its question, and what its process tells."""

    question: Question

    def members(self) -> list[Member]:
        """List the runs that the question asks for, in the order in which they are trained.

        Of a search they are those so far, without the pruned ones.
        """
        known = runs_by_config(self.question.dataset)
        members = []
        for asked in self.question.plan if self.question.search is None else [asked for _, asked in self.proposed()]:
            config = self.question.config(*asked)
            run, status = known.get(key_of(config), (None, None))
            members.append(Member(asked, config, run, status))
        return members

    def trials(self) -> list[Trial]:
        """What a search has tried so far; empty for other studies."""
        return search.trials(self.path)

    def proposed(self) -> list[tuple[Trial, Asked]]:
        """The trials of a search that were not pruned, and the runs that they ask for."""
        return [(trial, self.question.trial(trial)) for trial in self.trials() if trial.state != "pruned"]

    @property
    def unasked(self) -> int:
        """Trials of a search that were not proposed yet."""
        return 0 if self.question.search is None else max(0, self.question.search - len(self.trials()))

    @property
    def pruned(self) -> int:
        """Trials of a search that were pruned."""
        return sum(trial.state == "pruned" for trial in self.trials())

    def persons(self) -> pd.Series | None:
        """Who is on each face, by its id, where persons are left out; else None.

        Raises:
            NotFoundError, DatasetError: the data set is gone, or damaged.
        """
        if self.question.folds is None:
            return None
        dataset = open_dataset(self.question.dataset)
        return persons(dataset).set_axis(dataset.samples["id"])

    def begun(self) -> bool:
        """Whether its process was ever started."""
        return self.status_file.exists()


def open_study(name: str) -> Study:
    """The study of this name.

    Raises:
        NotFoundError: there is none.
    """
    question = folders.open_question(name)
    return Study(folders.folder(question.name), question)


def studies() -> list[Study]:
    """All studies of the workspace, newest first."""
    return [Study(folders.folder(question.name), question) for question in folders.questions()]


def run_of(config: RunConfig) -> Run | None:
    """A run that a config asks for, on the data set as it is now; None when there is none, or it has failed.

    Raises:
        NotFoundError: the data set is gone.
    """
    run, status = runs_by_config(config.dataset).get(key_of(config), (None, None))
    return run if status is not None and status.state != "failed" else None


def runs_by_config(dataset: str) -> dict[str, tuple[Run, Status]]:
    """{key of a config: the run that answers it and its status}, of the runs on a data set as it is now.

    Raises:
        NotFoundError: the data set is gone.
    """
    fingerprint = open_dataset(dataset).meta.fingerprint
    by_config: dict[str, tuple[Run, Status]] = {}
    for run in runs.list_runs():
        config = None if run.read_only else load(run.path / "config.json", RunConfig)
        if config is None or config.dataset != dataset:
            continue
        training = run.training()
        if training is not None and training.fingerprint != fold_fingerprint(fingerprint, config.fold):
            continue
        key, status = key_of(config), run.status()
        if key not in by_config or _STATES.index(status.state) < _STATES.index(by_config[key][1].state):
            by_config[key] = run, status
    return by_config


def key_of(config: RunConfig) -> str:
    """What a config asks for, whatever the preset is called that it came from."""
    return config.model_dump_json(exclude={"preset"})
