"""A study's question: a base recipe, settings that vary, seeds, a data set, and the runs that it asks for.

Which runs answer it is no list that could get lost: a run belongs to a study when its config is one that the study asks for.
"""

from __future__ import annotations

import shlex
from collections.abc import Set
from itertools import product
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from fer_core.runs.config import Preset, RunConfig, is_whole, preset_config
from fer_core.studies.search import MOST_TRIALS, Range, Trial, read_range

MAX_RUNS = 200
"""Most runs of a study."""
MAX_SEEDS = 20


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
