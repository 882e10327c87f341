"""Parts of the Mean maps view: the request, the maps as a confusion matrix, one cell beside the right answers, the regions."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.explain import mean_maps
from fer_core.explain.mean_maps import MeanMapRequest, MeanMaps
from fer_core.explain.of_run import explain_faces, seconds_per_face
from fer_core.explain.overlay import overlay
from fer_core.explain.regions import REGIONS, area_shares
from fer_core.figures.explanation import region_shares
from fer_core.labels import display_name
from fer_core.progress import Progress
from pages.explain.parts.asked_work import asked_for, work_key
from pages.explain.parts.face_choice import choose_method, method_words
from pages.ui.chart import chart
from pages.ui.evaluation_data import Evaluated
from pages.ui.faces import Caption, face_grid, png_uri

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.predictor import Predictor

REST = REGIONS[-1]
SIZES = (10, 20, 50)
EVIDENCE = {"answer": "The answer", "label": "The label"}
STRENGTH = 0.75
_TRUE, _ANSWER = "mean_true", "mean_answer"

_STYLE = """
.fer-cells{overflow-x:auto}
.fer-cells table{border-collapse:collapse;border:0}
.fer-cells th,.fer-cells td{border:0;padding:3px;text-align:center;font-size:.8rem;font-weight:400}
.fer-cells th{font-weight:600}
.fer-cells th[scope=row]{text-align:right;padding-right:8px}
.fer-cells img{width:clamp(46px,8vw,104px);aspect-ratio:1;display:block;border-radius:5px;margin:0 auto}
.fer-cells td.right img{outline:2px solid currentColor;outline-offset:1px}
.fer-cells .none{opacity:.72}
.fer-cells span{display:block;white-space:nowrap}
"""


def ask(predictor: Predictor, split: str) -> MeanMapRequest:
    """The row of choices: whose evidence, which method and layer, how many faces of each cell."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        evidence = st.segmented_control(
            "Evidence for", list(EVIDENCE), format_func=EVIDENCE.get, default="answer", required=True, key="mean_evidence"
        )
        faces = st.selectbox(
            "Faces of each cell", SIZES, index=1, format_func=lambda n: f"at most {n}", key="mean_faces", width=150
        )
    method, layer = choose_method(predictor)
    return MeanMapRequest(split=split, method=method, layer=layer, evidence=evidence, faces=faces)


def ready(
    shown: Evaluated, dataset: Dataset, predictor: Predictor, request: MeanMapRequest, *, again: DeltaGenerator
) -> MeanMaps:
    """The mean maps, kept or made beside the view; stops the view while it waits for the viewer's word.

    The button that makes them anew is drawn in `again`.
    """
    count = len(mean_maps.chosen_faces(shown.answers, shown.classes, request))
    seconds = count * seconds_per_face(predictor, request.method, request.layer)

    def make(report: Progress) -> MeanMaps:
        means = mean_maps.make_mean_maps(
            dataset.images,
            shown.answers,
            shown.classes,
            lambda faces, targets: explain_faces(
                predictor, faces, method=request.method, targets=targets, layer=request.layer or None
            ),
            request,
            progress=report,
        )
        mean_maps.keep_mean_maps(shown.run, dataset, request, means)
        return means

    means = asked_for(
        work_key("mean-maps", predictor, dataset, request.model_dump_json()),
        title="Explaining the faces",
        offer=f"**{numbers.count(count)} faces** are explained by {method_words(request.method, request.layer)}, at most "
        f"{request.faces} of each cell of the confusion matrix, drawn at random: "
        f"about {numbers.duration(seconds)} on two idle cores. The maps are kept with the run, without any picture.",
        button="Make the mean maps",
        function=make,
        kept=lambda: mean_maps.kept_mean_maps(shown.run, dataset, request),
        seconds=seconds,
        again=again,
    )
    if means is None:
        st.stop()
    return means


def show_cells(means: MeanMaps, dataset: Dataset, classes: tuple[str, ...]) -> None:
    """All cells as a table of pictures: rows are labels, columns answers, n below each; the mean map over the mean face."""
    head = "".join(f'<th scope="col">{html.escape(display_name(name))}</th>' for name in classes)
    body = "".join(
        f'<tr><th scope="row">{html.escape(display_name(name))}</th>'
        + "".join(_cell(means, dataset, classes, row, column) for column in range(len(classes)))
        + "</tr>"
        for row, name in enumerate(classes)
    )
    st.html(
        f'<div class="fer-cells" tabindex="0"><style>{_STYLE}</style><table><thead><tr><td class="none">label ↓ answer →</td>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    st.caption(
        "Each picture: the mean map over the mean of the faces that were explained. Below it: how many were averaged, of how "
        "many in the split. Framed: right answers. A mean of a few faces still shows these faces more than the class."
    )


