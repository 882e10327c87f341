"""Show the decisions about labels."""

from pathlib import PurePath

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.edit_exchange import decisions
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.data.parts.edit_forms import account, file_forms, offer_left_behind, take_all_back
from pages.data.parts.undo import COMPARE, undo_button
from pages.ui.browse import ALL, pager
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state, needs_dataset
from pages.ui.faces import Caption
from pages.ui.heading import Figure, figures_row, lead
from pages.ui.navigation import link

SIZE = 48
KINDS = {ALL: "All", "relabel": "Relabelled", "exclude": "Excluded", "keep": "Kept"}


def first_page() -> None:
    st.session_state["edits_page"] = 1


def class_table(data: Dataset, split: str) -> pd.DataFrame:
    before = pd.Series(data.meta.counts[split])
    after = data.split(split, "edited")["label"].value_counts().reindex(before.index, fill_value=0)
    table = pd.DataFrame({"As imported": before, "As edited": after, "Change": after - before})
    return table.rename(index=display_name)


def show() -> None:
    """Show the decisions about labels."""
    lead("Your decisions about labels. They are kept beside the imported data and can be undone at any time.")
    data = needs_dataset()
    log = data.edits()
    account()
    offer_left_behind(data, log)
    if not log.in_force:
        empty_state(
            "There are no decisions yet. Keep, relabel or exclude faces under suspected labels, or import decisions below.",
            page="data/labels",
            label="Suspected labels",
        )
        file_forms(data, log)
        st.stop()
    edit_rows = decisions(data, log)
    counts = edit_rows["action"].value_counts()
    figures_row(
        [
            Figure(title, numbers.count(int(counts.get(action, 0))), help_)
            for action, title, help_ in (
                ("relabel", "Relabelled", "Faces with another class than at the import."),
                ("exclude", "Excluded", "Faces that training on edited labels leaves out."),
                ("keep", "Kept", "Faces that you checked and left unchanged."),
            )
        ]
    )
    with st.container(horizontal=True):
        undo_button(data, log, origin="edits")
        take_all_back(data, log)
    _faces(data, edit_rows)
    _classes(data, edit_rows)
    st.divider()
    file_forms(data, log)


def _faces(data: Dataset, edit_rows: pd.DataFrame) -> None:
    """The faces that were decided on, the newest first; the drawer of each takes its decision back."""
    kind = st.segmented_control(
        "Show", list(KINDS), format_func=KINDS.get, default=ALL, required=True, key="edits_kind", on_change=first_page
    )
    shown = edit_rows[(kind == ALL) | (edit_rows["action"] == kind)].iloc[::-1]
    if shown.empty:
        empty_state("No decision of this kind.")
        return
    first, last = pager(len(shown), SIZE, key="edits_page")
    st.caption("Open a face to take its decision back.")
    rows = shown.iloc[first:last]
    sample_grid(
        data,
        rows["sample"].tolist(),
        [
            Caption(
                label=row.imported,
                answer=row.label if row.action == "relabel" else "",
                detail=f"{KINDS[row.action].lower()}, {PurePath(row.file).name}",
                alt=f"{row.imported}, {row.action} {row.label}, {row.split} split",
            )
            for row in rows.itertuples()
        ],
        key="edits_faces",
    )


def _classes(data: Dataset, edit_rows: pd.DataFrame) -> None:
    """How many faces of each class there are before and after the decisions, and how to compare what they are worth."""
    touched = [split for split in SPLITS if ((edit_rows["split"] == split) & (edit_rows["action"] != "keep")).any()]
    if touched:
        st.subheader("Classes, before and after", anchor=False)
        for column, split in zip(st.columns(len(touched)), touched, strict=True):
            with column:
                table = class_table(data, split)
                st.markdown(f"**{split.capitalize()}**")
                st.dataframe(table, width="content")
                gone = [name for name, row in table.iterrows() if row["As imported"] and not row["As edited"]]
                if gone:
                    st.warning(
                        f"No face of {markdown(', '.join(map(str, gone)))} is left; training on the edited labels will "
                        "be refused."
                    )
        st.markdown(COMPARE)
        link("train/new_run", label="New run", icon=":material/arrow_forward:")
