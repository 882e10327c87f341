"""The board on the projector: the face and the votes as they arrive, and the teacher's buttons below."""

from __future__ import annotations

import html
from collections.abc import Callable

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.classroom.questions import KINDS, Round
from fer_core.classroom.room import Room
from fer_core.errors import FerError
from fer_core.escape import cell, markdown
from fer_core.labels import colours, display_name
from pages.learn.parts import class_guess, class_look, class_rounds, lesson_state
from pages.learn.parts.class_agreement import show_results
from pages.learn.parts.class_count import answered
from pages.learn.parts.lesson_pictures import Bar, big_bars
from pages.ui.access import require_write
from pages.ui.boundary import error_boundary

SECONDS = 0.7
"""Time between two looks at the votes."""

# As in the lesson, menu and pickers make room for a room: "Put away" brings them back.
_STYLE = """<style>
.stAppHeader,[data-testid=stLayoutWrapper]:has(>.st-key-context),[data-testid=stTabs] [role=tablist]{display:none!important}
.st-key-class_board .fer-big{--thick:clamp(1rem,5.8vh,4.5em)!important;gap:.5em .7em}
.stMainBlockContainer.stMainBlockContainer{padding:.8rem 2.5rem 1rem}
.st-key-class_board .fer-face{display:block;margin:auto;width:min(100%,64vh);aspect-ratio:1;border-radius:.6rem}
.st-key-class_board h3{padding:.1rem 0 .5rem}
.st-key-class_board .fer-count{font-size:clamp(1.3rem,2.4vw,2.2rem);line-height:1.3}
.st-key-class_board .fer-count b{font-size:1.6em}
.st-key-class_board .fer-truth{display:grid;grid-template-columns:auto 1fr;gap:.1em .8em;margin-top:.6em;
font-size:clamp(1.1rem,1.6vw,1.6rem)}
.st-key-class_controls button{min-height:2.6rem}
</style>"""


def show(lesson: Room) -> None:
    """Draw the round that is played."""
    st.html(_STYLE)
    with st.container(key="class_board"):
        _live(lesson)
    with st.container(horizontal=True, vertical_alignment="center", key="class_controls"):
        _controls(lesson)


@st.fragment(run_every=SECONDS)
def _live(lesson: Room) -> None:
    with error_boundary():
        asked, item = lesson.round, lesson.state.item
        if asked is None:
            st.rerun()
        elif item >= len(asked.pictures):
            show_results(lesson, asked)
        elif asked.kind == "accuracy":
            class_guess.show(lesson, asked)
        elif asked.kind == "look":
            class_look.show(lesson, asked)
        else:
            _face(lesson, asked, item)


def _face(lesson: Room, asked: Round, item: int) -> None:
    st.subheader(f"Face {item + 1} of {len(asked.pictures)}: {KINDS[asked.kind].question.lower()}", anchor=False)
    left, right = st.columns([5, 6], gap="large")
    left.html(f'<img class="fer-face" src="{asked.pictures[item]}" alt="Face {item + 1} of {len(asked.pictures)}">')
    with right:
        st.html(answered(lesson))
        if not lesson.state.hidden:
            _votes(asked, [int(answer) for answer in lesson.answers() if isinstance(answer, int)])
        if item in lesson.state.revealed:
            st.html(_truth(asked, item))


def _votes(asked: Round, answers: list[int]) -> None:
    counts = [answers.count(place) for place in range(len(asked.classes))]
    tones, most = colours(asked.classes), max(1, *counts)
    rows = list(zip(asked.classes, counts, strict=True))
    big_bars(
        [Bar(display_name(name), n / most, numbers.count(n), tones[name]) for name, n in rows],
        alt="Votes of the class: " + ", ".join(f"{display_name(name)} {n}" for name, n in rows),
    )


