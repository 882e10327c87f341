"""What a session remembers of faces: answers, maps, pictures made from them. In memory alone, and forgotten together.

Whatever is made from a face that a viewer uploaded is kept here and nowhere else: in no cache that outlives the session or is
shared between viewers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st
from streamlit import runtime

KEPT = 256
"""Things that a session remembers; a map takes 9 kB, a picture with answers some hundred."""

_MEMORY = "_answers_and_maps"


def remembered(keys: Sequence[Hashable], make: Callable[[list[int]], Sequence[Any]]) -> list[Any]:
    """One thing a key; those the session does not remember are made.

    Args:
        keys: what each thing is made from.
        make: called once with the positions of the missing ones, if there are any; returns them in that order.
    """
    memory: OrderedDict[Hashable, Any] = st.session_state.setdefault(_MEMORY, OrderedDict())
    missing = [position for position, key in enumerate(keys) if key not in memory]
    if missing:
        memory.update(zip([keys[position] for position in missing], make(missing), strict=True))
    things = [memory[key] for key in keys]
    for key in keys:
        memory.move_to_end(key)
    while len(memory) > KEPT:
        memory.popitem(last=False)
    return things


def forget() -> None:
    """Drop all of it, and what the page of this session has had the server keep under `/media/`."""
    st.session_state.pop(_MEMORY, None)
    if runtime.exists():
        media = runtime.get_instance().media_file_mgr
        media.clear_session_refs()
        # The first look only marks downloads that no page shows any more, the second removes them.
        for _ in range(2):
            media.remove_orphaned_files()
