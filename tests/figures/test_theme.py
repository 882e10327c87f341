"""No figure paints a background or colours its text for one theme."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from fer_core.figures import theme
from fer_core.figures.balance import class_balance
from fer_core.figures.curves import accuracy_curves, loss_curves, recall_curves
from fer_core.figures.intervals import score_strip
from fer_core.figures.probabilities import bars

NO_ROWS = pd.DataFrame(columns=["epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy"])


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
    inks = (figure.layout.font, figure.layout.hoverlabel.font, figure.layout.xaxis.tickfont)
    assert {font.color for font in inks} == {theme.INK}
    assert all(note.font.color is None for note in figure.layout.annotations)


def luminance(tone: str) -> float:
    values = (int(tone[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", ["#FFFFFF", "#11161D"], ids=["light", "dark"])
@pytest.mark.parametrize("tone", sorted({theme.GREY, theme.TRAINING, theme.VALIDATION, theme.SCORE, *theme.SERIES, *theme.PAIR}))
def test_series_stand_out_on_both_papers(tone: str, paper: str) -> None:
    assert contrast(tone, paper) >= 3


def test_streamlit_replaces_neither_ink_nor_paper() -> None:
    source = pytest.importorskip("streamlit.elements.lib.streamlit_plotly_theme")
    its_own = {value for value in vars(source).values() if isinstance(value, str)}
    assert not {theme.INK, theme.PAPER} & its_own
    assert contrast(theme.INK, theme.PAPER) >= 15, "a figure can be read where no page replaces them"


@pytest.mark.parametrize(("traces", "height"), [(1, 300), (3, 300), (4, 320), (12, 360)])
def test_a_long_legend_adds_to_the_height(traces: int, height: int) -> None:
    figure = go.Figure([go.Scatter(x=[0], y=[0], name=str(number)) for number in range(traces)])
    assert theme.style(figure, height=300, legend=True).layout.height == height
    assert theme.style(figure, height=300).layout.height == 300
