"""A study's question: a base recipe, settings that vary, seeds, a data set; kept as a folder of the workspace.

Which runs answer it is no list that could get lost: a run belongs to a study when its config is one that the study asks for.
"""

from __future__ import annotations

import re
import shlex
import shutil
import time
from collections.abc import Mapping, Sequence, Set
from itertools import count, product
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_core.datasets.folds import assigned, persons
from fer_core.datasets.store import open_dataset
from fer_core.errors import InputError, NotFoundError, RunError
from fer_core.files import is_full, replace
from fer_core.runs.config import Preset, RunConfig, is_whole, preset_config
from fer_core.runs.records import load
from fer_core.settings import settings
from fer_core.studies.search import MOST_TRIALS, Range, Trial, read_range, refusal

MAX_RUNS = 200
"""Most runs of a study."""
MAX_SEEDS = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


class Setting(BaseModel):
    """One choice of the values that vary.

    Attributes:
        values: {key of RunConfig: value as it is typed}; empty where nothing varies.
        name: what it is called; empty for its values.
        seeds: runs of it, where they are fewer than the question's.
    """

    model_config = ConfigDict(frozen=True)

    values: dict[str, str] = Field(default_factory=dict)
    name: str = ""
    seeds: int | None = Field(default=None, ge=1)

    def without(self, keys: Set[str]) -> Setting:
        """The setting without some of its values, such as those that are equal in all."""
        return Setting(values={key: value for key, value in self.values.items() if key not in keys})

    @property
    def words(self) -> str:
        """Write a setting's name, or the values in words, such as `resolution 64, backbone mobilenet`."""
        return self.name or ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in self.values.items()) or "the recipe"


class Asked(NamedTuple):
    """One run that a question asks for: its setting, its seed, and the fold that is left out, such as `2/10`, or empty."""

    setting: Setting
    seed: int
    fold: str = ""

    @property
    def words(self) -> str:
        """Write what one run is asked with, such as `resolution 64, fold 2/10, seed 0`."""
        return ", ".join([self.setting.words, *([f"fold {self.fold}"] if self.fold else []), f"seed {self.seed}"])


