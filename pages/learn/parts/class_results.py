"""What a class has expected and found in a lesson, in the app's memory until the next group: without names, in no file."""

from __future__ import annotations

import threading
from typing import Any

import streamlit as st

from fer_core.settings import settings
from pages.ui.access import is_student


@st.cache_resource(show_spinner=False)
def _kept() -> tuple[threading.Lock, dict[tuple[str, str], Any]]:
    return threading.Lock(), {}


def keep(name: str, value: Any) -> None:
    """Keep what the class has said under a name, in place of what it said before; what a student says is theirs alone."""
    if is_student():
        st.session_state[f"_said {name}"] = value
        return
    lock, kept = _kept()
    with lock:
        kept[str(settings().workspace), name] = value


def kept(name: str) -> Any:
    """What the class has said under this name; None when nothing."""
    if is_student():
        return st.session_state.get(f"_said {name}")
    lock, kept = _kept()
    with lock:
        return kept.get((str(settings().workspace), name))


def clear() -> None:
    """Forget all of it: another group comes in."""
    lock, kept = _kept()
    with lock:
        for key in [key for key in kept if key[0] == str(settings().workspace)]:
            del kept[key]
