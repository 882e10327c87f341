"""Let a class say what it expects before the answer is shown: the curves, the worst cell, the place where one would look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.figures import theme
from fer_core.labels import display_name
from pages.learn.parts import class_results

_HERE = Path(__file__)
_component = st.components.v2.component(
    "fer_guess",
    html='<div class="guess"></div>',
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)
_DASHES = ("", "22 10", "5 9")


def guess_curves(rows: pd.DataFrame, names: Mapping[str, str], *, baseline: float, is_open: bool) -> None:
    """Draw axes on which the class draws what it expects, and with the answer the curves on top of that.

    Args:
        rows: columns way, faces, share, mean, low, high.
        names: {way: how it is written}.
        baseline: accuracy of always answering with the most frequent class, 0 to 1.
        is_open: show the answer.
    """
    means = rows.groupby("share")["faces"].mean()
    ways = [
        {
            "way": way,
            "name": name,
            "tone": theme.SERIES[place],
            "dash": _DASHES[place],
            "points": rows.loc[rows["way"] == way, ["faces", "mean", "low", "high"]].to_numpy().tolist() if is_open else [],
        }
        for place, (way, name) in enumerate(names.items())
    ]
    data = {
        "ways": ways,
        "low": float(means.min()),
        "high": float(means.max()),
        "ticks": [[float(faces), numbers.count(round(faces))] for faces in means],
        "baseline": baseline,
        "alt": "Accuracy on test by training faces, for three ways to start" if is_open else "Axes to draw curves on",
    }
    _ask("curves", data, is_open=is_open)


def guess_cell(shares: np.ndarray, classes: Sequence[str], worst: tuple[int, int], *, is_open: bool) -> None:
    """Draw a confusion matrix whose cells are empty until the answer, and can be chosen until then.

    Args:
        shares: (C, C), rows add up to 1.
        classes: names of rows and columns.
        worst: row and column of the most frequent mistake.
        is_open: show the answer.
    """
    data = {
        "classes": [[name, display_name(name)] for name in classes],
        "shares": np.asarray(shares, float).round(4).tolist() if is_open else None,
        "worst": list(worst) if is_open else None,
        "alt": "Confusion matrix, share of each true class" if is_open else "An empty confusion matrix: choose the worst cell",
    }
    _ask("matrix", data, is_open=is_open)


def guess_spot(pictures: Sequence[tuple[str, str]], *, name: str, is_open: bool) -> None:
    """Draw a face on which the class marks where it would look, and with the answer its map beside it.

    Args:
        pictures: (address, what it shows) of the face, and with the answer of the face with its map.
        name: of the face: a mark belongs to one face.
        is_open: show the answer.
    """
    _ask("spot", {"pictures": [list(picture) for picture in pictures]}, is_open=is_open, name=name)


def said(kind: str, name: str = "") -> dict[str, Any]:
    """What the class has said: `few` and `lines` of curves, `cell` of a matrix, `spot` of a face; empty for nothing."""
    return class_results.kept(f"{kind} {name}".strip()) or {}


def _ask(kind: str, data: dict[str, Any], *, is_open: bool, name: str = "") -> None:
    key = f"guess_{kind}"
    where = f"{kind} {name}".strip()

    def given() -> None:
        value = st.session_state[key].given
        if isinstance(value, dict):
            class_results.keep(where, value)

    _component(
        key=key,
        data=data | {"kind": kind, "open": is_open, "given": class_results.kept(where) or {}},
        default={"given": None},
        on_given_change=given,
    )