def pick_cell(means: MeanMaps, classes: tuple[str, ...]) -> tuple[int, int]:
    """The two pickers of a cell; begins with the most frequent mistake."""
    if not {st.session_state.get(_TRUE), st.session_state.get(_ANSWER)} <= set(classes):
        wrong = means.counts * (1 - np.eye(len(classes), dtype=np.int64))
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        st.session_state[_TRUE], st.session_state[_ANSWER] = classes[row], classes[column]
    with st.container(horizontal=True):
        for title, key in (("True class", _TRUE), ("Answer", _ANSWER)):
            st.selectbox(title, classes, format_func=display_name, key=key, persist_state="session", width=170)
    return classes.index(st.session_state[_TRUE]), classes.index(st.session_state[_ANSWER])


def show_cell(means: MeanMaps, dataset: Dataset, classes: tuple[str, ...], true: int, answer: int) -> None:
    """One cell beside the faces of its label and of its answer that were answered rightly, with the shares of the regions."""
    asked = list(dict.fromkeys([(true, answer), (true, true), (answer, answer)]))
    cells = [cell for cell in asked if means.used[cell]]
    if not means.used[true, answer]:
        st.info(
            f"No map: there is no evidence, or no face of {markdown(classes[true])} answered {markdown(classes[answer])}.",
            icon=":material/visibility_off:",
        )
    face_grid(
        [_picture(means, dataset, *cell, side=288) for cell in cells],
        [
            Caption(
                label=classes[row],
                answer=classes[column] if row != column else "",
                detail=f"n = {means.used[row, column]} of {numbers.count(means.counts[row, column])}"
                + ", right" * (row == column),
                alt=f"Mean map of {classes[row]} answered {classes[column]}",
            )
            for row, column in cells
        ],
        size=150,
    )
    rows = [_cell_row(means, classes, *cell) for cell in cells]
    if rows:
        area = {"Faces": "share of the picture", "n": "", **_words(area_shares())}
        st.dataframe(pd.DataFrame([*rows, area]), hide_index=True)
        st.caption("Share of the evidence in each region, with 95% intervals over the faces.")


def show_regions(means: MeanMaps, classes: tuple[str, ...]) -> None:
    """Where on the face the evidence lies, by class, beside each region's share of the picture."""
    names = {"answered": "Answer", "true": "True class"}
    of = st.segmented_control("By", list(names), format_func=names.get, default="answered", required=True, key="mean_of")
    table = mean_maps.shares_by_class(means, classes, of=of)
    areas = {region: area for region, area in zip(REGIONS, area_shares().tolist(), strict=True) if region != REST}
    chart(
        region_shares(table[table["region"] != REST], areas, classes=classes),
        key="regions",
        alt="Share of the evidence by region and class; the same numbers are in the table below",
    )
    empty = int(np.isnan(means.shares).any(axis=1).sum())
    st.caption(
        "Right of the dotted line: more evidence than evidence that is spread evenly would put there. Mean over the faces with "
        "their 95% interval; cells count as often as they occur in the split. The regions lie where the landmarks of an average "
        "face do, so that a turned face does not fit them well, and a coarse map spills over their edges."
        f" The rest, {numbers.percent(float(area_shares()[-1]), 0)} of the picture, is in the table."
        + (f" {numbers.count(empty)} faces with an empty map are left out." if empty else "")
    )
    with st.expander("As a table", icon=":material/table_rows:"):
        wide = table.assign(share=[numbers.percent(share) for share in table["share"]]).pivot(
            index=["class", "n"], columns="region", values="share"
        )
        st.dataframe(wide[[region for region in REGIONS if region in wide]].reset_index(), hide_index=True)


def _cell(means: MeanMaps, dataset: Dataset, classes: tuple[str, ...], row: int, column: int) -> str:
    used, count = int(means.used[row, column]), int(means.counts[row, column])
    if not used:
        return f'<td class="none">{"empty map" if count else "–"}<br>{numbers.count(count)}</td>'
    uri = png_uri(_picture(means, dataset, row, column, side=112))
    alt = html.escape(f"{classes[row]} answered {classes[column]}, {used} of {count} faces", quote=True)
    return (
        f'<td class="{"right" if row == column else ""}"><img src="{uri}" alt="{alt}" title="{alt}">{used}'
        f'<span class="none">of {numbers.count(count)}</span></td>'
    )


def _picture(means: MeanMaps, dataset: Dataset, row: int, column: int, *, side: int) -> np.ndarray:
    saliency = means.maps[row, column]
    face = mean_maps.mean_face(dataset.images, means.cell(row, column))
    return overlay(face, saliency / max(float(saliency.max()), 1e-6), strength=STRENGTH, side=side)


def _cell_row(means: MeanMaps, classes: tuple[str, ...], row: int, column: int) -> dict[str, object]:
    table = mean_maps.cell_shares(means, row, column)
    name, answer = display_name(classes[row]), display_name(classes[column])
    spans = [
        f"{numbers.percent(share, 0)} ({numbers.interval(low, high, 0)})"
        for share, low, high in zip(table["share"], table["low"], table["high"], strict=True)
    ]
    return {
        "Faces": f"{name} → {answer}" if row != column else f"{name}, right",
        "n": str(means.used[row, column]),
        **dict(zip(map(display_name, REGIONS), spans, strict=True)),
    }


def _words(shares: np.ndarray) -> dict[str, str]:
    return {display_name(region): numbers.percent(float(share), 0) for region, share in zip(REGIONS, shares, strict=True)}
