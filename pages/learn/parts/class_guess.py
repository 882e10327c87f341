"""Guess the accuracy: what the class expects of the network, and what it reaches."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.classroom.guesses import guesses
from fer_core.classroom.questions import KINDS, Round
from fer_core.classroom.room import Room
from fer_core.escape import markdown
from pages.learn.parts.class_count import answered

_STYLE = """
.fer-line{position:relative;height:15rem;margin:1.2rem 1.5rem 2.6rem;border-bottom:3px solid currentColor}
.fer-line i{position:absolute;bottom:calc(var(--row)*15px + 4px);width:13px;height:13px;margin-left:-6.5px;
border-radius:50%;background:#2E86C1}
.fer-line .tick{position:absolute;top:100%;transform:translateX(-50%);padding-top:.3rem;font-size:1.1rem}
.fer-line .truth{position:absolute;top:0;bottom:0;background:color-mix(in srgb,#D9662B 35%,transparent);
border-left:3px solid #D9662B;
border-right:3px solid #D9662B;min-width:6px}
.fer-line .base{position:absolute;top:0;bottom:0;border-left:4px dashed currentColor;opacity:.6}
"""


def show(lesson: Room, asked: Round) -> None:
    """Draw the guesses as they arrive, and the answer when it is revealed."""
    facts = asked.facts
    open_answer = 0 in lesson.state.revealed
    st.subheader(KINDS[asked.kind].question, anchor=False)
    st.markdown(f"{markdown(facts['run'])} on {markdown(facts['source'])}, {numbers.sample(facts['n'])}.")
    st.html(answered(lesson))
    guessed = guesses(lesson.answers(), tuple(facts["ci95"]))
    dots = [] if lesson.state.hidden else _dots(guessed.values)
    ticks = "".join(f'<span class="tick" style="left:{at}%">{at}</span>' for at in range(0, 101, 10))
    truth = ""
    if open_answer:
        low, high = facts["ci95"]
        truth = (
            f'<span class="truth" style="left:{low:.1%};width:{high - low:.1%}"></span>'
            f'<span class="base" style="left:{facts["baseline"]:.1%}"></span>'
        )
    spoken = f"Guesses of the class: {', '.join(map(str, guessed.values))}" if dots else "Guesses of the class, hidden"
    st.html(f'<div class="fer-line" role="img" aria-label="{spoken}"><style>{_STYLE}</style>{truth}{"".join(dots)}{ticks}</div>')
    if not open_answer:
        return
    reached = f"**It names {numbers.percent(facts['accuracy'], 0)} as labelled** ({numbers.interval(*facts['ci95'], digits=0)})"
    if guessed.values:
        low, high = guessed.quartiles
        st.markdown(
            f"{reached}; the class's middle guess is **{guessed.median:.0f}** (half of it says {low:.0f} to {high:.0f}). "
            f"{guessed.inside} of {len(guessed.values)} guesses lie in the interval."
        )
    else:
        st.markdown(f"{reached}.")
    st.caption(
        f"Orange: accuracy with its 95% interval. Dashed: always naming the most frequent expression reaches "
        f"{numbers.percent(facts['baseline'], 0)}. Macro F1: {numbers.percent(facts['macro_f1'], 0)} "
        f"({numbers.interval(*facts['macro_f1_ci95'], digits=0)})."
    )


def _dots(values: tuple[int, ...]) -> list[str]:
    rows: dict[int, int] = {}
    dots = []
    for value in values:
        row = rows[value] = rows.get(value, -1) + 1
        dots.append(f'<i style="left:{value}%;--row:{min(row, 14)}"></i>')
    return dots
