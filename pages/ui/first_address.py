"""The first address of all that a server is asked for, when it is not the home page's."""

import json
from urllib.parse import quote

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx


def load_again() -> None:
    """Let the browser load the first address once more; for `app.py` alone, before `st.navigation`.

    Until `st.navigation` was called once in the process, Streamlit takes the folder `pages` for its older kind of navigation. It
    knows no view of ours by its address, and covers the right view with a dialog that says "Page not found". The view is named in
    full, because for a moment the browser shows the address of the home page, and a plain reload would stay there.
    """
    context = get_script_run_ctx()
    if PagesManager.uses_pages_directory and context is not None and context.pages_manager.intended_page_name:
        view = json.dumps(quote(context.pages_manager.intended_page_name, safe=""))
        st.html(f"<script>window.location.replace({view} + window.location.search)</script>", unsafe_allow_javascript=True)
