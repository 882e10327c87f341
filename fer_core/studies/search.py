"""Search: settings that Optuna proposes within ranges, one trial after the other, judged by validation alone.

Optuna is optional (requirements-extra.txt). Its journal lies in the study's folder and says what was tried; `trials.json` beside
it says the same for readers without Optuna. A trial that falls behind the median of the others is pruned: its run is stopped.
"""

from __future__ import annotations

import importlib.util
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from fer_core.errors import InputError, RunError
from fer_core.files import is_full, replace

if TYPE_CHECKING:
    import optuna

JOURNAL = "journal.log"
TRIALS = "trials.json"
MOST_TRIALS = 200

_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?:/({_NUMBER}))?")
_LOGARITHMIC = 10.0
"""A range without a step whose end is so many times its beginning is searched on a logarithmic scale."""

_UNPRUNED_TRIALS = 4
"""So many trials are trained to their end before any is pruned, and each trains its first epoch."""

_STOPPING = "stopping"


class Range(BaseModel):
    """Values between two ends, both included.

    Attributes:
        low, high: the ends.
        step: distance of the values that are tried; None for any.
        whole: whole numbers alone.
    """

    model_config = ConfigDict(frozen=True)

    low: float
    high: float
    step: float | None = None
    whole: bool = False

    @property
    def logarithmic(self) -> bool:
        """Whether equal factors count alike, as for a learning rate."""
        return self.step is None and self.low > 0 and self.high >= _LOGARITHMIC * self.low

    @property
    def middle(self) -> float:
        """Of the scale on which it is searched."""
        value = math.sqrt(self.low * self.high) if self.logarithmic else (self.low + self.high) / 2
        return round(value) if self.whole else value


class Trial(BaseModel):
    """One proposal and what came of it.

    Attributes:
        number: from 0, in the order in which they were proposed.
        values: {key of RunConfig: value as it is typed}.
        state: running until it is told, then finished, or pruned.
        value: validation accuracy, 0 to 1, that its run answers with; until it has finished that of its best epoch, None before
            the first.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    values: dict[str, str]
    state: Literal["running", "finished", "pruned"]
    value: float | None = None


def refusal() -> str:
    """Why nothing can be searched here; empty when it can."""
    if importlib.util.find_spec("optuna") is None:
        return "A search needs Optuna: install it with `pip install -r requirements-extra.txt`."
    return ""


def read_range(text: str, *, whole: bool) -> Range | None:
    """A range as it is typed, `LOW..HIGH` or `LOW..HIGH/STEP`; None when it is none.

    Raises:
        InputError: its ends are in the wrong order, its step is not above 0, or one is no whole number where that is asked.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    low, high, step = float(match[1]), float(match[2]), float(match[3]) if match[3] else None
    if not low < high or (step is not None and not 0 < step <= high - low):
        raise InputError(f"A range is LOW..HIGH or LOW..HIGH/STEP with LOW below HIGH and a step between them; got '{text}'.")
    if whole and any(end is not None and not end.is_integer() for end in (low, high, step)):
        raise InputError(f"Here a range needs whole numbers; got '{text}'.")
    return Range(low=low, high=high, step=step, whole=whole)


def trials(folder: Path) -> list[Trial]:
    """What was tried so far, in its order; empty before the first."""
    try:
        return TypeAdapter(list[Trial]).validate_json((folder / TRIALS).read_bytes())
    except (OSError, ValidationError):
        return []


