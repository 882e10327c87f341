"""Tables of predictions: what is wrong, what lies in a cell, what is downloaded."""

import io

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.evaluation import mistakes
from fer_core.runs.records import Calibration

CLASSES = ("a", "b")
PREDICTIONS = pd.DataFrame(
    {
        "sample": [10, 11, 12, 13, 14],
        "hash": list("vwxyz"),
        "label": ["a", "a", "b", "b", "a"],
        "logit_a": np.log([0.8, 0.4, 0.9, 0.3, 0.1]),
        "logit_b": np.log([0.2, 0.6, 0.1, 0.7, 0.9]),
    }
)


def test_mistakes_are_ordered_by_confidence_and_then_by_sample() -> None:
    table = mistakes.mistakes(PREDICTIONS, CLASSES, Calibration())
    assert list(table.columns) == ["sample", "label", "predicted", "confidence", "p_a", "p_b"]
    assert list(table["sample"]) == [12, 14, 11]
    assert list(table["predicted"]) == ["a", "b", "b"]
    assert list(table["confidence"]) == pytest.approx([0.9, 0.9, 0.6])
    assert list(table["p_b"]) == pytest.approx([0.1, 0.9, 0.6])


def test_temperature_softens_confidence() -> None:
    table = mistakes.mistakes(PREDICTIONS, CLASSES, Calibration(temperature=2.0))
    # sqrt(0.9) / (sqrt(0.9) + sqrt(0.1)) = 0.75
    assert table["confidence"].iloc[0] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("true", "predicted", "samples"), [("a", "a", [10]), ("a", "b", [11, 14]), ("b", "a", [12]), ("b", "b", [13])]
)
def test_cell(true: str, predicted: str, samples: list[int]) -> None:
    assert mistakes.cell(PREDICTIONS, CLASSES, true, predicted) == samples


def test_no_predictions_no_mistakes() -> None:
    nothing = PREDICTIONS.iloc[:0]
    assert len(mistakes.mistakes(nothing, CLASSES, Calibration())) == 0
    assert mistakes.cell(nothing, CLASSES, "a", "b") == []


def test_download_names_files_and_survives_csv() -> None:
    table = mistakes.download_table(PREDICTIONS, CLASSES, Calibration(), files={10: "train/a/1.jpg", 13: "x,y.png"})
    assert list(table.columns) == ["sample", "file", "label", "predicted", "confidence", "p_a", "p_b"]
    assert list(table["file"]) == ["train/a/1.jpg", "", "", "x,y.png", ""]
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)), keep_default_na=False)
    assert list(again["file"]) == list(table["file"])
    assert list(again["confidence"]) == list(table["confidence"])


def test_refuses() -> None:
    with pytest.raises(InputError, match="got 'c'"):
        mistakes.cell(PREDICTIONS, CLASSES, "a", "c")
    with pytest.raises(InputError, match="sample"):
        mistakes.answers(PREDICTIONS.drop(columns="sample"), CLASSES, Calibration())
    with pytest.raises(InputError, match="sample"):
        mistakes.cell(PREDICTIONS.drop(columns="sample"), CLASSES, "a", "b")


def test_edited_labels_replace_and_drop() -> None:
    # 10 stays, 11 is relabelled b, 12 is excluded, 13 is now of a class that the run does not know, 14 stays.
    edited = pd.DataFrame({"id": [10, 11, 13, 14, 99], "label": ["a", "b", "c", "a", "a"]})
    changed = mistakes.with_edits(PREDICTIONS, edited, CLASSES)
    assert list(changed["sample"]) == [10, 11, 14]
    assert list(changed["label"]) == ["a", "b", "a"]
    assert list(mistakes.mistakes(changed, CLASSES, Calibration())["sample"]) == [14]
    with pytest.raises(InputError, match="id and label"):
        mistakes.with_edits(PREDICTIONS, edited.drop(columns="id"), CLASSES)


def test_a_tally_counts_only_these_mistakes() -> None:
    decided = {1: "keep", 2: "relabel", 3: "exclude", 4: "relabel", 9: "keep"}
    assert mistakes.tally([1, 2, 3, 4, 5], decided) == {"model": 1, "label": 2, "neither": 1}
