"""The figure of what transfer buys, with any number of ways and shares."""

import math

import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures.transfer import transfer_lines

NAMES = {"finetuned": "Fine-tuned", "frozen": "Frozen", "scratch": "From scratch"}


def rows(ways: list[str], faces: list[int]) -> pd.DataFrame:
    made = [
        {"way": way, "share": count / 2000, "faces": count, "mean": 0.5, "low": 0.4, "high": 0.6, "seeds": 3}
        for way in ways
        for count in faces
    ]
    return pd.DataFrame(made, columns=["way", "share", "faces", "mean", "low", "high", "seeds"])


@pytest.mark.parametrize(
    ("ways", "faces", "names"),
    [
        ([], [], []),
        (["frozen"], [20], ["", "Frozen", "Always the most frequent class"]),
        (
            ["scratch", "finetuned"],
            [20, 2000],
            ["", "", "Fine-tuned", "From scratch", "Always the most frequent class"],
        ),
    ],
)
def test_a_band_and_a_line_for_each_way_and_the_baseline(ways: list[str], faces: list[int], names: list[str]) -> None:
    figure = transfer_lines(rows(ways, faces), NAMES, title="Accuracy", baseline=0.355, n=2521)
    assert [trace.name for trace in figure.data] == names


def test_lines_differ_in_colour_dash_and_marker() -> None:
    figure = transfer_lines(rows(list(NAMES), [20, 200, 2000]), NAMES, title="Accuracy", baseline=0.355, n=2521)
    lines = [trace for trace in figure.data if trace.name in NAMES.values()]
    assert [line.line.dash for line in lines] == ["solid", "dash", "dot"]
    assert [line.marker.symbol for line in lines] == ["circle", "square", "diamond"]
    assert len({line.line.color for line in lines}) == 3
    band = figure.data[0]
    assert (list(band.x), list(band.y)) == ([20, 200, 2000, 2000, 200, 20], [0.6] * 3 + [0.4] * 3)


def test_the_axes_name_faces_shares_and_test_faces() -> None:
    figure = transfer_lines(rows(["frozen"], [20, 2000]), NAMES, title="Macro F1", baseline=0.1, n=2521)
    axis = figure.layout.xaxis
    assert (axis.type, list(axis.tickvals), list(axis.ticktext)) == ("log", [20, 2000], ["20<br>1%", "2,000<br>100%"])
    assert axis.range[0] < math.log10(20) < math.log10(2000) < axis.range[1]
    assert figure.layout.yaxis.title.text == "Macro F1 on test, n = 2,521"
    assert figure.layout.yaxis.range[0] < 0.1
    assert figure.data[-1].line.dash == "longdash"


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match=r"missing: low\.$"):
        transfer_lines(rows(["frozen"], [20]).drop(columns="low"), NAMES, title="Accuracy", baseline=0.3, n=10)
