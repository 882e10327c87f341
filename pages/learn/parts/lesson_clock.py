"""The clock of a lesson. It runs in the browser, so that it costs the server nothing, however many look at it."""

import time

import streamlit as st

from pages.learn.parts.lesson_state import clock

_HTML = '<div class="clock" role="timer"><div class="row"><b class="now"></b><span class="left"></span></div><i><u></u></i></div>'

_CSS = """
.clock{font:1rem/1.35 var(--st-font);color:var(--st-text-color);padding:0 2px}
.row{display:flex;flex-wrap:wrap;gap:0 14px;font-variant-numeric:tabular-nums}
.clock i{display:block;height:6px;border-radius:3px;margin-top:5px;overflow:hidden;
background:color-mix(in srgb,currentColor 16%,transparent)}
.clock u{display:block;width:0;height:100%;background:var(--st-primary-color)}
.late .left{font-weight:700}
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
    const left = data.end - passed, over = passed - data.total;
    const late = over > 0 || left < 0;
    part(".clock").className = late ? "clock late" : "clock";
    part(".now").textContent = `${words(passed)} of ${words(data.total)}`;
    const step = left < 0 ? `\\u26a0 ${words(-left)} over time` : `${words(left)} left for this step`;
    const still = passed > 0 ? "paused" : "not started";
    part(".left").textContent = (over > 0 ? `\\u26a0 ${words(over)} over time` : step) + (data.running ? "" : `, ${still}`);
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


def show_clock(*, end: float, total: float) -> None:
    """Time since the start, and what is left for the step or how far it is over time.

    Args:
        end: when the step is planned to end, minutes from the start of the lesson.
        total: planned minutes of the lesson.
    """
    now = clock()
    data = {"elapsed": now.elapsed(time.time()), "running": now.running, "end": 60 * end, "total": 60 * total}
    _clock(data=data, key="lesson_clock")
