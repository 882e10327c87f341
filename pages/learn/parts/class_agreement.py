"""The end of a round of faces: the class's confusion matrix, the network's and the annotators', and who agrees with whom."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.classroom.agreement import FEW, Agreement, Comparison, Side, compare, takeaway
from fer_core.classroom.questions import Round
from fer_core.classroom.room import Room
from fer_core.escape import markdown
from fer_core.labels import display_name

_STYLE = """
.fer-matrices{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem 2rem}
.fer-matrices figure{margin:0}.fer-matrices figcaption{font-size:1.1rem;font-weight:600}
.fer-matrices figcaption small{font-weight:400;opacity:.8}
.fer-matrices table{border-collapse:separate;border-spacing:3px;width:100%;table-layout:fixed}
.fer-matrices th{font-weight:400;font-size:.84rem;text-align:right;padding:0 .3rem 0 0;overflow:hidden;text-overflow:ellipsis}
.fer-matrices thead th{text-align:center;padding:0}
.fer-matrices td{text-align:center;border-radius:4px;height:1.95rem;font-variant-numeric:tabular-nums;
background:color-mix(in srgb,#2E86C1 var(--share),color-mix(in srgb,currentColor 7%,transparent))}
.fer-matrices td.dark{color:#fff}.fer-matrices td.diagonal{outline:2px solid currentColor;outline-offset:-2px;font-weight:700}
.fer-kappas{display:grid;grid-template-columns:auto minmax(8rem,1fr) auto;gap:.15rem 1rem;align-items:center;font-size:1.05rem}
.fer-kappas .track{position:relative;height:1.1rem;border-radius:4px;background:color-mix(in srgb,currentColor 8%,transparent)}
.fer-kappas .zero{position:absolute;top:-3px;bottom:-3px;width:2px;background:currentColor;opacity:.5}
.fer-kappas .range{position:absolute;top:50%;height:4px;margin-top:-2px;background:#2E86C1;border-radius:2px}
.fer-kappas .at{position:absolute;top:50%;width:14px;height:14px;margin:-7px;border-radius:50%;background:#2E86C1;
border:2px solid Canvas}
"""


def show_results(lesson: Room, asked: Round) -> None:
    """Draw the results."""
    comparison = compare(asked, [lesson.answers(item) for item in range(len(asked.pictures))])
    st.subheader("Who agrees with whom?", anchor=False)
    st.markdown(f"**{takeaway(comparison)}**")
    matrices = "".join(_matrix(comparison, side) for side in comparison.sides)
    st.html(f'<div class="fer-matrices"><style>{_STYLE}</style>{matrices}</div>')
    rows = "".join(_kappa(one) for one in sorted(comparison.agreements, key=lambda one: -np.nan_to_num(one.kappa, nan=-9)))
    st.html(f'<div class="fer-kappas">{rows}</div>')
    faces = len(comparison.labels)
    few = f" **{faces} faces are few** (under {FEW}): intervals are wide." if faces < FEW else ""
    run = f" Network: {markdown(asked.facts['run'])}." if asked.facts["run"] else ""
    source = markdown(asked.facts["source"])
    st.caption(
        "Rows are labels, columns what was said; framed: the label was said. κ (Cohen's kappa): agreement beyond chance, 1 is "
        f"full, 0 is chance; 95% intervals by a bootstrap over the {faces} faces.{few} Faces: {source}.{run}"
    )


def _matrix(comparison: Comparison, side: Side) -> str:
    matrix, total = comparison.confusion(side), int(side.counts.sum())
    named = [place for place in range(len(comparison.names)) if matrix[place].any() or matrix[:, place].any()]
    rows = [place for place in named if comparison.names[place] in comparison.labels] or [0]
    head = "".join(f"<th>{_short(comparison.names[place])}</th>" for place in named)
    body = "".join(f"<tr><th>{_name(comparison.names[row])}</th>{_cells(matrix[row], row, named)}</tr>" for row in rows)
    right = int(np.trace(matrix))
    title = side.name[0].upper() + side.name[1:]
    note = f"{right} of {total} as labelled ({numbers.percent(right / total, 0)})" if total else "no answer yet"
    return (
        f"<figure><figcaption>{title} <small>{note}</small></figcaption><table><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></figure>"
    )


def _cells(row: np.ndarray, label: int, named: list[int]) -> str:
    total = max(1, int(row.sum()))
    cells = []
    for place in named:
        share = int(row[place]) / total
        kind = ("dark " if share > 0.55 else "") + ("diagonal" if place == label else "")
        cells.append(f'<td class="{kind}" style="--share:{share:.0%}">{int(row[place]) or ""}</td>')
    return "".join(cells)


def _kappa(one: Agreement) -> str:
    title = f"{one.first[0].upper()}{one.first[1:]} and {one.second}"
    if np.isnan(one.kappa):
        return f'<span>{title}</span><span class="track"></span><span>not defined</span>'
    low, high = one.ci95
    said = f"κ {_two(one.kappa)}"
    inside = f'<span class="zero" style="left:{_at(0):.1%}"></span>'
    if not np.isnan(low):
        said += f" ({_two(low)} to {_two(high)})"
        inside += f'<span class="range" style="left:{_at(low):.1%};width:{_at(high) - _at(low):.1%}"></span>'
    inside += f'<span class="at" style="left:{_at(one.kappa):.1%}"></span>'
    return f'<span>{title}</span><span class="track">{inside}</span><span>{said}</span>'


def _two(value: float) -> str:
    """Two digits; what is rounded to 0 has no sign."""
    return numbers.decimal(round(value, 2) + 0.0, 2)


def _at(kappa: float) -> float:
    """Place on a line from -0.5 to 1."""
    return (min(max(kappa, -0.5), 1.0) + 0.5) / 1.5


def _name(name: str) -> str:
    return html.escape(display_name(name))


def _short(name: str) -> str:
    return f'<span title="{_name(name)}">{html.escape(display_name(name)[:8])}</span>'
