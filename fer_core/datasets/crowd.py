"""What annotators' votes say of a picture: the crowd's label, how far it agrees, and the shares to learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.tables import VOTES
from fer_core.errors import DatasetError, InputError
from fer_core.labels import canonical, display_name, in_order

TIE = "tie"
"""Stands for the crowd's label where two or more names have the most votes."""

_WRITTEN = {"nf": "No face", "unknown": "Unknown", TIE: "Tie"}


def vote_names(samples: pd.DataFrame) -> tuple[str, ...]:
    """List what was voted for: classes in FER2013's order, the others after them; empty when there are no votes."""
    return in_order([column.removeprefix(VOTES) for column in samples.columns if column.startswith(VOTES)])


def require_votes(samples: pd.DataFrame, name: str) -> tuple[str, ...]:
    """List what was voted for in the data set of this name, see `vote_names`.

    Raises:
        DatasetError: it has no votes, so that they cannot be learned from.
    """
    names = vote_names(samples)
    if not names:
        raise DatasetError(
            f"Data set '{name}' has no votes to learn from; import fer2013.csv together with fer2013new.csv, or set "
            "teacher_votes to false."
        )
    return names


def vote_title(name: str) -> str:
    """Write a name as on a page: `nf` -> `No face`."""
    return _WRITTEN.get(name, display_name(name))


def summarise(samples: pd.DataFrame) -> pd.DataFrame:
    """Count what the crowd says of each picture.

    Args:
        samples: columns label and votes_NAME; columns id and split are kept.

    Returns:
        The rows that have a vote, with the index of `samples`: id and split where given, label, crowd (str: the name with the
        most votes, or `TIE`), agree (int: its votes), votes (int: all votes), entropy (float, bits: 0 when all agree).

    Raises:
        InputError: `samples` has no votes.
    """
    names, counts = _votes(samples)
    total, most = counts.sum(axis=1), counts.max(axis=1)
    voted = total > 0
    is_tie = (counts == most[:, None]).sum(axis=1) > 1
    share = counts / np.maximum(total, 1)[:, None]
    entropy = -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)
    table = samples[[column for column in ("id", "split", "label") if column in samples.columns]].assign(
        crowd=np.where(is_tie, TIE, np.array(names, object)[counts.argmax(axis=1)]),
        agree=most,
        votes=total,
        entropy=np.abs(entropy),
    )
    return table[voted]


def spelled(samples: pd.DataFrame) -> list[str]:
    """Write the votes of each row in words, most votes first: `Sad 6, Neutral 4`."""
    names, rows = _votes(samples)
    return [
        ", ".join(f"{vote_title(names[place])} {row[place]}" for place in np.argsort(-row, kind="stable") if row[place])
        for row in rows
    ]


def favourite(names: Sequence[str], votes: Sequence[float]) -> tuple[str, str]:
    """Find the label that a crowd gives a face: (class, ""), or ("", the reason why it gives none).

    It gives none where two classes share the most votes, or where unknown or no face has at least as many.

    Args:
        names: what could be voted for, unknown and nf (no face) too.
        votes: as many numbers.
    """
    given = {canonical(name): count for name, count in zip(names, votes, strict=True)}
    none = max(given.pop("unknown", 0), given.pop("nf", 0))
    most = max(given.values(), default=0)
    if most <= 0 and none <= 0:
        return "", "no votes"
    if none >= most:
        return "", "unknown or no face has at least as many votes as any class"
    best = [name for name, count in given.items() if count == most]
    return (best[0], "") if len(best) == 1 else ("", "the most votes are shared")


def favourites(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Keep the rows to which the crowd gives one of the classes, with it as their label, see `favourite`.

    Args:
        samples: columns label and votes_NAME.
        classes: class names.

    Raises:
        InputError: `samples` has no votes.
    """
    names, counts = _votes(samples)
    rows, places = np.unique(counts, axis=0, return_inverse=True)
    given = np.array([favourite(names, row)[0] for row in rows.tolist()], object)[places.ravel()]
    is_kept = np.isin(given, list(classes))
    return samples[is_kept].assign(label=given[is_kept])


def vote_shares(samples: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.float32]:
    """Compute the votes for each of the classes as a share of all votes on the face.

    Args:
        samples: columns votes_NAME.
        classes: class names; one that was not voted for has 0.

    Returns:
        (N, classes) float32; a row's sum is the share of votes that name one of the classes, 0 without votes.
    """
    names = [name for name in samples.columns if name.startswith(VOTES)]
    total = samples[names].to_numpy(np.float32).sum(axis=1, keepdims=True)
    counts = samples.reindex(columns=[VOTES + name for name in classes], fill_value=0).to_numpy(np.float32)
    return counts / np.maximum(total, 1)


def learnable(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Keep the rows with a vote for one of the classes, labelled with the one that has most, the first of them.

    Such a label counts the faces of a class; what is learned of a face are its `vote_shares`.
    """
    shares = vote_shares(samples, classes)
    voted = shares.sum(axis=1) > 0
    return samples[voted].assign(label=np.array(classes, object)[shares[voted].argmax(axis=1)])


def kappa(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Compute Cohen's kappa: agreement beyond what the margins alone would give (Cohen 1960, doi:10.1177/001316446002000104).

    Args:
        matrix: (..., C, C) counts, rows one rater, columns the other.

    Returns:
        (...) float64, 1 is full agreement, 0 chance; NaN where chance alone would agree always, or nothing was counted.
    """
    counts = np.asarray(matrix, np.float64)
    n = counts.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.trace(counts, axis1=-2, axis2=-1) / n
        chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1) / n**2
        return np.where(chance < 1, (observed - chance) / (1 - chance), np.nan)


def _votes(samples: pd.DataFrame) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """What was voted for, and how often: (N, names)."""
    names = vote_names(samples)
    if not names:
        raise InputError("These samples have no votes; import fer2013.csv with fer2013new.csv, or take the labels as imported.")
    return names, samples[[VOTES + name for name in names]].to_numpy(np.int64)
