"""Import, make or delete a data set."""

import streamlit as st

from fer_core.datasets.importer import ImportReport
from fer_core.errors import FerError
from fer_core.escape import markdown
from pages.data.parts.dataset_forms import delete_form, import_account, synthetic_form
from pages.data.parts.import_form import formats_list, import_form, keep_form
from pages.data.parts.import_order import Looked, survey_questions, take, work_key
from pages.ui import state
from pages.ui.access import may_write, needs_write
from pages.ui.heading import lead
from pages.ui.navigation import link
from pages.ui.work import current_work, watch_work

WHERE = """
**FER2013** is a set of 35,887 faces of 48×48 pixels from a web search, made for a competition in 2013
([Goodfellow et al.](https://arxiv.org/abs/1307.0414)). It may be used **for research only** and does not come with this app.

- **Picture folders:** on Kaggle, [msambare/fer2013](https://www.kaggle.com/datasets/msambare/fer2013). Download `archive.zip`
  (a free account is needed) and give its path here, as it is.
- **The original table:** `fer2013.csv` of the
  [ICML 2013 challenge](https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge/data),
  whose public and private tests both become the test split here. With it, [FER+](https://github.com/microsoft/FERPlus)'s
  `fer2013new.csv` brings in ten votes per face.

Your own pictures can be imported as well: a folder or archive with one folder per class, with or without `train` and `test` above
them. Any size and colour is read; faces are stored with 48 to 224 pixels a side, grey or RGB, as most pictures come.
Where pictures show more than a face, it can be found, set upright and cropped.

The same from a terminal:
"""
COMMAND = "python -m fer_core import ~/Downloads/archive.zip --name FER2013 --classes five"


def show() -> None:
    """Import, make or delete a data set."""
    lead("Import faces, draw synthetic ones, or delete a data set.")
    if not may_write("delete"):
        needs_write("import")
    if current_work(work_key()) is not None:
        st.caption("This continues while you use other pages.")
        try:
            outcome = watch_work(work_key())
        except FerError as error:
            st.error(markdown(str(error)), icon=":material/error:")
        else:
            if isinstance(outcome, Looked):
                take(outcome)
            elif outcome is not None:
                drawn = not isinstance(outcome, ImportReport)
                st.session_state["_import_account"] = (
                    f"**{markdown(outcome.name)}** is ready: {outcome.meta.n:,} drawn faces." if drawn else outcome
                )
                state.choose_dataset(outcome.name)
            st.rerun()
    account = st.session_state.get("_import_account")
    if isinstance(account, ImportReport):
        import_account(account)
    elif account:
        st.success(account, icon=":material/check_circle:")
    if account:
        with st.container(horizontal=True):
            link("data/faces", label="See the faces", icon=":material/grid_view:")
            link("train/new_run", label="Train on them", icon=":material/play_circle:")
    bring, draw, remove = st.tabs(["Import", "Draw synthetic faces", "Delete"])
    with bring:
        form, where = st.columns([3, 2], gap="large")
        with form:
            # The questions take the form's place: below it, on a phone, nobody would see them.
            if survey_questions():
                keep_form()
            else:
                import_form()
        with where, st.container(border=True):
            st.markdown("##### Where to get FER2013")
            st.markdown(WHERE)
            st.code(COMMAND, language="bash", wrap_lines=True)
        formats_list()
    with draw, st.container(width=620):
        st.markdown(
            "Faces drawn by a program: head shapes, skin, hair and expressions are put together at random, and every "
            "label is right "
            "by construction. Use them to learn how things work. They say nothing about how a run does on real people."
        )
        synthetic_form()
    with remove, st.container(width=620):
        delete_form()
