"""Work that a viewer asks for: offered with what it costs, done beside the view, and remembered by the session."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.progress import Progress
from pages.ui.work import asked_anew, current_work, start_work, watch_work

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

KEPT = 24
"""Results that a session remembers."""

AT_ONCE = 10
"""Seconds of work that begins without being asked for."""

_RESULTS, _ENDED = "_asked_results", "_asked_ended"


def asked_for(
    key: str,
    *,
    title: str,
    offer: str,
    button: str,
    function: Callable[[Progress], Any],
    kept: Callable[[], Any] = lambda: None,
    seconds: float = math.inf,
    again: DeltaGenerator | None = None,
) -> Any:
    """The result of `function(report)`, or None while the viewer has not asked for it and it was not kept from before.

    What takes at most `AT_ONCE` seconds begins by itself, but not again after it was stopped or has failed.

    Args:
        key: names the work and all that it depends on.
        title: stands beside the progress.
        offer: what is going to happen and how long it takes, in Markdown.
        button: asks for it.
        function: runs in a thread of its own, and draws nothing.
        kept: reads the result where it was kept; None when it was not.
        seconds: how long it takes on an idle machine.
        again: where the button is drawn that makes it anew; None for here.

    Raises:
        FerError: the work ended with it.
    """
    results = _results()
    if current_work(key) is None:
        if key not in results and (before := kept()) is not None:
            _remember(key, before)
        if key in results:
            results.move_to_end(key)
            with again or nullcontext():
                anew = asked_anew(title, help=offer)
            if not anew:
                return results[key]
        elif (seconds > AT_ONCE or key in _ended()) and not _asked(offer, button, title):
            return None
    start_work(key, title, function)
    try:
        result = watch_work(key)
    except FerError:
        _ended().add(key)
        raise
    if result is not None:
        _remember(key, result)
    st.rerun()


def work_key(kind: str, predictor: Predictor, data: Dataset, *parts: object) -> str:
    """Names a piece of work by the network and the faces that it depends on."""
    return " ".join(map(str, [kind, predictor.run.path, predictor.version, data.path, data.meta.fingerprint, *parts]))


def results_of(prefix: str) -> dict[str, Any]:
    """What the session remembers of work whose key begins so: {key: result}, the oldest first."""
    return {key: result for key, result in _results().items() if key.startswith(prefix)}


def _asked(offer: str, button: str, title: str) -> bool:
    with st.container(border=True):
        st.markdown(offer)
        return st.button(button, type="primary", icon=":material/play_arrow:", key=f"ask {title}")


def _ended() -> set[str]:
    """Keys of the work of this session that was stopped or has failed."""
    ended: set[str] = st.session_state.setdefault(_ENDED, set())
    return ended


def _remember(key: str, result: Any) -> None:
    results = _results()
    results[key] = result
    while len(results) > KEPT:
        results.popitem(last=False)


def _results() -> OrderedDict[str, Any]:
    results: OrderedDict[str, Any] = st.session_state.setdefault(_RESULTS, OrderedDict())
    return results
