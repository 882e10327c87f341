"""The maps of several methods for one face: the choice, the making (quick ones first), the cards, and what can be downloaded."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer_core.datasets.signature import pixel_hash
from fer_core.explain.methods import METHODS
from fer_core.explain.of_run import explain_faces
from fer_core.explain.overlay import coloured, enlarged, overlay
from fer_core.explain.sheet import arrays, png, sheet
from fer_core.labels import display_name
from fer_core.runs import ACTIVE, list_runs
from pages.explain.parts.method_face import Shown
from pages.ui.access import may_download
from pages.ui.answer_card import Look, identity
from pages.ui.faces import png_uri
from pages.ui.memory import remembered
from pages.ui.work import progress_bar

if TYPE_CHECKING:
    from fer_core.explain.saliency import Explanation
    from fer_core.predictor import Predictor

_FIRST = "_methods_first"
_SIDE = 224
_STYLE = """
.fer-methods{display:grid;gap:14px;grid-template-columns:repeat(auto-fill,minmax(min(100%,230px),1fr));margin:2px 0 6px}
.fer-method{padding:10px;border-radius:8px;min-width:0;border:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.fer-method h4{margin:0 0 6px;font-size:1rem;font-weight:600;padding:0}
.fer-method .pair{display:grid;grid-template-columns:1fr 1fr;gap:6px}
.fer-method img{width:100%;aspect-ratio:1;display:block;border-radius:6px}
.fer-method p{font-size:.8rem;line-height:1.35;margin:6px 0 0}
.fer-method .how{opacity:.8;font-variant-numeric:tabular-nums}
"""


@dataclass(frozen=True)
class TimedMap:
    """An explanation and the seconds that it took."""

    explanation: Explanation
    seconds: float


def choose_methods() -> list[str]:
    """Draw the choice of methods.

    At first the quick ones are chosen; while a run trains on the same cores, only those with a closed form, which need no
    gradients on the last map.
    """
    if _FIRST not in st.session_state:
        training = any(run.status().state in ACTIVE for run in list_runs())
        st.session_state[_FIRST] = [
            method.name for method in METHODS.values() if (method.closed_form is not None if training else method.quick)
        ]
    chosen = st.pills(
        "Methods",
        list(METHODS),
        selection_mode="multi",
        default=st.session_state[_FIRST],
        format_func=lambda name: METHODS[name].title,
        wrap=True,
        key="methods",
        persist_state="session",
        help=_slow_words(),
    )
    return [name for name in METHODS if name in chosen]


def _slow_words() -> str:
    slow = [f"{method.title} ({milliseconds(method.seconds)})" for method in METHODS.values() if not method.quick]
    return f"Slower ones are made last, with what one takes on two idle cores: {', '.join(slow)}." if slow else ""


def choose_against(predictor: Predictor, target: str) -> str:
    """Draw the choice of a class to compare the target with; empty for none."""
    others = [name for name in predictor.classes if name != target]
    if st.session_state.get("explain_against") not in ("", *others):
        st.session_state["explain_against"] = ""
    return st.selectbox(
        "Rather than",
        ["", *others],
        format_func=lambda name: display_name(name) if name else "(the class alone)",
        key="explain_against",
        persist_state="session",
        help="Why the one rather than the other: the maps then explain the difference of the two logits.",
    )


def make_maps(
    predictor: Predictor, shown: Shown, methods: Sequence[str], look: Look, target: str, against: str
) -> dict[str, TimedMap]:
    """The maps of these methods for a face, drawn as they come: the quick ones before the slow ones."""
    place, done = st.empty(), {}
    order = sorted(methods, key=lambda name: not METHODS[name].quick)
    digest = pixel_hash(shown.face[None])[0]
    number = predictor.classes.index
    other = number(against) if against else None
    with progress_bar("The maps are being made") as report:
        for position, method in enumerate(order):
            report(position / len(order), METHODS[method].title)
            layer = look.layer if METHODS[method].on_layer else None
            key = ("method", *identity(predictor), method, layer, target, against, digest)
            done[method] = remembered(
                [key],
                lambda _, method=method, layer=layer: [
                    _timed(
                        lambda: explain_faces(
                            predictor,
                            shown.face[None],
                            method=method,
                            targets=np.array([number(target)]),
                            against=other,
                            layer=layer,
                        )[0]
                    )
                ],
            )[0]
            if position + 1 < len(order) and not METHODS[order[position + 1]].quick:
                with place:
                    method_cards(shown, done, look)
    maps = {method: done[method] for method in methods}
    with place:
        method_cards(shown, maps, look)
    return maps


def method_cards(shown: Shown, maps: dict[str, TimedMap], look: Look) -> None:
    """Draw one card per method: overlay, bare map, what it was made on, and how long it took."""
    cells = "".join(_card(method, one, shown, look) for method, one in maps.items())
    st.html(f'<div class="fer-methods" role="list"><style>{_STYLE}</style>{cells}</div>')


def offer_maps(shown: Shown, maps: dict[str, TimedMap], look: Look, predictor: Predictor, target: str, against: str) -> None:
    """Buttons that save all maps as one picture, or as numbers."""
    explanations = [one.explanation for one in maps.values()]
    side = _SIDE
    tiles = [("The face", enlarged(_base(shown), side=side))]
    for method, one in maps.items():
        tiles += [
            (METHODS[method].title, overlay(_base(shown), one.explanation.saliency, strength=look.strength, side=side)),
            (f"{METHODS[method].title}, map", enlarged(coloured(one.explanation.saliency), side=side)),
        ]
    name = f"{shown.file}-{target}" + (f"-not-{against}" if against else "")
    faces = shown.face[None].repeat(len(explanations), axis=0)
    values = arrays(explanations, faces, classes=predictor.classes, face=shown.name, run=predictor.run.id)
    download_maps("All maps", sheet(tiles, columns=5), values, file=name)


def download_maps(title: str, picture: np.ndarray, values: bytes, *, file: str) -> None:
    """Draw buttons that save maps as one picture (H, W, 3) uint8, and as numbers, as from `sheet.arrays`."""
    files = (
        (f"{title} (PNG)", png(picture), ".png", "image/png", "download"),
        (f"{title} as numbers (NPZ)", values, ".npz", "application/octet-stream", "data_array"),
    )
    with st.container(horizontal=True):
        for label, content, ending, mime, icon in files:
            st.download_button(
                label,
                content,
                file_name=file + ending,
                mime=mime,
                icon=f":material/{icon}:",
                on_click="ignore",
                disabled=not may_download(),
            )


def milliseconds(seconds: float) -> str:
    """`84 ms`, `2.3 s`."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _timed(make: Callable[[], Explanation]) -> TimedMap:
    started = time.perf_counter()
    explanation = make()
    return TimedMap(explanation, time.perf_counter() - started)


def _base(shown: Shown) -> np.ndarray:
    return shown.face if shown.crop is None else shown.crop


def _card(method: str, timed: TimedMap, shown: Shown, look: Look) -> str:
    explanation = timed.explanation
    rows, columns = explanation.size
    on = (
        f"{explanation.layer}, {rows}×{columns} cells"
        if explanation.layer
        else f"{rows}×{columns} {'pixels' if rows == len(explanation.saliency) else 'places'}"
    )
    tried = f", the {explanation.channels[0]} strongest of {explanation.channels[1]} channels" if explanation.channels else ""
    nothing = "<p><b>Empty: nothing in this face speaks for it.</b></p>" if explanation.empty else ""
    title = html.escape(METHODS[method].title)
    covered = overlay(_base(shown), explanation.saliency, strength=look.strength, side=_SIDE)
    return (
        f'<div class="fer-method" role="listitem"><h4>{title}</h4><div class="pair">'
        f'<img src="{png_uri(covered)}" alt="The face under the map of {title}">'
        f'<img src="{png_uri(coloured(explanation.saliency))}" alt="The map of {title} alone"></div>{nothing}'
        f'<p>{html.escape(METHODS[method].description)}</p><p class="how">{html.escape(on + tried)} · '
        f"{milliseconds(timed.seconds)}</p></div>"
    )
