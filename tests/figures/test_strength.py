"""The curve of probabilities against a slider."""

import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures.strength import strength_curve

SHARES = pd.DataFrame({"strength": [-5.0, 0.0, 5.0], "happy": [0.2, 0.9, 0.3], "neutral": [0.8, 0.1, 0.7]})


def test_a_line_for_each_class_and_one_where_the_slider_stands() -> None:
    figure = strength_curve(SHARES, ["happy", "neutral"], strength=2.5, title="Rotation", ticks="°", chosen={"happy"})
    assert [trace.name for trace in figure.data] == ["Happy", "Neutral"]
    assert list(figure.data[0].y) == [0.2, 0.9, 0.3]
    assert [trace.line.color for trace in figure.data] == ["#E69F00", "#666666"]
    assert [trace.line.width for trace in figure.data] == [3, 1.5]
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"]
    assert [(line.x0, line.x1) for line in figure.layout.shapes] == [(2.5, 2.5)]
    assert figure.layout.xaxis.title.text == "Rotation"


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (SHARES.drop(columns="happy"), "columns strength, happy, neutral; missing: happy"),
        (SHARES.iloc[:0], "at least one strength"),
    ],
)
def test_what_is_missing_is_said(shares: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match=words):
        strength_curve(shares, ["happy", "neutral"], strength=0, title="Blur")
