"""Forms that make drawn faces and delete data sets, and the account of an import."""

import pandas as pd
import streamlit as st

from fer_core.datasets import importer, naming, prepared, store, synthetic, writing
from fer_core.errors import NameTakenError
from fer_core.escape import cell, markdown
from fer_core.labels import display_name
from fer_core.photos.frame import Frame
from pages.data.parts.import_form import REPLACES
from pages.data.parts.import_order import work_key
from pages.ui.access import require_write
from pages.ui.question import ask, question
from pages.ui.work import start_work


def synthetic_form() -> None:
    """Name, number and seed of drawn faces, and a button that makes them."""
    name = st.text_input("Name of the data set", value=synthetic.NAME_DEFAULT, key="synthetic-name", max_chars=60)
    with st.container(horizontal=True):
        count = st.number_input("Number of faces", 100, 50_000, synthetic.COUNT, step=500, key="synthetic-count", width=200)
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, synthetic.SEED, key="synthetic-seed", width=200, help="The same seed draws the same faces."
        )
    if st.button("Draw faces", type="primary", icon=":material/brush:", key="synthetic-go"):
        try:
            checked = writing.require_free(name)
        except NameTakenError:
            ask("synthetic", (naming.check_name(name), int(count), int(seed)))
        else:
            _draw(checked, int(count), int(seed), overwrite=False)
            st.rerun()
    question(
        "synthetic",
        "Replace the data set?",
        text=lambda order: REPLACES.format(name=markdown(order[0])),
        yes="Replace it",
        no="Keep it",
        act=lambda order: _draw(*order, overwrite=True),
    )


def delete_form() -> None:
    """A data set to choose and a button that deletes it after a question."""
    names = store.dataset_names()
    if not names:
        st.markdown("There is nothing to delete.")
        return
    name = st.selectbox("Data set to delete", names, index=None, placeholder="Choose one", key="delete-name")
    if st.button("Delete …", icon=":material/delete:", disabled=name is None, key="delete-go"):
        ask("delete", name)
    question(
        "delete",
        "Delete the data set?",
        text=lambda name: (
            f"**{markdown(name)}** and every decision about its faces will be deleted. Runs trained on it are kept."
        ),
        yes="Delete it",
        no="Keep it",
        act=_delete,
    )


def import_account(report: importer.ImportReport) -> None:
    """What an import took, what it left out, and which files it could not use."""
    said = f"{report.images:,} faces. They are {Frame(report.size, report.colour).words}."
    st.success(f"**{markdown(report.name)}** is imported: {said}", icon=":material/check_circle:")
    table = pd.DataFrame(report.classes).rename(index=display_name, columns=str.capitalize)
    st.dataframe(table, width="content")
    if report.skipped:
        left = ", ".join(f"{markdown(display_name(name))} {n:,}" for name, n in report.skipped.items())
        st.markdown(f"Left out, because their class was not chosen: {left}.")
    st.markdown("\n".join(f"- {markdown(note)}" for note in report.notes))
    rejected_list(list(report.rejected), name=report.name)


def rejected_list(rejected: list, *, name: str) -> None:
    """Files that could not be used, each with its reason, and their list as a file; nothing when all could be used."""
    if not rejected:
        return
    rows = pd.DataFrame([row if isinstance(row, dict) else row.model_dump() for row in rejected])
    with st.expander(f"{len(rows):,} files could not be used"):
        st.dataframe(rows, hide_index=True, width="stretch")
        st.download_button(
            "Download the list",
            rows.map(lambda value: cell(str(value))).to_csv(index=False),
            file_name=f"{name} rejected.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"rejected-{name}",
        )


def _draw(name: str, count: int, seed: int, *, overwrite: bool) -> None:
    require_write("import")
    if overwrite:
        require_write("delete")
    start_work(
        work_key(),
        f"Drawing {name}",
        lambda report: synthetic.create_synthetic(name, count, seed, overwrite=overwrite, progress=report),
        "import",
    )


def _delete(name: str) -> None:
    require_write("delete")
    store.delete_dataset(name)
    prepared.remember_start()
    st.session_state["_import_account"] = f"The data set **{markdown(name)}** is deleted."
