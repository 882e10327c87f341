"""Runs beside each other on the same faces: which is better, class by class, face by face, and how they learned."""

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.evaluation.comparison import against_first, common_samples, pair, recall_changes
from fer_core.figures import paired, theme
from fer_core.figures.intervals import score_strip
from pages.evaluate.parts import comparison as parts
from pages.ui.chart import chart
from pages.ui.evaluation_data import Evaluated, evaluated
from pages.ui.heading import lead

# Letters of a run's name that fit above its score in a narrow window.
WIDTH = 26


def show() -> None:
    """Choose runs to compare with, and show all that tells them apart."""
    lead("Is one run better than another? All are scored on the same faces, so that the choice of faces plays no part.")
    shown = evaluated()
    others = parts.pick_others(shown)
    names = parts.titles([shown.run, *others])
    by_run = parts.answered(others, shown)
    if len(by_run) < 2:
        if not others:
            st.info("Choose a run to compare with.", icon=":material/compare_arrows:")
            st.stop()
        parts.how_they_differ([shown.run, *others], names)
        st.stop()
    common = common_samples(by_run)
    if not common:
        st.info("These runs know no class in common; choose others.", icon=":material/info:")
        st.stop()
    parts.met_in_training(by_run, shown, names)
    _scores(by_run, shown, names, common)
    _class_by_class(by_run, shown, names)
    parts.how_they_differ([shown.run, *(run for run in others if run.id in by_run)], names)


def _scores(by_run: dict[str, pd.DataFrame], shown: Evaluated, names: dict[str, str], common: set[int]) -> None:
    """Accuracies with their intervals, and what the paired test says."""
    table = against_first(by_run)
    n = len(common)
    for row in table.iloc[1:].to_dict("records"):
        st.markdown(parts.verdict(row, markdown(names[shown.run.id]), markdown(names[row["run"]])))
    strip = table.assign(
        name=[names[key] if len(names[key]) <= WIDTH else names[key][: WIDTH - 1] + "…" for key in table["run"]],
        value=table["accuracy"],
        tone=[theme.SERIES[place % len(theme.SERIES)] for place in range(len(table))],
    )
    labels = shown.answers.loc[shown.answers["sample"].isin(common), "label"]
    chart(
        score_strip(strip.assign(baseline=labels.value_counts(normalize=True).iloc[0])),
        key="compare_accuracies",
        alt="Accuracy of each run with its 95% interval",
    )
    with st.expander("The numbers", icon=":material/table:"):
        parts.comparison_table(table, names)
    dropped = sum(len(answers) > n for answers in by_run.values())
    st.caption(
        f"All on the same {numbers.count(n)} faces"
        + (", those whose class every one of the runs knows." if dropped else ".")
        + " Intervals of two runs may overlap although their difference is beyond chance: they are paired."
        + (" P values are corrected for the number of runs (Holm)." if len(by_run) > 2 else "")
    )


def _class_by_class(by_run: dict[str, pd.DataFrame], shown: Evaluated, names: dict[str, str]) -> None:
    """What the rival finds more and less of each class, and faces that one alone gets right."""
    st.subheader("Class by class, the largest loss first", anchor=False)
    rivals = [key for key in by_run if key != shown.run.id]
    rival = rivals[0]
    if len(rivals) > 1:
        rival = st.selectbox("Against", rivals, format_func=lambda key: names[key], key="compare_against", width=430)
    two = (names[shown.run.id], names[rival])
    pairs = pair(by_run[shown.run.id], by_run[rival])
    st.markdown(
        f"How much more of each class **{markdown(two[1])}** finds than **{markdown(two[0])}** (right of zero: more), with 95% "
        "intervals."
    )
    chart(
        paired.recall_changes(recall_changes(pairs)),
        key="compare_recalls",
        alt="Change in recall of each class",
    )

    st.subheader("One is right, the other wrong", anchor=False)
    parts.faces_apart(pairs, shown, names=two)
