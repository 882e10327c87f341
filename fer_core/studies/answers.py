"""What a study found: scores of every setting over its seeds, the setting that validation chooses, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.statistics import majority
from fer_core.evaluation.intervals import RESAMPLES, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.settings import settings
from fer_core.studies.question import Setting
from fer_core.studies.study import Member

_DRAWN_AT_ONCE = 200
"""Draws of a bootstrap that are held at once: with ten thousand faces 16 MB."""


@dataclass(frozen=True)
class Score:
    """Mean of a score over seeds, with a 95 % interval.

    Attributes:
        mean: 0 to 1.
        ci95: Student's t over the seeds; Wilson's over the faces where there is one seed; None where neither can be given.
        each: score of every seed, in their order.
        n: faces.
    """

    mean: float
    ci95: tuple[float, float] | None
    each: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class Difference:
    """How much more often one setting is right than another on the same faces, with the same seeds.

    Attributes:
        mean: difference of the shares, first minus second.
        ci95: percentile bootstrap over seeds and faces.
        seeds: that both have.
        n: faces.
    """

    mean: float
    ci95: tuple[float, float]
    seeds: int
    n: int


@dataclass(frozen=True)
class Answer:
    """One setting of a study.

    Attributes:
        setting: the values that vary.
        runs: ids of the finished runs, by seed.
        planned: runs that were asked for.
        accuracy, macro_f1: on validation; None while no run has finished.
        minutes: that the finished runs took together.
        behind: how much less often it is right on validation than the best setting, with the same seeds and faces; None for the
            best one, and until every run is there.
    """

    setting: Setting
    runs: tuple[str, ...]
    planned: int
    accuracy: Score | None
    macro_f1: Score | None
    minutes: float
    behind: Difference | None = None


@dataclass(frozen=True)
class Choice:
    """The setting with the best mean accuracy on validation, once every run is there.

    Attributes:
        answer: of that setting.
        runner_up: of the next best setting; None where there is one setting alone.
        ahead: how much it is ahead of the runner-up.
        accuracy, macro_f1: on the test split, of the chosen setting alone; None where the data set has no test faces.
    """

    answer: Answer
    runner_up: Answer | None
    ahead: Difference | None
    accuracy: Score | None
    macro_f1: Score | None


@dataclass(frozen=True)
class Findings:
    """All that a study has found so far.

    Attributes:
        answers: one a setting, best mean accuracy first, those without a run last.
        choice: None until every run is there.
        baseline: accuracy of always answering with the most frequent class of validation; None before the first run.
        minutes: of training.
    """

    answers: tuple[Answer, ...]
    choice: Choice | None
    baseline: float | None
    minutes: float

    @property
    def watt_hours(self) -> float:
        """Energy of the training, if the computer draws `FER_WATTS` meanwhile; it is not measured."""
        return self.minutes / 60 * settings().watts


def find(members: Sequence[Member]) -> Findings:
    """Read what the finished runs of a study answered, and compare its settings; nothing is computed by a network.

    Args:
        members: as from `Study.members`.
    """
    by_setting: dict[str, list[Member]] = {}
    for member in members:
        by_setting.setdefault(member.setting.model_dump_json(), []).append(member)
    answers = [_answer(group) for group in by_setting.values()]
    answers.sort(key=lambda answer: -answer.accuracy.mean if answer.accuracy else 1.0)
    done = [member for member in members if member.finished]
    whole = len(done) == len(members)
    if whole:
        answers = _compared(answers, members)
    tables = [table for member in done[:1] if (table := _table(member, "validation")) is not None]
    return Findings(
        answers=tuple(answers),
        choice=_choice(answers, members) if whole else None,
        baseline=majority(Counter(tables[0]["label"].astype(str)))[1] if tables else None,
        minutes=sum(member.minutes for member in done),
    )


def curves(members: Sequence[Member]) -> pd.DataFrame:
    """Mean and range over seeds of the validation accuracy after each epoch.

    Returns:
        Columns setting (its words), epoch, mean, low, high (of the seeds) and seeds (how many have reached the epoch).
    """
    tables = [
        member.run.epochs()[["epoch", "val_accuracy"]].assign(setting=member.setting.words)
        for member in members
        if member.run is not None and {"epoch", "val_accuracy"} <= set(member.run.epochs().columns)
    ]
    if not tables:
        return pd.DataFrame(columns=["setting", "epoch", "mean", "low", "high", "seeds"])
    whole = pd.concat(tables, ignore_index=True)
    grouped = whole.groupby(["setting", "epoch"], sort=False)["val_accuracy"]
    return grouped.agg(mean="mean", low="min", high="max", seeds="size").reset_index()


def score(each: Sequence[float], n: int, *, counts: bool = False) -> Score:
    """Average a score over seeds.

    Args:
        each: score of every seed, 0 to 1; at least one.
        n: faces that each was computed on.
        counts: whether the score is a share of the faces, so that one seed has Wilson's interval.
    """
    values = np.asarray(each, np.float64)
    mean, low_high = float(values.mean()), None
    if len(values) > 1:
        from scipy.stats import t

        half = float(t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / sqrt(len(values))
        low_high = max(0.0, mean - half), min(1.0, mean + half)
    elif counts:
        low_high = wilson(mean * n, n)
    return Score(mean, low_high, tuple(map(float, values)), n)


def differences(
    first: NDArray[np.bool_], others: Sequence[NDArray[np.bool_]], *, resamples: int = RESAMPLES, seed: int = 0
) -> list[Difference]:
    """Compare a setting with others, face by face and seed by seed.

    Seeds and faces are drawn with replacement, each by itself, so that the interval holds the chance in both (a bootstrap over
    two crossed factors, Owen 2007, doi:10.1214/07-AOAS122). With one seed it holds that of the faces alone.

    Args:
        first: (seeds, faces) whether a run was right about a face.
        others: the same of other settings, seed by seed and face by face.
        resamples: draws; the same ones for all.
        seed: same seed, same interval.
    """
    gaps = [first.astype(np.float64) - other for other in others]
    seeds, faces = first.shape
    draw = np.random.default_rng(seed)
    means = np.empty((len(gaps), resamples))
    for start in range(0, resamples, _DRAWN_AT_ONCE):
        size = min(_DRAWN_AT_ONCE, resamples - start)
        by_seed = draw.multinomial(seeds, np.full(seeds, 1 / seeds), size=size) / seeds
        by_face = draw.multinomial(faces, np.full(faces, 1 / faces), size=size) / faces
        for place, gap in enumerate(gaps):
            means[place, start : start + size] = ((by_seed @ gap) * by_face).sum(axis=1)
    limits = np.quantile(means, [0.025, 0.975], axis=1) if gaps else np.empty((2, 0))
    return [
        Difference(float(gap.mean()), (float(low), float(high)), seeds, faces)
        for gap, low, high in zip(gaps, *limits, strict=True)
    ]


def _answer(group: Sequence[Member]) -> Answer:
    done = [member for member in group if member.finished and member.run is not None]
    accuracy, f1 = _scores(done, "validation")
    return Answer(
        setting=group[0].setting,
        runs=tuple(member.run.id for member in done if member.run is not None),
        planned=len(group),
        accuracy=accuracy,
        macro_f1=f1,
        minutes=sum(member.minutes for member in done),
    )


def _scores(members: Sequence[Member], split: str) -> tuple[Score | None, Score | None]:
    shares, f1s, n = [], [], 0
    for member in members:
        table = _table(member, split)
        if table is None or member.run is None:
            continue
        classes = member.run.classes()
        matrix = confusion_matrix(table["label"], predicted_labels(table, classes), classes)
        n = int(matrix.sum())
        shares.append(float(matrix.diagonal().sum() / n))
        f1s.append(float(macro_f1(matrix)))
    return (score(shares, n, counts=True), score(f1s, n)) if shares else (None, None)


def _choice(answers: Sequence[Answer], members: Sequence[Member]) -> Choice | None:
    scored = [answer for answer in answers if answer.accuracy is not None]
    if not scored:
        return None
    best, second = scored[0], scored[1] if len(scored) > 1 else None
    accuracy, f1 = _scores([member for member in members if member.setting == best.setting], "test")
    return Choice(best, second, second.behind if second else None, accuracy, f1)


def _compared(answers: Sequence[Answer], members: Sequence[Member]) -> list[Answer]:
    """The answers, best first, each with how far it is behind the first."""
    rights = [_right([member for member in members if member.setting == answer.setting]) for answer in answers]
    seeds = sorted(set.intersection(*(set(right) for right in rights)))
    if len(answers) < 2 or not seeds:
        return list(answers)
    faces = sorted(set.intersection(*(set(right[seed].index) for right in rights for seed in seeds)))
    if not faces:
        return list(answers)
    first, *others = (np.stack([right[seed].loc[faces].to_numpy(bool) for seed in seeds]) for right in rights)
    gaps = differences(first, others)
    return [answers[0], *(replace(answer, behind=gap) for answer, gap in zip(answers[1:], gaps, strict=True))]


def _right(members: Sequence[Member]) -> dict[int, pd.Series[bool]]:
    """{seed: whether the run was right, by the number of the face}."""
    right = {}
    for member in members:
        table = _table(member, "validation")
        if table is not None and member.run is not None:
            correct = predicted_labels(table, member.run.classes()) == table["label"].to_numpy()
            right[member.seed] = pd.Series(correct, index=table["sample"].to_numpy())
    return right


def _table(member: Member, split: str) -> pd.DataFrame | None:
    return own_predictions(member.run, split) if member.run is not None else None
