"""Guess the expression on ten faces: which faces, and how far answers agree with the labels, a model, and each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.synthetic import draw_face
from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson
from fer_core.labels import FIVE
from fer_core.settings import FACE_SIZE

FACES = 10
"""Faces of a quiz."""

MOST_SEED = 9999
"""Quizzes are numbered 0 to this."""

_ORDER = ("test", "validation", "train")
_RESAMPLES = 1000


@dataclass(frozen=True)
class Agreement:
    """A share of answers that agree with something.

    Attributes:
        share: in [0, 1].
        ci95: Wilson interval, on as many independent answers as these are worth, see `agreement`.
        n: answers.
        agreeing: answers that agree.
        worth: independent answers that these are worth, at most `n`, at least the number of faces.
        baseline: share that the one answer which fits most faces would reach, given to all of them.
    """

    share: float
    ci95: tuple[float, float]
    n: int
    agreeing: int
    worth: float
    baseline: float


def draw(samples: pd.DataFrame, classes: Sequence[str], seed: int) -> pd.DataFrame:
    """Ten samples, as evenly from the classes as can be, in an order that tells nothing.

    They come from the first split of test, validation and train that has ten faces, so that a model has not learned them.

    Args:
        samples: of a data set: id, label, split, hash.
        classes: in order.
        seed: 0 to `MOST_SEED`; the same seed draws the same faces from the same data set.

    Returns:
        Rows of `samples`, at most ten, no two with the same pixels.

    Raises:
        InputError: there is no sample, or the seed is outside what is allowed.
    """
    if not 0 <= seed <= MOST_SEED:
        raise InputError(f"The number of a quiz must lie between 0 and {MOST_SEED}; got {seed}.")
    rows = samples[samples["label"].isin(list(classes))].drop_duplicates("hash")
    if rows.empty:
        raise InputError("There is no face to guess in this data set; choose another one.")
    pool = next((part for part in (rows[rows["split"] == name] for name in _ORDER) if len(part) >= FACES), rows)
    source = np.random.default_rng(seed)
    # Turns: every class gives one face, then every class a second one; which classes give more is drawn.
    turns = []
    for place in source.permutation(len(classes)):
        own = pool.index[pool["label"] == classes[place]].to_numpy(copy=True)
        turns += [(turn, place, index) for turn, index in enumerate(source.permutation(own)[:FACES])]
    rank = {place: number for number, place in enumerate(source.permutation(len(classes)))}
    chosen = [index for _, _, index in sorted(turns, key=lambda item: (item[0], rank[item[1]]))[:FACES]]
    return pool.loc[source.permutation(chosen)]


def draw_synthetic(seed: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Ten drawn faces of five classes for where there is no data set, (10, 48, 48) uint8, and their labels."""
    if not 0 <= seed <= MOST_SEED:
        raise InputError(f"The number of a quiz must lie between 0 and {MOST_SEED}; got {seed}.")
    source = np.random.default_rng(seed)
    labels = [FIVE[place] for place in source.permutation(np.arange(FACES) % len(FIVE))]
    faces = [
        draw_face(int(source.integers(1_000_000)), label, 0.0 if label == "neutral" else 0.8, size=FACE_SIZE, yaw=yaw)
        for label, yaw in zip(labels, source.uniform(-15, 15, FACES), strict=True)
    ]
    return np.stack(faces), labels


def tally(answers: Sequence[Sequence[str]], classes: Sequence[str]) -> NDArray[np.int64]:
    """(faces, classes) counts of the answers.

    Args:
        answers: one sequence a round, each with an answer for every face.
        classes: what may be answered, in the order of the columns.

    Raises:
        InputError: there is no round, rounds differ in length, or an answer is none of `classes`.
    """
    if not answers or len({len(given) for given in answers}) != 1 or not len(answers[0]):
        raise InputError("Answers are counted when every round has answered every face.")
    places = {name: number for number, name in enumerate(classes)}
    strange = {name for given in answers for name in given} - set(places)
    if strange:
        raise InputError(f"Answers must be among {', '.join(classes)}; got '{sorted(strange)[0]}'.")
    counts = np.zeros((len(answers[0]), len(classes)), np.int64)
    for given in answers:
        for face, name in enumerate(given):
            counts[face, places[name]] += 1
    return counts


def agreement(counts: NDArray[np.int64], classes: Sequence[str], right: Sequence[str]) -> Agreement:
    """How many of the answers are what is held to be right.

    Answers to one face are alike, so that they are worth fewer than they are: their number is divided by the design effect, the
    variance between faces over that of independent answers (Kish 1965, Survey Sampling, section 5.4), and kept between the number
    of faces and the number of answers. Where all answers agree, or none, that variance says nothing, and each face counts once.

    Args:
        counts: (faces, classes) from `tally`.
        classes: names of its columns.
        right: what each face is compared with; a name that is none of `classes` agrees with no answer.

    Raises:
        InputError: `right` has another length.
    """
    if len(right) != len(counts):
        raise InputError(f"There must be one name for each of {len(counts)} faces; got {len(right)}.")
    places = {name: number for number, name in enumerate(classes)}
    hits = np.array([row[places[name]] if name in places else 0 for row, name in zip(counts, right, strict=True)])
    votes = counts.sum(axis=1)
    n, agreeing = int(votes.sum()), int(hits.sum())
    share = agreeing / n
    between = float(np.var(hits / votes, ddof=1)) if len(counts) > 1 else 0.0
    worth = float(n if 0 < share < 1 else len(counts))
    if between > 0:
        worth = len(counts) * share * (1 - share) / between
    worth = float(np.clip(worth, len(counts), n))
    return Agreement(share, wilson(share * worth, worth), n, agreeing, worth, max(map(list(right).count, right)) / len(right))


def fleiss_kappa(counts: NDArray[np.integer]) -> float:
    """Agreement of the rounds with each other beyond chance (Fleiss 1971, doi:10.1037/h0031619).

    Args:
        counts: (faces, classes), every face with the same number of answers, two or more.

    Returns:
        1 is full agreement, 0 chance; NaN where all answers are one class, so that chance alone would agree always.

    Raises:
        InputError: faces differ in the number of answers, or there are fewer than two.
    """
    votes = counts.sum(axis=1)
    if len(set(votes.tolist())) != 1 or votes[0] < 2:
        raise InputError("Agreement between rounds needs two or more answers to every face, and as many to each.")
    n = int(votes[0])
    observed = float(((counts**2).sum(axis=1) - n).mean() / (n * (n - 1)))
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return float("nan") if chance >= 1 else (observed - chance) / (1 - chance)


def kappa_interval(counts: NDArray[np.integer], *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap of `fleiss_kappa` over the faces; draws without a kappa are left out, NaN when none has one."""
    source = np.random.default_rng(seed)
    drawn = [fleiss_kappa(counts[source.integers(0, len(counts), len(counts))]) for _ in range(_RESAMPLES)]
    known = [value for value in drawn if not np.isnan(value)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def most_given(counts: NDArray[np.int64], classes: Sequence[str]) -> list[str]:
    """The answer that most rounds gave to each face; `tie` where several have the most."""
    tops = counts.max(axis=1)
    tied = (counts == tops[:, None]).sum(axis=1) > 1
    return ["tie" if tie else classes[place] for tie, place in zip(tied, counts.argmax(axis=1), strict=True)]
