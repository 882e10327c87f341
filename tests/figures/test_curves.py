"""Learning curves with any number of epochs and batches."""

import numpy as np
import pandas as pd
import pytest

from fer_core.figures import curves, theme
from fer_core.labels import colour


def epochs(n: int) -> pd.DataFrame:
    phases = (["head"] + ["partial"] * 2 + ["full"] * 40)[:n]
    numbers = np.arange(1, n + 1)
    return pd.DataFrame(
        {"epoch": numbers, "phase": phases, "loss": 2.0 / (numbers + 1), "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.4}
        | {"val_recall_angry": 0.2, "val_recall_happy": 0.8}
    )


def batches(n: int, end: float) -> pd.DataFrame:
    position = np.linspace(end / max(n, 1), end, n)
    phases = ["head" if place <= 1 else "partial" if place <= 3 else "full" for place in position]
    return pd.DataFrame({"step": np.arange(n), "epoch": position, "phase": phases, "loss": 1.5, "accuracy": 0.45})


@pytest.mark.parametrize("draw", [curves.loss_curves, curves.accuracy_curves])
@pytest.mark.parametrize(
    ("n_epochs", "n_batches", "names"),
    [
        (0, 0, []),
        (0, 1, ["Training"]),
        (1, 0, ["Training", "Validation", "Best epoch"]),
        (1, 1, ["Training", "Validation", "Best epoch"]),
        (9, 20_000, ["Training", "Validation", "Best epoch"]),
    ],
)
def test_traces(draw, n_epochs: int, n_batches: int, names: list[str]) -> None:
    figure = draw(epochs(n_epochs), batches(n_batches, max(n_epochs, 0.2)), best_epoch=1)
    assert [trace.name for trace in figure.data] == names
    assert all(len(trace.x) <= curves.POINTS for trace in figure.data)
    if not names:
        assert figure.layout.annotations[0].text == "The curves begin with the first batches."


def test_series_differ_in_more_than_colour() -> None:
    training, validation, star = curves.loss_curves(epochs(9), batches(50, 9), best_epoch=7).data
    assert (training.line.color, validation.line.color) == (theme.TRAINING, theme.VALIDATION)
    assert (training.mode, training.line.width, training.line.dash) == ("lines", 1, None)
    assert (validation.line.width, validation.line.dash, validation.marker.symbol) == (1.5, "dash", "diamond")
    assert (list(star.x), list(star.y), star.marker.symbol) == ([7], [1.0], "star")


def test_training_is_one_line_within_the_epochs_that_does_not_jump_at_their_ends() -> None:
    # The loss falls by 1 an epoch, from 3: its mean over an epoch is what it was in the middle, and no value of its end.
    position = np.arange(1, 41) / 20
    so_far = [np.mean(3 - np.arange(np.floor(at - 1e-9) * 20 + 0.5, at * 20) / 20) for at in position]
    rows = pd.DataFrame({"epoch": position, "phase": "full", "loss": so_far})
    table = epochs(3).assign(loss=[2.5, 1.5, 0.5])
    line = curves.training_line(table, rows, "loss")
    assert line["loss"].to_numpy() == pytest.approx(3 - line["epoch"].to_numpy())
    assert line["epoch"].tolist()[-1] == 2.5
    assert list(curves.loss_curves(table, rows).data[0].y) == line["loss"].tolist()


def test_no_star_before_there_is_a_best_epoch() -> None:
    for best in (None, 5):
        assert "Best epoch" not in [trace.name for trace in curves.loss_curves(epochs(2), batches(0, 1), best_epoch=best).data]


def test_phases_are_marked_where_they_begin() -> None:
    assert curves.phases(epochs(9), batches(900, 9)) == [("head", 0, 1), ("partial", 1, 3), ("full", 3, 9)]
    assert curves.phases(epochs(1), batches(100, 1.4)) == [("head", 0, 1), ("partial", 1, 1.4)]
    assert curves.phases(epochs(0), batches(1, 0.3)) == [("head", 0, 0.3)]
    figure = curves.loss_curves(epochs(9), batches(900, 9))
    assert [note.text for note in figure.layout.annotations] == ["Head", "Upper blocks", "All layers"]
    assert [note.x for note in figure.layout.annotations] == [0, 1, pytest.approx(1 + 9 * 12 / 44)]
    assert {(note.y, note.yshift) for note in figure.layout.annotations} == {(1, None)}
    assert [(band.type, band.x0, band.x1) for band in figure.layout.shapes] == [("rect", 0, 1), ("rect", 1, 3), ("rect", 3, 9)]
    assert len({band.fillcolor for band in figure.layout.shapes}) == 2


def test_a_phase_may_come_again() -> None:
    twice = pd.concat([epochs(5), epochs(4).assign(epoch=lambda frame: frame["epoch"] + 5)])
    names = ["head", "partial", "full", "head", "partial", "full"]
    assert curves.phases(twice, batches(0, 1)) == list(zip(names, [0, 1, 3, 5, 6, 8], [1, 3, 5, 6, 8, 9], strict=True))


@pytest.mark.parametrize(
    ("spans", "end", "placed"),
    [
        ([("head", 0, 22), ("full", 22, 44)], 44, [("Head", 0), ("All layers", 22)]),
        ([("head", 0, 1), ("full", 1, 44)], 44, [("Head", 0), ("All layers", 4)]),  # beside the short one, not over it
        ([("head", 0, 1), ("partial", 1, 2), ("full", 2, 44)], 44, [("Head", 0), ("Upper blocks", 4), ("All layers", 16)]),
        ([("head", 0, 43), ("full", 43, 44)], 44, [("Head", 0), ("All layers", 34)]),  # inside the chart
        ([("head", 0, 34), ("full", 34, 35), ("head", 35, 44)], 44, [("Head", 0), ("All layers", 34)]),  # without room: left out
    ],
)
def test_names_of_phases_stand_in_one_row(spans, end: float, placed: list[tuple[str, float]]) -> None:
    assert curves.phase_labels(spans, end) == [(name, pytest.approx(left)) for name, left in placed]


@pytest.mark.parametrize(("planned", "end"), [(None, 3.03), (12, 12.12), (2, 3.03)])
def test_axis_reaches_to_what_is_planned(planned: int | None, end: float) -> None:
    assert curves.loss_curves(epochs(3), batches(0, 1), planned=planned).layout.xaxis.range == (0, pytest.approx(end))


def test_running_means_are_taken_apart_where_an_epoch_begins_its_own() -> None:
    # Batches cost 4, 2, then 3, 1: the means so far are 4, 3 in the first epoch and 3, 2 in the second.
    rows = pd.DataFrame({"epoch": [0.5, 1.0, 1.5, 2.0], "loss": [4.0, 3.0, 3.0, 2.0]})
    line = curves.stretches(rows, "loss")
    assert line["loss"].tolist() == [4.0, 2.0, 3.0, 1.0]
    assert line["epoch"].tolist() == [0.25, 0.75, 1.25, 1.75]


@pytest.mark.parametrize(
    ("places", "means"),
    [
        ([0.3, 0.3], [1.0]),  # A batch that was recorded twice, as after a stop, is drawn once.
        ([0.9999, 1.0], [1.0, 1.0]),
        ([1.0, 1.25, 2.5], [1.0, 1.0, 1.0]),
    ],
)
def test_a_level_loss_is_drawn_level(places: list[float], means: list[float]) -> None:
    line = curves.stretches(pd.DataFrame({"epoch": places, "loss": 1.0}), "loss")
    assert line["loss"].tolist() == pytest.approx(means)


def test_long_runs_are_thinned_without_losing_a_batch() -> None:
    position = np.arange(1, 20_001) / 10_000
    each = np.where(np.arange(20_000) % 2, 1.0, 3.0)
    so_far = np.concatenate([np.cumsum(part) / np.arange(1, 10_001) for part in np.split(each, 2)])
    line = curves.stretches(pd.DataFrame({"epoch": position, "loss": so_far}), "loss", points=100)
    assert len(line) == 100
    assert line["loss"].to_numpy()[1:] == pytest.approx(2.0, abs=0.02)


def test_baseline() -> None:
    line = curves.accuracy_curves(epochs(2), batches(0, 1), baseline=0.348).data[-1]
    assert (line.name, list(line.y), line.line.dash) == ("Always the most frequent class", [0.348, 0.348], "dot")


def test_recall_has_a_line_for_each_class_in_its_colour() -> None:
    figure = curves.recall_curves(epochs(4), ("angry", "disgust", "happy"), best_epoch=2)
    assert [trace.name for trace in figure.data] == ["Angry", "Happy"]
    assert [trace.line.color for trace in figure.data] == [colour("angry"), colour("happy")]
    assert len({(trace.line.dash, trace.marker.symbol) for trace in figure.data}) == 2
    assert list(figure.data[1].y) == [0.8] * 4
    assert "★ best" in [note.text for note in figure.layout.annotations]


def test_recall_before_the_first_epoch_says_so() -> None:
    assert len(curves.recall_curves(epochs(0), ("angry",)).data) == 0


@pytest.mark.parametrize("missing", ["val_loss", "loss"])
def test_missing_values_leave_gaps(missing: str) -> None:
    table = epochs(3)
    table.loc[1, missing] = np.nan
    names = {"loss": "Training", "val_loss": "Validation"}
    line = next(trace for trace in curves.loss_curves(table, batches(0, 1)).data if trace.name == names[missing])
    assert np.isnan(line.y[1])
    assert len(line.y) == 3