class Question(BaseModel):
    """What a study asks.

    Attributes:
        name: of the study, which is its folder's.
        dataset: that every run is trained on.
        preset: that every run begins with.
        changes: {key: value as typed} that every run shares.
        vary: {key: values as typed}; each combination is a setting.
        listed: settings that are no combination of values, instead of `vary`: those of what transfer buys.
        seeds: runs of each setting, with the seeds 0, 1, 2 and so on.
        search: instead of every combination Optuna proposes so many settings, one after the other; a value of `vary` may then be
            a range such as `1e-4..1e-2`.
        folds: persons are left out in so many groups, one run for each; None where the data set's own splits are taken.
        budget_minutes: after so many minutes of training no other run is started; None for no limit.
        created: seconds since the epoch (UTC).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dataset: str
    preset: Preset = "standard"
    changes: dict[str, str] = Field(default_factory=dict)
    vary: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    listed: tuple[Setting, ...] = ()
    seeds: int = Field(default=3, ge=1, le=MAX_SEEDS)
    search: int | None = Field(default=None, ge=2, le=MOST_TRIALS)
    folds: int | None = Field(default=None, ge=2, le=MAX_RUNS)
    budget_minutes: float | None = Field(default=None, gt=0)
    created: float = 0.0

    @property
    def settings(self) -> list[Setting]:
        """List the settings that a question names, or combine all values that vary, the last key first; none of a search.

        What is equal in all of them is not in their names.
        """
        if self.listed or self.search is not None:
            return list(self.listed)
        combined = [Setting(values=dict(zip(self.vary, chosen, strict=True))) for chosen in product(*self.vary.values())]
        same = {key for key, values in self.vary.items() if len(values) == 1}
        if not same or len(combined) == 1:
            return combined
        return [setting.model_copy(update={"name": setting.without(same).words}) for setting in combined]

    def config(self, setting: Setting, seed: int, fold: str = "") -> RunConfig:
        """The RunConfig of one run.

        Raises:
            InputError: a key or value is not allowed, with what is.
        """
        return preset_config(self.dataset, self.preset, **{**self.changes, **setting.values}, seed=seed, fold=fold)

    @property
    def space(self) -> dict[str, Range | tuple[str, ...]]:
        """{key: the range that is searched, or the values to choose among}.

        Raises:
            InputError: a range is none.
        """
        space: dict[str, Range | tuple[str, ...]] = {}
        for key, values in self.vary.items():
            whole = is_whole(key) if len(values) == 1 else False
            space[key] = (read_range(values[0], whole=whole) if len(values) == 1 else None) or values
        return space

    @property
    def middle(self) -> Setting:
        """The setting in the middle of what is searched, of choices the first."""
        space = self.space.items()
        return Setting(values={key: f"{part.middle:.3g}" if isinstance(part, Range) else part[0] for key, part in space})

    def trial(self, trial: Trial) -> Asked:
        """The run that a trial of a search asks for."""
        values = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in trial.values.items())
        return Asked(Setting(values=trial.values, name=f"trial {trial.number + 1}: {values}"), 0)

    def in_full(self, setting: Setting) -> dict[str, str]:
        """What a run of this setting changes of the preset `full`, on all labels, and with a seed that the study has not used.

        What the study saved by is left out: its preset, a share of the labels, epochs that all runs share. What it varied stays.
        """
        shared = {key: value for key, value in self.changes.items() if not key.endswith("_epochs")}
        chosen = {**shared, **setting.values, "seed": str(self.seeds)}
        return {key: value for key, value in chosen.items() if key not in ("train_share", "fold")}

    @property
    def plan(self) -> list[Asked]:
        """Every run: one seed of all settings first, so that every setting has a score early, and of these fold by fold."""
        folds = [f"{number}/{self.folds}" for number in range(1, self.folds + 1)] if self.folds else [""]
        every = [Asked(setting, seed, fold) for seed in range(self.seeds) for fold in folds for setting in self.settings]
        return [asked for asked in every if asked.seed < (asked.setting.seeds or self.seeds)]


def full_config(question: Question, setting: Setting) -> RunConfig:
    """The recipe of `Question.in_full`.

    Raises:
        InputError: the preset `full` does not go with a value.
    """
    return preset_config(question.dataset, "full", **question.in_full(setting))


def full_command(question: Question, setting: Setting) -> str:
    """The command that trains `Question.in_full`."""
    words = ["python", "-m", "fer_core", "train", question.dataset, "--preset", "full"]
    for key, value in question.in_full(setting).items():
        words += ["--set", f"{key}={value}"]
    return shlex.join(words)


def create(name: str, dataset: str, **asked: Any) -> Question:
    """Check a question and keep it as a new study; arguments and errors are those of `checked` and `keep`."""
    question = checked(name, dataset, **asked)
    keep(question)
    return question


def checked(
    name: str,
    dataset: str,
    *,
    preset: str = "standard",
    changes: Mapping[str, str] | None = None,
    vary: Mapping[str, Sequence[str]] | None = None,
    seeds: int | None = None,
    folds: int | Literal["all"] | None = None,
    search: int | None = None,
    budget_minutes: float | None = None,
) -> Question:
    """Check a question that is to be a new study; nothing is written.

    Args:
        name: of the study, 1 to 40 characters.
        dataset: that every run is trained on.
        preset: that every run begins with.
        changes: {key: value} of all runs.
        vary: {key: values to compare}.
        seeds: runs of each setting, and of each fold; 3, or 1 with folds.
        folds: groups of persons to leave out one after the other, "all" for every person alone; None for the data set's splits.
        search: trials of a search instead of every combination.
        budget_minutes: see `Question`.

    Raises:
        InputError: the name is taken or no name for a folder, a key or value is not allowed, a value is there twice, two
            settings are one recipe, the runs are too many, or the persons too few.
        NotFoundError, DatasetError: folds are asked for, and the data set cannot be opened.
    """
    check_name(name)
    values = {key: tuple(choices) for key, choices in (vary or {}).items()}
    question = _validated(
        {
            "name": name,
            "dataset": dataset,
            "preset": preset,
            "changes": dict(changes or {}),
            "vary": values,
            "seeds": (1 if folds or search else 3) if seeds is None else seeds,
            "folds": _folds(dataset, folds) if folds else None,
            "search": search,
            "budget_minutes": budget_minutes,
            "created": time.time(),
        }
    )
    _check(question)
    return question


def check_name(name: str) -> str:
    """The name, when it can be that of a new study.

    Raises:
        InputError: the name is taken or no name for a folder.
    """
    if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
        raise InputError(
            f"A study's name has 1 to 40 letters, digits, blanks, dots and dashes and begins with one; got '{name}'."
        )
    if folder(name).exists():
        raise InputError(f"There is a study '{name}' already; choose another name.")
    return name


def free_name(base: str) -> str:
    """A name that no study has: `base`, or `base` and a number from 2 on."""
    names = (base if number == 1 else f"{base} {number}" for number in count(1))
    return next(name for name in names if not folder(name).exists())


def keep(question: Question, *, again: bool = False) -> None:
    """Keep a question as a study.

    Args:
        question: the question.
        again: replace one of the same name; its runs stay, and those that are asked for are taken.

    Raises:
        RunError: the disk is full or may not be written, or the study is there already.
    """
    place = folder(question.name)
    try:
        place.mkdir(parents=True, exist_ok=again)
        replace(place / "question.json", lambda path: path.write_text(question.model_dump_json(indent=2), encoding="utf-8"))
    except OSError as error:
        if not again:
            shutil.rmtree(place, ignore_errors=True)
        reason = "the disk is full" if is_full(error) else error.strerror or error
        raise RunError(f"The study could not be written ({reason}); free some space and create it again.") from error


def open_question(name: str) -> Question:
    """The question of a study.

    Raises:
        NotFoundError: there is no such study, or its file is damaged.
    """
    question = load(folder(name) / "question.json", Question) if _NAME.fullmatch(name) else None
    if question is None:
        raise NotFoundError(f"There is no study '{name}'; `study list` and the page Studies name those that there are.")
    return question


def questions() -> list[Question]:
    """The questions of all studies, newest first."""
    stored = [load(file, Question) for file in (settings().workspace / "studies").glob("*/question.json")]
    return sorted((question for question in stored if question is not None), key=lambda question: -question.created)


def delete(name: str) -> None:
    """Delete a study's folder; its runs stay."""
    shutil.rmtree(folder(open_question(name).name))


