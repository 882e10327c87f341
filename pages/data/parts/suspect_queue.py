"""The queue of suspected labels: which faces it holds, how far the viewer is, one face at a time, or many."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets import editing
from fer_core.datasets.edits import Action, Edit, EditLog
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.evaluation.suspects import Suspects
from fer_core.labels import colours, display_name
from pages.ui.browse import ALL, pager
from pages.ui.drawer import show
from pages.ui.edit_actions import attempt, in_words
from pages.ui.faces import class_chip, png_uri

ORIGIN = "suspected labels"
LENGTHS = (50, 200, 1000, 0)
PAGE = 24
FACE, GRID_PAGE = "suspect", "suspect_page"
_STYLE = """
.fer-suspect{max-width:560px}
.fer-suspect-face{width:min(100%,330px);aspect-ratio:1;border-radius:8px;display:block}
@media(max-width:640px){.fer-suspect-face{width:min(100%,220px)}}
.fer-suspect .dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.35em}
.fer-suspect .ask{font-size:1.25rem;line-height:1.4;margin-bottom:6px}
.fer-suspect .row{display:grid;grid-template-columns:92px 1fr 48px;gap:10px;align-items:center;margin:3px 0;line-height:1.35}
.fer-suspect .rail{height:14px;border-radius:4px;background:color-mix(in srgb,currentColor 10%,transparent)}
.fer-suspect .bar{height:100%;border-radius:4px;min-width:2px}
.fer-suspect .on{font-weight:700}
.fer-suspect .note{font-size:.85rem;opacity:.8;margin-top:6px}
"""


@dataclass(frozen=True)
class Queue:
    """Faces to decide about, the most doubtful first.

    Attributes:
        data: their data set.
        rows: rows of `Suspects.table`.
        classes: classes with out-of-fold probabilities.
        log: the decisions as they stand.
    """

    data: Dataset
    rows: pd.DataFrame
    classes: tuple[str, ...]
    log: EditLog

    @property
    def seen(self) -> int:
        """Number of faces in the queue about which something was decided."""
        return int(self.rows["sample"].isin(self.log.in_force.keys()).sum())


def pick_queue(data: Dataset, suspects: Suspects, split: str) -> Queue:
    """Draw the filters by class and direction, and the length; returns the queue."""
    rows = suspects.table[suspects.table["suspected"] & (suspects.table["split"] == split)]
    label = _pick("Labelled", "suspect_label", suspects.classes)
    looks = _pick("Looks", "suspect_looks", suspects.classes)
    length = st.selectbox(
        "How many",
        LENGTHS,
        index=1,
        format_func=lambda n: f"the first {n:,}" if n else "all",
        key="suspect_length",
        bind="query-params",
        on_change=restart,
        width=140,
    )
    rows = rows[((label == ALL) | (rows["label"] == label)) & ((looks == ALL) | (rows["suggestion"] == looks))]
    return Queue(data, rows.head(length) if length else rows, suspects.classes, data.edits())


def restart() -> None:
    """Begin at the first face about which nothing was decided, when the view is drawn next."""
    st.session_state["_suspect_restart"] = True
    st.session_state[GRID_PAGE] = 1


def one_by_one(queue: Queue) -> None:
    """One large face with its label, the suggestion and a button, and key, for each decision."""
    known = FACE in st.session_state or FACE in st.query_params
    if st.session_state.pop("_suspect_restart", not known):
        st.session_state[FACE] = _next(queue.rows["sample"].tolist(), queue.log, 0)
    left, right = st.columns([3, 5], gap="medium")
    with left:
        picture = st.container()
        position, _ = pager(len(queue.rows), 1, key=FACE, noun="Face")
    row = queue.rows.iloc[position]
    face = png_uri(queue.data.images[int(row["sample"])])
    alt = html.escape(f"Face {row['sample']}, labelled {row['label']}", quote=True)
    picture.html(f'<style>{_STYLE}</style><img class="fer-suspect-face" src="{face}" alt="{alt}">')
    with right.container(gap="small"):
        _card(queue, row)
        with st.container(key="bottom_suspect", gap="small"):
            _decisions(queue, position, str(row["label"]))


def _decisions(queue: Queue, position: int, label: str) -> None:
    """The buttons, and keys, that decide on a face."""
    with st.container(horizontal=True, gap="small"):
        _decision(queue, position, "Keep", "keep", "", "K", ":material/check:")
        _decision(queue, position, "Exclude", "exclude", "", "X", ":material/block:")
        sample = int(queue.rows["sample"].iloc[position])
        st.button("Look closer", icon=":material/zoom_in:", key="suspect-closer", on_click=show, args=(queue.data, sample))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Relabel as", width="content")
        for number, name in enumerate(queue.data.meta.classes, start=1):
            key = str(number) if number < 10 else None
            _decision(queue, position, display_name(name), "relabel", name, key, None, disabled=name == label)


def back_to(queue: Queue, step: Sequence[Edit]) -> None:
    """Show the face again whose decision was taken back, where it is in the queue."""
    samples = queue.rows["sample"].tolist()
    if step[0].sample in samples:
        st.session_state[FACE] = samples.index(step[0].sample) + 1


def many(queue: Queue) -> None:
    """A grid of faces about which nothing was decided, with a box to tick below each, and one decision for all ticked."""
    open_rows = queue.rows[~queue.rows["sample"].isin(queue.log.in_force.keys())]
    first, last = pager(len(open_rows), PAGE, key=GRID_PAGE)
    shown = open_rows.iloc[first:last]
    samples = shown["sample"].tolist()
    chosen = [sample for sample in samples if st.session_state.get(_tick(sample))]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button("Tick all", icon=":material/select_all:", key="tick-all", on_click=_tick_all, args=(samples, True))
        st.button("Untick all", icon=":material/deselect:", key="tick-none", on_click=_tick_all, args=(samples, False))
        _for_all(queue, "Keep", "keep", chosen, ":material/check:", "K")
        _for_all(queue, "Exclude", "exclude", chosen, ":material/block:", "X")
        looks = dict(zip(shown["sample"], shown["suggestion"], strict=True))
        st.button(
            "Relabel as they look",
            icon=":material/label:",
            key="all-looks",
            disabled=not chosen,
            on_click=_decide_all,
            args=(queue.data, {sample: ("relabel", looks[sample]) for sample in chosen}),
        )
        label = st.selectbox("Relabel as", queue.data.meta.classes, format_func=display_name, key="all-label", width=140)
        _for_all(queue, f"Relabel as {display_name(label)}", "relabel", chosen, ":material/label:", None, label=label)
    st.caption(f"{len(chosen)} of {len(samples)} faces on this page are ticked.")
    faces = queue.data.images[shown["sample"].to_numpy()]
    with st.container(horizontal=True, gap="small"):
        for row, face in zip(shown.itertuples(), faces, strict=True):
            with st.container(width=132, gap="xsmall"):
                alt = f"Face {row.sample}, labelled {row.label}, looks {row.suggestion}"
                st.html(
                    f'<img src="{png_uri(face)}" alt="{html.escape(alt)}" style="width:100%;aspect-ratio:1;border-radius:6px">'
                )
                share = numbers.percent(float(shown.at[row.Index, f"p_{row.suggestion}"]), 0)
                st.checkbox(
                    f"{markdown(display_name(row.label))} → **{markdown(display_name(row.suggestion))}** {share}",
                    key=_tick(row.sample),
                )


def _pick(title: str, key: str, classes: tuple[str, ...]) -> str:
    if st.session_state.get(key, ALL) not in (ALL, *classes):
        st.session_state[key] = ALL
    return st.selectbox(
        title, [ALL, *classes], format_func=display_name, key=key, bind="query-params", on_change=restart, width=130
    )


def _card(queue: Queue, row: pd.Series) -> None:
    sample, label, looks = int(row["sample"]), row["label"], row["suggestion"]
    bars = "".join(
        f'<div class="row{" on" if name in (label, looks) else ""}"><span>{class_chip(name)}</span><div class="rail">'
        f'<div class="bar" style="width:{row[f"p_{name}"]:.1%};background:{tone}"></div></div>'
        f"<span>{numbers.percent(float(row[f'p_{name}']), 0)}</span></div>"
        for name, tone in colours(queue.classes).items()
    )
    edit = queue.log.in_force.get(sample)
    file = html.escape(str(queue.data.samples["file"].iloc[sample]))
    note = f"<b>Your decision: {html.escape(in_words(edit))}.</b>" if edit else "Not decided yet."
    st.html(
        f'<div class="fer-suspect"><style>{_STYLE}</style><div class="ask">Labelled {class_chip(label)}, '
        f'looks {class_chip(looks)}</div><div role="group" aria-label="Predicted probabilities">{bars}</div>'
        f'<div class="note">{note}<br>Face {sample}, {file}</div></div>'
    )


def _decision(
    queue: Queue,
    position: int,
    title: str,
    action: Action,
    label: str,
    key: str | None,
    icon: str | None,
    *,
    disabled: bool = False,
) -> None:
    st.button(
        markdown(title),
        icon=icon,
        key=f"decide-{action}-{label}",
        shortcut=key,
        disabled=disabled,
        on_click=_decide,
        args=(queue.data, queue.rows["sample"].tolist(), position, action, label),
    )


def _decide(data: Dataset, samples: list[int], position: int, action: Action, label: str) -> None:
    if attempt(editing.decide, data, [samples[position]], action, label=label, origin=ORIGIN):
        st.session_state[FACE] = _next(samples, data.edits(), position)


def _next(samples: list[int], log: EditLog, position: int) -> int:
    """Number, from 1, of the first face without a decision from `position` on, or else before; the last one when all have one."""
    order = [*range(position, len(samples)), *range(position)]
    return next((place + 1 for place in order if samples[place] not in log.in_force), len(samples))


def _for_all(queue: Queue, title: str, action: Action, chosen: list[int], icon: str, key: str | None, *, label: str = "") -> None:
    st.button(
        markdown(title),
        icon=icon,
        key=f"all-{action}",
        shortcut=key,
        disabled=not chosen,
        on_click=_decide_all,
        args=(queue.data, dict.fromkeys(chosen, (action, label))),
    )


def _decide_all(data: Dataset, decided: dict[int, tuple[Action, str]]) -> None:
    if attempt(editing.decide_each, data, decided, origin=f"{ORIGIN}, grid"):
        _tick_all(list(decided), False)


def _tick(sample: int) -> str:
    return f"tick-{sample}"


def _tick_all(samples: list[int], value: bool) -> None:
    for sample in samples:
        st.session_state[_tick(sample)] = value
