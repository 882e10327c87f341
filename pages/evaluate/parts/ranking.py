"""ROC and precision-recall curves of the Scores view, with their areas as a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.evaluation.ranking import class_areas, class_curves
from fer_core.figures import ranking
from fer_core.labels import display_name
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import Evaluated


def ranking_panel(shown: Evaluated) -> None:
    """Draw ROC and precision-recall curves of every class against all others, and the areas under them, worst class first."""
    areas = class_areas(shown.answers, shown.classes)
    if areas.empty:
        empty_state("All faces here are of one class: there is nothing to tell it from. Choose another split or data set.")
        return
    curves = class_curves(shown.answers, shown.classes)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**ROC**: how many of a class are found, and how many others with them")
        chart(ranking.roc(curves, areas), key="scores_roc", alt="ROC curve of each class")
    with right:
        st.markdown("**Precision and recall**: how many of the found are right")
        chart(
            ranking.precision_recall(curves, areas),
            key="scores_precision_recall",
            alt="Precision-recall curve of each class",
        )
    _table(areas)
    st.caption(
        "Each class against all others, by its probability, whatever class wins in the end. An area of 1 under the ROC curve "
        "(chance: 0.5) means that every face of the class scores above every other; the precision-recall curve also asks how "
        "rare the class is (chance: its share). Intervals are 95%, by DeLong et al. (1988) on the logit scale for ROC, and "
        "Boyd et al. (2013) for average precision."
    )


def _table(areas: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Class": areas["class"].map(display_name),
            "ROC area": areas["roc"].map(numbers.decimal),
            "ROC 95%": _limits(areas, "roc"),
            "Average precision": areas["pr"].map(numbers.decimal),
            "AP 95%": _limits(areas, "pr"),
            "Chance": areas["prevalence"].map(numbers.decimal),
            "Faces": areas["n"].map(numbers.count),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Chance": st.column_config.TextColumn(
                help="Average precision of a random order, which is the share of the class. A random order has a ROC area of 0.5."
            )
        },
    )


def _limits(areas: pd.DataFrame, name: str) -> list[str]:
    return [
        numbers.DASH if pd.isna(low) else f"{numbers.decimal(low)} to {numbers.decimal(high)}"
        for low, high in zip(areas[f"{name}_low"], areas[f"{name}_high"], strict=True)
    ]
