"""Parts of the Subtle expressions view that look at drawn faces, whose intensity is known."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets import store
from fer_core.datasets.intensity_series import LEVELS, NAME_DEFAULT, PEOPLE, draw_series
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.evaluation.psychometric import Curve, curves, thin_classes
from fer_core.figures.psychometric import psychometric_curve
from fer_core.labels import display_name
from fer_core.settings import settings
from pages.ui import loaders
from pages.ui.access import require_write
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import Evaluated, evaluated, pictures_are_missing
from pages.ui.state import choose_dataset
from pages.ui.work import current_work, start_work, watch_work

_PLACES = np.linspace(0, 1, 101)


def knows_intensity(data: Dataset) -> bool:
    """Whether the data set says how strong its expressions are."""
    return "intensity" in data.samples


def by_intensity(data: Dataset) -> None:
    """The psychometric curves of the run on the data set; the way to drawn faces where intensities are not known."""
    _drawing()
    if not knows_intensity(data):
        empty_state(
            f"The intensity of the expressions in **{markdown(data.name)}** is not known. Drawn faces have a known intensity: "
            "choose or draw such a set, or look at what lies between two pictures of this one."
        )
        _offer(data.name)
        return
    shown = evaluated()
    if pictures_are_missing(shown) or shown.dataset is None:
        return
    intensity = shown.dataset.samples["intensity"].to_numpy(np.float64)[shown.answers["sample"]]
    thin = thin_classes(shown.answers["label"], intensity)
    curves = _curves(
        loaders.answers_key(shown.run),
        shown.dataset.meta.fingerprint,
        shown.source.key,
        shown,
        intensity,
    )
    _overall(shown, curves)
    for pair in range(0, len(curves), 2):
        for column, name in zip(st.columns(2, gap="large"), list(curves)[pair : pair + 2], strict=False):
            with column:
                _figure(name, curves[name], shown.classes)
    if curves:
        st.caption(
            "Points: right answers at about this intensity, with 95% intervals. Curve: fitted to them. Dashed: its ceiling. "
            "Dotted: how often neutral faces are answered so. Diamond and grey band: half the ceiling, with its 95% interval."
        )
        _table(curves)
    expressive = shown.answers.loc[intensity > 0, "label"]
    few = [f"{markdown(display_name(name))} ({n:,})" for name, n in expressive.value_counts().items() if name not in curves]
    if few:
        st.markdown(f"Too few faces, or intensities too much alike, for a curve: {', '.join(few)}.")
    if thin:
        st.markdown(
            f"Faint or strong faces are few here for {markdown(', '.join(map(display_name, thin)))}: the curves are "
            "uncertain at those "
            "ends. A set that is drawn for this purpose has as many faces at each intensity."
        )
        _offer(data.name)
    with st.expander("How to read it", icon=":material/help:"):
        st.markdown(
            "Each point is the share of right answers among faces of about the same intensity, 0 no expression, 1 the full one. "
            "The curve is a logistic between the **guess rate**, how often the run gives this answer to neutral faces, and a "
            "**ceiling** that it does not exceed however strong the expression is. The further left it reaches half its ceiling, "
            "the subtler the expression that the run finds; the interval is a parametric bootstrap. The faces are drawn: the "
            "curves say nothing about real ones."
        )


def _overall(shown: Evaluated, curves: dict[str, Curve]) -> None:
    scores = shown.evaluation
    text = (
        f"On all {numbers.count(scores.n)} faces {numbers.percent(scores.accuracy)} of the answers are right (95% interval "
        f"{numbers.interval(*scores.accuracy_ci95)}; majority baseline {numbers.percent(scores.majority_baseline)}). "
    )
    if not curves:
        st.markdown(text + "No class has faces enough, at intensities different enough, for a curve.")
        return
    hardest = max(curves, key=lambda name: 2.0 if isnan(curves[name].half) else curves[name].half)
    curve = curves[hardest]
    if isnan(curve.half):
        reached = "does not reach half its ceiling even at full intensity"
    else:
        reached = f"reaches half its ceiling of {numbers.percent(curve.ceiling, 0)} only at intensity {_half(curve)}"
    st.markdown(f"{text}**Hardest when subtle: {markdown(display_name(hardest))}**, which {reached}.")


def _figure(name: str, curve: Curve, classes: Sequence[str]) -> None:
    chart(
        psychometric_curve(
            name,
            curve.points,
            curve.at(_PLACES),
            guess=curve.guess,
            ceiling=curve.ceiling,
            half=curve.half,
            limits=curve.half_ci95,
            classes=classes,
        ),
        key=f"subtle_{name}",
        alt=f"Share of right answers by intensity: {display_name(name)}",
    )


def _table(curves: dict[str, Curve]) -> None:
    rows = [
        {
            "Class": display_name(name),
            "Faces": numbers.count(curve.n),
            "Half its ceiling at": _half(curve),
            "Ceiling": numbers.percent(curve.ceiling),
            "Guessed without it": numbers.percent(curve.guess),
        }
        for name, curve in curves.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _half(curve: Curve) -> str:
    if isnan(curve.half):
        return "not reached"
    low, high = ("beyond 1" if isnan(limit) else numbers.decimal(limit, 2) for limit in curve.half_ci95)
    return f"{numbers.decimal(curve.half, 2)} (95% interval {low} to {high})"


def _offer(chosen: str) -> None:
    """Buttons that choose another data set with intensities, or draw one that is made for this view."""
    names = [name for name in store.dataset_names() if name != chosen and _has_intensity(name)]
    with st.container(horizontal=True):
        for name in names:
            st.button(f"Look at {name}", icon=":material/arrow_forward:", on_click=choose_dataset, args=(name,), key=f"go-{name}")
        if NAME_DEFAULT not in store.dataset_names():
            faces = PEOPLE * 4 * (len(LEVELS) + 1)
            if st.button(f"Draw {faces:,} faces from faint to full", icon=":material/brush:", key="subtle-draw"):
                require_write()
                start_work(_work(), f"Drawing {NAME_DEFAULT}", lambda report: draw_series(progress=report))
                st.rerun()


def _drawing() -> None:
    """The progress of the drawing while it goes on; what was drawn is chosen when it is done."""
    if current_work(_work()) is None:
        return
    failure = st.empty()
    st.caption("This continues while you use other pages.")
    try:
        data = watch_work(_work())
    except FerError as error:
        failure.error(markdown(str(error)), icon=":material/error:")
        return
    if data is not None:
        choose_dataset(data.name)
    st.rerun()


def _work() -> str:
    return f"series {settings().workspace}"


def _has_intensity(name: str) -> bool:
    try:
        return loaders.dataset(name).meta.drawn
    except FerError:
        return False


@st.cache_data(max_entries=8, show_spinner="The curves are being fitted …")
def _curves(answers: tuple[str, str], fingerprint: str, key: str, _shown: Evaluated, _intensity: np.ndarray) -> dict[str, Curve]:
    return curves(_shown.answers, _intensity, _shown.classes)
