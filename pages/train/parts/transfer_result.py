"""A comparison of ways to start a network: its figure, what it shows in words, and every number."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from fer_core import numbers
from fer_core.backbones import BACKBONES
from fer_core.escape import markdown
from fer_core.figures.transfer import transfer_lines
from fer_core.studies.reading import reading, takeaway
from fer_core.studies.records import WAYS, Result, summary, table
from pages.ui.chart import chart

Score = Literal["accuracy", "macro_f1"]
SCORES: dict[Score, str] = {"accuracy": "Accuracy", "macro_f1": "Macro F1"}


def score_switch() -> Score:
    """Which score the figure shows."""
    chosen = st.segmented_control(
        "Score",
        list(SCORES),
        default="accuracy",
        required=True,
        format_func=SCORES.__getitem__,
        key="transfer_score",
        label_visibility="collapsed",
    )
    return "macro_f1" if chosen == "macro_f1" else "accuracy"


def show_result(result: Result, score: Score, *, recorded: bool) -> None:
    """What it shows in a sentence, the figure, where it is from, a paragraph about it, the table, and how it was made."""
    rows = table(result)
    if said := takeaway(result):
        st.markdown(f"**{said if score == 'accuracy' else 'In accuracy: ' + said}**")
    chart(
        transfer_lines(
            summary(rows, score),
            dict(WAYS),
            title=SCORES[score],
            baseline=result.majority_baseline if score == "accuracy" else result.macro_f1_baseline,
            n=result.rows[0].n if result.rows else result.faces["test"],
        ),
        key=f"transfer_figure_{recorded}",
        alt=f"{SCORES[score]} on test by training faces, for three ways to start",
    )
    _origin(result, recorded=recorded)
    if not result.rows:
        return
    st.caption("Lines are means of the seeds; a band runs from the lowest to the highest 95% limit among them.")
    st.markdown(f"In accuracy: {reading(result)}")
    _numbers(result)
    _method(result)


def _origin(result: Result, *, recorded: bool) -> None:
    date = datetime.fromisoformat(result.date)
    place = result.machine
    where = f"{date:%d %B %Y} on {place.processor}, {place.cores} cores, {place.system}; resolution {result.recipe['resolution']}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if recorded:
            st.badge("Recorded", icon=":material/history:", color="violet")
            st.caption(f"{markdown(result.dataset)}, recorded on {where}. Figures only: no picture of it ships.", width="content")
        else:
            done = len(result.cells) - len(result.missing)
            st.badge(f"{done} of {len(result.cells)} networks", icon=":material/science:", color="blue")
            st.caption(f"{markdown(result.dataset)}, {where}.", width="content")


def _numbers(result: Result) -> None:
    rows = table(result).sort_values(["share", "way", "seed"], ignore_index=True)
    columns = {
        "way": rows["way"].map(WAYS),
        "share": 100 * rows["share"],
        "faces": rows["faces"],
        "seed": rows["seed"],
    }
    for score in SCORES:
        columns[score] = 100 * rows[score]
        limits = zip(rows[f"{score}_low"], rows[f"{score}_high"], strict=True)
        columns[f"{score}_ci"] = [numbers.interval(low, high) for low, high in limits]
    columns |= {name: rows[name] for name in ("n", "epochs", "best_epoch", "seconds")}
    number = st.column_config.NumberColumn
    st.dataframe(
        columns,
        hide_index=True,
        column_config={
            "way": "Start",
            "share": number("Labels", format="%g%%", help="Share of the training labels"),
            "faces": number("Training faces", format="localized"),
            "seed": number("Seed"),
            "accuracy": number("Accuracy", format="%.1f%%", help="On the test split, once"),
            "accuracy_ci": st.column_config.TextColumn("95% (Wilson)"),
            "macro_f1": number("Macro F1", format="%.1f%%", help="Mean F1 of the classes, on the test split"),
            "macro_f1_ci": st.column_config.TextColumn("95% (bootstrap)"),
            "n": number("n", format="localized", help="Test faces"),
            "epochs": number("Epochs"),
            "best_epoch": number("Best", help="Epoch with the best validation accuracy, the one that was tested"),
            "seconds": number("Seconds", format="%.0f"),
        },
        key=f"transfer_table_{result.fingerprint}",
    )


def _method(result: Result) -> None:
    with st.expander("How it was made", icon=":material/science:"):
        faces = result.faces
        st.markdown(
            f"{BACKBONES[result.recipe['backbone']].title} on {numbers.count(faces['train'])} training, "
            f"{numbers.count(faces['validation'])} validation and {numbers.count(faces['test'])} test faces of "
            f"{markdown(result.dataset)} (fingerprint `{result.fingerprint}`), seen at "
            f"{result.recipe['resolution']} pixels per side. {result.rule}"
        )
        settings = {key: value for key, value in result.recipe.items() if key not in ("backbone", "augmentation")}
        st.markdown("The same for all: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items()) + ".")
        augmentation = result.recipe.get("augmentation") or {}
        if augmentation:
            st.markdown("Augmentation: " + ", ".join(f"{key} {value}" for key, value in augmentation.items()) + ".")
