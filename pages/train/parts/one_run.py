"""Show one run: live curves, or its replay."""

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.runs import ACTIVE
from fer_core.training import jobs
from pages.train.parts import keras_code
from pages.train.parts.run_forms import ask_stop, resume_button
from pages.train.parts.run_watch import best_figure, live, log, recipe_line, show_curves, state_badge
from pages.ui import loaders
from pages.ui.empty import needs_run
from pages.ui.heading import Figure, figures_row, lead
from pages.ui.learning import replay
from pages.ui.navigation import link
from pages.ui.run_panel import POLL_SECONDS, steady, took
from pages.ui.state import choose_run
from pages.ui.whose import say_whose

RESULTS = (
    ("evaluate/scores", "Scores", ":material/leaderboard:"),
    ("evaluate/errors", "Confusion", ":material/grid_on:"),
    ("evaluate/errors#Mistakes", "Mistakes", ":material/rule:"),
    ("try_it/photo", "Try a photo", ":material/add_a_photo:"),
)


def show() -> None:
    """Show one run: live curves, or its replay."""
    run = needs_run()
    config = run.config()
    lead(f"**{markdown(run.about().name)}**, trained on {markdown(config.dataset)}: {recipe_line(config)}.")
    say_whose(run, config.dataset)
    busy = jobs.at_work()
    if busy is not None and busy != run:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/model_training: **{markdown(busy.about().name)}** is being trained now.", width="content")
            if st.button("Watch it", key="watch_busy"):
                choose_run(busy.id)
                st.rerun()
    status = run.status()
    if status.state in ACTIVE:
        with st.container(horizontal=True, vertical_alignment="center"):
            state_badge(status.state)
            if st.button("Stop …", icon=":material/stop:", disabled=status.state == "stopping", key="stop"):
                ask_stop(run)
        with steady("live"):
            st.fragment(live, run_every=POLL_SECONDS)(run, status.state)
        st.stop()
    if status.state != "finished":
        state_badge(status.state)
    if status.state == "failed":
        st.error(markdown(status.error or "The run has failed."), icon=":material/error:")
    resume_button(run)
    if status.state == "failed" and (tail := run.log_tail(15)):
        st.markdown("The last lines of its log:")
        st.code(tail, language=None, wrap_lines=True)
    replay(run)
    epochs, batches = loaders.recorded(run)
    training = run.training()
    if status.state == "finished":
        state_badge(status.state)
    if not epochs.empty:
        figures_row(
            [
                best_figure(run, config, status),
                Figure("Epochs", f"{len(epochs):,}"),
                Figure("Duration", took(run)),
                Figure("Parameters", f"{training.parameters / 1e6:.1f} M" if training else numbers.DASH),
            ],
            width=185,
        )
    if run.model_file.is_file():
        with st.container(horizontal=True):
            for page, label, icon in RESULTS:
                link(page, label=label, icon=icon)
    if len(epochs) or len(batches):
        st.subheader("Curves of this run", anchor=False)
        show_curves(run, best_epoch=status.best_epoch)
    if epochs.empty and status.state != "failed":
        st.markdown("The run ended before its first epoch; there are no curves.")
    if status.state != "failed" and run.log_tail(1):
        log(run)
    with st.expander("This run in twenty lines of Keras", icon=":material/code:"):
        st.caption(keras_code.LEFT_OUT)
        st.code(keras_code.keras_code(config, run.classes()), language="python")
