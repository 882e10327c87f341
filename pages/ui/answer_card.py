"""A face with what a run answers and where it looked: the controls, the card, and the answers and maps behind it."""

from __future__ import annotations

import html
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets.signature import pixel_hash
from fer_core.escape import markdown
from fer_core.explain import cam
from fer_core.explain.of_run import explain_faces
from fer_core.explain.overlay import enlarged, overlay, scale_image
from fer_core.figures.probabilities import bars
from fer_core.labels import colours, display_name
from fer_core.photos.frame import frame_of
from pages.ui.chart import chart
from pages.ui.faces import class_chip, png_uri
from pages.ui.memory import remembered

if TYPE_CHECKING:
    from fer_core.explain.saliency import Explanation
    from fer_core.predictor import Answer, Predictor

SIDE = 384
"""Side in pixels of the pictures on a card."""

NOTES = {
    "small": "few pixels: the face is smaller in the photo than the network expects",
    "blurred": "blurred",
    "turned away": "turned away from the camera",
    "dark": "too dark",
    "covered": "eyes or mouth seem to be covered",
}

BARS_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
"""Style sheet of `probability_bars`."""

_LABEL_STYLE = ".fer-label .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin:0 .35em}"


@dataclass(frozen=True)
class Look:
    """How the viewer wants faces explained.

    Attributes:
        target: class whose evidence is shown; empty for the run's answer of each face.
        layer: name of the layer that the map is made on.
        strength: how much the colours cover the face at their peak, 0 to 1.
    """

    target: str
    layer: str
    strength: float


def controls(predictor: Predictor) -> Look:
    """Draw the choice of class, layer and strength; what was chosen stays when the view is left and opened again."""
    choices = {choice.name: choice for choice in cam.layers(predictor.network)}
    if st.session_state.get("explain_layer") not in choices:
        st.session_state["explain_layer"] = cam.default_layer(predictor.network)
    if st.session_state.get("explain_target") not in ("", *predictor.classes):
        st.session_state["explain_target"] = ""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        target = st.selectbox(
            "Evidence for",
            ["", *predictor.classes],
            format_func=lambda name: display_name(name) if name else "The answer",
            key="explain_target",
            persist_state="session",
            width=170,
        )
        layer = st.selectbox(
            "Layer",
            list(choices),
            format_func=lambda name: f"{choices[name].height}×{choices[name].width} · {name}",
            key="explain_layer",
            persist_state="session",
            width=240,
            help="The map is as fine as the layer: early layers see edges, late ones whole parts of the face.",
        )
        strength = st.slider(
            "Strength of the overlay",
            0,
            100,
            60,
            step=5,
            format="%d%%",
            key="explain_strength",
            persist_state="session",
            width=240,
        )
    return Look(target, layer, strength / 100)


def usual_look(predictor: Predictor) -> Look:
    """The look of a face without controls: evidence for the answer, on the default layer."""
    return Look("", cam.default_layer(predictor.network), 0.6)


def answers(predictor: Predictor, faces: Sequence[np.ndarray], *, quick: bool = False) -> list[Answer]:
    """The run's answers for faces of one size and colour, uint8; only those the session does not remember are computed.

    Args:
        predictor: the run's.
        faces: at least one.
        quick: the faces are of photos, and answered as `Predictor.logits` says.
    """
    return remembered(
        [("answer", *identity(predictor), quick, digest) for digest in pixel_hash(np.array(faces))],
        lambda missing: predictor.answers(np.stack([faces[position] for position in missing]), quick=quick),
    )


def explanations(predictor: Predictor, faces: Sequence[np.ndarray], given: Sequence[Answer], look: Look) -> list[Explanation]:
    """Maps for faces of one size and colour and their answers; only those the session does not remember are computed."""
    targets = [predictor.classes.index(look.target or answer.label) for answer in given]
    return remembered(
        [
            ("map", *identity(predictor), look.layer, target, digest)
            for target, digest in zip(targets, pixel_hash(np.array(faces)), strict=True)
        ],
        lambda missing: explain_faces(
            predictor,
            np.stack([faces[position] for position in missing]),
            targets=np.array([targets[position] for position in missing]),
            layer=look.layer,
        ),
    )


