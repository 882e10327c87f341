"""Mean saliency maps per cell of the confusion matrix, kept with the run: what it looks at when it takes one class for another.

Averaging is meaningful as the faces are aligned: a place in the frame is about the same place on every face. Only means, numbers
of samples and shares are kept, never a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from fer_core.datasets.store import Dataset
from fer_core.errors import InputError
from fer_core.evaluation.intervals import mean_interval
from fer_core.explain.kept import keep, kept
from fer_core.explain.methods import BATCH
from fer_core.explain.regions import REGIONS, evidence_shares
from fer_core.explain.saliency import Explanation
from fer_core.progress import Progress, silent
from fer_core.runs import Run

Explain = Callable[[NDArray[np.uint8], NDArray[np.int64]], list[Explanation]]
"""Faces and the index of the explained class of each in, an explanation of each out."""


class MeanMapRequest(BaseModel):
    """What mean maps to make.

    Attributes:
        split: split of the data set.
        method: a name in `methods.METHODS`.
        layer: name of the layer.
        evidence: for the class that the run answers, or for the class of the label.
        faces: most faces of one cell; they are drawn at random when there are more.
        seed: of the draw.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: str
    method: str
    layer: str
    evidence: Literal["answer", "label"] = "answer"
    faces: int = Field(default=20, ge=1, le=1000)
    seed: int = 0


@dataclass(frozen=True)
class MeanMaps:
    """Mean saliency maps of the cells of a confusion matrix; rows are true classes, columns answers.

    Attributes:
        maps: (C, C, S, S) float32 in the frame of the run, mean of saliency maps, each from 0 to 1 before averaging; 0 where a
            cell has none.
        counts: (C, C) int64, faces in the cell.
        used: (C, C) int64, faces whose saliency maps were averaged; empty ones are not among them.
        samples: (n,) int64, ids of all faces that were explained, those with an empty saliency map too.
        true: (n,) int64, index of the true class of each.
        answered: (n,) int64, index of the answer.
        shares: (n, 5) float64, where the evidence lies (`regions.REGIONS`); NaN where the saliency map is empty.
    """

    maps: NDArray[np.float32]
    counts: NDArray[np.int64]
    used: NDArray[np.int64]
    samples: NDArray[np.int64]
    true: NDArray[np.int64]
    answered: NDArray[np.int64]
    shares: NDArray[np.float64]

    def cell(self, true: int, answered: int) -> NDArray[np.int64]:
        """Ids of the explained faces of one cell."""
        return self.samples[(self.true == true) & (self.answered == answered)]


def chosen_faces(answers: pd.DataFrame, classes: tuple[str, ...], request: MeanMapRequest) -> pd.DataFrame:
    """Choose the faces that are explained: at most `request.faces` of each cell of the confusion matrix, at random.

    Args:
        answers: columns sample, label and predicted, one row per face.
        classes: of the run; rows with another label are left out.
        request: says how many.

    Returns:
        The chosen rows with columns sample, true and answered (indices of classes), in the order of `answers`.

    Raises:
        InputError: no face has a class that the run knows.
    """
    known = answers[answers["label"].isin(classes)]
    if known.empty:
        raise InputError("No face here has a class that this run knows; choose another split or data set.")
    index = {name: number for number, name in enumerate(classes)}
    rows = pd.DataFrame(
        {
            "sample": known["sample"].to_numpy(np.int64),
            "true": [index[name] for name in known["label"]],
            "answered": [index[name] for name in known["predicted"]],
        }
    )
    mixed = rows.sample(frac=1, random_state=request.seed)
    return mixed[mixed.groupby(["true", "answered"]).cumcount() < request.faces].sort_index().reset_index(drop=True)


def make_mean_maps(
    images: NDArray[np.uint8],
    answers: pd.DataFrame,
    classes: tuple[str, ...],
    explain: Explain,
    request: MeanMapRequest,
    *,
    progress: Progress = silent,
) -> MeanMaps:
    """Explain faces of every cell and average their saliency maps.

    Args:
        images: (M, S, S) or (M, S, S, 3) uint8; `answers.sample` are positions in it.
        answers: see `chosen_faces`.
        classes: of the run.
        explain: explains faces.
        request: what to make.
        progress: called after each batch.

    Raises:
        InputError: see `chosen_faces` and `saliency.explain`.
    """
    rows = chosen_faces(answers, classes, request)
    size = len(classes)
    samples, true, answered = (rows[name].to_numpy(np.int64) for name in ("sample", "true", "answered"))
    targets = answered if request.evidence == "answer" else true
    sums = np.zeros((size, size, 1, 1), np.float64)
    used = np.zeros((size, size), np.int64)
    shares = np.full((len(rows), len(REGIONS)), np.nan)
    for start in range(0, len(rows), BATCH):
        part = slice(start, start + BATCH)
        maps = np.stack([one.saliency for one in explain(np.asarray(images[samples[part]]), targets[part])])
        shares[part] = evidence_shares(maps)
        if not start:
            sums = np.zeros((size, size, *maps.shape[1:]), np.float64)
        np.add.at(sums, (true[part], answered[part]), maps)
        np.add.at(used, (true[part], answered[part]), maps.any(axis=(1, 2)))
        done = min(start + BATCH, len(rows))
        progress(done / len(rows), f"{done:,} of {len(rows):,} faces explained")
    means = (sums / np.maximum(used, 1)[..., None, None]).astype(np.float32)
    return MeanMaps(means, _counts(answers, classes), used, samples, true, answered, shares)


