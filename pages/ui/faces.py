"""Grids of faces: one block of HTML with the pictures inside it, because sixty `st.image` calls are slow."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

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


_STYLE = """
.fer-grid{display:grid;gap:14px 10px;grid-template-columns:repeat(auto-fill,minmax(var(--face),1fr));margin:2px 0 6px}
.fer-grid figure{margin:0;min-width:0;position:relative}
.fer-grid img{width:100%;aspect-ratio:1;display:block;border-radius:6px;object-fit:cover;image-rendering:auto;
background:color-mix(in srgb,currentColor 8%,transparent)}
.fer-grid figcaption{font-size:.78rem;line-height:1.3;margin-top:4px}
.fer-grid .names{display:flex;flex-wrap:wrap;column-gap:6px;font-weight:600}
.fer-grid .name{white-space:nowrap}
.fer-grid .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-grid .detail{opacity:.72;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.fer-grid .number{position:absolute;top:4px;left:4px;font-size:.72rem;font-weight:600;padding:0 .4em;border-radius:4px;
color:#fff;background:rgba(0,0,0,.62)}
.fer-grid .chosen img{outline:3px solid var(--fer-chosen,#0b84c6);outline-offset:1px}
"""


def face_grid(
    images: np.ndarray | Sequence[np.ndarray],
    captions: Sequence[Caption],
    *,
    size: int = 96,
    numbers: bool = False,
    chosen: int | None = None,
) -> None:
    """Draw faces side by side, as many in a row as fit.

    Args:
        images: (N, H, W) grey or (N, H, W, 3) RGB uint8, or a sequence of such pictures.
        captions: one for each picture.
        size: least width of a face on the page in pixels.
        numbers: write 1, 2, 3 … into the corners, to refer to a face.
        chosen: position of a face that gets a frame.
    """
    cells = "".join(
        _cell(image, caption, number=position + 1 if numbers else None, chosen=position == chosen)
        for position, (image, caption) in enumerate(zip(images, captions, strict=True))
    )
    st.html(f'<div class="fer-grid" style="--face:{size}px" role="list"><style>{_STYLE}</style>{cells}</div>')


def face_picker(
    images: np.ndarray | Sequence[np.ndarray], captions: Sequence[Caption], *, key: str, label: str = "Face", size: int = 96
) -> int | None:
    """A numbered grid with a row of numbers above it; returns the position of the chosen face, None when there are no faces."""
    if not len(captions):
        return None
    if st.session_state.get(key) not in range(len(captions)):
        st.session_state[key] = 0
    chosen = st.pills(
        label, range(len(captions)), format_func=lambda position: str(position + 1), key=key, required=True, wrap=True
    )
    face_grid(images, captions, size=size, numbers=True, chosen=chosen)
    return chosen


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


def _cell(image: np.ndarray, caption: Caption, *, number: int | None, chosen: bool) -> str:
    names = class_chip(caption.label) if caption.label else ""
    if caption.answer:
        names += f'<span class="name">→ {class_chip(caption.answer)}</span>'
    spoken = caption.alt or ", ".join(
        filter(None, [caption.label, caption.answer and f"answered {caption.answer}", caption.detail])
    )
    alt = html.escape(f"Face {number}: {spoken}" if number else spoken or "Face", quote=True)
    detail = html.escape(caption.detail, quote=True)
    return (
        f'<figure role="listitem"{" class=chosen" if chosen else ""}>'
        f'<img src="{png_uri(image)}" alt="{alt}" title="{alt}">'
        + (f'<span class="number">{number}</span>' if number else "")
        + f'<figcaption><div class="names">{names}</div>'
        + (f'<div class="detail" title="{detail}">{detail}</div>' if detail else "")
        + "</figcaption></figure>"
    )
