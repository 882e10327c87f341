"""One run on one split: predictions, leaks and scores together, as the pages and `evaluate` give them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.datasets.signature import among, leaked
from fer_core.datasets.store import SPLITS, Dataset, open_dataset
from fer_core.errors import InputError, RunError
from fer_core.evaluation.abstention import fit_threshold, rounded_up
from fer_core.evaluation.calibration import FEWEST, fit_temperature, probability_scores
from fer_core.evaluation.crowd import VoteScores, vote_scores
from fer_core.evaluation.metrics import Evaluation, evaluate, label_codes, logits_matrix, probabilities
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import Source, own_predictions, predict_split
from fer_core.progress import Progress, silent
from fer_core.runs import Judge, Run, open_run
from fer_core.runs.records import Calibration

SURE_RIGHT = 0.95
"""Share of a run's sure answers that are to be right, where its threshold is fitted."""


@dataclass(frozen=True)
class Assessment:
    """Scores of a run on a split, and the logits that they come from.

    Attributes:
        evaluation: the scores.
        predictions: the logits, with the labels that they are scored by.
        votes: how near the probabilities are to the annotators' votes; None where the imported labels judge.
    """

    evaluation: Evaluation
    predictions: pd.DataFrame
    votes: VoteScores | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of `evaluate --json`: plain types, numbers unrounded."""
        judged = {"labels": "imported"} if self.votes is None else {"labels": "crowd", "votes": asdict(self.votes)}
        return {**self.evaluation.to_dict(), **judged}


def assess(
    run_id: str,
    dataset_name: str,
    split: str,
    *,
    labels: Judge = "imported",
    progress: Progress = silent,
) -> Assessment:
    """Score a run on a split; logits are taken from the run where they are stored, or computed and stored.

    Args:
        run_id: a run's id, or `bundled`.
        dataset_name: name of the data set.
        split: train, validation or test.
        labels: imported, or crowd: the favourites of the annotators, on the faces where they have one among the run's classes.
        progress: called while logits are computed.

    Raises:
        InputError: unknown split, no sample of the run's classes in it, or no votes where the crowd is to judge.
        NotFoundError: no such run or data set.
        RunError: the run has no model.
    """
    if split not in SPLITS:
        raise InputError(f"Split must be one of {', '.join(SPLITS)}; got '{split}'.")
    run, dataset = open_run(run_id), open_dataset(dataset_name)
    predictions = predict_split(run, dataset, split, labels=labels, progress=progress)
    scores = score(run, dataset, split, predictions)
    if labels == "imported":
        return Assessment(scores, predictions)
    said = probabilities(predictions, run.classes(), run.calibration().temperature)
    samples = dataset.samples.loc[predictions["sample"]]
    return Assessment(scores, predictions, vote_scores(said, predictions["label"], samples, run.classes()))


def score(run: Run, dataset: Dataset, split: str, predictions: pd.DataFrame) -> Evaluation:
    """Scores of predictions that exist, with the leaks between the split and what the run was trained on."""
    samples = dataset.split(split)
    mine = samples.set_index("id").loc[predictions["sample"]].reset_index()
    report = leaked(mine, run.training_samples())
    return evaluate(
        predictions,
        run.classes(),
        calibration=run.calibration(),
        exact=report.exact,
        near=report.near,
        person=report.person,
        skipped=len(samples) - len(predictions),
    )


def score_recorded(run: Run, source: Source, predicted: pd.DataFrame) -> Evaluation:
    """Scores of recorded figures. Only exact leaks can be counted: near ones need the pictures' signatures.

    Args:
        run: the run.
        source: what was predicted, recorded.
        predicted: as from `predictions`.

    Raises:
        InputError: there is no sample, or a logit is not finite.
    """
    exact = among(predicted["hash"], run.training_samples()["hash"])
    return evaluate(
        predicted,
        run.classes(),
        calibration=run.calibration(),
        exact=exact,
        near=np.zeros_like(exact),
        skipped=sum(source.skipped.values()),
    )


def fitted_calibration(run: Run) -> Calibration:
    """The run's calibration with its temperature fitted on the validation logits that are kept with it; nothing is written.

    Raises:
        RunError: there are no validation logits.
        InputError: no temperature can be fitted on them.
    """
    predictions = own_predictions(run, "validation")
    if predictions is None:
        raise RunError(f"Run '{run.about().name}' keeps no answers for its validation split; the temperature stays as it is.")
    classes = run.classes()
    temperature = fit_temperature(logits_matrix(predictions, classes), label_codes(predictions["label"], classes))
    return run.calibration().model_copy(update={"temperature": temperature})


def fitted_threshold(run: Run) -> float:
    """The threshold, two decimal places, from which `SURE_RIGHT` of a run's answers to validation are right; nothing is written.

    Raises:
        RunError: there are no validation logits, or those of too few faces.
        InputError: no threshold does.
    """
    predictions = own_predictions(run, "validation")
    if predictions is None:
        raise RunError(f"Run '{run.about().name}' keeps no answers for its validation split; the threshold stays as it is.")
    if len(predictions) < FEWEST:
        raise RunError(f"A threshold is fitted on at least {FEWEST} validation faces; there are {len(predictions)}.")
    given = answers(predictions, run.classes(), run.calibration())
    threshold = fit_threshold(given["confidence"], given["label"] == given["predicted"], accuracy=SURE_RIGHT)
    return rounded_up(threshold, 2)


def calibration_effect(run: Run, temperature: float) -> pd.DataFrame:
    """What a temperature does to the run's probabilities on the data set that it was trained on.

    Returns:
        A row for each of validation and test whose logits are kept: split, n, and ece, nll and brier, each with `_before`
        (temperature 1) and `_after`.

    Raises:
        InputError: `temperature` not above 0, or a logit is not finite.
    """
    rows, classes = [], run.classes()
    for split in ("validation", "test"):
        predictions = own_predictions(run, split)
        if predictions is None:
            continue
        logits, codes = logits_matrix(predictions, classes), label_codes(predictions["label"], classes)
        before, after = (probability_scores(logits, codes, value) for value in (1.0, temperature))
        row: dict[str, object] = {"split": split, "n": before.n}
        for name in ("ece", "nll", "brier"):
            row |= {f"{name}_before": getattr(before, name), f"{name}_after": getattr(after, name)}
        rows.append(row)
    measures = [f"{name}_{when}" for name in ("ece", "nll", "brier") for when in ("before", "after")]
    return pd.DataFrame(rows, columns=["split", "n", *measures])
