from datetime import datetime

import streamlit as st

from fer_core.classroom import training
from fer_core.models.weights import require_weights
from fer_core.runs.config import preset_config
from fer_core.training import executors, jobs
from fer_core.training.speed import estimate
from pages.train.parts.executor_choice import executor_choice
from pages.train.parts.frontier import show_frontier
from pages.train.parts.network_form import backbone_picker
from pages.train.parts.recipe_form import augmentation_fields, preset_picker, recipe_fields, reset_form
from pages.train.parts.recipe_summary import (
    augmentation_preview,
    changes_caption,
    edits_caption,
    features_kept,
    offer_shorter,
    phases_box,
    weights_box,
)
from pages.ui.access import is_student, needs_write, require_write
from pages.ui.boundary import error_boundary
from pages.ui.empty import needs_dataset
from pages.ui.heading import lead
from pages.ui.navigation import go
from pages.ui.state import choose_run

lead("Fine-tune a network pretrained on photographs to tell expressions apart.")
needs_write("train")
dataset = needs_dataset()


def time_of(preset: str) -> str:
    planned = preset_config(dataset.name, preset)
    return estimate(planned, dataset.meta, features_kept=features_kept(planned, dataset)).short


left, right = st.columns([3, 2], gap="large")
with left:
    preset = preset_picker(time_of)
    show_frontier(preset)
    network = backbone_picker()
    changes = recipe_fields(dataset.name, preset, network)
    with st.expander("Augmentation", icon=":material/auto_fix_high:", key="recipe_augmentation"):
        base = preset_config(dataset.name, preset, **network)
        augmentation = augmentation_fields(base)
        if augmentation != base.augmentation:
            changes["augmentation"] = augmentation
        if augmentation is not None:
            augmentation_preview(dataset, augmentation)
    if changes:
        st.button("Back to the preset", icon=":material/undo:", type="tertiary", on_click=reset_form)

with right, st.container(border=True), error_boundary():
    st.subheader("What this run will do", anchor=False)
    config = preset_config(dataset.name, preset, **network, **changes)
    changes_caption(changes, preset)
    edits_caption(dataset, config.labels)
    expected = estimate(config, dataset.meta, features_kept=features_kept(config, dataset))
    phases_box(config, dataset, expected)
    st.markdown(f":material/timer: {expected.sentence}")
    offer_shorter(config, dataset)
    ready = weights_box(config)
    usual = f"{preset.capitalize()} {datetime.now():%d %b %H:%M}"
    name = st.text_input("Name of the run", placeholder=usual, max_chars=80, key="run_name")
    if is_student():
        st.caption(
            f":material/school: A student's run takes at most {training.FACES:,} faces and {training.MINUTES:g} minutes, one at "
            "a time, and is deleted at the end of the lesson."
        )
    executor = "local" if is_student() else executor_choice("run_executor")
    waiting, busy = len(jobs.queue()), jobs.at_work()
    if executor == "local" and (busy is not None or waiting):
        st.info(
            f"Another run is training; this one will wait in the queue, at position {waiting + 1}.",
            icon=":material/hourglass_empty:",
        )
    if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=not ready, width="stretch"):
        require_write("train")
        require_weights(config)
        title = name.strip() or usual
        run = training.start(config, name=title) if is_student() else executors.start(config, name=title, executor=executor)
        choose_run(run.id)
        go("train/runs#One run")
