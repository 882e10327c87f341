"""Persons left out: a dot a fold, the lowest first, with the whole as a line in its band; names where they fit."""

import pytest

from fer_core.figures.study import left_out_dots
from fer_core.studies.left_out import Fold, LeftOut
from fer_core.studies.scores import Score


def found(persons: list[tuple[str, ...]], *, ci95: tuple[float, float] | None = (0.5, 0.8)) -> LeftOut:
    folds = tuple(
        Fold(f"{place + 1}/{len(persons)}", who, value, (value - 0.2, value + 0.1), 10)
        for place, (who, value) in enumerate(zip(persons, (0.7, 0.5, 0.8), strict=True))
    )
    each = tuple(fold.accuracy for fold in folds)
    return LeftOut(folds, 3, 6, Score(0.65, ci95, each, 30), Score(0.6, ci95, each, 30), 0.4)


@pytest.mark.parametrize(
    ("persons", "ticks", "title"),
    [
        ([("ann",), ("bob",), ("<i>",)], ("bob", "ann", "&lt;i&gt;"), "Persons left out, lowest first"),
        ([("a", "b"), ("c",), ("d", "e", "f")], (), "Groups of 1 to 3 persons left out, lowest first"),
        ([("a person with a long name",), ("b",), ("c",)], (), "Persons left out, lowest first"),
    ],
)
def test_folds_are_in_the_order_of_their_accuracy_and_named_where_that_fits(persons, ticks, title):
    figure = left_out_dots(found(persons))
    dots = next(trace for trace in figure.data if trace.name == "One fold")
    assert list(dots.y) == [0.5, 0.7, 0.8]
    assert list(dots.error_y.array) == pytest.approx([0.1] * 3)
    assert (tuple(figure.layout.xaxis.ticktext), figure.layout.xaxis.title.text) == (ticks, title)


def test_without_an_interval_there_is_no_band():
    names = [trace.name for trace in left_out_dots(found([("a",), ("b",), ("c",)], ci95=None)).data]
    assert names == ["All together", "Always the most frequent class", "One fold"]
