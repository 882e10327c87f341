"""Compare the decisions of two annotators, and settle the faces that they dispute."""

from __future__ import annotations

from pathlib import PurePath

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.crowd import vote_title
from fer_core.datasets.edit_exchange import SETTLED, Opinions, opinions_in, own_opinions
from fer_core.datasets.edits import Action, EditLog
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError, InputError
from fer_core.escape import markdown
from fer_core.evaluation.two_annotators import TwoAnnotators, two_annotators
from fer_core.figures.agreement import annotators_matrix
from pages.data.parts.bulk import Offer, bulk
from pages.data.parts.edit_forms import downloads
from pages.data.parts.face_groups import sample_grid
from pages.ui.access import may_write
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.heading import Figure, figures_row
from pages.ui.navigation import link

FIRST_FACES = 24
OPEN, SETTLED_ONES = "Still disputed", "Settled"


def show(data: Dataset) -> None:
    """Compare the decisions of two annotators, and settle the faces that they dispute."""
    log = data.edits()
    if not may_write("edit"):
        _offer(data, log)
        return
    files = st.file_uploader(
        "Decisions of another annotator, to compare with yours; or of two annotators",
        type=["csv", "jsonl"],
        accept_multiple_files=True,
        key="annotators-files",
        help="Files that were exported under My edits. They are read in memory, and change nothing.",
    )
    if not files:
        _offer(data, log)
        return
    try:
        first, second = _given(data, log, files)
        agreement = two_annotators(first.labels, second.labels, data.meta.classes)
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")
        return
    _agreement(agreement, first, second)
    _settle(data, log, agreement, first, second)


def _given(data: Dataset, log: EditLog, files: list[object]) -> tuple[Opinions, Opinions]:
    if len(files) > 2:
        raise InputError(f"Two annotators are compared; got {len(files)} files.")
    given = [opinions_in(data, file.getvalue(), name=PurePath(file.name).stem) for file in files]
    if len(given) == 1:
        return own_opinions(data, log, name="You"), given[0]
    return given[0], given[1]


def _offer(data: Dataset, log: EditLog) -> None:
    """How two annotators come to be compared, and what is there of one of them."""
    own = own_opinions(data, log, name="You").labels
    st.markdown(
        "**Two people decide about the same faces alone, each on a machine or in a workspace of their own.** Both go through the "
        "same queue, under Suspected labels or Similar faces, and keep, relabel or exclude each face; one exports the decisions "
        "and the other opens the file here."
    )
    if not own:
        empty_state("You have not decided about any face yet.", page="data/labels#Suspected labels", label="Suspected labels")
        return
    st.markdown(f"You have decided about {numbers.count(len(own))} faces:")
    with st.container(horizontal=True):
        downloads(data, log, key="annotators")
    shown = list(own)[-FIRST_FACES:][::-1]
    sample_grid(data, shown, [vote_title(own[sample]) if own[sample] else "excluded" for sample in shown], key="annotators-own")


def _agreement(agreement: TwoAnnotators, first: Opinions, second: Opinions) -> None:
    low, high = agreement.kappa_ci95
    few = " The faces are few: look at the interval." if agreement.n < numbers.FEW else ""
    st.markdown(
        f"**{markdown(first.name)} and {markdown(second.name)} agree on {numbers.percent(agreement.share)} of "
        f"{numbers.count(agreement.n)} faces; beyond chance that is a kappa of {numbers.decimal(agreement.kappa, 2)}.**{few}"
    )
    shown, drawn = st.columns([2, 3], gap="large")
    with shown:
        figures_row(
            [
                Figure("Both decided about", numbers.count(agreement.n), note=numbers.sample(agreement.n)),
                Figure("Both say the same", numbers.percent(agreement.share), note=numbers.interval(*agreement.share_ci95)),
                Figure(
                    "Cohen's kappa",
                    numbers.decimal(agreement.kappa, 2),
                    help="Agreement beyond chance: 0 is chance, 1 is full. The interval is a bootstrap over the faces.",
                    note=f"{numbers.decimal(low, 2)} to {numbers.decimal(high, 2)}",
                ),
                Figure("Disputed", numbers.count(len(agreement.disputed))),
            ],
            width=150,
        )
    with drawn:
        chart(
            annotators_matrix(agreement, (first.name, second.name)),
            key="annotators-matrix",
            alt=f"What {first.name} says against what {second.name} says",
        )
    with st.expander("What is counted", icon=":material/help:"):
        left = "".join(
            f" Of {markdown(one.name)} {numbers.count(one.left_out)} decisions were left out, as they were settled or came from "
            f"a file, and {numbers.count(one.refused)} do not belong to this data set or cannot be read."
            for one in (first, second)
            if one.left_out or one.refused
        )
        st.markdown(
            "Faces about which both decided, found by the hash of their pixels; a face that was kept counts with its imported "
            "label, and “excluded” is an answer of its own. What you settle below changes none of these numbers. Both saw the "
            f"imported label and perhaps a run's answer before they decided, which makes them agree more than they would.{left}"
        )


def _settle(data: Dataset, log: EditLog, agreement: TwoAnnotators, first: Opinions, second: Opinions) -> None:
    disputed = agreement.disputed
    if disputed.empty:
        st.success("Nothing is disputed.", icon=":material/done_all:")
        return
    origin = f"{SETTLED} between {first.name} and {second.name}"[:80]
    settled = [sample for sample in disputed["sample"] if sample in log.in_force and log.in_force[sample].origin == origin]
    st.subheader("Disputed faces", anchor=False)
    share = len(settled) / len(disputed)
    st.progress(share, text=f"{numbers.count(len(settled))} of {numbers.count(len(disputed))} are settled", width=320)
    which = st.segmented_control(
        "Show", [OPEN, SETTLED_ONES], default=OPEN, required=True, key="annotators-which", label_visibility="collapsed"
    )
    rows = disputed[disputed["sample"].isin(settled) == (which == SETTLED_ONES)]
    if rows.empty:
        empty_state(
            "No face is settled yet."
            if which == SETTLED_ONES
            else "Every disputed face is settled. The decisions are under My edits; training on labels as edited learns them."
        )
        if which == OPEN:
            link("data/labels#My edits", label="My edits", icon=":material/arrow_forward:")
        return
    st.caption("Look at a face, or discuss it, click it and those like it, and say what holds.")
    details = {row.sample: f"{_name(row.first)} | {_name(row.second)}" for row in rows.itertuples()}
    bulk(
        data,
        rows["sample"].tolist(),
        key="settle",
        origin=origin,
        details=details,
        taken=False,
        offers=[Offer(f"As {one.name} says", _decided(rows, side)) for one, side in ((first, "first"), (second, "second"))],
    )


def _decided(rows: pd.DataFrame, side: str) -> dict[int, tuple[Action, str]]:
    return {
        int(sample): ("relabel", label) if label else ("exclude", "")
        for sample, label in zip(rows["sample"], rows[side], strict=True)
    }


def _name(label: str) -> str:
    return vote_title(label) if label else "Excluded"
