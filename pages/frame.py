"""The frame around every view: page configuration, navigation, and the two pickers that all views share."""

from pathlib import Path

import streamlit as st

from pages.learn.parts import class_line
from pages.parts import face_drawer, first_start, menu, pickers, search, work_chip
from pages.ui import access, chart, heading
from pages.ui.boundary import error_boundary
from pages.ui.loaders import spare_modules

PAGES = Path(__file__).resolve().parent

st.set_page_config(page_title="FER Lab", page_icon=str(PAGES / "parts" / "icon.svg"), layout="wide")

spare_modules()
st.html(
    "<style>.stMainBlockContainer{padding-top:4.6rem}@media(max-width:640px){.stMainBlockContainer{padding-top:4.4rem}}"
    f"[data-testid=stCaptionContainer]{{color:inherit;opacity:.8}}{chart.STYLE}{heading.STYLE}</style>"
)

page = st.navigation(menu.menu(), position="top")

with error_boundary():
    access.needs_seat()
    first_start.prepare()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="context"):
        st.title(page.title, anchor=False, width="stretch")
        pickers.pickers()
        work_chip.draw()
        search.search_button()
    access.notice()
    class_line.draw()
    page.run()
    face_drawer.draw()
