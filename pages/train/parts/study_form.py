"""Ask a new question: what varies, how many seeds, and what that will take, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st

from fer_core import numbers
from fer_core.datasets.folds import persons
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.runs.config import Preset, allowed
from fer_core.studies import question, study
from pages.ui.access import may_write, require_write
from pages.ui.empty import no_dataset
from pages.ui.state import selected_dataset


@dataclass(frozen=True)
class Varied:
    """Something that a study can vary: its title, the key of RunConfig, and values to begin with."""

    title: str
    key: str
    values: str


OFFERS = (
    Varied("Nothing: the same recipe with several seeds", "", ""),
    Varied("Resolution", "resolution", "48, 64, 96"),
    Varied("Share of the training labels", "train_share", "0.05, 0.2, 1"),
    Varied("Epochs of all layers (0: feature extraction)", "full_epochs", "0, 2, 4"),
    Varied("Learning rate of all layers", "full_learning_rate", "4e-4, 8e-4, 2e-3"),
    Varied("Network", "backbone", "mobilenet, efficientnet_lite0"),
    Varied("Start: ImageNet or random weights", "weights", "imagenet, random"),
    Varied("Weights of rare classes", "class_weighting", "none, sqrt, balanced"),
)


def _folds_choice(dataset: Dataset) -> int | Literal["all"] | None:
    """In how many groups persons are left out; nothing is asked where the data set knows too few of them."""
    if "subject" not in dataset.samples:
        return None
    try:
        there = len(set(persons(dataset)) - {""})
    except FerError:
        return None
    choices: dict[str, int | Literal["all"] | None] = {"The data set's own": None}
    choices |= {f"{folds} groups of persons, each left out once": folds for folds in (5, 10) if folds < there}
    if there <= question.MAX_RUNS:
        choices[f"Each of {there} persons left out once"] = "all"
    return choices[st.selectbox("Splits", list(choices), key="study_folds", width=330)]


def study_form() -> None:
    """Draw the form; a study that is created is shown at once."""
    dataset = selected_dataset()
    if dataset is None:
        no_dataset()
        return
    if not may_write():
        st.caption("You look on here: studies are made by who may train.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", "Which resolution", key="study_name", width=220)
        preset = st.selectbox("Recipe", get_args(Preset), key="study_preset", width=150)
        seeds = int(st.number_input("Seeds", 1, question.MAX_SEEDS, 3, key="study_seeds", width=120))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox("What varies", [row.title for row in OFFERS], index=1, key="study_vary", width=330)
        offer = next(row for row in OFFERS if row.title == title)
        typed = ""
        if offer.key:
            typed = st.text_input("Values", offer.values, key=f"study_values_{offer.key}", width=280, help=allowed(offer.key))
    folds = _folds_choice(dataset)
    values = [part.strip() for part in typed.split(",") if part.strip()]
    vary = {offer.key: values} if offer.key else {}
    try:
        asked = question.checked(name.strip(), dataset.name, preset=preset, vary=vary, seeds=seeds, folds=folds)
        opened = study.Study(question.folder(asked.name), asked)
        seconds = study.expected_seconds(opened, opened.members())
    except FerError as error:
        st.caption(f":material/error: {markdown(str(error))}")
        return
    planned = f"{len(asked.plan)} run{'' if len(asked.plan) == 1 else 's'} on {markdown(dataset.name)}"
    st.markdown(f"{planned}, about {numbers.duration(seconds)} here.")
    if st.button("Create the study", icon=":material/add:", key="study_create"):
        require_write()
        question.keep(asked)
        st.session_state["study"] = asked.name
        st.rerun()
