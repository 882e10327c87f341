"""FER Lab: the frame around every view - configuration, navigation, and the two pickers that all views share."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from pages.ui import first_start, state
from pages.ui.boundary import error_boundary

ROOT = Path(__file__).resolve().parent

VIEWS: dict[str, list[tuple[str, str, str, str]]] = {
    "": [("home.py", "Home", ":material/home:", "")],
    "Data set": [
        ("dataset/overview.py", "Overview", ":material/bar_chart:", "overview"),
        ("dataset/samples.py", "Samples", ":material/grid_view:", "samples"),
        ("dataset/pixels.py", "Pixels", ":material/blur_on:", "pixels"),
        ("dataset/import_data.py", "Import, make, delete", ":material/folder_open:", "import"),
    ],
    "Train": [
        ("train/new_run.py", "New run", ":material/play_circle:", "train"),
        ("train/monitor.py", "Live curves", ":material/monitoring:", "monitor"),
        ("train/runs_list.py", "All runs", ":material/list:", "runs"),
    ],
    "Evaluate": [
        ("evaluate/scores.py", "Scores", ":material/leaderboard:", "scores"),
        ("evaluate/confusion.py", "Confusion", ":material/grid_on:", "confusion"),
        ("evaluate/mistakes.py", "Mistakes", ":material/rule:", "mistakes"),
    ],
    "Explain": [
        ("explain/sample.py", "A sample", ":material/center_focus_strong:", "explain-sample"),
        ("explain/photo.py", "Your photo", ":material/add_a_photo:", "photo"),
    ],
}

st.set_page_config(page_title="FER Lab", page_icon=":material/mood:", layout="wide")

st.html("<style>.stMainBlockContainer{padding-top:3.2rem}</style>")

sections = {
    section: [
        st.Page(f"pages/{path}", title=title, icon=icon, url_path=url or None, default=not url)
        for path, title, icon, url in views
        if (ROOT / "pages" / path).is_file()
    ]
    for section, views in VIEWS.items()
}
# Streamlit takes a folder `pages` for its older kind of navigation until `st.navigation` was called once in the process: the first
# address of all, if it is not the home page's, gets a "Page not found" dialog. Loading it again is right, and needed only then.
first_of_all = bool(PagesManager.uses_pages_directory)
page = st.navigation({section: views for section, views in sections.items() if views}, expanded=True)
if first_of_all and page.url_path:
    st.html("<script>window.location.reload()</script>", unsafe_allow_javascript=True)
    st.stop()

with error_boundary():
    first_start.prepare()
    with st.sidebar:
        state.pickers()
    page.run()
