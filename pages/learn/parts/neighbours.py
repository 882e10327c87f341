"""What a frozen network holds to be alike: a face and its neighbours, and how often these have its label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError
from fer_core.escape import markdown
from fer_core.evaluation.suspects import features_file
from fer_core.features import projection
from fer_core.features.backbone import kept_features
from fer_core.features.projection import MOST_POINTS, MapRequest, make_map_in_process
from fer_core.figures.neighbours import neighbour_shares
from fer_core.labels import display_name
from fer_core.lesson.neighbours import (
    COUNT,
    QUERIES,
    SHOWN,
    Likeness,
    Nearest,
    among_features,
    likeness,
    neighbours_file,
    read_neighbours,
)
from fer_core.runs.config import preset_config
from fer_core.settings import settings
from fer_core.training.speed import estimate
from pages.ui.chart import chart
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state, no_dataset
from pages.ui.faces import Caption
from pages.ui.loaders import stamp
from pages.ui.state import selected_dataset
from pages.ui.work import asked_anew, current_work, start_work, watch_work

_LABEL, _NUMBER = "neighbour_label", "neighbour_number"
_MAP_FACES = 3_000
"""Faces of the projection that is made beside the features; the Projection tab offers this number first."""


def ready() -> tuple[Dataset, Path] | None:
    """The chosen data set and the file of its features; None, with an offer to compute them, while there are none."""
    data = selected_dataset()
    if data is None:
        no_dataset()
        return None
    if data.meta.n < 10 or data.meta.n > 2 * MOST_POINTS:
        empty_state(
            f"Neighbours can be found among 10 to {2 * MOST_POINTS:,} faces; **{markdown(data.name)}** has {data.meta.n:,}."
        )
        return None
    file = _file(str(data.path), data.meta.fingerprint, data)
    work = f"features {settings().workspace} {data.path} {data.meta.fingerprint}"
    if current_work(work) is not None:
        st.caption("This continues while you use other pages.")
        watch_work(work)
        st.rerun(scope="app")
    if file is not None and _nearest_of(str(file), stamps(file), data) is not None:
        if not file.is_file() and asked_anew("neighbours", help=f"The features are computed: {_expected(data)}."):
            _start(work, data)
        return data, file
    with st.container(border=True):
        st.markdown(
            f"There are no features of **{markdown(data.name)}** yet: {data.meta.n:,} faces, {_expected(data)}. They are kept "
            "with the data set; the projection and runs with the preset frozen use them as well."
        )
        if st.button("Compute the features", type="primary", icon=":material/visibility:", key="neighbours-go"):
            _start(work, data)
    return None


def show_face(data: Dataset, file: Path) -> None:
    """A face of the data set and the faces that the network holds to be most like it, with their labels."""
    classes = [name for name in data.meta.classes if (data.samples["label"] == name).any()]
    if st.session_state.get(_LABEL) not in classes:
        st.session_state[_LABEL] = "happy" if "happy" in classes else classes[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox("Expression", classes, format_func=display_name, key=_LABEL, width=150)
        st.button("Another face", icon=":material/shuffle:", on_click=_another, key="neighbour-other")
    own = data.samples.index[data.samples["label"] == label]
    sample = int(data.samples["id"].iloc[own[st.session_state.get(_NUMBER, 0) * 7919 % len(own)]])
    ids, cosines = _nearest(str(file), stamps(file), sample, data)
    labels = data.samples["label"].iloc[ids].tolist()
    left, right = st.columns([1, 5], gap="medium")
    with left:
        st.markdown("**Asked**")
        sample_grid(data, [sample], [Caption(label=label)], key="neighbour-asked", size=96)
    with right:
        st.markdown(f"**Its {len(ids)} nearest of {data.meta.n:,} faces**")
        captions = [
            Caption(label=name, detail=f"{'same' if name == label else 'other'} class, {cosine:.2f}")
            for name, cosine in zip(labels, cosines, strict=True)
        ]
        sample_grid(data, ids.tolist(), captions, key="neighbour-faces", size=96)
    st.markdown(
        f"**{labels.count(label)} of {len(labels)}** are labelled {markdown(display_name(label))}. Below each face is the "
        "cosine between "
        "the features of both, 1 for the same direction. Copies of the face itself are left out."
    )


def show_shares(data: Dataset, file: Path) -> None:
    """How often neighbours have the same label, by class, beside chance."""
    likeness = _likeness(str(file), stamps(file), data)
    low, high = likeness.ci95
    verdict = "more than chance explains" if low > likeness.chance else "no more than chance could explain"
    st.markdown(
        f"Of the {likeness.count} nearest faces **{numbers.percent(likeness.share)}** have the same label (95% interval "
        f"{numbers.interval(low, high)}; {numbers.sample(likeness.n)} faces asked), where faces drawn at random would give "
        f"{numbers.percent(likeness.chance)}: {verdict}. Nobody has told this network what an expression is."
    )
    chart(
        neighbour_shares(likeness),
        key="neighbour_shares",
        alt="Share of the nearest faces that have the same label, by class, beside chance",
    )
    st.caption(
        f"Up to {QUERIES} faces of each class are asked for their {likeness.count} nearest; each class counts by its share of "
        "the data set. Intervals: bootstrap over the faces asked."
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _file(folder: str, fingerprint: str, _data: Dataset) -> Path | None:
    return features_file(_data)


def stamps(file: Path) -> tuple[int, int]:
    """What changes when the features, or the neighbours that are kept beside them, do."""
    return stamp(file), stamp(neighbours_file(file))


@st.cache_resource(max_entries=2, show_spinner="The features are being read …")
def _nearest_of(file: str, stamps: tuple[int, int], _data: Dataset) -> Nearest | None:
    features = kept_features(_data, Path(file))
    if features is not None:
        return among_features(features, _data.samples)
    return read_neighbours(Path(file), _data.meta.n)


@st.cache_data(max_entries=64, show_spinner="Looking for the nearest faces …")
def _nearest(file: str, stamps: tuple[int, int], sample: int, _data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    ids, cosines = _asked(file, stamps, _data)([sample], min(SHOWN, _data.meta.n - 1))
    return ids[0], cosines[0]


@st.cache_data(max_entries=4, show_spinner="Some hundred faces are being asked for their neighbours …")
def _likeness(file: str, stamps: tuple[int, int], _data: Dataset) -> Likeness:
    return likeness(_asked(file, stamps, _data), _data.samples, _data.meta.classes, count=COUNT)


def _asked(file: str, stamps: tuple[int, int], data: Dataset) -> Nearest:
    nearest_of = _nearest_of(file, stamps, data)
    if nearest_of is None:
        raise DatasetError("The features that were kept are gone; reload the page to have them made again.")
    return nearest_of


def _start(work: str, data: Dataset) -> None:
    request = MapRequest(method="pca", faces=max(10, min(_MAP_FACES, data.meta.n)))
    start_work(
        work,
        "Computing the features",
        lambda report: make_map_in_process(data, request, progress=report, stop=report.stopping),
    )
    st.rerun(scope="app")


def _another() -> None:
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1


def _expected(data: Dataset) -> str:
    """How long the features take, as an estimate of a frozen run knows it."""
    if projection.has_features(data, "backbone"):
        return "some seconds"
    parts = estimate(preset_config(data.name, "frozen"), data.meta).phases
    return f"about {numbers.duration(20 + sum(part.seconds for part in parts if part.phase == 'features'))} on this machine"
