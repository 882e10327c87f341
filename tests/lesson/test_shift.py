"""The recorded domain shift: reading its file, its cells as the view shows them, and the sentence about them."""

import json

import pytest

from fer_core.evaluation.intervals import wilson
from fer_core.lesson import shift
from fer_core.lesson.domain import lost
from fer_core.lesson.shift import Recipe, Shift, ShiftCell
from fer_core.studies.records import Machine


def _cell(trained: str, tested: str, right: int, n: int = 200) -> ShiftCell:
    return ShiftCell(
        run=f"Run on {trained}",
        trained_on=trained,
        trained_kind=trained,
        tested_on=tested,
        tested_kind=tested,
        n=n,
        skipped=0,
        accuracy=right / n,
        accuracy_ci95=wilson(right, n),
        macro_f1=0.5,
        macro_f1_ci95=(0.4, 0.6),
        majority_baseline=0.35,
        recall={"happy": 0.9, "sad": None},
    )


@pytest.fixture
def recorded() -> Shift:
    pairs = [
        ("photographs", "photographs", 150),
        ("photographs", "drawn", 130),
        ("drawn", "drawn", 180),
        ("drawn", "photographs", 90),
    ]
    return Shift(
        date="2026-01-02T03:04:05+00:00",
        machine=Machine(cores=2, processor="A processor", system="Linux"),
        recipe=Recipe(preset="standard", changes={}, faces=2000, best_epoch=7, seconds=90),
        cells=tuple(_cell(*pair) for pair in pairs),
    )


def test_one_sentence_says_what_each_direction_costs(recorded) -> None:
    assert shift.reading(recorded) == (
        "Trained on photographs, a run goes from 75.0% on such faces to 65.0% on drawn faces (**−10.0 points**); "
        "trained on drawn faces, a run goes from 90.0% on such faces to 45.0% on photographs (**−45.0 points**)."
    )


def test_cells_as_the_view_shows_them(recorded) -> None:
    found = shift.as_cells(recorded)
    assert [(cell.home, cell.shifted, cell.accuracy) for cell in found] == [
        (True, False, 0.75),
        (False, True, 0.65),
        (True, False, 0.9),
        (False, True, 0.45),
    ]
    assert [cell.dataset for cell in lost(found[2:])] == ["drawn", "photographs"]


def test_a_file_is_read_back(recorded, tmp_path) -> None:
    file = tmp_path / "shift.json"
    file.write_text(recorded.model_dump_json())
    assert shift.load(file) == recorded


@pytest.mark.parametrize("change", [None, {"version": 2}, {"cells": []}, {"date": "yesterday"}], ids=str)
def test_a_damaged_file_is_none(recorded, tmp_path, change) -> None:
    file = tmp_path / "shift.json"
    text = json.dumps({**recorded.model_dump(mode="json"), **(change or {})})
    file.write_text(text[: None if change else len(text) // 2])
    assert shift.load(file) is None
    assert shift.load(tmp_path / "none.json") is None


def test_what_ships_holds_together() -> None:
    found = shift.load(shift.RECORDED)
    assert {(cell.trained_kind, cell.tested_kind) for cell in found.cells} == {
        (trained, tested) for trained in ("drawn", "photographs") for tested in ("drawn", "photographs")
    }
    for cell in found.cells:
        assert cell.accuracy_ci95 == pytest.approx(wilson(round(cell.accuracy * cell.n), cell.n), abs=1e-9)
        assert cell.macro_f1_ci95[0] < cell.macro_f1 < cell.macro_f1_ci95[1]
