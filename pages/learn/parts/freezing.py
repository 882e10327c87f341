"""The slider over the blocks: what is frozen, what is trained, how many parameters, and how long it takes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.backbones import BACKBONES
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.figures.freezing import block_title, frozen_blocks
from fer_core.labels import FIVE
from fer_core.lesson.freezing import EPOCHS, HEAD, Freeze, block_parameters, freeze, places
from pages.ui.chart import chart
from pages.ui.heading import Figure, figures_row
from pages.ui.state import selected_dataset

_BACKBONE, _PLACE = "freeze_backbone", "freeze_place"
_FIRST = "block_12"


def choose() -> tuple[str, Freeze, Dataset | None]:
    """The backbone, and what is trained of it at the slider's place; with the data set that time is told for."""
    data = selected_dataset()
    if data is not None and not sum(data.meta.counts.get("train", {}).values()):
        data = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        backbone = st.selectbox(
            "Network",
            list(BACKBONES),
            format_func=lambda name: BACKBONES[name].title,
            key=_BACKBONE,
            persist_state="session",
            width=200,
        )
        options = list(places(backbone))
        key = f"{_PLACE}_{backbone}"
        if key not in st.session_state:
            st.session_state[key] = _FIRST if _FIRST in options else options[len(options) // 3]
        with st.container(width=520):
            place = st.select_slider(
                "Train from here up to the head", options, format_func=_title, key=key, persist_state="session"
            )
    return backbone, freeze(place, _classes(data), backbone=backbone, meta=data.meta if data else None), data


def show(backbone: str, chosen: Freeze, data: Dataset | None) -> None:
    """The numbers of the chosen place, and the blocks."""
    figures_row(
        [
            Figure(
                "Trainable",
                numbers.count(chosen.trainable),
                note=f"{numbers.percent(chosen.share)} of {numbers.count(chosen.total)}",
            ),
            Figure(
                "Stages trained",
                f"{len(chosen.trained)} of {len(BACKBONES[backbone].blocks)}",
                help="The stem and the blocks, as drawn below.",
                note="and the head",
            ),
            Figure(
                "One epoch, about",
                numbers.DASH if chosen.epoch_seconds is None else numbers.duration(chosen.epoch_seconds),
                note=f"{sum(data.meta.counts['train'].values()):,} faces, copies too" if data else "no data set",
            ),
        ]
    )
    if data is None:
        st.caption("How long it takes depends on the data set: import one, or have faces drawn, to see it.")
    else:
        st.caption(f":material/timer: {EPOCHS} epochs on {markdown(data.name)}. {chosen.sentence}")
    parameters = block_parameters(backbone, _classes(data))
    chart(
        frozen_blocks(parameters, {*chosen.trained, HEAD}),
        key="freeze_blocks",
        alt=f"Parameters of each block; trained are the head and {len(chosen.trained)} stages",
    )
    st.caption(
        "Bars count all parameters of a block. Gradients train two of a batch norm's four parameters per channel, so that "
        "slightly fewer are trainable."
    )


def table(backbone: str, data: Dataset | None) -> None:
    """Every place of the slider, side by side."""
    every = [freeze(place, _classes(data), backbone=backbone, meta=data.meta if data else None) for place in places(backbone)]
    frame = pd.DataFrame(
        {
            "from": [_title(one.first) for one in every],
            "trainable": [one.trainable for one in every],
            "share": [100 * one.share for one in every],
            **({"seconds": [one.epoch_seconds for one in every]} if data else {}),
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={
            "from": st.column_config.TextColumn("Trained from", pinned=True),
            "trainable": st.column_config.NumberColumn("Trainable", format="localized"),
            "share": st.column_config.ProgressColumn("of all", format="%.1f%%", min_value=0.0, max_value=100.0),
            "seconds": st.column_config.NumberColumn("Seconds per epoch, expected", format="%.0f"),
        },
        key=f"freeze_table_{backbone}",
    )


def placeholders(backbone: str, data: Dataset | None) -> dict[str, str]:
    """What the words may refer to as {name}."""
    classes = _classes(data)
    head, every = (freeze(place, classes, backbone=backbone) for place in (HEAD, BACKBONES[backbone].blocks[0]))
    return {
        "network": BACKBONES[backbone].title,
        "head_trainable": numbers.count(head.trainable),
        "head_share": numbers.percent(head.share, 2),
        "all_trainable": numbers.count(every.trainable),
        "classes": str(classes),
    }


def _classes(data: Dataset | None) -> int:
    return len(data.meta.classes) if data else len(FIVE)


def _title(place: str) -> str:
    return "Head alone" if place == HEAD else block_title(place)
