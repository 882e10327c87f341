"""Show the faces that the run gets wrong."""

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset, Labels
from fer_core.evaluation.mistakes import mistakes
from fer_core.labels import display_name
from pages.evaluate.parts.answer_table import answer_table, offer_download
from pages.evaluate.parts.mistake_votes import FACE, say_edited, under_labels, vote_one_by_one
from pages.evaluate.parts.slices import pick_slice, show_slices, slices_of
from pages.ui.browse import ALL, pager
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import Evaluated, evaluated, pictures_are_missing
from pages.ui.faces import Caption
from pages.ui.heading import lead

SIZE = 28
LOOK, VOTE = "Look through", "Vote one by one"
LABELS = {"imported": "as imported", "edited": "with my edits"}


def first_page() -> None:
    st.session_state["mistakes_page"] = 1
    st.session_state.pop(FACE, None)


def pick_class(title: str, key: str, classes: tuple[str, ...]) -> str:
    if st.session_state.get(key) not in (ALL, *classes):
        st.session_state[key] = ALL
    return st.selectbox(
        title,
        [ALL, *classes],
        format_func=display_name,
        key=key,
        on_change=first_page,
        persist_state="session",
        width=180,
    )


def show() -> None:
    """Show the faces that the run gets wrong."""
    lead("The faces that the run gets wrong, the most confident first. Is the model wrong, or the label? You judge.")
    imported = evaluated()
    with st.container(horizontal=True, vertical_alignment="center"):
        mode = LOOK
        if imported.dataset is not None:
            mode = st.segmented_control(
                "Show", [LOOK, VOTE], default=LOOK, required=True, key="mistakes_mode", label_visibility="collapsed"
            )
        filters = st.popover("Filters", icon=":material/filter_list:", width="content")
        said = st.container()
    with filters:
        true = pick_class("True class", "mistakes_true", imported.classes)
        predicted = pick_class("Answer", "mistakes_predicted", imported.classes)
        picker = st.container()
        labels = _pick_labels() if imported.dataset is not None else "imported"
        offer_download(imported)
    shown = under_labels(imported, labels)
    if shown is not imported:
        say_edited(imported, shown)
    wrong = mistakes(shown.predictions, shown.classes, shown.run.calibration())
    slices = slices_of(shown)
    with picker:
        part = pick_slice(slices, first_page)
    inside = wrong["sample"].isin(slices.members[part]) if slices is not None and part != ALL else True
    chosen = wrong[inside & ((true == ALL) | (wrong["label"] == true)) & ((predicted == ALL) | (wrong["predicted"] == predicted))]
    said.markdown(
        f"**{numbers.count(len(chosen))}** mistakes"
        + (f" of {numbers.count(len(wrong))}" if len(chosen) < len(wrong) else "")
        + f" among {numbers.count(shown.evaluation.n)} faces."
    )
    if chosen.empty:
        empty_state("No mistake of this kind. Choose another class." if len(wrong) else "The run makes no mistake here.")
    elif pictures_are_missing(shown) or shown.dataset is None:
        answer_table(chosen, shown.classes)
    elif mode == VOTE:
        vote_one_by_one(chosen, shown, shown.dataset)
    else:
        _look_through(chosen, shown, shown.dataset)
    show_slices(slices, shown, part)


def _pick_labels() -> Labels:
    return st.segmented_control(
        "Labels",
        list(LABELS),
        format_func=LABELS.get,
        default="imported",
        required=True,
        key="mistakes_labels",
        on_change=first_page,
        help="The run's scores are those of the labels as imported, on all views; here you may see what your edits change.",
    )


def _look_through(rows: pd.DataFrame, shown: Evaluated, data: Dataset) -> None:
    faces = st.container()
    first, last = pager(len(rows), SIZE, key="mistakes_page")
    page, files = rows.iloc[first:last], shown.files()
    captions = [
        Caption(
            label=row.label,
            answer=row.predicted,
            detail=numbers.percent(row.confidence, 0),
            alt=f"Face labelled {row.label}, answered {row.predicted} with {numbers.percent(row.confidence, 0)}, "
            f"{files.get(row.sample, '')}",
        )
        for row in page.itertuples()
    ]
    with faces:
        sample_grid(data, page["sample"].tolist(), captions, key="mistakes_faces", size=128)