class Search:
    """A search at work; one process has it at a time.

    Args:
        folder: of the study.
        space: {key of RunConfig: its range, or the values to choose among}.
        most: trials at most.

    Raises:
        RunError: Optuna is not installed, or the journal cannot be written.
    """

    def __init__(self, folder: Path, space: Mapping[str, Range | Sequence[str]], most: int) -> None:
        if why := refusal():
            raise RunError(why)
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._folder, self._space, self._most = folder, {key: _distribution(part) for key, part in space.items()}, most
        self._whole = {key: isinstance(part, Range) and part.whole for key, part in space.items()}
        journal = str(folder / JOURNAL)
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(journal, JournalFileOpenLock(journal))),
            study_name="search",
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_UNPRUNED_TRIALS, n_warmup_steps=2),
        )
        # Another seed each time that it is opened: the same one would propose again what is in the journal.
        first = max(_UNPRUNED_TRIALS, min(10, most // 3))
        self._study.sampler = optuna.samplers.TPESampler(seed=len(self._study.trials), n_startup_trials=first)
        self._write()

    @property
    def left(self) -> int:
        """Trials that were not proposed yet."""
        return max(0, self._most - len(self._study.trials))

    def propose(self) -> None:
        """Add a trial; its run is to be trained."""
        self._study.ask(self._space)
        self._write()

    def report(self, number: int, accuracies: Mapping[int, float]) -> bool:
        """Tell how a trial does, and say whether it is to be stopped.

        Args:
            number: of the trial, which is running.
            accuracies: {epoch: validation accuracy}, all so far.
        """
        import optuna

        if self.is_stopping(number):
            return True
        if not self._note(number, accuracies):
            return False
        trial = optuna.trial.Trial(self._study, self._study.trials[number]._trial_id)
        behind = bool(trial.should_prune())
        if behind:
            trial.set_user_attr(_STOPPING, True)
        self._write()
        return behind

    def is_stopping(self, number: int) -> bool:
        """Whether a trial was found to be behind, so that its run was asked to stop."""
        return bool(self._study.trials[number].user_attrs.get(_STOPPING))

    def finish(self, number: int, value: float, accuracies: Mapping[int, float]) -> None:
        """Tell the validation accuracy of a trial whose run has finished, and of each of its epochs."""
        self._note(number, accuracies)
        self._study.tell(number, value)
        self._write()

    def prune(self, number: int) -> None:
        """Tell that a trial's run was stopped as it was behind."""
        import optuna

        self._study.tell(number, state=optuna.trial.TrialState.PRUNED)
        self._write()

    def _note(self, number: int, accuracies: Mapping[int, float]) -> bool:
        """Keep the epochs that were not told yet; whether there are any."""
        import optuna

        frozen = self._study.trials[number]
        new = {epoch: value for epoch, value in accuracies.items() if epoch not in frozen.intermediate_values}
        trial = optuna.trial.Trial(self._study, frozen._trial_id)
        for epoch, value in sorted(new.items()):
            trial.report(value, epoch)
        return bool(new)

    def _write(self) -> None:
        rows = [self._row(frozen).model_dump() for frozen in self._study.trials]
        try:
            replace(self._folder / TRIALS, lambda path: path.write_text(json.dumps(rows, indent=1), encoding="utf-8"))
        except OSError as error:
            reason = "the disk is full" if is_full(error) else error.strerror or error
            raise RunError(f"The trials could not be written ({reason}); free some space and start again.") from error

    def _row(self, frozen: optuna.trial.FrozenTrial) -> Trial:
        states: dict[str, Literal["finished", "pruned"]] = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "pruned"}
        best = max(frozen.intermediate_values.values(), default=None)
        value = frozen.value if frozen.state.name == "COMPLETE" else best
        values = {key: _typed(frozen.params[key], whole=self._whole[key]) for key in self._space}
        return Trial(number=frozen.number, values=values, state=states.get(frozen.state.name, "running"), value=value)


def _distribution(part: Range | Sequence[str]) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(part, Range):
        return CategoricalDistribution(tuple(part))
    if part.whole:
        return IntDistribution(round(part.low), round(part.high), log=part.logarithmic, step=round(part.step or 1))
    return FloatDistribution(part.low, part.high, log=part.logarithmic, step=part.step)


def _typed(value: Any, *, whole: bool) -> str:
    """A proposed value as it is typed: numbers to three digits, which is what its run is trained with."""
    return value if isinstance(value, str) else str(int(value)) if whole else f"{value:.3g}"
