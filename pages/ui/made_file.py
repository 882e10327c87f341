"""Files that the app makes for a viewer: the button that makes one, its progress, and where it lies until it is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import streamlit as st

from fer_core.escape import markdown
from fer_core.settings import settings
from pages.ui.access import may_download, may_write
from pages.ui.work import current_work, follow_work

LARGEST = 500_000_000
"""Larger files are not passed through the browser, which would hold them in memory: they are copied from where they lie."""


def folder() -> Path:
    """Where the files of this workspace lie."""
    return settings().workspace / "exports"


def make_button(work: str, start: Callable[[], None], *, key: str, icon: str) -> None:
    """Draw the button that makes a file, or the progress while it is made.

    Args:
        work: key of the work.
        start: begins it.
        key: of the button.
        icon: of the button, name of a Material symbol.
    """
    if current_work(work) is not None:
        follow_work(work)
    elif st.button("Make the file", type="primary", icon=f":material/{icon}:", key=key):
        start()
        st.rerun()


def name_file(path: Path, kind: str = "") -> None:
    """Say what a file is called, how large it is, when it was made and, to who may change things, where it lies."""
    about = path.stat()
    when = datetime.fromtimestamp(about.st_mtime).strftime("%d %B %Y, %H:%M")
    st.markdown(f"**{markdown(path.name)}**, {f'{kind}, ' if kind else ''}{about.st_size / 1e6:,.1f} MB, made {when}")
    if may_write():
        st.caption(f"Saved on the computer that runs this app: `{path}`")


def file_buttons(path: Path, mime: str) -> None:
    """Draw a download, where the file is not too large for it, and the button that deletes it."""
    with st.container(horizontal=True):
        if path.stat().st_size <= LARGEST and may_download():
            # Given a function, Streamlit reads the file when the button is pressed, and not at each run of the page.
            st.download_button(
                "Download",
                path.read_bytes,
                file_name=path.name,
                mime=mime,
                icon=":material/download:",
                key=f"download-{path.name}",
                on_click="ignore",
            )
        if may_write("export"):
            st.button("Delete the file", icon=":material/delete:", key=f"remove-{path.name}", on_click=_remove, args=(path,))


def _remove(path: Path) -> None:
    if may_write("export"):
        path.unlink(missing_ok=True)
