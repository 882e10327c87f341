"""Show how far annotators agree."""

import streamlit as st

from fer_core.datasets.crowd import vote_names
from fer_core.datasets.measures import measures_summary
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.store import Dataset
from fer_core.evaluation.crowd import agreement_histogram, crowd_agreement
from fer_core.figures import agreement, measures
from pages.data.parts import crowd, two_annotators
from pages.ui import loaders
from pages.ui.browse import ALL
from pages.ui.chart import chart
from pages.ui.empty import needs_dataset
from pages.ui.heading import figures_row, lead

VOTES, TWO = "Votes in the data", "Two annotators"


def show() -> None:
    """Show how far annotators agree."""
    lead("How far people agree about the faces, those whose votes came with the data and two who decide here.")
    data = needs_dataset()
    whose = st.segmented_control(
        "Whose",
        [VOTES, TWO],
        default=VOTES if vote_names(data.samples) else TWO,
        required=True,
        key="votes-whose",
        bind="query-params",
        label_visibility="collapsed",
    )
    if whose == TWO:
        two_annotators.show(data)
    else:
        _votes(data)


def _votes(data: Dataset) -> None:
    """Say how many annotators agree about each face, and which label most of them give it."""
    if not vote_names(data.samples):
        crowd.no_votes(data.name)
        st.stop()
    everyone = loaders.crowd(data)
    present = [name for name in SPLITS if (everyone["split"] == name).any()]
    split = st.segmented_control(
        "Split", [ALL, *present], format_func=str.capitalize, default=ALL, required=True, key="votes-split", bind="query-params"
    )
    shown = everyone if split == ALL else everyone[everyone["split"] == split]
    agreed = crowd_agreement(shown, data.meta.classes)
    figures_row(crowd.figures(shown, agreed), width=157)
    levels, doubt = st.columns(2, gap="large")
    with levels:
        st.subheader("How many agree", anchor=False)
        chart(
            agreement.agreement_levels(agreement_histogram(shown)),
            key="votes-levels",
            alt="Faces by the number of annotators who agree on the most frequent name",
        )
    with doubt:
        st.subheader("Disagreement by class", anchor=False)
        chart(
            measures.distribution(measures_summary(shown, "entropy"), "Entropy of the votes in bits", digits=2),
            key="votes-entropy",
            alt="Entropy of the votes by class, in bits",
        )
    st.caption(
        "Entropy is 0 bits when all vote for the same, 1 bit when they are split in two halves, 3.3 bits when ten vote for ten "
        "different names. Classes are the imported labels."
    )
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.subheader("Labels against the crowd", anchor=False, width="content")
        unit = st.segmented_control(
            "Unit",
            ["Counts", "Shares"],
            default="Counts",
            required=True,
            key="votes-unit",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    chart(agreement.crowd_matrix(agreed, as_share=unit == "Shares"), key="votes-matrix", alt="Labels against the crowd's labels")
    st.caption(crowd.outside_sentence(agreed))
    st.subheader("The faces", anchor=False)
    crowd.faces(data, shown)
    st.subheader("Is a run wrong where people are unsure?", anchor=False)
    crowd.run_by_agreement(data, everyone)
