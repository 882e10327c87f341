"""Shapes that figures share."""

import math

import numpy as np
import pytest

from fer_core.figures import shapes, theme

ROWS = [
    shapes.Row("<b>A</b>", 0.5, 0.4, 0.7, "A: 50%", reference=0.2),
    shapes.Row("<b>B</b>", 0.9, math.nan, math.nan, "B: 90%"),
]


def test_rows_have_a_dot_an_interval_and_a_reference() -> None:
    figure = shapes.interval_rows(ROWS, name="Score", reference="Chance", line=0.6)
    dots, references = figure.data
    assert (list(dots.x), list(dots.y), list(dots.customdata)) == ([0.5, 0.9], [0, 1], ["A: 50%", "B: 90%"])
    np.testing.assert_allclose(dots.error_x.array, [0.2, np.nan])
    np.testing.assert_allclose(dots.error_x.arrayminus, [0.1, np.nan])
    assert references.x[0] == 0.2
    assert math.isnan(references.x[1])
    assert [note.text for note in figure.layout.annotations] == ["<b>A</b>", "<b>B</b>"]
    assert figure.layout.shapes[0].x0 == 0.6
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first row is at the top"


def test_rows_without_a_reference_have_no_legend() -> None:
    figure = shapes.interval_rows(ROWS, name="Score")
    assert (len(figure.data), figure.layout.showlegend) == (1, False)
    assert figure.layout.height > shapes.interval_rows(ROWS, name="Score", compact=True).layout.height


@pytest.mark.parametrize(
    ("tones", "bars"), [([theme.SCORE] * 2, theme.SCORE), ([theme.SCORE, theme.CHOSEN], theme.GREY)], ids=["one", "two"]
)
def test_intervals_are_grey_where_dots_differ(tones: list[str], bars: str) -> None:
    rows = [shapes.Row("", 0.5, 0.4, 0.6, "", tone=tone) for tone in tones]
    assert shapes.interval_rows(rows, name="").data[0].error_x.color == bars


def test_a_band_goes_there_and_back() -> None:
    area = shapes.band([0, 1], [0.1, 0.2], [0.3, 0.4], "#3D85C6", name="95% interval")
    assert (list(area.x), list(area.y)) == ([0, 1, 1, 0], [0.3, 0.4, 0.2, 0.1])
    assert (area.fillcolor, area.showlegend) == ("rgba(61,133,198,0.22)", True)
    assert not shapes.band([0], [0], [1], "#3D85C6").showlegend


def test_lines_side_by_side_differ_in_more_than_colour() -> None:
    looks = [shapes.line_look(theme.SCORE, number) for number in range(24)]
    assert len({(look["line"]["dash"], look["marker"]["symbol"]) for look in looks}) == 24
