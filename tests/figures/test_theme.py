"""How numbers are written, and that no figure paints a background or colours its text for one theme."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from fer_core import numbers
from fer_core.figures import theme
from fer_core.figures.balance import class_balance
from fer_core.figures.curves import accuracy_curves, loss_curves, recall_curves
from fer_core.figures.intervals import score_strip
from fer_core.figures.probabilities import bars

NO_ROWS = pd.DataFrame(columns=["epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy"])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.percent(0.6184), "61.8%"),
        (numbers.percent(0.6184, 0), "62%"),
        (numbers.percent(1.0), "100.0%"),
        (numbers.percent(None), "–"),
        (numbers.percent(float("nan")), "–"),
        (numbers.interval(0.599, 0.637), "59.9% to 63.7%"),
        (numbers.interval(None, 0.637), "–"),
        (numbers.count(20708), "20,708"),
        (numbers.decimal(1.23456), "1.235"),
        (numbers.decimal(None), "–"),
    ],
)
def test_numbers(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    "figure",
    [
        bars({"happy": 0.7, "sad": 0.3}),
        class_balance(pd.DataFrame({"split": ["train"], "class": ["happy"], "n": [3], "share": [1.0]})),
        class_balance(pd.DataFrame({"split": ["train"], "class": ["happy"], "n": [0], "share": [0.0]})),
        score_strip(pd.DataFrame(columns=["name", "value", "low", "high", "baseline"])),
        loss_curves(NO_ROWS, NO_ROWS),
        accuracy_curves(NO_ROWS, NO_ROWS, baseline=0.3),
        recall_curves(NO_ROWS, ("happy",)),
    ],
)
def test_paper_is_transparent_and_text_is_left_to_the_theme(figure: go.Figure) -> None:
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == theme.TRANSPARENT
    assert figure.layout.font.color == figure.layout.xaxis.tickfont.color == theme.INK
    assert all(note.font.color is None for note in figure.layout.annotations)


def test_ink_and_paper_are_values_that_streamlit_replaces() -> None:
    source = pytest.importorskip("streamlit.elements.lib.streamlit_plotly_theme")
    assert (theme.INK, theme.PAPER) == (source.GRAY_90, source.BG_COLOR)
