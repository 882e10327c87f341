"""Show how corruptions change the scores."""

import streamlit as st

from fer_core import numbers
from pages.evaluate.parts.robustness import download, measured, pick_split, show_record, worst_sentence
from pages.ui.empty import needs_dataset, needs_model
from pages.ui.heading import Figure, figures_row, lead
from pages.ui.whose import say_whose


def show() -> None:
    """Show how corruptions change the scores."""
    lead("How accurate the run is on blurred, noisy, badly lit, turned and covered faces.")
    run, data = needs_model(), needs_dataset()
    say_whose(run)
    split = pick_split(data)
    result = measured(run, data, split)
    st.markdown(worst_sentence(result))
    show_record(result, run, data)
    worst = result.worst
    figures_row(
        [
            Figure(
                "As they are",
                numbers.percent(result.accuracy),
                "Accuracy on the same faces, not corrupted, with Wilson's 95% interval.",
                f"{numbers.interval(*result.accuracy_ci95)}, {numbers.sample(result.record.n)}",
            ),
            Figure(
                "Majority baseline",
                numbers.percent(result.majority_baseline),
                "What always answering with the most frequent class would reach, whatever is done to the faces.",
                f"on the same {numbers.count(result.record.n)} faces",
            ),
            Figure(
                "Worst case",
                numbers.percent(worst["accuracy"]),
                "The lowest accuracy of all corruptions and strengths.",
                f"{numbers.interval(worst['low'], worst['high'])}, {numbers.sample(worst['n'])}",
            ),
            Figure(
                "Macro F1, as they are",
                numbers.percent(result.macro_f1),
                "Each class counts the same. The interval is a bootstrap.",
                numbers.interval(*result.macro_f1_ci95),
            ),
        ]
    )
    download(result, run)
