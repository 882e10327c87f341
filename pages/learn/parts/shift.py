"""The recorded domain shift: its two strips, what each direction costs, every number, and how to make it anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.lesson import shift
from fer_core.lesson.domain import Cell
from fer_core.lesson.shift import Shift
from pages.learn.parts import domain
from pages.ui.loaders import stamp

_DIRECTIONS = {("photographs", "drawn"), ("drawn", "photographs")}


def show(cells: Sequence[Cell]) -> bool:
    """The recorded cells, unless the runs that are looked at answer both directions already; whether they are shown.

    Args:
        cells: the cells of the viewer's runs.
    """
    known = {(cell.trained_on, cell.tested_on) for cell in cells if cell.state == "known"}
    recorded = None if known >= _DIRECTIONS else _load(shift.RECORDED)
    if recorded is None:
        return False
    date, place = recorded.date, recorded.machine
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded", icon=":material/history:", color="violet")
        st.caption(
            f"{date:%d %B %Y} on {place.processor}, {place.cores} cores, {place.system}. Figures only: no picture of it ships.",
            width="content",
        )
    st.markdown(shift.reading(recorded))
    domain.strips(shift.as_cells(recorded))
    _numbers(recorded)
    return True


def _numbers(recorded: Shift) -> None:
    recipe, cells = recorded.recipe, recorded.cells
    with st.expander("All recorded numbers, and how to repeat them", icon=":material/table:"):
        classes = list(dict.fromkeys(name for cell in cells for name in cell.recall))
        columns: dict[str, list[object]] = {
            "Trained on": [cell.trained_on for cell in cells],
            "Tested on": [cell.tested_on for cell in cells],
            "n": [cell.n for cell in cells],
            "Accuracy": [numbers.percent(cell.accuracy) for cell in cells],
            "95% (Wilson)": [numbers.interval(*cell.accuracy_ci95) for cell in cells],
            "Majority baseline": [numbers.percent(cell.majority_baseline) for cell in cells],
            "Macro F1": [numbers.percent(cell.macro_f1) for cell in cells],
            "95% (bootstrap)": [numbers.interval(*cell.macro_f1_ci95) for cell in cells],
        }
        columns |= {f"Recall {name}": [numbers.percent(cell.recall.get(name)) for cell in cells] for name in classes}
        st.dataframe(pd.DataFrame(columns), hide_index=True, height="content", key="recorded_shift")
        changes = ", ".join(f"{key} {value}" for key, value in recipe.changes.items())
        st.markdown(
            f"The run on drawn faces learned from {numbers.count(recipe.faces)} of them with the preset **{recipe.preset}**"
            f"{f' ({changes})' if changes else ''} in {recipe.seconds / 60:.1f} minutes. With both data sets in your workspace, "
            "this trains and tests it anew; your own runs are tested further down."
        )
        real, drawn = cells[0].trained_on, cells[-1].trained_on
        st.code(f'python -m benchmarks.domain_shift --real "{real}" --drawn "{drawn}" --out domain_shift.json', language="bash")


def _load(path: Path) -> Shift | None:
    return _read(str(path), stamp(path))


@st.cache_data(max_entries=4, show_spinner=False)
def _read(path: str, stamp: int) -> Shift | None:
    return shift.load(Path(path))
