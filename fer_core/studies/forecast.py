"""How long runs of a study are expected to take, before they are trained."""

from __future__ import annotations

from collections.abc import Sequence

from fer_core.datasets.folds import open_fold
from fer_core.runs.config import RunConfig, phases
from fer_core.studies.question import Question
from fer_core.training.speed import estimate


def estimated(config: RunConfig) -> float:
    """Seconds that a run is expected to take here.

    Raises:
        NotFoundError: its data set is gone.
    """
    return estimate(config, open_fold(config.dataset, config.fold).meta).seconds


def of_unasked(question: Question, trials: int) -> float:
    """Seconds that so many trials of a search are expected to take, if each is of the middle kind."""
    return trials * estimated(question.config(question.middle, 0)) if trials else 0.0


def by_key(dataset: str, runs: Sequence[tuple[str, RunConfig]]) -> dict[str, float]:
    """{key: seconds that its run is expected to take}; features that several of them need are computed once.

    Args:
        dataset: name of the data set that all are trained on; of several folds the first stands for all.
        runs: a key and the config that it stands for.
    """
    seconds, kept = dict[str, float](), set[tuple[object, ...]]()
    if not runs:
        return seconds
    meta = open_fold(dataset, runs[0][1].fold).meta
    for key, config in runs:
        needs = (config.backbone, config.weights, config.weights_file, config.resolution, config.fine_map)
        seconds[key] = estimate(config, meta, features_kept=needs in kept).seconds
        if any(phase.cached for phase in phases(config)):
            kept.add(needs)
    return seconds