def _truth(asked: Round, item: int) -> str:
    facts = asked.facts
    rows = {"Label": display_name(facts["labels"][item])}
    if facts["network"]:
        rows["The network"] = display_name(facts["network"][item])
    if facts["annotators"]:
        votes = sorted(facts["annotators"][item].items(), key=lambda row: -row[1])
        rows["Annotators"] = ", ".join(f"{display_name(name)} {count}" for name, count in votes if count)
    cells = "".join(f"<span>{name}</span><b>{html.escape(value)}</b>" for name, value in rows.items())
    return f'<div class="fer-truth">{cells}</div>'


def _controls(lesson: Room) -> None:
    asked, state = lesson.round, lesson.state
    if asked is None:
        return
    last = len(asked.pictures)
    # In the lesson the arrows turn its steps.
    alone = lesson_state.place().step is None
    at_results = state.item >= last
    if last > 1:
        _button(
            "Back",
            "chevron_left",
            lambda: lesson.go(-1),
            key="class_back",
            disabled=not state.item,
            shortcut="Left" if alone else None,
        )
    if not at_results:
        if state.frozen:
            _button("Take answers", "play_arrow", lambda: lesson.freeze(False), key="class_freeze")
        else:
            closed = state.item in state.revealed
            _button("Freeze", "pause", lambda: lesson.freeze(True), key="class_freeze", disabled=closed)
        name, icon = ("Show answers", "visibility") if state.hidden else ("Hide answers", "visibility_off")
        _button(name, icon, lambda: lesson.hide(not state.hidden), key="class_hide")
        _button("Reveal", "lightbulb", lesson.reveal, key="class_reveal", disabled=state.item in state.revealed)
    _button(
        "Reset all" if at_results else "Reset",
        "restart_alt",
        lesson.reset,
        key="class_reset",
        help="Forgets the answers to all faces." if at_results else "Forgets the answers to this question, and opens it again.",
    )
    if last > 1 and not at_results:
        title = "Results" if state.item == last - 1 else "Next"
        _button(title, "chevron_right", lambda: lesson.go(1), key="class_next", primary=True, shortcut="Right" if alone else None)
    again = "Another face" if asked.kind == "look" else "Again"
    if asked.kind != "faces" and st.button(again, icon=":material/refresh:", key="class_again"):
        class_rounds.begin(lesson, asked.kind)
    st.download_button(
        "Save the counts",
        lambda: counts_table(lesson, asked).to_csv(index=False),
        file_name="class-counts.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="class_save",
        help="How often each answer was given, as a table; nothing of who gave it. It is the only thing that stays.",
    )
    _button(
        "Put away",
        "close",
        lesson.stop_playing,
        key="class_away",
        help="Back to code and choices. Answers stay until the end.",
    )


def _button(
    label: str,
    icon: str,
    act: Callable[[], None],
    *,
    key: str,
    disabled: bool = False,
    primary: bool = False,
    shortcut: str | None = None,
    help: str | None = None,
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=_attempt,
        args=(act,),
        key=key,
        disabled=disabled,
        type="primary" if primary else "secondary",
        shortcut=shortcut,
        help=help,
    )


def _attempt(act: Callable[[], None]) -> None:
    try:
        require_write()
        act()
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")


def counts_table(lesson: Room, asked: Round) -> pd.DataFrame:
    """Counts of a round's answers: columns item (from 1), label, answer, count; of taps, cells of a 10 by 10 grid."""
    rows = []
    for item in range(len(asked.pictures)):
        label = asked.facts.get("labels", [asked.facts.get("label", "")])[item]
        words = pd.Series([_word(asked, answer) for answer in lesson.answers(item)], dtype=str)
        counts = sorted(words.value_counts().items())
        rows += [{"item": item + 1, "label": cell(label), "answer": cell(name), "count": count} for name, count in counts]
    return pd.DataFrame(rows, columns=["item", "label", "answer", "count"])


def _word(asked: Round, answer: object) -> str:
    if isinstance(answer, tuple):
        return f"column {min(int(answer[0] * 10), 9) + 1}, row {min(int(answer[1] * 10), 9) + 1}"
    return asked.classes[int(answer)] if asked.kind == "faces" else f"{answer}%"  # type: ignore[call-overload]
