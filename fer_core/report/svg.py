"""Drawings of a card: SVG without script, text in the colour of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

import pandas as pd

from fer_core import numbers
from fer_core.figures import theme

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 440, 50, 14, 12, 64
_PLOT = _WIDTH - _LEFT - _RIGHT


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: in the legend.
        points: (x, y); points that are not finite are left out.
        tone: hex colour.
        dash: SVG's stroke-dasharray, empty for a solid line.
    """

    name: str
    points: Sequence[tuple[float, float]]
    tone: str
    dash: str = ""


def line_chart(title: str, lines: Sequence[Line], *, x_title: str, percent: bool, mark: float | None = None) -> str:
    """Lines over whole numbers, such as epochs.

    Args:
        title: what is drawn, for those who cannot see it.
        lines: at least one with a finite point.
        x_title: below the axis.
        percent: the y axis holds shares.
        mark: x of a vertical line, such as the best epoch.
    """
    points = [point for line in lines for point in line.points if isfinite(point[1])]
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    ticks = _ticks(min(ys), max(ys))
    low, high = ticks[0], ticks[-1]
    first, last = min(xs), max(max(xs), min(xs) + 1)
    height = 210

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + (x - first) / (last - first) * _PLOT, _TOP + (high - y) / (high - low) * height

    parts = []
    for tick in ticks:
        y = place(first, tick)[1]
        parts.append(_rule(_LEFT, y, _WIDTH - _RIGHT, y) + _label(_LEFT - 7, y + 5, _number(tick, percent), "end"))
    for whole in range(ceil(first), floor(last) + 1, max(1, ceil((last - first) / 8))):
        parts.append(_label(place(whole, low)[0], _TOP + height + 18, str(whole), "middle"))
    if mark is not None and first <= mark <= last:
        x = place(mark, low)[0]
        parts.append(_rule(x, _TOP, x, _TOP + height, dash="2 3", opacity=0.9))
    for line in lines:
        known = [place(*point) for point in line.points if isfinite(point[1])]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{line.tone}" stroke-width="2.5"{dash}/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{line.tone}"/>' for x, y in known[:: max(1, len(known) // 40)]
        ]
    parts.append(_label(_LEFT + _PLOT / 2, _TOP + height + 37, x_title, "middle"))
    parts.append(_legend(lines, _TOP + height + 58))
    return _svg(title, _TOP + height + _BOTTOM, parts)


def reliability_chart(title: str, table: pd.DataFrame) -> str:
    """The reliability diagram: accuracy of each bin with its interval, the diagonal, and the faces in each bin.

    Args:
        title: what is drawn.
        table: as from `calibration.reliability`, with at least one bin that is not empty.
    """
    height, gap, below = 190, 30, 58
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        y, x = _TOP + (1 - tick) * height, _LEFT + tick * _PLOT
        parts.append(_rule(_LEFT, y, _WIDTH - _RIGHT, y) + _label(_LEFT - 7, y + 5, f"{tick:.0%}", "end"))
        anchor = "end" if tick == 1 else "middle"
        parts.append(_label(x, _TOP + height + gap + below + 18, f"{tick:.0%}", anchor))
    floor_, top = _TOP + height + gap + below, float(table["n"].max())
    for row in table[table["n"] > 0].to_dict("records"):
        x, wide = _LEFT + row["low"] * _PLOT, max((row["high"] - row["low"]) * _PLOT, 2.0)
        tall, faces = row["accuracy"] * height, row["n"] / top * below
        parts.append(
            f'<rect x="{x:.1f}" y="{_TOP + height - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{theme.SCORE}" '
            f'fill-opacity=".3" stroke="{theme.SCORE}" stroke-width="1.5"/>'
            f'<rect x="{x:.1f}" y="{floor_ - faces:.1f}" width="{wide:.1f}" height="{faces:.1f}" fill="{theme.GREY}"/>'
        )
        middle = x + wide / 2
        ends = [_TOP + (1 - share) * height for share in (row["accuracy_low"], row["accuracy_high"])]
        parts.append(f'<path d="M{middle:.1f} {ends[0]:.1f}V{ends[1]:.1f}" stroke="{theme.SCORE}" stroke-width="2"/>')
    parts.append(
        f'<path d="M{_LEFT} {_TOP + height}L{_LEFT + _PLOT} {_TOP}" stroke="{theme.GREY}" stroke-width="2" '
        'stroke-dasharray="6 4" fill="none"/>'
    )
    parts.append(
        _label(_LEFT - 7, floor_ - below + 5, numbers.count(int(top)), "end") + _label(_LEFT - 7, floor_ + 5, "0", "end")
    )
    parts.append(_label(_LEFT + _PLOT / 2, floor_ + 38, "How sure it is; above: right answers, below: faces", "middle"))
    return _svg(title, floor_ + 46, parts)


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    name = escape(title)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{name}" font-size="14" '
        f'font-family="system-ui,sans-serif">{"".join(parts)}</svg>'
    )


def _rule(x1: float, y1: float, x2: float, y2: float, *, dash: str = "", opacity: float = 0.25) -> str:
    style = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="currentColor" stroke-opacity="{opacity}"{style}/>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'


def _legend(lines: Sequence[Line], y: float) -> str:
    parts, step = [], _PLOT / max(len(lines), 1)
    for number, line in enumerate(lines):
        x = _LEFT + number * step
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(f'<path d="M{x:.0f} {y - 5:.0f}h26" stroke="{line.tone}" stroke-width="3"{dash}/>')
        parts.append(_label(x + 33, y, line.name, "start"))
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers that enclose a range."""
    span = max(high - low, 1e-6)
    step = 10 ** floor(log10(span / 4))
    step *= next((factor for factor in (1, 2, 5) if span / (step * factor) <= 6), 10)
    first, last = floor(low / step), ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _number(value: float, percent: bool) -> str:
    return f"{value:.0%}" if percent else f"{value:.10g}" if abs(value) < 1e-9 else f"{round(value, 6):g}"
