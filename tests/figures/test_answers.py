"""Confusion, per-class scores, probabilities of one face, and scores with intervals."""

import re

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.figures import cells, confusion, intervals, probabilities, theme
from fer_core.labels import SEVEN, colour

CLASSES = ("angry", "fear", "happy")
MATRIX = np.array([[8, 2, 0], [1, 1, 2], [0, 0, 0]])


@pytest.mark.parametrize(
    ("mode", "texts", "top"),
    [
        ("counts", ["<b>8</b>", "2", "0", "1", "<b>1</b>", "2", "0", "0", "<b>0</b>"], 8),
        ("rows", ["<b>80%</b>", "20%", "0%", "25%", "<b>25%</b>", "50%", "–", "–", "<b>–</b>"], 1),
        ("columns", ["<b>89%</b>", "67%", "0%", "11%", "<b>33%</b>", "100%", "0%", "0%", "<b>0%</b>"], 1),
    ],
)
def test_every_cell_is_labelled(mode, texts: list[str], top: float) -> None:
    figure = confusion.confusion(MATRIX, CLASSES, mode=mode)
    assert [note.text for note in figure.layout.annotations] == texts
    assert [(note.y, note.x) for note in figure.layout.annotations] == [(row, column) for row in range(3) for column in range(3)]
    assert figure.data[0].zmax == top
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == ("Angry", "Fear", "Happy")


def test_a_target_lies_on_every_cell() -> None:
    heat, targets = confusion.confusion(MATRIX, CLASSES).data
    assert heat.hoverinfo == "skip"
    assert targets.type == "scatter"
    assert list(zip(targets.y, targets.x, strict=True)) == [(row, column) for row in range(3) for column in range(3)]
    assert [list(cell) for cell in targets.customdata][:4] == [
        ["angry", "angry"],
        ["angry", "fear"],
        ["angry", "happy"],
        ["fear", "angry"],
    ]
    opacities = [targets.marker.opacity, targets.selected.marker.opacity, targets.unselected.marker.opacity]
    assert all(0 < opacity < 0.01 for opacity in opacities)
    assert targets.hovertext[1] == (
        "True <b>Angry</b>, predicted <b>Fear</b><br>2 of 14 samples<br>20.0% of true Angry<br>66.7% of predicted Fear"
    )


def test_a_selected_cell_is_framed() -> None:
    assert len(confusion.confusion(MATRIX, CLASSES).layout.shapes) == 0
    frames = confusion.confusion(MATRIX, CLASSES, selected=("fear", "happy")).layout.shapes
    assert [(frame.x0, frame.y0) for frame in frames] == [(pytest.approx(1.53), pytest.approx(0.53))] * 2


def luminance(rgb: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((255, 255, 255), (0x1B, 0x24, 0x30)), ((0x11, 0x16, 0x1D), (0xE8, 0xED, 0xF2))],
    ids=["light", "dark"],
)
def test_text_reads_on_every_cell(paper: tuple[int, ...], ink: tuple[int, ...]) -> None:
    stops = [(place, [float(part) for part in re.findall(r"[\d.]+", tone)]) for place, tone in cells.colour_scale()]
    (_, faint), (step, before), (_, after), (_, full) = stops
    for value in (*range(0, 101, 5), 76, 77, 78, 79, 81):
        share = value / 100
        figure = confusion.confusion(np.array([[100 - value, value], [0, 100]]), CLASSES[:2])
        place = share / step if share <= step else (share - step) / (1 - step)
        ends = (faint[3], before[3]) if share <= step else (after[3], full[3])
        opacity = ends[0] + (ends[1] - ends[0]) * place
        cell = tuple(paper[i] + (full[i] - paper[i]) * opacity for i in range(3))
        text = (255, 255, 255) if figure.layout.annotations[1].font.color == "#FFFFFF" else ink
        assert contrast(text, cell) >= 4.5, share


def test_seven_classes_and_an_empty_matrix() -> None:
    figure = confusion.confusion(np.zeros((7, 7), int), SEVEN)
    assert len(figure.layout.annotations) == len(figure.data[1].x) == 49
    assert {note.font.color for note in figure.layout.annotations} == {None}


