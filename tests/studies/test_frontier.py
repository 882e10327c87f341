"""What a longer training buys, as it was recorded."""

import pytest

from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson
from fer_core.figures import theme
from fer_core.figures.frontier import frontier
from fer_core.runs.presets import PRESETS
from fer_core.studies.frontier import recorded


def test_every_preset_is_recorded_once_with_its_interval():
    found = recorded()
    table = found.table()
    presets = table[table["kind"] == "preset"].set_index("name")
    assert list(presets.index) == list(PRESETS)
    assert set(table["kind"]) == {"preset", "student", "trial"}
    standard = presets.loc["standard"]
    assert (standard["low"], standard["high"]) == pytest.approx(wilson(round(0.765 * 2070), 2070))
    assert presets["accuracy"].is_monotonic_increasing
    assert (table["low"] > found.majority_baseline).all()


def test_the_figure_marks_the_chosen_preset():
    found = recorded()
    drawn = frontier(found.table(), baseline=found.majority_baseline, n=found.n, chosen="standard")
    names = [trace.name for trace in drawn.data]
    assert names == ["trials", "a student's script", "Presets", "Always the most frequent class"]
    presets = drawn.data[2]
    assert dict(zip(presets.text, presets.marker.color, strict=True))["<b>standard</b>"] == theme.CHOSEN
    assert [where.split()[0] for where in presets.textposition] == ["bottom", "top", "top", "top"]
    assert sum(tone == theme.CHOSEN for tone in presets.marker.color) == 1
    assert drawn.layout.yaxis.title.text == "Validation, n = 2,070"


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="minutes"):
        frontier(recorded().table().drop(columns="minutes"), baseline=0.3, n=9)