def shares_by_class(
    mean_maps: MeanMaps, classes: tuple[str, ...], *, of: Literal["answered", "true"] = "answered"
) -> pd.DataFrame:
    """Tell where the evidence lies, by class: each cell's mean share, weighted as the cells' faces are counted in the split.

    Args:
        mean_maps: as `make_mean_maps` makes them.
        classes: of the run.
        of: faces that the run answers with a class, or faces of a class.

    Returns:
        Columns class, region, n (faces with evidence), share, low, high: mean and its 95 % interval, 0 to 1; a row for each
        region and each class that has evidence.
    """
    group = mean_maps.answered if of == "answered" else mean_maps.true
    whole = ~np.isnan(mean_maps.shares).any(axis=1)
    # Cells are explained with as many faces where possible, rare mistakes as often as the many right answers.
    weight = mean_maps.counts[mean_maps.true, mean_maps.answered] / np.maximum(
        mean_maps.used[mean_maps.true, mean_maps.answered], 1
    )
    rows = []
    for number, name in enumerate(classes):
        mine = whole & (group == number)
        if not mine.any():
            continue
        mean, low, high = _weighted(mean_maps.shares[mine], weight[mine])
        rows += [
            {"class": name, "region": region, "n": int(mine.sum()), "share": mean[place], "low": low[place], "high": high[place]}
            for place, region in enumerate(REGIONS)
        ]
    return pd.DataFrame(rows, columns=["class", "region", "n", "share", "low", "high"])


def cell_shares(mean_maps: MeanMaps, true: int, answered: int) -> pd.DataFrame:
    """Tell where the evidence lies in one cell: region, n, share, low, high as in `shares_by_class`; empty without evidence."""
    mine = mean_maps.shares[(mean_maps.true == true) & (mean_maps.answered == answered) & ~np.isnan(mean_maps.shares).any(axis=1)]
    if not len(mine):
        return pd.DataFrame(columns=["region", "n", "share", "low", "high"])
    mean, low, high = mean_interval(mine)
    return pd.DataFrame({"region": REGIONS, "n": len(mine), "share": mean, "low": low, "high": high})


def mean_face(images: NDArray[np.uint8], samples: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Average some faces, uint8 of their shape; the mean is shown, and kept nowhere.

    Raises:
        InputError: no sample was named.
    """
    if not len(samples):
        raise InputError("A mean face needs at least one face; got none.")
    return np.rint(np.asarray(images[samples]).mean(axis=0)).astype(np.uint8)


def kept_mean_maps(run: Run, dataset: Dataset, request: MeanMapRequest) -> MeanMaps | None:
    """Read mean maps that were made before; None when there are none, or their file is damaged."""
    means = kept(run, MeanMaps, dataset.meta.fingerprint, request.model_dump_json())
    size = len(run.classes())
    if means is None or means.maps.ndim != 4 or means.maps.shape[:2] != (size, size):
        return None
    whole = means.shares.shape == (len(means.samples), len(REGIONS)) and bool((means.samples < dataset.meta.n).all())
    return means if whole else None


def keep_mean_maps(run: Run, dataset: Dataset, request: MeanMapRequest, mean_maps: MeanMaps) -> None:
    """Keep mean maps with the run; a disk that is full or may not be written costs the keeping alone."""
    keep(run, mean_maps, dataset.meta.fingerprint, request.model_dump_json())


def _counts(answers: pd.DataFrame, classes: tuple[str, ...]) -> NDArray[np.int64]:
    table = pd.crosstab(answers["label"], answers["predicted"]).reindex(index=classes, columns=classes, fill_value=0)
    return table.to_numpy(np.int64)


def _weighted(
    values: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Compute the weighted mean of (n, R) values and the percentile bootstrap of it over the faces."""
    mean = np.average(values, axis=0, weights=weight)
    if len(values) == 1:
        return mean, np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
    draws = np.random.default_rng(0).multinomial(len(values), np.full(len(values), 1 / len(values)), size=2000) * weight
    low, high = np.quantile(draws @ values / draws.sum(axis=1, keepdims=True), [0.025, 0.975], axis=0)
    return mean, low, high