@pytest.mark.parametrize(
    ("matrix", "options", "word"),
    [
        (np.ones((2, 2), int), {}, "shape"),
        (MATRIX, {"mode": "diagonal"}, "Mode"),
        (MATRIX, {"selected": ("angry", "sad")}, "cell"),
    ],
)
def test_confusion_refuses(matrix: np.ndarray, options: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        confusion.confusion(matrix, CLASSES, **options)


def test_per_class_bars() -> None:
    table = pd.DataFrame(
        {"class": ["angry", "fear"], "precision": [0.5, np.nan], "recall": [0.25, 0.0], "f1": [1 / 3, 0.0], "n": [1200, 3]}
    )
    figure = confusion.per_class_bars(table)
    bars = [trace for trace in figure.data if trace.x[0] is not None]
    assert [trace.name for trace in bars] == ["Precision", "Recall", "F1"]
    assert [trace.text for trace in bars] == [("50%", "–"), ("25%", "0%"), ("33%", "0%")]
    assert list(bars[0].x) == [0.5, 0.0]
    assert len({trace.marker.pattern.shape for trace in bars}) == 3
    assert all(list(trace.marker.color) == [colour("angry"), colour("fear")] for trace in bars)
    assert list(bars[0].y) == ["<b>Angry</b><br>n = 1,200", "<b>Fear</b><br>n = 3"]
    assert [trace.name for trace in figure.data if trace.x[0] is None] == ["Precision", "Recall", "F1"]
    assert len(confusion.per_class_bars(table.iloc[:0]).data) == 0


def test_probability_bars() -> None:
    (trace,) = probabilities.bars({"angry": 0.042, "happy": 0.9571, "fear": 0.0009}, chosen="happy").data
    assert list(trace.x) == [0.042, 0.9571, 0.0009]
    assert list(trace.y) == ["Angry", "<b>Happy</b>", "Fear"]
    assert trace.text == ("4.2%", "<b>95.7%</b>", "0.1%")
    assert list(trace.marker.color) == [colour("angry"), colour("happy"), colour("fear")]
    assert list(trace.marker.line.width) == [0, 2, 0]
    assert trace.marker.opacity[1] == 1
    assert trace.marker.opacity[0] < 1


def test_probability_bars_without_a_choice() -> None:
    figure = probabilities.bars({"angry": 0.0, "happy": 1.0})
    assert figure.data[0].text == ("0.0%", "100%")
    assert set(figure.data[0].marker.opacity) == {1.0}
    assert figure.layout.xaxis.range == (0, 1)
    assert [text for text in figure.layout.xaxis.ticktext if text] == ["0%", "50%", "100%"]
    assert figure.layout.height < 120


@pytest.mark.parametrize(("values", "chosen"), [({}, None), ({"angry": 1.0}, "happy")])
def test_probability_bars_refuse(values: dict[str, float], chosen: str | None) -> None:
    with pytest.raises(InputError, match=r"at least one class|chosen class"):
        probabilities.bars(values, chosen=chosen)


def test_score_strip() -> None:
    rows = pd.DataFrame(
        [("Accuracy", 0.618, 0.599, 0.637, 0.348), ("Macro F1", 0.5, None, None, None)],
        columns=["name", "value", "low", "high", "baseline"],
    )
    figure = intervals.score_strip(rows)
    dots, baselines = figure.data
    assert list(dots.x) == [0.618, 0.5]
    assert dots.error_x.array[0] == pytest.approx(0.019)
    assert dots.error_x.arrayminus[0] == pytest.approx(0.019)
    assert np.isnan(dots.error_x.array[1])
    assert baselines.x[0] == 0.348
    assert np.isnan(baselines.x[1])
    assert list(dots.marker.color) == [theme.SCORE] * 2
    assert baselines.marker.symbol not in dots.marker.symbol
    texts = [note.text for note in figure.layout.annotations]
    assert texts == ["<b>Accuracy  61.8%</b>  59.9% to 63.7%", "<b>Macro F1  50.0%</b>"]


def test_score_strip_refuses_a_missing_column() -> None:
    with pytest.raises(InputError, match="baseline"):
        intervals.score_strip(pd.DataFrame(columns=["name", "value", "low", "high"]))
