"""Runs on faces from elsewhere: which runs, their accuracy on every data set, and a button for what is not known yet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError, NotFoundError
from fer_core.escape import markdown
from fer_core.figures.intervals import score_strip
from fer_core.lesson import domain
from fer_core.lesson.domain import SPLIT, Cell
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.state import selected_run

_RUNS, _MISSING = "domain_runs", "domain_missing"
_WORDS = {"drawn": "drawn faces", "photographs": "photographs", "unknown": "a data set that is gone"}
_MOST = 4


def datasets() -> list[Dataset]:
    """All data sets that can be read."""
    listed = []
    for name in store.dataset_names():
        try:
            listed.append(loaders.dataset(name))
        except (DatasetError, NotFoundError):
            continue
    return listed


def choose(data: Sequence[Dataset]) -> list[Run]:
    """The runs that are looked at: at first the chosen one, the bundled one, and the newest that learned from drawn faces."""
    usable = {run.id: run for run in runs.usable_runs() if run.training() is not None}
    if not usable:
        empty_state("There is no run that could be tested elsewhere. Train one first.", page="train/new_run", label="New run")
        return []
    own = selected_run()
    drawn = next((run.id for run in usable.values() if domain.trained_on(run, data) == "drawn"), None)
    first = [name for name in dict.fromkeys((own.id if own else None, drawn, runs.BUNDLED)) if name in usable] or [
        next(iter(usable))
    ]
    chosen = st.multiselect(
        "Runs",
        list(usable),
        default=first,
        format_func=lambda name: usable[name].about().name,
        max_selections=_MOST,
        key=f"{_RUNS} {' '.join(first)}",
    )
    return [usable[name] for name in chosen]


def cells(chosen: Sequence[Run], data: Sequence[Dataset]) -> list[Cell]:
    """Every chosen run on every data set; answers are read, never computed."""
    prints = tuple(f"{one.name} {one.meta.fingerprint}" for one in data)
    return [cell for run in chosen for cell in _cells(loaders.answers_key(run), _stamps(run), prints, run, list(data))]


def show(cells: Sequence[Cell]) -> None:
    """A strip for each run, a sentence about what it loses, and the table."""
    strips(cells)
    with st.expander("As a table", icon=":material/table:"):
        st.dataframe(_table(cells), hide_index=True, height="content", column_config=_COLUMNS)


def strips(cells: Sequence[Cell]) -> None:
    """For each run a figure of its known cells, and a sentence about what it loses."""
    for run in dict.fromkeys(cell.run for cell in cells):
        own = [cell for cell in cells if cell.run == run]
        known = [cell for cell in own if cell.state == "known"]
        with st.container(border=True):
            st.markdown(f"**{markdown(own[0].run_name)}**, trained on {_WORDS[own[0].trained_on]}")
            if known:
                chart(
                    score_strip(pd.DataFrame([_row(cell) for cell in known])),
                    key=f"domain_{run}",
                    alt=f"Accuracy of {own[0].run_name} on each data set, with 95% intervals and baselines",
                )
            st.markdown(_verdict(own))


def offer(cells: Sequence[Cell], chosen: Sequence[Run], data: Sequence[Dataset]) -> None:
    """A button that has a run answer a data set that it has not looked at, with progress."""
    missing = {f"{cell.run} {cell.dataset}": cell for cell in cells if cell.state == "missing" and not cell.recorded}
    if not missing:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Not known yet",
            list(missing),
            format_func=lambda key: f"{missing[key].run_name} on {missing[key].dataset}, {missing[key].n:,} faces",
            key=_MISSING,
            width=460,
        )
        go = st.button("Let it answer", type="primary", icon=":material/play_arrow:", key="domain-go")
    if go:
        cell = missing[name]
        loaders.predictions(
            next(run for run in chosen if run.id == cell.run), next(one for one in data if one.name == cell.dataset), SPLIT
        )
        st.rerun()


def reverse(data: Sequence[Dataset]) -> None:
    """Says how to get the way back, from drawn faces to real ones, where no run has learned from drawn faces."""
    if any(domain.trained_on(run, data) == "drawn" for run in runs.usable_runs()):
        return
    drawn = [one.name for one in data if one.meta.drawn]
    if drawn:
        empty_state(
            "**The way back, from drawn faces to real ones**, needs a run that has learned from drawn faces. Choose "
            f"**{drawn[0]}** at the top of the page and start a quick run; it appears here when it has finished.",
            page="train/new_run",
            label="New run",
        )
    else:
        empty_state(
            "There are no drawn faces here. Draw some, to see how a run does on faces from elsewhere.",
            page="data/import_export",
            label="Make synthetic faces",
        )


def _verdict(own: Sequence[Cell]) -> str:
    pair = domain.lost(own)
    if pair is None:
        return "How it does on the other kind of faces is not known here yet."
    home, away = pair
    if None in (home.accuracy, away.accuracy, away.ci95, away.baseline):
        return ""
    low, high = away.ci95
    said = (
        f"At home, on {markdown(home.dataset)}, it is right on {numbers.percent(home.accuracy)} of {home.n:,} faces; on "
        f"{markdown(away.dataset)} on **{numbers.percent(away.accuracy)}** of {away.n:,} (95% interval "
        f"{numbers.interval(low, high)}): "
        f"**{numbers.points(away.accuracy - home.accuracy)} points**. Always answering the most frequent class would reach "
        f"{numbers.percent(away.baseline)} there"
    )
    if low > away.baseline:
        return f"{said}, so something of what it learned still holds."
    if high < away.baseline:
        return f"{said}: **always giving the same answer would be better**."
    return f"{said}: **no better than always giving the same answer**, as far as this many faces can tell."


def _row(cell: Cell) -> dict[str, object]:
    low, high = cell.ci95 or (float("nan"), float("nan"))
    name = f"{cell.dataset}{' (home)' if cell.home else ''}"
    return {"name": name, "value": cell.accuracy, "low": low, "high": high, "baseline": cell.baseline}


_COLUMNS = {
    "run": st.column_config.TextColumn("Run", pinned=True),
    "accuracy": st.column_config.NumberColumn("Accuracy", format="%.1f%%"),
    "baseline": st.column_config.NumberColumn("Majority baseline", format="%.1f%%"),
    "n": st.column_config.NumberColumn("n", format="localized"),
    "skipped": st.column_config.NumberColumn("Left out", format="localized", help="Faces of classes that the run does not know."),
}


def _table(cells: Sequence[Cell]) -> pd.DataFrame:
    words = {"known": "", "missing": "not computed", "impossible": "no class in common"}
    return pd.DataFrame(
        {
            "run": [cell.run_name for cell in cells],
            "Trained on": [_WORDS[cell.trained_on] for cell in cells],
            "Tested on": [f"{cell.dataset}, {_WORDS[cell.tested_on]}" for cell in cells],
            "accuracy": [None if cell.accuracy is None else 100 * cell.accuracy for cell in cells],
            "95% (Wilson)": [numbers.interval(*cell.ci95) if cell.ci95 else words[cell.state] for cell in cells],
            "baseline": [None if cell.baseline is None else 100 * cell.baseline for cell in cells],
            "n": [cell.n for cell in cells],
            "skipped": [cell.skipped for cell in cells],
        }
    )


def _stamps(run: Run) -> tuple[int, ...]:
    """Changes when answers are kept, or the run's name or data set changes."""
    places = ("predictions", "about.json", "training.json")
    return tuple(loaders.stamp(folder / name) for folder in dict.fromkeys((run.own, run.path)) for name in places)


@st.cache_data(max_entries=64, show_spinner="The answers are being counted …")
def _cells(
    answers: tuple[str, str], stamps: tuple[int, ...], prints: tuple[str, ...], _run: Run, _data: list[Dataset]
) -> list[Cell]:
    return domain.cells(_run, _data)
