"""Parts of the Annotators tab: figures, faces at a level of agreement, and a run's accuracy by agreement."""

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.crowd import spelled, vote_title
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.evaluation.crowd import SURE, UNSURE, CrowdAgreement, accuracy_by_agreement
from fer_core.figures import agreement
from fer_core.labels import SEVEN, display_name
from pages.ui.browse import pager
from pages.ui.chart import chart
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import evaluated
from pages.ui.faces import Caption
from pages.ui.heading import Figure, figures_row

SIZE = 48
COMMAND = "python -m fer_core import fer2013.csv --votes fer2013new.csv --name FERPlus"
ANY, SAME, OTHER = "All", "Crowd gives the label", "Crowd says otherwise"


def no_votes(name: str) -> None:
    """Says that the data set has no votes, and how to get them. Does not stop the view."""
    empty_state(
        f"**{name}** has no annotators' votes. [FER+](https://github.com/microsoft/FERPlus) has them for FER2013: ten per face, "
        "in `fer2013new.csv`. They belong to the rows of the original table `fer2013.csv`, so import both together; picture "
        "folders have lost the order of the rows.",
        page="data/import_export",
        label="Import with votes",
    )
    st.code(COMMAND, language="bash", wrap_lines=True)


def figures(rows: pd.DataFrame, agreed: CrowdAgreement) -> list[Figure]:
    """Faces, unanimity, and agreement of label and crowd, each with its interval."""
    unanimous = int((rows["agree"] == rows["votes"]).sum())
    low, high = agreed.kappa_ci95
    return [
        Figure("Faces with votes", numbers.count(agreed.n), note=f"{numbers.count(int(rows['votes'].sum()))} votes"),
        Figure(
            "All agree",
            numbers.percent(unanimous / agreed.n),
            help="Faces on which every vote is for the same name.",
            note=f"{numbers.count(unanimous)} faces",
        ),
        Figure(
            "Crowd gives the label",
            numbers.percent(agreed.share),
            help=f"Of all {numbers.count(agreed.n)} faces; a tie, or a name that is no class here, counts as another label.",
            note=numbers.interval(*agreed.share_ci95),
        ),
        Figure(
            "Among these classes",
            numbers.percent(agreed.share_inside),
            help=f"Of the {numbers.count(agreed.inside)} faces to which the crowd gives one of this data set's classes.",
            note=numbers.interval(*agreed.share_inside_ci95),
        ),
        Figure(
            "Cohen's kappa",
            numbers.decimal(agreed.kappa, 2),
            help=f"Agreement beyond chance, on these {numbers.count(agreed.inside)} faces: 0 is chance, 1 is full agreed.",
            note=f"{numbers.decimal(low, 2)} to {numbers.decimal(high, 2)}",
        ),
    ]


def outside_sentence(agreed: CrowdAgreement) -> str:
    """What the columns right of the line are, and how they are counted."""
    sentence = "Rows are the imported labels, columns what most of the votes say."
    if not agreed.outside:
        return sentence
    names = ", ".join(f"{markdown(vote_title(name))} {numbers.count(n)}" for name, n in agreed.outside.items())
    total = sum(agreed.outside.values())
    return (
        f"{sentence} Right of the line is what is no class of this data set: {names}; {numbers.count(total)} faces, "
        f"{numbers.percent(total / agreed.n)}. They count as disagreement in “Crowd gives the label”, and are left out of kappa."
    )


def faces(data: Dataset, rows: pd.DataFrame) -> None:
    """The faces at a level of agreement, page by page, each with its label, the crowd's, and the votes."""
    levels = sorted(set(rows["agree"].tolist()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.pills(
            "Annotators who agree", levels, default=levels[0], required=True, key="votes-level", on_change=_first_page
        )
        which = st.selectbox("Show", [ANY, SAME, OTHER], key="votes-which", on_change=_first_page, width=230)
    shown = rows[rows["agree"] == level]
    if which != ANY:
        shown = shown[(shown["crowd"] == shown["label"]) == (which == SAME)]
    if shown.empty:
        empty_state("No face matches this choice. Choose another number of annotators, or show all.")
        return
    first, last = pager(len(shown), SIZE, key="votes-page")
    st.caption(f"{first + 1:,} to {last:,} of {len(shown):,} faces: the label → what the crowd says, and all votes")
    page = shown.iloc[first:last]
    votes = spelled(data.samples.loc[page.index])
    captions = [_caption(label, said, text) for label, said, text in zip(page["label"], page["crowd"], votes, strict=True)]
    sample_grid(data, page["id"].tolist(), captions, key="votes-faces", size=104)


def run_by_agreement(data: Dataset, everyone: pd.DataFrame) -> None:
    """A run's accuracy at each level of agreement, with intervals, and one sentence that compares the ends."""
    shown = evaluated()
    if shown.dataset is None:
        empty_state(f"Recorded figures have no votes. Choose a split of **{markdown(data.name)}** above.")
        return
    against = st.segmented_control(
        "Right is", ["The label", "What the crowd says"], default="The label", required=True, key="votes-against"
    )
    table = accuracy_by_agreement(
        shown.answers, everyone, against="label" if against == "The label" else "crowd", classes=shown.classes
    )
    ends = table[table["agree"] == 0].set_index("level")
    titles = {"unsure": f"At most {UNSURE:.0%} agree", "sure": f"At least {SURE:.0%} agree"}
    figures_row(
        [
            Figure(
                titles[str(level)],
                numbers.percent(row["accuracy"]),
                help="95% interval. Always the most frequent class would be right on "
                f"{numbers.percent(row['baseline'])} of them.",
                note=f"{numbers.interval(row['low'], row['high'])}, {numbers.sample(row['n'])}",
            )
            for level, row in ends.iterrows()
        ],
        width=290,
    )
    chart(
        agreement.accuracy_by_agreement(table),
        key="votes-accuracy",
        alt="Accuracy by agreement",
    )
    st.caption(_verdict(ends))


def _verdict(ends: pd.DataFrame) -> str:
    if len(ends) < 2:
        return "There are not both kinds of faces here, sure and unsure, to compare."
    sure, unsure = ends.loc[["sure", "unsure"]].to_dict("records")
    if sure["low"] > unsure["high"]:
        return (
            "The run is more often wrong where people are unsure: the intervals do not overlap. What it gets wrong there may be "
            "a matter of opinion; what it gets wrong where people are sure is a mistake. Mind the classes, too: always answering "
            f"the most frequent one would be right on {numbers.percent(sure['baseline'])} of the sure faces, and on "
            f"{numbers.percent(unsure['baseline'])} of the unsure."
        )
    if unsure["low"] > sure["high"]:
        return "The run is better where people are unsure, and the intervals do not overlap: look at its mistakes on the others."
    return "The intervals overlap: on these faces it cannot be said that the run is worse where people are unsure."


def _caption(label: str, said: str, votes: str) -> Caption:
    shown = said if said in SEVEN else vote_title(said)
    return Caption(
        label=label,
        answer="" if said == label else shown,
        detail=votes,
        alt=f"Label {display_name(label)}, crowd {vote_title(said)}; votes: {votes}",
    )


def _first_page() -> None:
    st.session_state["votes-page"] = 1
