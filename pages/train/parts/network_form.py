"""The part of a recipe's form that chooses the network and what it starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from fer_core.backbones import BACKBONES
from pages.ui.access import may_write

_WEIGHTS = {"imagenet": "ImageNet", "file": "A file", "random": "From scratch"}
_GENERATION = "network_generation"


def reset() -> None:
    """Give the fields their first values again; for callbacks."""
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1


def backbone_picker() -> dict[str, Any]:
    """Choose the network and where its weights come from; returns the changes that this means."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        backbone = st.selectbox(
            "Network",
            list(BACKBONES),
            format_func=lambda name: f"{BACKBONES[name].title}, {BACKBONES[name].parameters / 1e6:.1f} M parameters",
            key=_key("backbone"),
            width=280,
            persist_state="session",
        )
        source = st.segmented_control(
            "Start from",
            [name for name in _WEIGHTS if name != "file" or may_write()],
            format_func=_WEIGHTS.__getitem__,
            default="imagenet",
            required=True,
            key=_key("weights"),
            persist_state="session",
            help="ImageNet: weights learned on 1.2 million photographs of everyday things. From scratch: random weights.",
        )
    row = BACKBONES[backbone]
    cost = "" if row.forward_cost == 1 else f" A forward pass takes about {row.forward_cost:g} times as long as MobileNet's."
    st.caption(row.description + cost)
    changes: dict[str, Any] = {"backbone": backbone}
    if source == "random":
        changes["weights"] = "random"
    if source == "file":
        path = st.text_input(
            "Path of the weights file",
            placeholder=row.weights.name,
            key=_key("weights_file"),
            persist_state="session",
            help="Keras weights of this network without its top, .h5 or .weights.h5.",
        ).strip()
        changes["weights_file"] = str(Path(path).expanduser().resolve()) if path else ""
    return changes


def _key(field: str) -> str:
    return f"network_{st.session_state.get(_GENERATION, 0)}_{field}"
