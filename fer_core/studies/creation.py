"""Creating a study: a question is checked, every recipe that it asks for included, before anything is written."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from fer_core.datasets.folds import assigned, persons
from fer_core.datasets.store import open_dataset
from fer_core.errors import InputError
from fer_core.studies.folders import check_name, keep
from fer_core.studies.question import MAX_RUNS, Question, Setting
from fer_core.studies.search import Range, read_range, refusal


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
