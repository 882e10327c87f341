"""What a study found: scores of every setting over its seeds, the setting that validation chooses, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer_core.datasets.statistics import majority
from fer_core.evaluation.metrics import confusion_matrix, macro_f1, predicted_labels
from fer_core.evaluation.predictions import own_predictions
from fer_core.settings import settings
from fer_core.studies.left_out import LeftOut, left_out
from fer_core.studies.question import Setting
from fer_core.studies.scores import Difference, Score, differences, score
from fer_core.studies.study import Member, Study


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
        left_out: where persons are left out: how they are answered by runs that never saw them, in the chosen setting, or in the
            only one as far as it is done; else None.
    """

    answers: tuple[Answer, ...]
    choice: Choice | None
    baseline: float | None
    minutes: float
    left_out: LeftOut | None = None

    @property
    def watt_hours(self) -> float:
        """Energy of the training, if the computer draws `FER_WATTS` meanwhile; it is not measured."""
        return self.minutes / 60 * settings().watts


def of(study: Study) -> Findings:
    """What a study has found so far; see `find`.

    Raises:
        NotFoundError: its data set is gone.
    """
    return find(study.members(), study.persons(), missing=study.unasked)


def find(members: Sequence[Member], persons: pd.Series | None = None, *, missing: int = 0) -> Findings:
    """Read what the finished runs of a study answered, and compare its settings; nothing is computed by a network.

    Args:
        members: as from `Study.members`.
        persons: as from `Study.persons`.
        missing: runs that will be asked for, and are not among the members yet.
    """
    by_setting: dict[str, list[Member]] = {}
    for member in members:
        by_setting.setdefault(member.setting.model_dump_json(), []).append(member)
    answers = [_answer(group) for group in by_setting.values()]
    answers.sort(key=lambda answer: -answer.accuracy.mean if answer.accuracy else 1.0)
    done = [member for member in members if member.finished]
    whole = bool(done) and len(done) == len(members) and not missing
    if whole:
        answers = _compared(answers, members, persons)
    tables = [table for member in done[:1] if (table := _table(member, "validation")) is not None]
    choice = _choice(answers, members) if whole else None
    shown = choice.answer.setting if choice else answers[0].setting if len(answers) == 1 else None
    apart = None
    if persons is not None and shown is not None:
        apart = left_out([member for member in members if member.setting == shown], persons)
    if choice is not None and apart is not None:
        choice = replace(choice, accuracy=apart.accuracy, macro_f1=apart.macro_f1)
    return Findings(
        answers=tuple(answers),
        choice=choice,
        baseline=majority(Counter(tables[0]["label"].astype(str)))[1] if tables else None,
        minutes=sum(member.minutes for member in done),
        left_out=apart,
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
    shares, f1s, faces = [], [], dict[str, int]()
    for member in members:
        table = _table(member, split)
        if table is None or member.run is None:
            continue
        classes = member.run.classes()
        matrix = confusion_matrix(table["label"], predicted_labels(table, classes), classes)
        n = int(matrix.sum())
        faces[member.asked.fold] = n
        shares.append(float(matrix.diagonal().sum() / n))
        f1s.append(float(macro_f1(matrix)))
    n = sum(faces.values())
    return (score(shares, n, counts=True), score(f1s, n)) if shares else (None, None)


def _choice(answers: Sequence[Answer], members: Sequence[Member]) -> Choice | None:
    scored = [answer for answer in answers if answer.accuracy is not None]
    if not scored:
        return None
    best, second = scored[0], scored[1] if len(scored) > 1 else None
    accuracy, f1 = _scores([member for member in members if member.setting == best.setting], "test")
    return Choice(best, second, second.behind if second else None, accuracy, f1)


def _compared(answers: Sequence[Answer], members: Sequence[Member], persons: pd.Series | None) -> list[Answer]:
    """The answers, best first, each with how far it is behind the first."""
    rights = [_right([member for member in members if member.setting == answer.setting]) for answer in answers]
    seeds = sorted(set.intersection(*(set(right) for right in rights)))
    if len(answers) < 2 or not seeds:
        return list(answers)
    faces = sorted(set.intersection(*(set(right[seed].index) for right in rights for seed in seeds)))
    if not faces:
        return list(answers)
    first, *others = (np.stack([right[seed].loc[faces].to_numpy(bool) for seed in seeds]) for right in rights)
    groups = None if persons is None else pd.factorize(persons.loc[[sample for _, sample in faces]])[0]
    gaps = differences(first, others, groups=groups)
    return [answers[0], *(replace(answer, behind=gap) for answer, gap in zip(answers[1:], gaps, strict=True))]


def _right(members: Sequence[Member]) -> dict[int, pd.Series]:
    """{seed: whether its runs were right, by fold and number of the face}."""
    right: dict[int, list[pd.Series]] = {}
    for member in members:
        table = _table(member, "validation")
        if table is not None and member.run is not None:
            correct = predicted_labels(table, member.run.classes()) == table["label"].to_numpy()
            index = pd.MultiIndex.from_product([[member.asked.fold], table["sample"].to_numpy()])
            right.setdefault(member.seed, []).append(pd.Series(correct, index=index))
    return {seed: pd.concat(parts) for seed, parts in right.items()}


def _table(member: Member, split: str) -> pd.DataFrame | None:
    return own_predictions(member.run, split) if member.run is not None else None
