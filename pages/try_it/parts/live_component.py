"""The Live page's part that runs in the browser: what it is told, and the one thing it may hand back, a snapshot."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

import streamlit as st

from fer_core.errors import InputError
from fer_core.exporting.scripts import page
from fer_core.lesson import drawn_people
from fer_core.runs import Run
from fer_core.settings import settings
from pages.try_it.parts import intake
from pages.try_it.parts.live_files import addresses
from pages.ui.access import may_send_pictures, may_use_camera

KEY = "live"
_JPEG = "data:image/jpeg;base64,"

# Streamlit runs this from a `blob:` address, from where nothing can be addressed relative to it. It calls it again with new data,
# and what it returns when the page is left; a call that comes too late must not end what a later one has begun.
SCRIPT = """
const page = import(new URL('app/static/live/main.mjs', document.baseURI).href);
export default function (given) {
  const root = given.parentElement;
  const turn = root.turn = (root.turn ?? 0) + 1;
  page.then(({ mount }) => root.turn === turn && mount(given)).catch((error) => {
    console.error(error);
    root.querySelector('.say').textContent = 'The scripts of this page do not load: reload it, or use another browser.';
  });
  return () => {
    if (root.turn !== turn) return;
    root.turn += 1;
    root.live?.end();
  };
}
"""
_component = st.components.v2.component(
    "fer_live",
    html=page("live.html"),
    css=page("live.css"),
    js=SCRIPT,
)


def live(run: Run, *, int8: bool) -> None:
    """Draw the picture, the answers and the controls.

    Args:
        run: whose answers are shown.
        int8: answer with its network quantised to int8.
    """
    _component(key=KEY, data=told(run, int8=int8), on_snapshot_change=_take_snapshot)


def told(run: Run, *, int8: bool) -> dict[str, Any]:
    """What the browser is told: where the files are, whether it may ask for a camera, and the drawn faces."""
    return {
        "files": addresses(run, int8=int8),
        "camera": may_use_camera(),
        "drawn": drawn(),
    }


def drawn() -> dict[str, Any]:
    """Where the drawn people are, relative to the scripts, and how their sheets are laid out."""
    sheets = [f"drawn/{drawn_people.sheet_file(person).name}" for person in drawn_people.PEOPLE]
    return {**drawn_people.told(), "sheets": sheets}


def snapshot_bytes(sent: object) -> bytes:
    """The JPEG that the browser sent as a `data:` address.

    Raises:
        InputError: it is something else, or larger than a photo may be.
    """
    text = sent if isinstance(sent, str) else ""
    if not text.startswith(_JPEG) or len(text) > settings().max_photo_bytes * 4 // 3 + len(_JPEG):
        raise InputError("A snapshot must be a JPEG no larger than a photo; take another one.")
    try:
        return base64.b64decode(text.removeprefix(_JPEG), validate=True)
    except binascii.Error as error:
        raise InputError("The snapshot arrived damaged; take another one.") from error


def _take_snapshot() -> None:
    """Put what the browser has sent among the photos of this session, in memory; a callback."""
    sent = st.session_state[KEY].snapshot
    if sent is None or not may_send_pictures():
        return
    try:
        intake.add(time.strftime(intake.SNAPSHOT), snapshot_bytes(sent))
    except InputError as error:
        st.toast(str(error), icon=":material/error:")
