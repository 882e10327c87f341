"""Parts of the projection: the request, the map itself, made where there is none, its colours, and the faces of a selection."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.features import projection
from fer_core.features.projection import METHODS, FeatureMap, MapRequest, make_map_in_process
from fer_core.figures import theme
from fer_core.figures.embedding import Layer, feature_map
from fer_core.labels import colours, display_name
from fer_core.runs import Run
from pages.data.parts.bulk import bulk
from pages.ui.chart import chart
from pages.ui.evaluation_data import known_answers, splits
from pages.ui.navigation import link
from pages.ui.state import selected_run
from pages.ui.work import asked_anew, current_work, start_work, watch_work

CLASS, ERROR, CONFIDENCE = "Class", "Right or wrong", "Confidence"
BACKBONE = "backbone"
SIZES = (3_000, 10_000, projection.MOST_POINTS)


def ask(data: Dataset) -> MapRequest:
    """The row of choices: whose features, which method, how many faces."""
    run = selected_run()
    sources = [BACKBONE, *([run.id] if run is not None and run.model_file.is_file() else [])]
    methods = projection.available_methods()
    sizes = [size for size in SIZES if size < data.meta.n] + [min(data.meta.n, projection.MOST_POINTS)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.selectbox(
            "Features of",
            sources,
            format_func=lambda key: "MobileNet before training" if key == BACKBONE or run is None else f"Run: {run.about().name}",
            key="map-source",
            width=300,
            help="Before training: pretrained on ImageNet. The run is the one chosen at the top of the page.",
        )
        method = st.segmented_control(
            "Method", methods, format_func=lambda key: METHODS[key], default=methods[0], required=True, key="map-method"
        )
        faces = st.selectbox(
            "Faces", sorted(set(sizes)), format_func=lambda n: _size_name(n, data.meta.n), key="map-faces", width=150
        )
    return MapRequest(source=source, method=method, faces=max(10, faces))


def ready(data: Dataset, request: MapRequest) -> FeatureMap:
    """The map, from disk or made in another process; stops the view while it waits for the viewer's word."""
    key = f"map {data.path} {data.meta.fingerprint} {request.model_dump_json()}"
    if current_work(key) is None:
        feature_map = projection.kept_map(data, request)
        cost = (
            "The features are computed already."
            if projection.has_features(data, request.source)
            else "The features are computed first: about one minute per 30,000 faces on two idle cores."
        )
        cost = f"{cost} {_method_cost(request, data.meta.n)}"
        if feature_map is not None and not asked_anew("map", help=cost):
            return feature_map
        if feature_map is None:
            with st.container(border=True):
                st.markdown(f"This map has not been made yet. {cost} It is kept afterwards.")
                if not st.button("Make the map", type="primary", icon=":material/scatter_plot:"):
                    st.stop()
    start_work(key, "Making the map", lambda report: make_map_in_process(data, request, progress=report, stop=report.stopping))
    watch_work(key)
    # Drawn anew from the disk: the card that offered the map would stay above it otherwise.
    st.rerun()


def show(data: Dataset, layout: FeatureMap, request: MapRequest) -> None:
    """The map with its colours, and below it the faces that are selected in it."""
    rows = data.samples.iloc[layout.samples].reset_index(drop=True)
    chosen = st.segmented_control("Colour", [CLASS, ERROR, CONFIDENCE], default=CLASS, required=True, key="map-colour")
    layers = _class_layers(data, rows) if chosen == CLASS else _answer_layers(data, rows, chosen)
    if not layers:
        return
    name = METHODS[request.method]
    st.markdown(_takeaway(layout))
    figure = feature_map(layout.points, layers, axes=(f"{name} 1", f"{name} 2"), explained=layout.explained)
    event = chart(
        figure,
        key=f"map-{request.model_dump_json()}-{chosen}",
        alt=f"{name} of {numbers.count(len(rows))} faces by their features, coloured by {chosen.lower()}",
        on_select="rerun",
        selection_mode=("lasso", "box"),
        tools=True,
    )
    selected = selected_rows(event, layers)
    if not len(selected):
        st.caption(
            "Draw around some points with the lasso, or take the box in the chart's tool bar, to see their faces here and to "
            "relabel or exclude them at once."
        )
        return
    _faces(data, rows.iloc[selected], f"drawn around on {name} of {request.source}")


