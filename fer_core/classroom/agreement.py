"""Who agrees with whom about the faces of a round: the class, the network, annotators, and the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.classroom.questions import Answer, Round
from fer_core.datasets.crowd import kappa
from fer_core.labels import in_order

_RESAMPLES = 2000
FEW = 30
"""Figures from fewer faces are marked."""


@dataclass(frozen=True)
class Side:
    """Somebody who has named faces.

    Attributes:
        name: as it stands in a sentence: `the class`.
        counts: (faces, names) answers.
    """

    name: str
    counts: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """(faces, names): of the answers to each face; 0 where there is none."""
        return self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)


@dataclass(frozen=True)
class Agreement:
    """Two sides on the faces that both have named.

    Attributes:
        first, second: their names.
        kappa: Cohen's, of the answers of one of each side drawn at random on the same face; 1 is full agreement, 0 chance,
            NaN where it is not defined.
        ci95: percentile bootstrap over the faces.
        faces: that both have named.
    """

    first: str
    second: str
    kappa: float
    ci95: tuple[float, float]
    faces: int


@dataclass(frozen=True)
class Comparison:
    """All sides of a round.

    Attributes:
        names: columns of the sides' counts: the classes, and what else was said.
        labels: of the faces.
        sides: the class first, then the network and annotators where they are known; the labels are none of them.
        agreements: of each two, the labels included.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    sides: tuple[Side, ...]
    agreements: tuple[Agreement, ...]

    def confusion(self, side: Side) -> NDArray[np.int64]:
        """(names, names) answers of a side, rows the labels."""
        matrix = np.zeros((len(self.names), len(self.names)), np.int64)
        for label, row in zip(self.labels, side.counts, strict=True):
            matrix[self.names.index(label)] += row
        return matrix


def compare(asked: Round, answers: Sequence[Sequence[Answer]]) -> Comparison:
    """Compare everybody about the faces of a round.

    Args:
        asked: of the kind `faces`; its facts are labels, and where known network (a name a face) and annotators (a table
            {name: votes} a face).
        answers: of the class to each face.
    """
    labels: list[str] = asked.facts["labels"]
    network: list[str] = asked.facts.get("network") or []
    votes: list[Mapping[str, int]] = asked.facts.get("annotators") or []
    others = {*labels, *network, *(name for row in votes for name, count in row.items() if count)} - set(asked.classes)
    names = (*asked.classes, *in_order(sorted(others)))
    place = {name: number for number, name in enumerate(names)}
    given = np.zeros((len(labels), len(names)), np.int64)
    for face, row in enumerate(answers):
        for answer in row:
            if isinstance(answer, int):
                given[face, answer] += 1
    sides = [Side("the class", given)]
    if network:
        sides.append(Side("the network", _single(network, place)))
    if votes:
        sides.append(Side("the annotators", np.array([[row.get(name, 0) for name in names] for row in votes], np.int64)))
    truth = Side("the label", _single(labels, place))
    agreements = tuple(agreement(one, other) for one, other in combinations([*sides, truth], 2))
    return Comparison(names, tuple(labels), tuple(sides), agreements)


def agreement(one: Side, other: Side, *, seed: int = 0) -> Agreement:
    """How far two sides agree beyond chance.

    One answer of each side is drawn at random on the same face: their joint distribution over the faces is a table as Cohen's
    kappa takes it. Faces are what was drawn of a larger number, so that the interval resamples faces.
    """
    both = (one.counts.sum(axis=1) > 0) & (other.counts.sum(axis=1) > 0)
    tables = one.shares[both][:, :, None] * other.shares[both][:, None, :]
    faces = int(both.sum())
    if not faces:
        return Agreement(one.name, other.name, float("nan"), (float("nan"), float("nan")), 0)
    weights = np.random.default_rng(seed).multinomial(faces, np.full(faces, 1 / faces), size=_RESAMPLES)
    drawn = kappa(np.tensordot(weights, tables, axes=1))
    drawn = drawn[~np.isnan(drawn)]
    limits = np.quantile(drawn, [0.025, 0.975]) if len(drawn) and faces > 1 else np.full(2, np.nan)
    return Agreement(one.name, other.name, float(kappa(tables.sum(axis=0))), (float(limits[0]), float(limits[1])), faces)


def takeaway(comparison: Comparison) -> str:
    """With whom the class agrees most, and whether that stands out, in one sentence."""
    own = [one for one in comparison.agreements if one.first == "the class" and not np.isnan(one.kappa)]
    if not own:
        return "Nobody in the class has answered yet."
    first, *rest = sorted(own, key=lambda one: -one.kappa)
    said = f"The class agrees most with {first.second} (κ {numbers.decimal(first.kappa, 2)})"
    if rest and first.ci95[0] <= max(one.ci95[1] for one in rest):
        said += "; with so few faces the others may be as near"
    return f"{said}."


def _single(names: Sequence[str], place: Mapping[str, int]) -> NDArray[np.int64]:
    counts = np.zeros((len(names), len(place)), np.int64)
    counts[np.arange(len(names)), [place[name] for name in names]] = 1
    return counts