def answer_card(
    face: np.ndarray,
    answer: Answer,
    explanation: Explanation,
    look: Look,
    *,
    key: str,
    name: str,
    crop: np.ndarray | None = None,
    label: str = "",
    notes: Sequence[str] = (),
) -> None:
    """Draw the face, the face with its map, the answer and its probabilities.

    Args:
        face: (S, S) or (S, S, 3) uint8, what the network gets.
        answer: the run's.
        explanation: the map.
        look: the viewer's choice.
        key: tells this card's elements from those of other cards.
        name: begins the file name of the download.
        crop: (h, w) or (h, w, 3) uint8, the same face finer or in colour where there is one; the map is then laid over it.
        label: class of the face where it is known.
        notes: what may spoil the answer.
    """
    target = look.target or answer.label
    covered = overlay(face if crop is None else crop, explanation.saliency, strength=look.strength, side=SIDE)
    pictures = []
    if crop is not None:
        pictures = [("As stored" if label else "Cropped", enlarged(crop, side=SIDE), f"The face of {name} as it came")]
    pictures += [
        ("What the network gets", enlarged(face, side=SIDE), f"The face of {name}, {frame_of(face[None]).words}"),
        (f"Evidence for {markdown(display_name(target).lower())}", covered, f"The face of {name} with the evidence for {target}"),
    ]
    shown, said = st.columns([3 * len(pictures), 5], gap="medium", vertical_alignment="center")
    with shown:
        # Columns would lie one above the other on a phone, and the map below the window's edge.
        with st.container(horizontal=True, gap="small", wrap=False, key=f"equal_{key}"):
            for caption, picture, alt in pictures:
                st.image(picture, width="stretch", alt=alt, caption=caption)
        legend()
    with said:
        st.markdown(headline(answer))
        if label:
            st.html(f'<div class="fer-label"><style>{_LABEL_STYLE}</style>Labelled <b>{class_chip(label)}</b></div>')
        if notes:
            st.caption("Careful: " + "; ".join(NOTES.get(note, note) for note in notes) + ".")
        chart(
            bars(answer.probabilities, chosen=target),
            key=f"{key}_bars",
            alt="Probabilities: "
            + ", ".join(f"{display_name(label)} {numbers.percent(value, 0)}" for label, value in answer.probabilities.items()),
        )
        if explanation.empty:
            st.info(
                f"The map is empty: at this layer nothing in the face speaks for {markdown(display_name(target).lower())}.",
                icon=":material/visibility_off:",
            )
        st.download_button(
            "Overlay (PNG)",
            # Made on the click: what is given as bytes stays with the server after the page was closed.
            lambda: _png(covered),
            file_name=f"{name}-{target}.png",
            mime="image/png",
            icon=":material/download:",
            key=f"{key}_png",
            on_click="ignore",
        )


def headline(answer: Answer) -> str:
    """The answer as Markdown; `Not sure` below the run's threshold."""
    share = numbers.percent(answer.probabilities[answer.label], 0)
    if answer.sure:
        return f"#### {markdown(display_name(answer.label))} expression, {share}"
    return f"#### Not sure\nThe most probable expression, {markdown(display_name(answer.label).lower())}, reaches only {share}."


def short_answer(answer: Answer) -> str:
    """Write the answer in one line: `happy, 93%`, or `not sure (fear, 31%)`."""
    named = f"{markdown(display_name(answer.label).lower())}, {numbers.percent(answer.probabilities[answer.label], 0)}"
    return named if answer.sure else f"not sure ({named})"


def probability_bars(probabilities: Mapping[str, float], *, before: Mapping[str, float] | None = None) -> str:
    """HTML bars, one a class, the largest in bold, with a stroke where it stood `before`; escaped. They need BARS_STYLE."""
    top, tones = max(probabilities, key=lambda name: probabilities[name]), colours(probabilities)
    return "".join(
        f'<div class="fer-bar{" top" if name == top else ""}"><span>{html.escape(display_name(name))}</span>'
        f'<span class="track"><span class="fill" style="width:{value:.1%};background:{tones[name]}"></span>'
        + (f'<span class="was" style="left:{before[name]:.1%}"></span>' if before else "")
        + f'</span><span class="value">{numbers.percent(value, 0)}</span></div>'
        for name, value in probabilities.items()
    )


def legend() -> None:
    """The colour scale of all maps, with words at its ends."""
    st.html(
        '<div style="display:flex;align-items:center;gap:8px;font-size:.8rem">'
        '<span style="white-space:nowrap">no evidence</span>'
        f'<img src="{png_uri(scale_image())}" alt="Colour scale from no evidence to most evidence" '
        'style="flex:1;min-width:0;height:10px;border-radius:5px">'
        '<span style="white-space:nowrap">most evidence</span></div>'
    )


def identity(predictor: Predictor) -> tuple[Hashable, ...]:
    """What changes when a run answers otherwise: begins the key of everything that is remembered of its answers."""
    return str(predictor.run.path), predictor.version


def _png(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes()