def _takeaway(layout: FeatureMap) -> str:
    shares = sum(layout.explained)
    if isnan(shares):
        return (
            "**Neighbours are true here, distances are not**: how far clusters lie apart, and how large they are, means nothing."
        )
    return (
        f"**These two directions hold {numbers.percent(shares, 0)} of what differs between the faces**; the other "
        f"{numbers.percent(1 - shares, 0)} is not seen here."
    )


def selected_rows(event: Any, layers: list[Layer]) -> np.ndarray:
    """Rows of the map that a selection event names, (n,) int64 ascending; points are named by layer and position."""
    points = event.get("selection", {}).get("points", []) if event else []
    rows = {
        int(layers[point["curve_number"]].rows[point["point_index"]])
        for point in points
        if point.get("curve_number", len(layers)) < len(layers)
        and point.get("point_index", 0) < len(layers[point["curve_number"]].rows)
    }
    return np.array(sorted(rows), np.int64)


def _faces(data: Dataset, rows: pd.DataFrame, origin: str) -> None:
    """The faces that were drawn around, in a mixed order, to decide about at once."""
    mixed = rows.sample(frac=1, random_state=0)["id"].tolist()
    st.fragment(bulk)(data, mixed, key="map", origin=origin)


def _class_layers(data: Dataset, rows: pd.DataFrame) -> list[Layer]:
    labels = rows["label"].to_numpy(dtype=object)
    tones = colours(data.meta.classes)
    layers = [Layer(display_name(name), tone, np.flatnonzero(labels == name)) for name, tone in tones.items()]
    return [layer for layer in layers if len(layer.rows)]


def _answer_layers(data: Dataset, rows: pd.DataFrame, chosen: str) -> list[Layer]:
    run = selected_run()
    answers = None if run is None else _answers(run, data)
    joined = None if answers is None else rows[["id", "label"]].merge(answers, how="left", left_on="id", right_on="sample")
    if joined is None or joined["predicted"].isna().all():
        st.info(
            "The run at the top of the page has no predictions for these faces yet. Predict a split under Scores first.",
            icon=":material/info:",
        )
        link("evaluate/scores", label="Predict a split", icon=":material/arrow_forward:")
        return []
    known = joined["predicted"].notna().to_numpy()
    right = (joined["predicted"] == joined["label"]).to_numpy() & known
    st.caption(
        f"Answers of “{markdown(run.about().name if run else '')}” for {numbers.count(known.sum())} of "
        f"{numbers.count(len(rows))} faces: "
        f"{numbers.percent(right.sum() / known.sum())} right on this map. Scores with intervals are under Evaluate."
    )
    unknown = Layer("not predicted", theme.GREY, np.flatnonzero(~known))
    if chosen == ERROR:
        layers = [
            unknown,
            Layer("right", theme.TRAINING, np.flatnonzero(right)),
            Layer("wrong", theme.VALIDATION, np.flatnonzero(known & ~right)),
        ]
    else:
        values = joined["confidence"].to_numpy(np.float32)
        layers = [unknown, Layer("confidence", theme.TRAINING, np.flatnonzero(known), values[known])]
    return [layer for layer in layers if len(layer.rows)]


def _answers(run: Run, data: Dataset) -> pd.DataFrame | None:
    parts = [known_answers(run, data, split) for split in splits(data)]
    answers = [part for part in parts if part is not None]
    return pd.concat(answers, ignore_index=True) if answers else None


def _size_name(count: int, total: int) -> str:
    return f"all {numbers.count(total)}" if count == total else numbers.count(count)


def _method_cost(request: MapRequest, total: int) -> str:
    if request.method == "pca":
        return "PCA takes seconds."
    here = numbers.count(min(request.faces, total))
    return f"{METHODS[request.method]} takes a minute or more for each 10,000 faces, here {here}."
