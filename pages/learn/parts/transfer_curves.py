"""Feature extraction, fine-tuning and training from scratch as three curves: made here, recorded, or still to be made."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.figures.transfer import transfer_lines
from fer_core.lesson.summary import best_with_few
from fer_core.studies import records, transfer
from fer_core.studies.reading import reading
from fer_core.studies.records import WAYS, Result, summary, table
from pages.learn.parts.lesson_guess import guess_curves, said
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.loaders import stamp
from pages.ui.navigation import link
from pages.ui.state import selected_dataset

PAGE = "train/studies"


def known() -> Result | None:
    """The comparison that was made here, or else the recorded one; None where there is neither."""
    data = selected_dataset()
    study = None if data is None else transfer.of(data)
    own = None if study is None else transfer.result(study)
    result = own if own and own.rows else _load(records.RECORDED)
    return result if result is not None and result.rows else None


def show_big(*, is_open: bool) -> None:
    """The axes on which a class draws what it expects, or the curves themselves, on one screen.

    Args:
        is_open: show the answer.
    """
    result = known()
    if result is None:
        show()
        return
    rows = summary(table(result), "accuracy")
    if is_open:
        best, expected = best_with_few(rows), said("curves").get("few")
        yours = f" You expected “{WAYS[expected]}”." if expected in WAYS else ""
        where = "Recorded" if result == _load(records.RECORDED) else "Trained here"
        sample = numbers.sample(result.rows[0].n)
        st.markdown(f"**With few labels “{WAYS[best]}” wins.**{yours} {where}, {sample}, 95% bands.")
    guess_curves(rows, WAYS, baseline=result.majority_baseline, is_open=is_open)


def show() -> None:
    """The figure, what it shows in words, and the way to make one's own; an empty state where there is no result."""
    result = known()
    if result is None:
        empty_state(
            "There is no comparison yet. The page **Studies** trains the same network in all three ways, on ever more "
            "labels, and draws the curves here as well.",
            page=PAGE,
            label="Make the comparison",
        )
        return
    data = selected_dataset()
    if data is None or result.fingerprint != data.meta.fingerprint or result == _load(records.RECORDED):
        st.badge(f"Recorded on {markdown(result.dataset)}, not trained now", icon=":material/history:", color="violet")
    else:
        st.badge(f"Trained here on {markdown(result.dataset)}", icon=":material/science:", color="blue")
    chart(
        transfer_lines(
            summary(table(result), "accuracy"),
            dict(WAYS),
            title="Accuracy",
            baseline=result.majority_baseline,
            n=result.rows[0].n,
        ),
        key="lesson_transfer",
        alt="Accuracy on test by training faces, for three ways to start",
    )
    st.markdown(reading(result))
    with st.container(horizontal=True):
        link(PAGE, label="All numbers, and how it was made", icon=":material/table:")
        link("train/new_run", label="Start one run live", icon=":material/play_circle:")


def _load(path: Path) -> Result | None:
    return _read(str(path), stamp(path))


@st.cache_data(max_entries=8, show_spinner=False)
def _read(path: str, stamp: int) -> Result | None:
    return records.load(Path(path))