def folder(name: str) -> Path:
    """Folder of the study of this name; may not exist."""
    return settings().workspace / "studies" / name


def _folds(name: str, folds: int | Literal["all"]) -> int:
    """How many folds that is, once it is seen that they can be made."""
    dataset = open_dataset(name)
    there = len(set(persons(dataset)) - {""})
    if folds == "all" and there > MAX_RUNS:
        raise InputError(f"'{name}' shows {there} persons, and a study has at most {MAX_RUNS} runs; ask for ten folds.")
    wanted = there if folds == "all" else folds
    assigned(dataset, wanted)
    return wanted


def _validated(values: dict[str, object]) -> Question:
    try:
        return Question.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"{str(first['loc'][0]).replace('_', ' ').capitalize()}: {first['msg']}; got {first['input']}."
        ) from error


_OWN = {"seed": "say how many seeds", "fold": "say how many folds"}
"""Settings that a study sets itself."""


def _check(question: Question) -> None:
    for key in _OWN.keys() & question.changes.keys():
        raise InputError(f"'{key}' cannot be set here: {_OWN[key]}.")
    for key, values in question.vary.items():
        if key in _OWN or key in question.changes:
            raise InputError(f"'{key}' cannot vary here: {_OWN.get(key, 'it is set for all runs')}.")
        if question.search is None and any(read_range(value, whole=False) for value in values):
            raise InputError(f"'{key}' is a range, and only a search goes through one: say how many trials it has.")
        if not values or len(set(values)) < len(values):
            raise InputError(f"'{key}' needs values that differ, separated by commas; got {', '.join(values) or 'none'}.")
    if question.search is not None:
        _check_search(question)
        return
    if len(question.plan) > MAX_RUNS:
        raise InputError(
            f"A study has at most {MAX_RUNS} runs; these are {len(question.plan)}: take fewer values, seeds or folds."
        )
    by_recipe: dict[str, Setting] = {}
    for setting in question.settings:
        recipe = question.config(setting, 0).model_dump_json()
        if recipe in by_recipe:
            raise InputError(f"'{setting.words}' and '{by_recipe[recipe].words}' are the same recipe; leave one out.")
        by_recipe[recipe] = setting


def _check_search(question: Question) -> None:
    """See that every end and every choice of a search is allowed, and that it can be made here."""
    if question.seeds != 1 or question.folds is not None:
        raise InputError("A search trains each trial once: leave seeds and folds out, and ask with several seeds afterwards.")
    if not question.vary:
        raise InputError("A search needs something that varies, such as full_learning_rate=2e-4..2e-3.")
    middle = question.middle
    for key, part in question.space.items():
        ends = [f"{end:.3g}" for end in (part.low, part.high)] if isinstance(part, Range) else part
        for end in ends:
            question.config(Setting(values={**middle.values, key: end}), 0)
    if why := refusal():
        raise InputError(why)
