"""Votes, and two data sets in one figure."""

import numpy as np
import pandas as pd

from fer_core.evaluation.crowd import CrowdAgreement
from fer_core.figures import agreement, comparison, theme

NAN = float("nan")
FOUND = CrowdAgreement(
    classes=("fear", "happy"),
    columns=("fear", "happy", "nf", "tie"),
    matrix=np.array([[30, 10, 0, 0], [0, 40, 5, 5]]),
    share=0.7,
    share_ci95=(0.6, 0.8),
    inside=80,
    share_inside=0.875,
    share_inside_ci95=(0.8, 0.95),
    kappa=0.75,
    kappa_ci95=(0.6, 0.9),
)


def test_levels_of_agreement() -> None:
    bars = agreement.agreement_levels(pd.DataFrame({"agree": [1, 2], "n": [30, 10], "share": [0.75, 0.25]})).data[0]
    assert (list(bars.y), list(bars.text)) == ([30, 10], ["75%", "25%"])
    assert not agreement.agreement_levels(pd.DataFrame({"agree": [], "n": [], "share": []})).data


def test_the_matrix_writes_every_cell_and_parts_what_is_no_class() -> None:
    figure = agreement.crowd_matrix(FOUND)
    assert [note.text for note in figure.layout.annotations] == ["<b>30</b>", "10", "0", "0", "0", "<b>40</b>", "5", "5"]
    assert list(figure.layout.xaxis.ticktext) == ["Fear", "Happy", "No face", "Tie"]
    assert figure.layout.shapes[0].x0 == 1.5
    assert [note.text for note in agreement.crowd_matrix(FOUND, as_share=True).layout.annotations][:2] == ["<b>75%</b>", "25%"]


def test_accuracy_has_intervals_and_a_baseline() -> None:
    table = pd.DataFrame(
        [
            ("5", 5, 20, 10, 0.5, 0.3, 0.7, 0.4),
            ("10", 10, 80, 72, 0.9, 0.82, 0.95, 0.6),
            ("sure", 0, 80, 72, 0.9, 0.82, 0.95, 0.6),
        ],
        columns=["level", "agree", "n", "correct", "accuracy", "low", "high", "baseline"],
    )
    dots, baselines = agreement.accuracy_by_agreement(table).data
    assert (list(dots.x), list(dots.y), list(baselines.y)) == ([5, 10], [0.5, 0.9], [0.4, 0.6])
    np.testing.assert_allclose(dots.error_y.array, [0.2, 0.05])
    np.testing.assert_allclose(dots.error_y.arrayminus, [0.2, 0.08])
    assert not agreement.accuracy_by_agreement(table.iloc[2:]).data


def test_two_sides_differ_in_more_than_colour() -> None:
    shares = pd.DataFrame(
        {"class": ["happy"], "n_first": [30], "share_first": [1.0], "n_second": [9], "share_second": [1.0]},
    )
    first, second = comparison.class_shares(shares, ("A", "B")).data
    assert (first.name, second.name, first.text[0]) == ("A", "B", "100.0% · 30")
    assert (first.marker.pattern.shape, second.marker.pattern.shape) == ("", "/")
    bins = pd.DataFrame({"left": [1.0, 2.0], "right": [2.0, 3.0], "first": [0.5, 0.5], "second": [0.1, 0.9]})
    figure = comparison.distributions(bins, ("A", "B"), "sharpness")
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"]
    assert [trace.line.color for trace in figure.data] == [theme.TRAINING, theme.VALIDATION]
    assert list(figure.data[0].x) == [1.5, 2.5]
    assert list(figure.layout.xaxis.ticktext) == ["0", "10", "100", "1,000", "10,000"]
