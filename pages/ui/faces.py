"""Draw grids of faces: one block of HTML, because sixty `st.image` calls are slow; a grid with a key can be clicked."""

import base64
import hashlib
import html
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import streamlit as st

from fer_core.labels import colour, display_name
from pages.ui.state import selected_dataset


@dataclass(frozen=True)
class Caption:
    """What stands below a face.

    Attributes:
        label: class, shown with its colour; empty for none.
        answer: another class, shown after an arrow (what a run answered instead); empty for none.
        detail: a short second line, such as a file name or a probability.
        alt: what a screen reader says; made from the others when empty.
    """

    label: str = ""
    answer: str = ""
    detail: str = ""
    alt: str = ""


_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")

# The pictures arrive as data and are made into elements here; a click, Enter or space tells the place of the face.
_CLICKS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_clickable = st.components.v2.component("fer_faces", html='<div class="fer-grid"></div>', css=_STYLE, js=_CLICKS)


def face_grid(
    images: np.ndarray | Sequence[np.ndarray],
    captions: Sequence[Caption],
    *,
    size: int = 96,
    numbers: bool = False,
    chosen: int | None = None,
    ticked: Collection[int] | None = None,
    pale: bool = False,
    key: str | None = None,
    on_open: Callable[[int], None] | None = None,
) -> None:
    """Draw faces side by side, as many in a row as fit.

    Args:
        images: (N, H, W) grey or (N, H, W, 3) RGB uint8, or a sequence of such pictures.
        captions: one for each picture.
        size: least width of a face on the page in pixels.
        numbers: write 1, 2, 3 … into the corners, to refer to a face.
        chosen: position of a face that gets a frame.
        ticked: positions of the faces that are taken in; None where there is nothing to take in.
        pale: draw faces that are not taken in pale.
        key: makes every face a button; needed with `on_open`.
        on_open: callback with the position of the face that was clicked, or chosen with Enter.
    """
    cells = "".join(
        _cell(
            image,
            caption,
            number=position + 1 if numbers else None,
            chosen=position == chosen,
            ticked=None if ticked is None else position in ticked,
            pale=pale and position not in (ticked or ()),
            place=position if key else None,
        )
        for position, (image, caption) in enumerate(zip(images, captions, strict=True))
    )
    if key is None or on_open is None:
        st.html(f'<div class="fer-grid" style="--face:{size}px" role="list"><style>{_STYLE}</style>{cells}</div>')
        return
    clickable(cells, len(captions), key=key, size=size, on_open=on_open)


def clickable(cells: str, count: int, *, key: str, size: int, on_open: Callable[[int], None]) -> None:
    """Draw cells of which a click, Enter or space tells the place.

    Args:
        cells: HTML, escaped; what can be clicked has its place in `data-place`, and a tabindex.
        count: how many places there are.
        key: of the grid.
        size: least width of a cell on the page in pixels.
        on_open: callback with the place.
    """

    def opened() -> None:
        place = st.session_state[key].opened
        if place is not None and 0 <= int(place) < count:
            on_open(int(place))

    digest = hashlib.blake2b(cells.encode(), digest_size=8).hexdigest()
    _clickable(key=key, data={"cells": cells, "size": size, "digest": digest}, on_opened_change=opened)


def face_picker(
    images: np.ndarray | Sequence[np.ndarray], captions: Sequence[Caption], *, key: str, size: int = 96
) -> int | None:
    """Draw a grid in which a click chooses a face; returns the position of the chosen one, None when there are no faces."""
    if not len(captions):
        return None
    if st.session_state.get(key) not in range(len(captions)):
        st.session_state[key] = 0
    chosen = int(st.session_state[key])
    face_grid(images, captions, size=size, chosen=chosen, key=f"{key}_grid", on_open=lambda place: _choose(key, place))
    return chosen


def _choose(key: str, place: int) -> None:
    st.session_state[key] = place


def png_uri(image: np.ndarray) -> str:
    """`data:image/png;base64,…` of an (H, W) grey or (H, W, 3) RGB uint8 picture."""
    plane = image if image.ndim == 2 else image[..., ::-1]
    encoded = cv2.imencode(".png", np.ascontiguousarray(plane), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def class_chip(name: str) -> str:
    """HTML of a class name with its colour dot, the one it has among the chosen data set's classes, escaped."""
    data = selected_dataset()
    tone, shown = colour(name, data.meta.classes if data else ()), html.escape(display_name(name))
    return f'<span class="name"><span class="dot" style="background:{tone}"></span>{shown}</span>'


def _cell(
    image: np.ndarray, caption: Caption, *, number: int | None, chosen: bool, ticked: bool | None, pale: bool, place: int | None
) -> str:
    names = class_chip(caption.label) if caption.label else ""
    if caption.answer:
        names += f'<span class="name">→ {class_chip(caption.answer)}</span>'
    spoken = caption.alt or ", ".join(
        filter(None, [caption.label, caption.answer and f"answered {caption.answer}", caption.detail])
    )
    alt = html.escape(f"Face {number}: {spoken}" if number else spoken or "Face", quote=True)
    detail = html.escape(caption.detail, quote=True)
    pressed = str(chosen or bool(ticked)).lower()
    clicks = "" if place is None else f' tabindex="0" data-place="{place}" aria-pressed="{pressed}"'
    look = " class=chosen" if chosen else " class=pale" if pale else ""
    return (
        f'<figure role="{"listitem" if place is None else "button"}"{look}{clicks}>'
        f'<img src="{png_uri(image)}" alt="{alt}" title="{alt}">'
        + ("" if ticked is None else f'<span class="tick" aria-hidden="true">{"✓" if ticked else ""}</span>')
        + (f'<span class="number">{number}</span>' if number else "")
        + f'<figcaption><div class="names">{names}</div>'
        + (f'<div class="detail" title="{detail}">{detail}</div>' if detail else "")
        + "</figcaption></figure>"
    )
