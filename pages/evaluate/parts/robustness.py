"""Parts of the Corruptions tab: what is measured, the offer to measure it, and what came of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.evaluation import robustness, sampling
from fer_core.evaluation.robustness import Robustness, measure_in_process
from fer_core.figures.robustness import corruption_lines, corruption_map
from fer_core.labels import display_name
from fer_core.photos.corruption import CORRUPTIONS
from fer_core.runs import Run
from fer_core.runs.records import RobustnessRecord
from fer_core.settings import settings
from fer_core.training import jobs
from fer_core.training.speed import speed_key, speeds
from pages.ui.chart import chart
from pages.ui.evaluation_data import splits
from pages.ui.faces import Caption, face_grid
from pages.ui.work import current_work, follow_work, start_work

SIZES = (200, 500, 1000, 2500)
"""Subsets that are offered, besides all faces."""

PASSES = 1 + sum(len(corruption.strengths) for corruption in CORRUPTIONS.values())

SPEED = 500.0
"""Images a second on two idle cores, where this machine has not measured it."""

_START = 15.0
_SPLIT, _SIZE, _CLOSER = "robustness_split", "robustness_size", "robustness_closer"


def pick_split(data: Dataset) -> str:
    """The split that is looked at, test first."""
    return st.selectbox("Split", splits(data), format_func=display_name, key=_SPLIT, persist_state="session", width=150)


def measured(run: Run, data: Dataset, split: str) -> Robustness:
    """What is kept of the run and split; while it is nothing, draws the offer or the progress, and stops the view."""
    work = f"robustness {settings().workspace} {run.id} {data.name} {split}"
    failure = st.empty()
    if current_work(work) is not None:
        follow_work(work, failure)
    samples = sampling.known_samples(run, data, split)
    record = robustness.kept(run, data.meta.fingerprint, split)
    if record is None:
        drawn, asked = st.columns([5, 2], gap="large")
        with asked:
            strength = st.select_slider(
                "Strength", range(1, 6), value=3, key="robustness_strength", help="1 is hardly seen, 5 is severe."
            )
            _offer(run, data, split, len(samples), work)
        with drawn:
            _preview(strength, run, data, split)
        st.stop()
    partly = record.n < len(samples)
    more = "measure more" if partly else "measure them anew"
    with st.expander(f"Measured on {numbers.count(record.n)} of {numbers.count(len(samples))} faces: {more}"):
        _offer(run, data, split, len(samples), work, more_than=record.n if partly else len(samples) - 1)
    return _summary(record.model_dump_json())


def worst_sentence(result: Robustness) -> str:
    """What hurts most, and what hurts already when it is hardly seen."""
    worst, mild = result.worst, result.worst_when_mild
    guess = ", no better than always answering with the most frequent class" if worst["low"] <= result.majority_baseline else ""
    return (
        f"**Worst case: {worst['title'].lower()}, {worst['strength']:g} {worst['unit']}.** Only "
        f"{numbers.percent(worst['accuracy'])} are right (95% interval {numbers.interval(worst['low'], worst['high'])}){guess}: "
        f"{_points(worst)} fewer than on the same faces as they are. At the mildest strength {mild['title'].lower()} costs most: "
        f"{_points(mild)}."
    )


def show_record(result: Robustness, run: Run, data: Dataset) -> None:
    """All corruptions at once, and one of them more closely, with the same face at all strengths."""
    chart(
        corruption_map(result.table, clean=result.accuracy, baseline=result.majority_baseline),
        key="robustness_map",
        alt="Accuracy in percent by corruption and strength",
    )
    st.caption(
        "Percent of right answers. A star marks what is no better than always answering with the most frequent class: its 95% "
        "interval reaches down to that. Strength 1 is hardly seen; at strength 5 people still see a face."
    )
    st.subheader("One corruption in detail", anchor=False)
    if st.session_state.get(_CLOSER) not in CORRUPTIONS:
        st.session_state[_CLOSER] = result.worst["corruption"]
    name = st.selectbox(
        "Corruption",
        list(CORRUPTIONS),
        format_func=lambda key: CORRUPTIONS[key].title,
        key=_CLOSER,
        persist_state="session",
        width=230,
    )
    _strip(name, result.record, run, data)
    chart(
        corruption_lines(
            result.table[result.table["corruption"] == name],
            clean=(result.accuracy, *result.accuracy_ci95),
            baseline=result.majority_baseline,
        ),
        key="robustness_lines",
        alt=f"Accuracy by strength: {CORRUPTIONS[name].title}",
    )


def download(result: Robustness, run: Run) -> None:
    """All figures as a table, to see and to save."""
    table = result.table.drop(columns=["title", "unit"])
    with st.expander("All figures"):
        shares = ["accuracy", "low", "high", "macro_f1", "f1_low", "f1_high", "drop", "drop_low", "drop_high"]
        st.dataframe(table.style.format(numbers.percent, subset=shares), hide_index=True)
        st.download_button(
            "Download (CSV)",
            result.table.to_csv(index=False),
            file_name=f"robustness-{run.id}-{result.record.split}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _offer(run: Run, data: Dataset, split: str, there: int, work: str, *, more_than: int = 0) -> None:
    """Sizes, the time that they take, and the button that starts the measurement."""
    sizes = [size for size in SIZES if more_than < size < there] + [there]
    with st.container(border=not more_than):
        st.markdown(
            f"The run answers the same faces {PASSES} times: as they are, and corrupted in {len(CORRUPTIONS)} ways at five "
            "strengths each. A few hundred faces show the pattern; all of them make the intervals narrow."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            size = st.selectbox(
                "Faces",
                sizes,
                index=min(1, len(sizes) - 1),
                format_func=lambda n: f"all {numbers.count(n)}" if n == there else numbers.count(n),
                key=f"{_SIZE}_{split}",
                width=150,
            )
            go = st.button("Measure", type="primary", icon=":material/play_arrow:", key="robustness-go")
        st.markdown(
            f":material/timer: About {numbers.duration(_seconds(run, size))} when this machine is otherwise idle. "
            "The result is kept."
        )
        if jobs.at_work() is not None:
            st.info("A run is being trained; both take longer while they share the processor.", icon=":material/hourglass_top:")
    if go:
        start_work(
            work,
            "Measuring robustness",
            lambda now: measure_in_process(
                run, data, split, limit=size if size < there else None, progress=now, stop=now.stopping
            ),
        )
        st.rerun()


def _seconds(run: Run, faces: int) -> float:
    speed = speeds().get(speed_key(run.config(), "features"), SPEED)
    return _START + faces * PASSES * (2 if run.calibration().flip else 1) / speed


def _preview(strength: int, run: Run, data: Dataset, split: str) -> None:
    """One face of the split under every corruption, at a strength from 1 to 5."""
    face = _face(run, data, split)
    pictures, captions = [face[0]], [Caption(detail="As it is")]
    for row in CORRUPTIONS.values():
        value = row.strengths[strength - 1]
        pictures.append(row.apply(face, value)[0])
        captions.append(Caption(detail=row.title, alt=f"{row.title}, {value:g} {row.unit}"))
    face_grid(pictures, captions, size=128)
    st.button("Another face", icon=":material/shuffle:", on_click=_next_face, key="robustness-next")


def _strip(name: str, record: RobustnessRecord, run: Run, data: Dataset) -> None:
    """One face of the split under a corruption, from not at all to severe."""
    face = _face(run, data, record.split)
    corruption = CORRUPTIONS[name]
    pictures = [face[0], *(corruption.apply(face, strength)[0] for strength in corruption.strengths)]
    captions = [
        Caption(detail="as it is"),
        *(Caption(detail=f"{strength:g} {corruption.unit}") for strength in corruption.strengths),
    ]
    face_grid(pictures, captions, size=96)
    st.button("Another face", icon=":material/shuffle:", on_click=_next_face, key="robustness-next")


def _face(run: Run, data: Dataset, split: str) -> np.ndarray:
    """The face that is corrupted, (1, S, S) or (1, S, S, 3) uint8."""
    samples = sampling.known_samples(run, data, split)
    place = st.session_state.setdefault("robustness_face", 0) % len(samples)
    return np.asarray(data.images[[int(samples["id"].iloc[place])]])


def _next_face() -> None:
    st.session_state["robustness_face"] = st.session_state.get("robustness_face", 0) + 1


def _points(row: dict[str, Any]) -> str:
    low, high = 100 * row["drop_low"], 100 * row["drop_high"]
    return f"{100 * row['drop']:.1f} percentage points ({low:.1f} to {high:.1f})"


@st.cache_data(max_entries=16, show_spinner=False)
def _summary(record: str) -> Robustness:
    return robustness.summarise(RobustnessRecord.model_validate_json(record))
