"""The first filters of MobileNet as colour tiles, one of them in large, and what each finds in a face."""

from __future__ import annotations

import cv2
import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.lesson.feature_maps import CEILING
from fer_core.lesson.filters import SIDE, FirstLayer, activations, first_layer, tiles
from pages.ui.faces import png_uri

CHOSEN = "filter_chosen"
_COLOUR = 0.5
"""From this share on a filter is counted as one for colour."""

_STYLE = """
.fer-filters{margin:2px 0 8px}
.fer-filters .row{display:grid;gap:6px;grid-template-columns:repeat(auto-fill,minmax(var(--side),1fr));margin:3px 0 10px}
.fer-filters figure{margin:0;position:relative}
.fer-filters img{width:100%;aspect-ratio:1;display:block;border-radius:4px;image-rendering:pixelated}
.fer-filters .number{position:absolute;top:2px;left:2px;font-size:.68rem;font-weight:600;padding:0 .35em;border-radius:4px;
color:#fff;background:rgba(0,0,0,.62)}
.fer-filters .chosen img{outline:3px solid #0b84c6;outline-offset:1px}
.fer-filters .steps{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(120px,190px))}
.fer-filters .steps figcaption{font-size:.85rem;line-height:1.3;margin-top:4px}
"""


@st.cache_resource(show_spinner=False)
def layer() -> FirstLayer:
    """The first layer; read from the weights once."""
    return first_layer()


def placeholders() -> dict[str, str]:
    """What the words may refer to as {name}."""
    first = layer()
    silent = first.silent
    colour = (first.colour_share >= _COLOUR) & ~silent
    return {
        "filters": str(len(first.kernels)),
        "silent": str(int(silent.sum())),
        "colour": str(int(colour.sum())),
        "grey": str(int((~silent & ~colour).sum())),
        "side": str(SIDE),
        "map_side": str(SIDE // 2),
    }


def show_all(chosen: int) -> None:
    """All filters in colour, numbered; the chosen one has a frame."""
    cells = [
        _cell(tile, f"Filter {number}", number=number, chosen=number == chosen + 1)
        for number, tile in enumerate(tiles(layer().kernels), start=1)
    ]
    _draw(f'<div class="row" style="--side:52px">{"".join(cells)}</div>')


def show_found(face: np.ndarray, chosen: int) -> None:
    """What every filter finds in the face, in the order of the filters."""
    maps = activations(layer(), face)
    cells = [
        _cell(_picture(plane), f"What filter {number} finds", number=number, chosen=number == chosen + 1)
        for number, plane in enumerate(maps, start=1)
    ]
    _draw(f'<div class="row" style="--side:68px">{"".join(cells)}</div>')
    nothing = int((maps.max(axis=(1, 2)) <= 0).sum())
    flat = int((np.ptp(maps, axis=(1, 2)) < 0.1).sum()) - nothing
    st.caption(
        f"After batch norm and ReLU6: dark is 0, bright is {CEILING:g}. {nothing} of {len(maps)} maps are 0 everywhere, {flat} "
        "more the same at every place: for this grey face they say nothing."
    )


def choose() -> int:
    """The number of a filter, counted from 0."""
    count = len(layer().kernels)
    return int(
        st.number_input(
            f"Filter, 1 to {count}",
            1,
            count,
            8,
            key=CHOSEN,
            persist_state="session",
            width=150,
            help="Arrow keys go on and back.",
        )
        - 1
    )


def show_one(face: np.ndarray, chosen: int) -> None:
    """One filter: in colour, what of it is left on a grey face, and what it finds."""
    first = layer()
    share = float(first.colour_share[chosen])
    steps = [
        (tiles(first.kernels)[chosen], f"Filter {chosen + 1} as ImageNet left it"),
        (tiles(first.grey, like=first.kernels)[chosen], "On a grey face: red, green and blue added up"),
        (_picture(activations(first, face)[chosen]), f"What it finds, {SIDE // 2}×{SIDE // 2} places"),
    ]
    cells = "".join(_cell(image, words, below=f"<figcaption>{words}</figcaption>") for image, words in steps)
    _draw(f'<div class="steps">{cells}</div>')
    if first.silent[chosen]:
        st.markdown("**This filter sees nothing**: all its weights are nearly 0.")
    elif share >= _COLOUR:
        st.markdown(
            f"**A filter for colour**: {numbers.percent(share, 0)} of its strength needs differences between red, green and "
            "blue, and a grey face has none."
        )
    else:
        st.markdown(f"**A filter for light and dark**: only {numbers.percent(share, 0)} of its strength is lost on a grey face.")


def _picture(plane: np.ndarray) -> np.ndarray:
    grey = np.clip(plane / CEILING * 255, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(grey, cv2.COLORMAP_CIVIDIS)[..., ::-1]


def _cell(image: np.ndarray, words: str, *, number: int | None = None, chosen: bool = False, below: str = "") -> str:
    mark = f'<span class="number">{number}</span>' if number else ""
    frame = " class=chosen" if chosen else ""
    return f'<figure{frame}><img src="{png_uri(image)}" alt="{words}" title="{words}">{mark}{below}</figure>'


def _draw(content: str) -> None:
    st.html(f'<div class="fer-filters"><style>{_STYLE}</style>{content}</div>')
