"""Does a file answer as its run does? Faces to ask both, and how far their answers are apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.store import Dataset, dataset_names, open_dataset
from fer_core.errors import InputError, RunError
from fer_core.evaluation.intervals import wilson
from fer_core.exporting.formats import Kind
from fer_core.runs import Run

CHECKED, QUANTISED = 256, 200
"""Faces that run and file both answer, and faces that set the ranges of 8-bit numbers."""


@dataclass(frozen=True)
class Faces:
    """Faces to ask, and other ones to set ranges with.

    Attributes:
        check: (N, S, S) or (N, S, S, 3) uint8.
        ranges: likewise.
        source: what the faces to ask are, in words.
        ranges_source: what the other ones are.
    """

    check: NDArray[np.uint8]
    ranges: NDArray[np.uint8]
    source: str
    ranges_source: str


@dataclass(frozen=True)
class Check:
    """How a file's answers compare with its run's, each face as it is, without its mirror image.

    Attributes:
        n: faces.
        source: what they are.
        largest: largest absolute difference of a probability.
        mean: mean absolute difference of all probabilities.
        agreement: share of the faces that get the same class.
        agreement_ci95: its 95 % interval (Wilson).
        agreement_with_mirror: share that gets the class of the run as the app asks it, mirror image included; None where it
            does not use mirror images.
        tolerance: what was asked of the file.
    """

    n: int
    source: str
    largest: float
    mean: float
    agreement: float
    agreement_ci95: tuple[float, float]
    agreement_with_mirror: float | None
    tolerance: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def faces_for(run: Run, dataset: str | None) -> Faces:
    """Faces of a data set: the named one, or else the one that the run was trained on, or else synthetic ones.

    Faces to ask come from its test split (or validation, or training), those for ranges from its training split, evenly spread.

    Raises:
        NotFoundError: there is no data set of the name that was given.
        InputError: it holds no face.
    """
    training = run.training()
    if dataset is None and training is not None and training.dataset in dataset_names():
        dataset = training.dataset
    if dataset is None:
        return _synthetic()
    data = open_dataset(dataset)
    splits = [split for split in ("test", "validation", "train") if sum(data.meta.counts.get(split, {}).values())]
    if not splits:
        raise InputError(f"The data set '{dataset}' holds no face to check the file on; name another one.")
    learned = "train" if "train" in splits else splits[-1]
    return Faces(
        check=_spread(data, splits[0], CHECKED),
        ranges=_spread(data, learned, QUANTISED),
        source=f"{data.name}, {splits[0]} split",
        ranges_source=f"{data.name}, {learned} split",
    )


def compare(
    expected: NDArray[np.floating[Any]],
    given: NDArray[np.floating[Any]],
    *,
    kind: Kind,
    source: str,
    with_mirror: NDArray[np.floating[Any]] | None = None,
) -> Check:
    """Compare probabilities.

    Args:
        expected: (N, C) of the run.
        given: (N, C) of the file.
        kind: of the file.
        source: what the faces are, in words.
        with_mirror: (N, C) of the run with mirror images.

    Raises:
        RunError: the file answers too differently, or not with numbers.
    """
    if given.shape != expected.shape or not np.isfinite(given).all():
        raise RunError(f"The {kind.title} file does not answer with one probability a class; nothing was written.")
    apart = np.abs(given - expected)
    same = int((given.argmax(axis=1) == expected.argmax(axis=1)).sum())
    check = Check(
        n=len(given),
        source=source,
        largest=float(apart.max()),
        mean=float(apart.mean()),
        agreement=same / len(given),
        agreement_ci95=wilson(same, len(given)),
        agreement_with_mirror=(
            None if with_mirror is None else float((given.argmax(axis=1) == with_mirror.argmax(axis=1)).mean())
        ),
        tolerance=kind.tolerance,
    )
    too_far = kind.largest is not None and check.largest > kind.largest
    if too_far or check.mean > kind.mean or check.agreement < kind.agreement:
        raise RunError(
            f"The {kind.title} file answers {check.n} faces ({source}) too differently from the run: {check.agreement:.1%} get "
            f"the same class, probabilities differ by {check.mean:.2g} on average and {check.largest:.2g} at most, but "
            f"{kind.tolerance}; nothing was written, choose another format."
        )
    return check


def _spread(data: Dataset, split: str, most: int) -> NDArray[np.uint8]:
    ids = data.split(split)["id"].to_numpy()
    chosen = ids[np.unique(np.linspace(0, len(ids) - 1, min(most, len(ids))).round().astype(np.int64))]
    return np.asarray(data.images[chosen])


def _synthetic() -> Faces:
    from fer_core.datasets.synthetic import make_faces

    drawn = make_faces(CHECKED + QUANTISED, 0).images
    source = "synthetic faces, because the run's data set is not here"
    return Faces(drawn[:CHECKED], drawn[CHECKED:], source, source)
