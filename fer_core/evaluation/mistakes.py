"""Which samples a run gets wrong, how sure it was, and tables of its predictions."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_core.errors import InputError
from fer_core.evaluation.metrics import predicted_labels, probabilities
from fer_core.runs.records import Calibration


def answers(predictions: pd.DataFrame, classes: Sequence[str], calibration: Calibration) -> pd.DataFrame:
    """What the run answers for every sample.

    Args:
        predictions: columns sample, label and logit_CLASS for each of `classes`.
        classes: class names in the order of the logits.
        calibration: its temperature scales the probabilities.

    Returns:
        Columns sample (int), label, predicted (str), confidence (float64, probability of `predicted`) and p_CLASS (float64)
        for each class, in the order of `predictions`.

    Raises:
        InputError: a column is missing, or a logit is not finite.
    """
    if "sample" not in predictions.columns:
        raise InputError("Predictions need the column sample.")
    shares = probabilities(predictions, classes, calibration.temperature)
    table = {
        "sample": predictions["sample"].to_numpy(),
        "label": predictions["label"].to_numpy(dtype=object),
        "predicted": predicted_labels(predictions, classes),
        "confidence": shares.max(axis=1, initial=0.0),
        **{f"p_{name}": shares[:, column] for column, name in enumerate(classes)},
    }
    return pd.DataFrame(table)


def mistakes(predictions: pd.DataFrame, classes: Sequence[str], calibration: Calibration) -> pd.DataFrame:
    """The misclassified samples, most confident first; columns and errors of `answers`."""
    table = answers(predictions, classes, calibration)
    wrong = table[table["label"] != table["predicted"]]
    return wrong.sort_values(["confidence", "sample"], ascending=[False, True], ignore_index=True)


def with_edits(predictions: pd.DataFrame, edited: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The predictions under the labels that the viewer has given: relabelled samples carry theirs, others fall away.

    Args:
        predictions: columns sample and label.
        edited: columns id and label of the samples that are not excluded.
        classes: classes of the run; samples that are now of another one are left out.

    Raises:
        InputError: a column is missing.
    """
    if "sample" not in predictions.columns or not {"id", "label"} <= set(edited.columns):
        raise InputError("Edited labels need predictions with the column sample, and samples with id and label.")
    labels = predictions["sample"].map(edited.set_index("id")["label"])
    inside = labels.isin(classes)
    return predictions.assign(label=labels)[inside].reset_index(drop=True)


def tally(samples: Sequence[int], decided: Mapping[int, str]) -> dict[str, int]:
    """How often the viewer blamed whom for these mistakes.

    Args:
        samples: ids.
        decided: {id: "keep", "relabel" or "exclude"}, further ids play no part.

    Returns:
        {"model": kept labels, "label": relabelled, "neither": excluded}.
    """
    said = [decided[sample] for sample in samples if sample in decided]
    return {"model": said.count("keep"), "label": said.count("relabel"), "neither": said.count("exclude")}


def cell(predictions: pd.DataFrame, classes: Sequence[str], true: str, predicted: str) -> list[int]:
    """Ids of the samples in one cell of the confusion matrix, in the order of `predictions`.

    Raises:
        InputError: `true` or `predicted` is none of `classes`, or a column is missing.
    """
    for name in (true, predicted):
        if name not in classes:
            raise InputError(f"A cell is named by two of {', '.join(classes)}; got '{name}'.")
    if "sample" not in predictions.columns:
        raise InputError("Predictions need the column sample.")
    chosen = (predicted_labels(predictions, classes) == predicted) & (predictions["label"].to_numpy(dtype=object) == true)
    return [int(sample) for sample in predictions["sample"].to_numpy()[chosen]]


def download_table(
    predictions: pd.DataFrame,
    classes: Sequence[str],
    calibration: Calibration,
    *,
    files: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """The table that is offered as CSV.

    Args:
        predictions: as in `answers`.
        classes: class names in the order of the logits.
        calibration: its temperature scales the probabilities.
        files: {sample: file name at the source}; names that are not known stay empty.

    Returns:
        Columns sample, file, label, predicted, confidence and p_CLASS for each class, one row a sample.

    Raises:
        InputError: a column is missing, or a logit is not finite.
    """
    table = answers(predictions, classes, calibration)
    known = dict(files) if files is not None else {}
    table.insert(1, "file", [known.get(int(sample), "") for sample in table["sample"]])
    return table
