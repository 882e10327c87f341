"""Show the scores of the run."""

import streamlit as st

from fer_core import numbers
from fer_core.evaluation.metrics import per_class, score_table
from fer_core.figures.confusion import per_class_bars
from fer_core.figures.intervals import score_strip
from fer_core.labels import display_name
from pages.evaluate.parts.answer_table import offer_download
from pages.evaluate.parts.ranking import ranking_panel
from pages.evaluate.parts.score_figures import (
    duplicates_sentence,
    human_figure,
    leak_figures,
    leak_sentence,
    main_figures,
    takeaway,
)
from pages.evaluate.parts.slices import show_people, slices_of
from pages.ui.chart import chart
from pages.ui.evaluation_data import evaluated
from pages.ui.heading import figures_row, lead


def show() -> None:
    """Show the scores of the run."""
    lead("How often the run is right, how certain that is, and how often guessing is right.")
    shown = evaluated()
    st.markdown(f"#### {takeaway(shown.evaluation)}")
    sentence = leak_sentence(shown)
    if sentence:
        st.warning(sentence, icon=":material/warning:")
    chart(
        score_strip(score_table(shown.evaluation)),
        key="scores_strip",
        alt="Scores with 95% intervals",
    )
    figures_row([*main_figures(shown.evaluation), *human_figure(shown)])
    st.subheader("Can the figures be trusted?", anchor=False)
    figures_row(leak_figures(shown))
    left_out = duplicates_sentence(shown)
    if left_out:
        st.caption(left_out)
    st.subheader("Class by class, worst first", anchor=False)
    worst_first = per_class(shown.evaluation.matrix, shown.classes).sort_values("f1", na_position="last", ignore_index=True)
    bars, table = st.columns([3, 2], gap="large")
    with bars:
        chart(
            per_class_bars(worst_first),
            key="scores_classes",
            alt="Precision, recall and F1 by class",
        )
    with table:
        named = worst_first.assign(**{"class": worst_first["class"].map(display_name)})
        st.dataframe(
            named.style.format(numbers.percent, subset=["precision", "recall", "f1"]).format(numbers.count, subset=["n"]),
            hide_index=True,
            placeholder=numbers.DASH,
            column_config={
                "class": "Class",
                "precision": st.column_config.NumberColumn(
                    "Precision", help="Of the faces answered with this class, how many have its label."
                ),
                "recall": st.column_config.NumberColumn(
                    "Recall", help="Of the faces with this label, how many were answered with it."
                ),
                "f1": st.column_config.NumberColumn("F1", help="Harmonic mean of precision and recall."),
                "n": "Faces",
            },
        )
        offer_download(shown)
    show_people(slices_of(shown), shown)
    st.subheader("Can each class be told from the others?", anchor=False)
    ranking_panel(shown)
