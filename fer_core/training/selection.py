"""Which faces a run learns from, and which ones judge its epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.crowd import learnable, vote_shares
from fer_core.datasets.signature import leaked
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError
from fer_core.runs.config import RunConfig


@dataclass(frozen=True)
class Selection:
    """Faces of one run.

    Attributes:
        train: rows of the samples table that are learned from.
        validation: rows that choose the best epoch; their labels are among those of `train`.
        classes: class names, in the data set's order; those with a training face.
        duplicates: training faces that were left out since they are duplicates of validation or test faces.
        votes: shares of the votes for each class, rows of sum 1, (N, C) float32, that are learned instead of the labels; or None.
        weights: of each training face in the loss, (N,) float32: the share of its votes that name one of the classes, else 1.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    classes: tuple[str, ...]
    duplicates: int
    votes: NDArray[np.float32] | None
    weights: NDArray[np.float32]

    def labels(self, part: pd.DataFrame) -> NDArray[np.int64]:
        """(N,) class indices of the rows of a part."""
        index = {name: number for number, name in enumerate(self.classes)}
        return np.array([index[name] for name in part["label"]], np.int64)


def select(dataset: Dataset, config: RunConfig) -> Selection:
    """The faces that a config asks for.

    Raises:
        DatasetError: fewer than two classes are left to learn, or no face to validate on; or there are no votes to learn from.
    """
    by_crowd = config.labels == "crowd"
    train = learnable(dataset.split("train"), dataset.meta.classes) if by_crowd else dataset.split("train", labels=config.labels)
    validation = dataset.split("validation", labels=config.labels)
    duplicates = 0
    if config.drop_duplicates and len(train):
        held = pd.concat([dataset.split("validation"), dataset.split("test")])
        twins = leaked(train, held).picture
        duplicates = int(twins.sum())
        train = train[~twins]
    train = _share(train, config.train_share, config.seed)
    classes = tuple(name for name in dataset.meta.classes if (train["label"] == name).any())
    validation = validation[validation["label"].isin(classes)]
    if len(classes) < 2 or validation.empty:
        raise DatasetError(
            f"Data set '{dataset.name}' leaves {len(train)} training faces of {len(classes)} classes and {len(validation)} "
            "validation faces; at least two classes and one validation face are needed."
        )
    if not by_crowd:
        return Selection(train, validation, classes, duplicates, None, np.ones(len(train), np.float32))
    shares = vote_shares(train, classes)
    weights = shares.sum(axis=1)
    return Selection(train, validation, classes, duplicates, shares / weights[:, None], weights)


def _share(train: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """A share of the rows of each class, rounded, at least one; larger shares of one seed contain the smaller ones."""
    if share == 1:
        return train
    order = np.random.default_rng(seed).permutation(len(train))
    shuffled = train.iloc[order]
    rank = shuffled.groupby("label").cumcount()
    wanted = (shuffled["label"].map(train["label"].value_counts()) * share).round().clip(lower=1)
    return shuffled[rank < wanted].sort_index()


def label_counts(samples: pd.DataFrame) -> dict[str, int]:
    """{class: samples} of a part of a data set."""
    return {str(name): int(count) for name, count in samples["label"].value_counts().items()}
