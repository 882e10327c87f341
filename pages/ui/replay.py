"""Playing the recorded curves of a run that has ended once more, as they grew."""

import math
import time

import streamlit as st

from fer_core.runs import Run
from pages.ui.boundary import error_boundary
from pages.ui.run_panel import recorded, show_curves, steady

FRAMES = 40
"""Steps from the start of a recording to its end."""

FRAME_SECONDS = 0.5
"""Time between two steps."""


def replay(run: Run) -> None:
    """Curves of a run that has ended, with a slider and a button that plays them from the start."""
    epochs, batches = recorded(run)
    if epochs.empty:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded", icon=":material/history:", color="violet")
        st.caption("Curves recorded during training; the run is not training now.", width="content")
        if _playing(run):
            st.button("Pause", icon=":material/pause:", on_click=_pause, key="replay_pause")
        else:
            st.button("Replay", icon=":material/replay:", on_click=_play, args=(run,), key="replay_play")
    end = max(float(frame["epoch"].max()) for frame in (epochs, batches) if not frame.empty)
    with steady("replay"):
        st.fragment(_frame, run_every=FRAME_SECONDS if _playing(run) else None)(run, end)


def _frame(run: Run, end: float) -> None:
    with error_boundary():
        key = _key(run)
        if st.session_state.get(key) is None:
            st.session_state[key] = FRAMES
        if _playing(run):
            since, first = st.session_state["_replaying"][1:]
            st.session_state[key] = min(FRAMES, first + int((time.monotonic() - since) / FRAME_SECONDS))
            if st.session_state[key] == FRAMES:
                _pause()
                st.rerun()
        frame = st.select_slider(
            "Position in the recording",
            range(FRAMES + 1),
            format_func=lambda step: f"epoch {end * step / FRAMES:.1f} of {end:.0f}",
            key=key,
            on_change=_moved,
            args=(run,),
            label_visibility="collapsed",
        )
        until = None if frame == FRAMES else end * frame / FRAMES
        show_curves(run, planned=math.ceil(end), best_epoch=run.status().best_epoch, until=until, key="recorded")


def _play(run: Run) -> None:
    frame = st.session_state.get(_key(run), FRAMES)
    if frame >= FRAMES:
        frame = st.session_state[_key(run)] = 0
    st.session_state["_replaying"] = (run.id, time.monotonic(), frame)


def _pause() -> None:
    st.session_state["_replaying"] = None


def _moved(run: Run) -> None:
    if _playing(run):
        st.session_state["_replaying"] = (run.id, time.monotonic(), st.session_state[_key(run)])


def _playing(run: Run) -> bool:
    replaying = st.session_state.get("_replaying")
    return replaying is not None and replaying[0] == run.id


def _key(run: Run) -> str:
    return f"replay_{run.id}"
