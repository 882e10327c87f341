"""Distillation: what earlier runs answer for the training faces (Hinton et al. 2015), and what annotators voted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fer_core import runs
from fer_core.datasets.crowd import require_votes
from fer_core.datasets.signature import among
from fer_core.datasets.store import Dataset
from fer_core.datasets.tables import VOTES
from fer_core.errors import InputError
from fer_core.progress import Progress, part, silent
from fer_core.runs.config import RunConfig
from fer_core.training.events import EventWriter
from fer_core.training.selection import Selection

_FOLDS = 5
_SHARE_FLOOR = 0.05
"""Added to shares of votes before their logarithm: half a vote of ten."""
_ANSWER_FLOOR = 1e-3


def answers(
    config: RunConfig,
    dataset: Dataset,
    selection: Selection,
    events: EventWriter,
    *,
    progress: Progress = silent,
) -> NDArray[np.float32] | None:
    """Probabilities that are learned beside the labels: (N, C) float32, rows of sum 1; None without teachers and votes.

    They are the mean of the teachers', joined with the annotators' votes where the config asks for them (see `join_votes`).
    A teacher that knows only some of the classes shares out among these what the labels, or the crowd's votes, give to them.

    With `teacher_faces` unmet, a teacher answers only for the faces that it was not trained on: what it knows by heart of the
    others would be their labels (cross-fitting; Dao et al. 2021, "Knowledge distillation as semiparametric inference"). The row
    of a face that all teachers were trained on is NaN. `progress` is called with the share of the teachers' work that is done.

    Raises:
        NotFoundError: there is no such run.
        DatasetError: the votes are to teach, and there are none.
        InputError: a teacher has a class that this run does not learn, or was itself trained on faces that validate or test
            this run, or all teachers were trained on all faces although they are to answer unmet ones, or a class has too few
            votes.
        RunError: a teacher has no model.
    """
    from_teachers = _mean_answers(config, dataset, selection, events, progress) if config.teachers else None
    if not config.teacher_votes:
        return from_teachers
    names = require_votes(selection.train, dataset.name)
    events.say("Joining the annotators' votes with the labels" + (" and the teachers' answers." if config.teachers else "."))
    counts = selection.train[[VOTES + name for name in names]].to_numpy(np.float64)
    return join_votes(counts, selection.labels(selection.train), from_teachers)


def join_votes(
    counts: NDArray[np.float64], labels: NDArray[np.int64], answers: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """What the annotators' votes on a face and a network's answer to it say together about its label.

    A logistic regression of the labels on both (stacking; Wolpert 1992), in which a face's own label has no part: its row is
    answered by a regression on the other folds. Answers of networks that have met the face bring its label in again: set
    `teacher_faces` to unmet.

    Args:
        counts: (N, names) votes, 0 or more.
        labels: (N,) class indices; each of the C classes occurs.
        answers: (N, C) probabilities from networks, a row of NaN where there are none; or None.

    Returns:
        (N, C) float32, rows of sum 1. A face without votes has its answer as it was; without both, NaN.

    Raises:
        InputError: a class has fewer faces with votes than there are folds.
    """
    voted = counts.sum(axis=1) > 0
    answered = np.zeros(len(labels), bool) if answers is None else ~np.isnan(answers).any(axis=1)
    joined = np.full((len(labels), int(labels.max()) + 1), np.nan, np.float32) if answers is None else answers.copy()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = np.concatenate([shares, np.sqrt(shares), np.log(shares + _SHARE_FLOOR)], axis=1)
    both, alone = voted & answered, voted & ~answered
    if answers is not None and both.any():
        given = np.concatenate([rows[both], np.log(answers[both] + _ANSWER_FLOOR)], axis=1)
        joined[both] = _stacked(given, labels[both], joined.shape[1])
    if alone.any():
        joined[alone] = _stacked(rows[voted], labels[voted], joined.shape[1])[alone[voted]]
    return joined


def _stacked(rows: NDArray[np.float64], labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if np.bincount(labels, minlength=classes).min() < _FOLDS:
        raise InputError(f"A class has fewer than {_FOLDS} training faces with votes; set teacher_votes to false.")
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    shares = cross_val_predict(LogisticRegression(max_iter=2_000), rows, labels, cv=folds, method="predict_proba")
    return np.asarray(shares, np.float32)


def _mean_answers(
    config: RunConfig, dataset: Dataset, selection: Selection, events: EventWriter, progress: Progress
) -> NDArray[np.float32]:
    from fer_core.predictor import load_predictor

    held = dataset.samples.loc[dataset.samples["split"] != "train", "hash"]
    ids = selection.train["id"].to_numpy()
    labels = selection.labels(selection.train)
    named = np.eye(len(selection.classes), dtype=np.float32)[labels] if selection.votes is None else selection.votes
    total = np.zeros((len(ids), len(selection.classes)), np.float32)
    count = np.zeros((len(ids), 1), np.float32)
    for number, name in enumerate(config.teachers):
        run = runs.open_run(name)
        known = run.classes()
        if not set(known) <= set(selection.classes):
            raise InputError(
                f"Teacher '{name}' knows the classes {', '.join(known)}; choose one that knows only those of this run."
            )
        trained_on = run.training_samples()["hash"]
        met = int(among(trained_on, held).sum())
        if met:
            raise InputError(
                f"Teacher '{name}' was trained on {met} faces that validate or test this run; choose another teacher."
            )
        events.say(f"Computing the answers of teacher {number + 1} of {len(config.teachers)}.")
        predictor = load_predictor(run)
        mine = part(progress, number / len(config.teachers), (number + 1) / len(config.teachers))

        asked = np.ones(len(ids), bool)
        if config.teacher_faces == "unmet":
            asked = ~among(selection.train["hash"], trained_on)
        said = predictor.probabilities(predictor.logits(dataset.faces(ids[asked]), progress=mine))
        total[asked] += _among_all(said, named[asked], [selection.classes.index(one) for one in known])
        count[asked] += 1
    alone = int((count == 0).sum())
    if alone == len(ids):
        raise InputError("All teachers were trained on all training faces; set teacher_faces to all, or choose other teachers.")
    if alone:
        events.say(f"All teachers were trained on {alone:,} of the {len(ids):,} training faces, which none of them answers.")
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _among_all(said: NDArray[np.float32], named: NDArray[np.float32], known: list[int]) -> NDArray[np.float32]:
    """(N, C) `named`, with what it gives to the K known classes shared out as the answers `said` (N, K) do."""
    whole = named.copy()
    whole[:, known] = said * named[:, known].sum(axis=1, keepdims=True)
    return whole
