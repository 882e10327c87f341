"""The students' way in, for the projector: code, address and QR code, and how many are there."""

from __future__ import annotations

import html

import streamlit as st

from fer_core.classroom.addresses import JOIN, own_address, qr_code
from fer_core.classroom.room import Room
from fer_core.escape import markdown
from fer_core.settings import settings
from pages.ui.access import own_base

_STYLE = """
.fer-door{display:flex;flex-wrap:wrap;gap:1.5rem 3rem;align-items:center}
.fer-door img{width:min(17rem,70vw);border-radius:.6rem;border:1px solid color-mix(in srgb,currentColor 25%,transparent)}
.fer-door b{display:block;font-size:clamp(2.6rem,6vw,4.6rem);letter-spacing:.12em;line-height:1.15;
font-family:ui-monospace,monospace}
.fer-door span{font-size:1.35rem;overflow-wrap:anywhere}
"""


def address(lesson: Room) -> str:
    """What students open."""
    return f"{own_base(settings().host or own_address())}/{JOIN}/{lesson.code}"


def show(lesson: Room) -> None:
    """Draw the way in."""
    there = address(lesson)
    short = there.partition("://")[2]
    code = html.escape(qr_code(there))
    st.html(
        f'<div class="fer-door"><style>{_STYLE}</style><img alt="QR code of the address" src="{code}"><div>'
        f"<span>Open with a phone</span><span><br><strong>{html.escape(short)}</strong></span>"
        f"<span><br>Code of the class</span><b>{lesson.code}</b></div></div>"
    )
    _present(lesson)


@st.fragment(run_every=2.0)
def _present(lesson: Room) -> None:
    count, names = lesson.students.present(), ", ".join(lesson.students.nicknames())
    who = "student is" if count == 1 else "students are"
    st.markdown(f"**{count}** {who} here{f': {markdown(names)}' if names else ''}")
