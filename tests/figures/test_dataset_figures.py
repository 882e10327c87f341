"""Class balance and distributions of pixel measures."""

import pandas as pd
import pytest

from fer_core.figures.balance import class_balance
from fer_core.figures.measures import distribution
from fer_core.labels import colour

BALANCE = pd.DataFrame(
    [
        ("train", "angry", 3995, 0.25),
        ("train", "happy", 11985, 0.75),
        ("validation", "angry", 0, 0.0),
        ("validation", "happy", 0, 0.0),
        ("test", "angry", 40, 0.4),
        ("test", "happy", 60, 0.6),
    ],
    columns=["split", "class", "n", "share"],
)
SUMMARY = pd.DataFrame(
    {"class": ["fear", "happy"], "q05": [70, 60], "q25": [100, 90], "q50": [120, 110], "q75": [140, 130], "q95": [180, 190]}
)


@pytest.mark.parametrize(
    ("as_share", "texts", "lengths"),
    [
        (False, [("3,995", "11,985"), ("40", "60")], [[3995, 11985], [40, 60]]),
        (True, [("25.0%", "75.0%"), ("40.0%", "60.0%")], [[0.25, 0.75], [0.4, 0.6]]),
    ],
)
def test_balance_has_a_panel_for_each_split_with_faces(as_share: bool, texts: list, lengths: list) -> None:
    figure = class_balance(BALANCE, as_share=as_share)
    assert [trace.name for trace in figure.data] == ["Train", "Test"]
    assert [trace.text for trace in figure.data] == texts
    assert [list(trace.x) for trace in figure.data] == lengths
    assert [note.text for note in figure.layout.annotations] == ["<b>Train</b> · 15,980 faces", "<b>Test</b> · 100 faces"]
    for trace in figure.data:
        assert list(trace.y) == ["Angry", "Happy"]
        assert list(trace.marker.color) == [colour("angry"), colour("happy")]
    assert list(figure.data[0].customdata[0]) == ["3,995", "25.0%"]


def test_shares_have_one_scale_and_counts_have_their_own() -> None:
    shares, counts = class_balance(BALANCE, as_share=True), class_balance(BALANCE)
    assert shares.layout.xaxis.range == shares.layout.xaxis2.range == (0, pytest.approx(0.765))
    assert counts.layout.xaxis.range[1] > 11985
    assert 60 < counts.layout.xaxis2.range[1] < 70


def test_balance_without_faces_says_so() -> None:
    figure = class_balance(BALANCE[BALANCE["n"] == 0])
    assert len(figure.data) == 0
    assert "no faces" in figure.layout.annotations[0].text


def test_distribution_draws_the_given_quantiles() -> None:
    figure = distribution(SUMMARY, "Brightness (0 to 255)")
    boxes, hover = figure.data[:-1], figure.data[-1]
    assert [box.line.color for box in boxes] == [colour("fear"), colour("happy")]
    fear = boxes[0]
    assert [fear.lowerfence[0], fear.q1[0], fear.median[0], fear.q3[0], fear.upperfence[0]] == [70, 100, 120, 140, 180]
    assert list(hover.x) == [120, 110]
    assert hover.customdata.tolist() == [[70, 100, 140, 180], [60, 90, 130, 190]]
    assert list(figure.layout.yaxis.categoryarray) == ["Fear", "Happy"]
    assert figure.layout.xaxis.title.text.startswith("Brightness (0 to 255)")


def test_distribution_without_faces_says_so() -> None:
    assert "no faces" in distribution(SUMMARY.iloc[:0], "Brightness").layout.annotations[0].text
