"""One stage of a lesson on the screen: a bar with clock and keys, the words in large type, one picture; nothing to scroll."""

from __future__ import annotations

import streamlit as st

from fer_core.classroom import state
from fer_core.lesson.plan import PICTURES, Step, schedule
from pages.learn.parts import class_step, lesson_keys, lesson_notes, lesson_state
from pages.learn.parts.lesson_clock import show_clock
from pages.learn.parts.lesson_numbers import filled
from pages.learn.parts.lesson_steps import PARTS, WIDE
from pages.ui.boundary import error_boundary
from pages.ui.navigation import link

NOTES = "lesson_notes"

# Streamlit's sizes follow the root's font, so that one line makes all of it large: 28 pixels in a window 1,920 wide.
_STYLE = """<style>
:root{font-size:clamp(16px,1.46vw,28px)!important}
.stAppHeader,[data-testid=stLayoutWrapper]:has(>:is(.st-key-context,.st-key-lesson_hidden)){display:none!important}
.stMain:is(:focus,:focus-visible){outline:none!important;box-shadow:none!important}
.stMain::before,.stMain::after{display:none!important}
.stMainBlockContainer.stMainBlockContainer{padding:.6vh 1.6vw .4vh}
.stMainBlockContainer :is(p,li,label,button,.stMarkdownBadge){font-size:1rem!important;line-height:1.32}
.stMainBlockContainer button :is(kbd,kbd *,span){font-size:1rem!important}
.stMainBlockContainer [data-testid=stVerticalBlock]{gap:.5rem}
.stMainBlockContainer button{min-height:1.6rem;padding-block:.1rem}
.st-key-lesson_bar h3{padding:0;font-size:1.35rem;line-height:1.15}
.stMainBlockContainer .st-key-lesson_words li{margin-bottom:.45em}
.stMainBlockContainer .st-key-lesson_words :is(p,li){font-size:1.3rem!important}
[data-testid=stLayoutWrapper]:has(>.st-key-lesson_words_alone){margin:auto;max-width:52rem}
.st-key-lesson_words_alone{min-height:78vh;justify-content:center}
.stMainBlockContainer .st-key-lesson_words_alone :is(p,li){font-size:1.9rem!important}
.stMainBlockContainer .st-key-lesson_words_alone li{margin-bottom:.5em}
.stMainBlockContainer .st-key-lesson_words_above p{font-size:1.15rem!important}
.st-key-lesson_summary{min-height:80vh;justify-content:center}
.stMainBlockContainer .st-key-lesson_summary .stMarkdown p{font-size:1.5rem!important;margin-bottom:.6rem}
.st-key-lesson_note{position:fixed;z-index:9;left:1.6vw;right:1.6vw;bottom:1vh;max-height:44vh;overflow:auto;width:auto!important;
background:var(--st-background-color,Canvas);box-shadow:0 0 0 3px #3585C0;border-radius:.4rem;padding:.5rem .8rem}
.st-key-lesson_own img{max-height:76vh;object-fit:contain}
.st-key-lesson_bar button [data-testid=stMarkdownContainer]{position:absolute;width:1px;height:1px;overflow:hidden;
  clip-path:inset(50%)}
@media (max-width:640px){.stMainBlockContainer.stMainBlockContainer{padding:.4rem .7rem}
.st-key-lesson_words_alone{min-height:0}.stMainBlockContainer [class*=st-key-lesson_words] :is(p,li){font-size:1.15rem!important}
.st-key-lesson_summary{min-height:0}.st-key-lesson_summary .stMarkdown p{font-size:1.15rem!important}}
</style>"""


def show_step(steps: tuple[Step, ...], position: int) -> None:
    """Draw a step at its stage; `position` counts from 0."""
    step = steps[position]
    stage = min(lesson_state.place().stage, step.stages - 1)
    with st.container(key="lesson_hidden"):
        st.html(_STYLE)
        lesson_keys.listen()
    lesson_notes.publish(steps, position, stage)
    class_step.tell(state.Step(step.name, stage, step.title, filled(step.text(stage))))
    _bar(steps, position, stage)
    part = step.part(stage)
    wide = part in ("", "-", *WIDE)
    words, beside = (st.container(), st.container()) if wide else st.columns([5, 8], gap="medium")
    with words:
        # A wide picture leaves room for the words of its own stage alone.
        above = part in WIDE
        text = step.texts[min(stage, len(step.texts) - 1)] if above else step.text(stage)
        with st.container(key="lesson_words_above" if above else "lesson_words_alone" if wide else "lesson_words"):
            st.markdown(filled(text))
        if step.view and stage == step.stages - 1 and part not in WIDE:
            link(step.view, icon=":material/open_in_full:", help="“Lesson” in the menu comes back to this step.")
    if st.session_state.get(NOTES):
        with st.container(key="lesson_note"):
            st.markdown(filled(step.note) or "*There is no note for this step.*")
    if part in ("", "-"):
        return
    # A part that has nothing to show ends the script: what stands below it is drawn before.
    with beside, error_boundary():
        if part.lower().endswith(PICTURES):
            with st.container(key="lesson_own"):
                st.image(str(lesson_state.folder() / part), alt=step.title)
        else:
            PARTS[part]()


def _bar(steps: tuple[Step, ...], position: int, stage: int) -> None:
    step = steps[position]
    times = schedule(steps)
    last = position + 1 == len(steps) and stage + 1 == step.stages
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson_bar"):
        st.subheader(f"{position + 1}. {step.title}", anchor=False)
        with st.container(width="stretch"):
            show_clock(end=times[position][1], minutes=step.minutes, total=times[-1][1])
        running = lesson_state.clock().running
        _button("Back", "chevron_left", lesson_state.backward, steps, key="lesson_back", disabled=not (position or stage))
        _button("End" if last else "Next", "chevron_right", lesson_state.forward, steps, key="lesson_next")
        _button(
            "Pause" if running else "Start",
            "pause" if running else "play_arrow",
            lesson_state.stop_clock if running else lesson_state.run_clock,
            key="lesson_run",
        )
        _button("Notes", "speaker_notes", _turn_notes, key="lesson_notes_turn")
        _button("Leave", "close", lesson_state.go, None, key="lesson_plan")


def _button(label: str, icon: str, act: object, *given: object, key: str, disabled: bool = False) -> None:
    # The label is there for who listens; the style hides it from who looks, for whom the icon is enough.
    st.button(label, icon=f":material/{icon}:", on_click=act, args=given, key=key, help=label, disabled=disabled, type="tertiary")


def _turn_notes() -> None:
    st.session_state[NOTES] = not st.session_state.get(NOTES)
