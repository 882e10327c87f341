"""The picture of transfer learning for the chosen run, with its takeaway: found where it was made, offered where it was not."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.lesson import morph as morphs
from fer_core.lesson.morph import Morph, Separation, make_morph_in_process, separation
from fer_core.runs import ACTIVE, Run
from pages.ui import drawer, loaders
from pages.ui.morph import morph_picture
from pages.ui.state import selected_dataset, selected_run
from pages.ui.work import current_work, start_work, watch_work

_FACES = "before-after-faces"


def before_after(*, key: str, big: bool = False, recorded_first: bool = False) -> None:
    """Show the same faces before and after the chosen run's training; says what is missing where it cannot.

    Args:
        key: of the picture on its page.
        big: for a projector.
        recorded_first: begin with the faces that the run was trained for, where they were recorded.
    """
    run, data = selected_run(), selected_dataset()
    if run is None or run.status().state in ACTIVE or not run.model_file.is_file():
        st.caption("Choose a run with a model at the top of the page, and its faces are shown before and after training.")
        return
    known = _known(run, data)
    if data is not None and data.name not in known:
        _offer(run, data, key)
    if not known:
        return
    chosen = data.name if data is not None else ""
    names = sorted(known, key=lambda name: ((name == chosen) == recorded_first, -len(known[name].samples)))
    with st.container(horizontal=True, vertical_alignment="center"):
        sentence, name = st.empty(), names[0]
        if len(names) > 1:
            name = st.segmented_control(
                "Faces",
                names,
                format_func=markdown,
                default=name,
                required=True,
                key=f"{_FACES}-{key}",
                label_visibility="collapsed",
                width="content",
            )
    measured = _measured(loaders.answers_key(run), name, known[name].samples.tobytes(), known[name])
    sentence.markdown(takeaway(known[name], measured))
    _show(run, known[name], measured, name, data, key=key, big=big)


def takeaway(morph: Morph, measured: Separation) -> str:
    """What the picture says, in one sentence of Markdown."""
    before, after = (numbers.percent(each[0], 0) for each in (measured.before, measured.after))
    nearest = f"of a face's {measured.count} nearest, {before} shared its label before, {after} after"
    if not morph.moved:
        return f"**Nothing moves**: this run trained its head alone, and its features are still ImageNet's ({before} alike)."
    if measured.difference[1] > 0:
        return f"**Training parts the expressions**: {nearest}."
    if measured.difference[2] < 0:
        return f"**Training has mixed the expressions of these faces**: {nearest}."
    return f"**These faces are as mixed after training as before**, as far as {numbers.count(measured.n)} can tell: {nearest}."


def _known(run: Run, data: Dataset | None) -> dict[str, Morph]:
    """{what the faces are called: their picture}: the chosen data set's by its name, others as recorded."""
    chosen = data.meta.fingerprint if data is not None else ""
    return {
        data.name if data is not None and fingerprint == chosen else f"{morph.dataset}, recorded": morph
        for fingerprint, morph in morphs.kept_morphs(run).items()
    }


@st.cache_data(max_entries=8, show_spinner=False)
def _measured(run: tuple[str, str], name: str, faces: bytes, _morph: Morph) -> Separation:
    return separation(_morph)


def _offer(run: Run, data: Dataset, key: str) -> None:
    work = f"morph {run.path} {loaders.answers_key(run)[1]} {data.path} {data.meta.fingerprint}"
    if current_work(work) is None:
        shown = min(morphs.MOST, len(data.split("test")) or data.meta.n)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"The {shown:,} test faces of **{markdown(data.name)}** have not been looked at by both networks yet: about "
                f"{max(1, round(shown / 1500)):,} min, kept afterwards."
            )
            if not st.button("Show them before and after", icon=":material/animation:", key="morph-go"):
                return
    start_work(
        work, "Looking at the faces", lambda report: make_morph_in_process(run, data, progress=report, stop=report.stopping)
    )
    watch_work(work)
    st.session_state[f"{_FACES}-{key}"] = data.name
    st.rerun()


def _show(run: Run, morph: Morph, measured: Separation, name: str, data: Dataset | None, *, key: str, big: bool) -> None:
    pictures = data is not None and data.name == name

    def opened(sample: int) -> None:
        if data is not None:
            drawer.show(data, sample)

    morph_picture(morph, measured, key=key, big=big, on_open=opened if pictures else None)
    if big:
        return
    with st.expander("The figures, and what is drawn", icon=":material/help:"):
        st.markdown(_figures(run, morph, measured, name))


def _figures(run: Run, morph: Morph, measured: Separation, name: str) -> str:
    shares = [" and ".join(numbers.percent(float(share), 0) for share in row) for row in morph.explained]
    rows = "\n".join(
        f"| {what} | {numbers.percent(each[0])} | {numbers.interval(each[1], each[2])} |"
        for what, each in (("before", measured.before), ("after", measured.after))
    )
    middle, low, high = (numbers.points(value) for value in measured.difference)
    split = "the test split" if morph.split == "test" else "all splits, as there are few test faces"
    return (
        f"Of a face's {measured.count} nearest by all features (cosine; copies left out), how many share its label:\n\n"
        f"| | share | 95% interval |\n|---|---|---|\n{rows}\n"
        f"| difference, points | {middle} | {low} to {high} |\n"
        f"| chance | {numbers.percent(measured.chance)} | |\n\n"
        f"{numbers.sample(measured.n)}, {split} of {markdown(name)}; intervals are a bootstrap over the faces.\n\n"
        f"**Before** is the network with ImageNet's weights, **after** is the run “{markdown(run.about().name)}”. Each is "
        f"drawn by PCA: its two axes hold {shares[0]} of the variance before, {shares[1]} after, so that much is not seen. "
        "Each is as large as it fits, and the first is turned so that points move no further than they have to "
        "(Procrustes); positions of one picture say nothing about the other. Between the two nothing was measured: points "
        "move in straight lines. Colours are the labels; the network before training was never told any."
    )
