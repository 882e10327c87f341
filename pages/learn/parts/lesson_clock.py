"""The clock of a lesson. It runs in the browser, so that it costs the server nothing, however many look at it."""

import time

import streamlit as st

from pages.learn.parts.lesson_state import clock, place

_HTML = (
    '<div class="clock" role="timer"><div class="row"><span class="own"></span><span class="now"></span>'
    '<b class="left"></b></div><i><u></u></i></div>'
)

_CSS = """
.clock{font:1rem/1.25 var(--st-font);font-size:clamp(16px,1.46vw,28px);color:var(--st-text-color);padding:0 2px}
.row{display:flex;flex-wrap:wrap;gap:0 1.1em;font-variant-numeric:tabular-nums}
.clock i{display:block;height:.3em;border-radius:.15em;margin-top:.15em;overflow:hidden;
background:color-mix(in srgb,currentColor 16%,transparent)}
.clock u{display:block;width:0;height:100%;background:var(--st-primary-color)}
.late u{background:repeating-linear-gradient(45deg,#D9662B 0 8px,#9d4416 8px 16px)}
"""

_JS = """
const words = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
export default function ({data, parentElement}) {
  const begin = performance.now();
  const part = (name) => parentElement.querySelector(name);
  const show = () => {
    const passed = data.elapsed + (data.running ? (performance.now() - begin) / 1000 : 0);
    const late = Math.max(passed - data.end, passed - data.total);
    part(".clock").className = late > 0 ? "clock late" : "clock";
    part(".own").textContent = `Step ${words(passed - data.since)} of ${words(data.minutes)}`;
    part(".now").textContent = `Lesson ${words(passed)} of ${words(data.total)}`;
    const still = data.running ? "" : passed > 0 ? "paused" : "not started";
    part(".left").textContent = [late > 0 ? `\\u26a0 ${words(late)} late` : "", still].filter(Boolean).join(", ");
    part("u").style.width = `${Math.min(100, 100 * passed / data.total)}%`;
  };
  // Called again whenever the data change, and cleaned up only in the end: the element keeps the one interval there is.
  clearInterval(parentElement.ferTicking);
  show();
  parentElement.ferTicking = data.running ? setInterval(show, 500) : null;
  return () => clearInterval(parentElement.ferTicking);
}
"""

_clock = st.components.v2.component("fer_lesson_clock", html=_HTML, css=_CSS, js=_JS)


def show_clock(*, end: float, minutes: float, total: float) -> None:
    """Minutes of the step and of the lesson, and how late it is.

    Args:
        end: when the step is planned to end, minutes from the start of the lesson.
        minutes: planned for the step.
        total: planned for the lesson.
    """
    now = clock()
    data = {"elapsed": now.elapsed(time.time()), "running": now.running, "since": place().since}
    data |= {"end": 60 * end, "minutes": 60 * minutes, "total": 60 * total}
    _clock(data=data, key="lesson_clock")
