"""Where did it look? The class's taps on a face as a heat map, beside the network's map of the same face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.classroom.guesses import heat, hits
from fer_core.classroom.pictures import read_picture
from fer_core.classroom.questions import KINDS, Answer, Round
from fer_core.classroom.room import Room
from fer_core.escape import markdown
from fer_core.explain.overlay import enlarged, overlay
from fer_core.labels import display_name
from pages.learn.parts.class_count import answered
from pages.ui.faces import png_uri

_SIDE = 384


def show(lesson: Room, asked: Round) -> None:
    """Draw the face; with the answers shown the class's map, and revealed the network's beside it."""
    taps = lesson.answers()
    face = read_picture(asked.pictures[0])
    open_answer = 0 in lesson.state.revealed
    st.subheader(KINDS[asked.kind].question.removesuffix(" Tap on the face."), anchor=False)
    class_map = overlay(face, heat(taps), side=_SIDE) if taps and not lesson.state.hidden else enlarged(face, side=_SIDE)
    pictures = [("The class", class_map)]
    if open_answer:
        pictures.append(("The network", overlay(face, np.array(asked.facts["map"]), side=_SIDE)))
    columns = st.columns([1, 1, 0.9], gap="medium")
    for column, (title, picture) in zip(columns, pictures, strict=False):
        column.html(f'<img class="fer-face" src="{png_uri(picture)}" alt="{title}: where it looks on the face"><b>{title}</b>')
    with columns[2 if open_answer else 1]:
        st.html(answered(lesson))
        if open_answer:
            _truth(asked, taps)


def _truth(asked: Round, taps: Sequence[Answer]) -> None:
    facts = asked.facts
    inside = hits(taps, np.array(facts["map"]))
    if inside.n:
        st.markdown(
            f"**{inside.hits} of {inside.n} taps are where the network looked** ({numbers.percent(inside.share, 0)}, "
            f"{numbers.interval(*inside.ci95, digits=0)}); taps anywhere would reach {numbers.percent(inside.chance, 0)}."
        )
    st.markdown(f"Labelled **{markdown(display_name(facts['label']))}**; the network: **{facts['said']}**.")
    st.caption(
        f"Where the network looked: the brightest {numbers.percent(inside.chance, 0)} of its map (Grad-CAM), what spoke for its "
        f"answer. Run: {markdown(facts['run'])}. Bright on the class's picture: many taps."
    )
