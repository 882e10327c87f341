"""Show the queue of suspected labels."""

from functools import partial

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.suspects import Suspects
from pages.data.parts.suspect_queue import ORIGIN, back_to, many, one_by_one, pick_queue, restart
from pages.data.parts.suspect_search import found_or_search, run_with_predictions, search_anew, splits_with, suspects_of
from pages.data.parts.undo import COMPARE, undo_button
from pages.ui.empty import empty_state, needs_dataset
from pages.ui.heading import lead
from pages.ui.loaders import known_suspects
from pages.ui.navigation import link

ONE, MANY = "One by one", "Many at once"


def show() -> None:
    """Show the queue of suspected labels."""
    lead("Faces whose label contradicts models that were not trained on them. You decide; imported labels never change.")
    data = needs_dataset()
    # The run's answers to the test split are there before anybody has searched the training faces.
    chosen = run_with_predictions(data, "test")
    suspects = found_or_search(data, meanwhile=suspects_of(chosen, data, "test") if chosen else None)
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with bar.popover("Filters", icon=":material/tune:", width="content", key="suspect_filters"):
        splits = splits_with(suspects)
        split = st.selectbox(
            "Split", splits, format_func=str.capitalize, key="suspect_split", bind="query-params", on_change=restart, width=130
        )
        run = run_with_predictions(data, split)
        if run is not None and known_suspects(data) is not None:
            names = {"models": "Models on frozen features", "run": f"The run {run.about().name}"}
            by = st.selectbox(
                "Predictions of", list(names), format_func=names.get, key="suspect_by", on_change=restart, width=220
            )
            suspects = suspects_of(run, data, split) if by == "run" else suspects
        queue = pick_queue(data, suspects, split)
        search_anew(data)
    mode = bar.segmented_control(
        "Show",
        [ONE, MANY],
        default=ONE,
        required=True,
        key="suspect_mode",
        bind="query-params",
        label_visibility="collapsed",
        width="content",
    )
    if queue.rows.empty:
        empty_state("No label of this kind is suspected. Choose another split or class.")
        st.stop()
    seen, total = queue.seen, len(queue.rows)
    with bar:
        st.progress(seen / total, text=f"{numbers.count(seen)} of {numbers.count(total)} seen", width=180)
        undo_button(data, queue.log, origin=ORIGIN, after=partial(back_to, queue))
    if mode == MANY and seen < total:
        many(queue)
    elif mode == ONE:
        one_by_one(queue)
    if seen == total:
        st.success(
            "You have decided about every face of this queue. Choose a longer one, or review your edits.",
            icon=":material/done_all:",
        )
        link("data/labels#My edits", label="See all edits", icon=":material/arrow_forward:")
    _how_many(suspects, split)
    if suspects.left_out:
        left = ", ".join(f"{markdown(name)} ({n:,})" for name, n in suspects.left_out.items())
        st.caption(f"Classes with too few training faces to judge are left out: {left}.")
    with st.expander("How to compare", icon=":material/compare_arrows:"):
        st.markdown(COMPARE)
        link("train/new_run", label="New run", icon=":material/arrow_forward:")


def _how_many(suspects: Suspects, split: str) -> None:
    """Say how many labels are suspected, and how often the prediction that doubts them is right."""
    part = suspects.table[suspects.table["split"] == split]
    agreeing = int((part["suggestion"] == part["label"]).sum())
    low, high = wilson(agreeing, len(part))
    doubted = int(part["suspected"].sum())
    baseline = part["label"].value_counts(normalize=True).max()
    st.markdown(
        f"**{numbers.count(doubted)}** of {numbers.count(len(part))} labels are suspected "
        f"({numbers.percent(doubted / len(part))}), "
        "the most confident contradictions first. The prediction equals the label for "
        f"{numbers.percent(agreeing / len(part))} of "
        f"the faces (95% interval {numbers.interval(low, high)}; majority baseline {numbers.percent(baseline)}): often the "
        "prediction is wrong."
    )
