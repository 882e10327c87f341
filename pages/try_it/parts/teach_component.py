"""Teach it's part that runs in the browser: what it is told, and the faces that it hands over when their owner keeps them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fer_core.errors import FerError, InputError
from fer_core.exporting.scripts import page
from fer_core.labels import SEVEN, colours, display_name
from fer_core.lesson import drawn_people
from fer_core.runs import Run
from fer_core.training import executors, own_faces
from pages.try_it.parts.live_component import SCRIPT, drawn
from pages.try_it.parts.live_files import teaching_addresses
from pages.ui.access import may_use_camera, may_write, require_write

KEY, KEPT, FAILED = "teach", "teach_kept", "teach_failed"

_component = st.components.v2.component(
    "fer_teach",
    html=page("teach.html"),
    css=page("live.css") + "\n" + page("teach.css"),
    js=SCRIPT.replace("main.mjs", "teach.mjs"),
)


def teach(run: Run, start: own_faces.Start) -> None:
    """Draw the picture, the classes, and what is said of the head.

    Args:
        run: whose network gives the features.
        start: as it was trained, or with the weights of ImageNet.
    """
    _component(key=KEY, data=told(run, start), on_kept_change=lambda: _take(run, start))


def told(run: Run, start: own_faces.Start) -> dict[str, Any]:
    """What the browser is told: where the files are, what it may do, colours, and the drawn people."""
    expressions = [{"shown": display_name(name), "poses": poses} for name, poses in drawn_people.held_expressions().items()]
    return {
        "files": teaching_addresses(run, imagenet=start == "imagenet"),
        "camera": may_use_camera(),
        "mayKeep": may_write(),
        "limits": {"classes": own_faces.MOST_CLASSES, "most": own_faces.MOST_FACES, "least": own_faces.LEAST_FACES},
        "colours": {
            "named": colours(SEVEN),
            "others": list(colours([f"class {number}" for number in range(own_faces.MOST_CLASSES)]).values()),
        },
        "drawn": {**drawn(), "people": list(drawn_people.PEOPLE), "expressions": expressions},
    }


def keep(sent: Any, run: Run, start: own_faces.Start) -> tuple[str, Run]:
    """Make a data set of what the browser sent, and start a run on it.

    Returns:
        Name of the data set, and the run.

    Raises:
        InputError: nobody consented, the viewer may only look on, or what was sent are no faces.
        FerError: the data set or the run could not be made.
    """
    require_write()
    if not isinstance(sent, dict) or sent.get("consent") is not True:
        raise InputError(
            "Faces are kept only with the consent of everyone whose face is among them; tick the box and press again."
        )
    faces = own_faces.read_sent(sent)
    data = own_faces.keep(faces, str(sent.get("name", "")), drawn=sent.get("drawn") is True)
    return data.name, executors.start(own_faces.recipe(data.name, run, start))


def _take(run: Run, start: own_faces.Start) -> None:
    """Keep what the browser has sent; a callback."""
    sent = st.session_state[KEY].kept
    if sent is None:
        return
    st.session_state.pop(FAILED, None)
    try:
        st.session_state[KEPT] = keep(sent, run, start)
    except FerError as error:
        st.session_state[FAILED] = str(error)
