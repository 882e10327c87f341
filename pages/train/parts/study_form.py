"""Ask a new question: what varies, how many seeds, and what that will take, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import streamlit as st

from fer_core import numbers
from fer_core.datasets.folds import persons
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError, InputError
from fer_core.escape import markdown
from fer_core.runs.config import Preset, allowed
from fer_core.studies import creation, folders, question, running, study
from fer_core.studies.search import MOST_TRIALS, refusal
from pages.ui.access import may_write, require_write
from pages.ui.empty import no_dataset
from pages.ui.state import selected_dataset


@dataclass(frozen=True)
class Varied:
    """Something that a study can vary: its title, the key of RunConfig, and values to begin with."""

    title: str
    key: str
    values: str


_EVERY, _SEARCH = "Every combination", "Search"
_RANGES = "dropout=0..0.5\nresolution=48..96/16"
"""What the form searches at first, besides a learning rate."""

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
        name = st.text_input("Name", folders.free_name("My study"), key="study_name", width=220)
        preset = st.selectbox("Recipe", get_args(Preset), key="study_preset", width=150)
        kind = st.segmented_control("Settings", [_EVERY, _SEARCH], default=_EVERY, required=True, key="study_kind")
    try:
        varied = _searched(preset) if kind == _SEARCH else _combined(dataset)
        asked = creation.checked(name.strip(), dataset.name, preset=preset, **varied)
        opened = study.Study(folders.folder(asked.name), asked)
        members = opened.members()
        seconds = running.expected_seconds(opened, members)
    except FerError as error:
        st.caption(f":material/error: {markdown(str(error))}")
        return
    runs = asked.search or len(asked.plan)
    there = sum(member.finished for member in members)
    planned = f"{runs} run{'' if runs == 1 else 's'} on {markdown(dataset.name)}"
    planned += f", {there} of them there already" if there else ""
    st.markdown(f"{planned}, {'at most ' if asked.search else ''}about {numbers.duration(seconds)} here.")
    if st.button("Create the study", icon=":material/add:", key="study_create"):
        require_write()
        folders.keep(asked)
        st.session_state["study"] = asked.name
        st.rerun()


def _combined(dataset: Dataset) -> dict[str, Any]:
    """What varies, with how many seeds, on which splits."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox("What varies", [row.title for row in OFFERS], index=1, key="study_vary", width=330)
        offer = next(row for row in OFFERS if row.title == title)
        typed = ""
        if offer.key:
            typed = st.text_input("Values", offer.values, key=f"study_values_{offer.key}", width=280, help=allowed(offer.key))
        seeds = int(st.number_input("Seeds", 1, question.MAX_SEEDS, 3, key="study_seeds", width=120))
    values = [part.strip() for part in typed.split(",") if part.strip()]
    return {"vary": {offer.key: values} if offer.key else {}, "seeds": seeds, "folds": _folds_choice(dataset)}


def _searched(preset: Preset) -> dict[str, Any]:
    """Ranges and choices, one a line, and how many trials.

    Args:
        preset: that the runs begin with; of `frozen` the head alone has a learning rate.

    Raises:
        InputError: Optuna is not installed, or a line is none.
    """
    if why := refusal():
        raise InputError(why)
    about = "A setting a line: `LOW..HIGH`, `LOW..HIGH/STEP`, or choices. Ends a factor of ten apart are searched by factors."
    with st.container(horizontal=True, vertical_alignment="top"):
        rate = "head_learning_rate=2e-4..1e-2" if preset == "frozen" else "full_learning_rate=2e-4..4e-3"
        typed = st.text_area("Searched", f"{rate}\n{_RANGES}", key=f"study_ranges_{preset}", width=420, help=about)
        trials = int(st.number_input("Trials", 2, MOST_TRIALS, 20, key="study_trials_n", width=120))
    vary = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        key, equals, values = line.partition("=")
        if not equals:
            raise InputError(f"A line is SETTING=LOW..HIGH or SETTING=VALUE,VALUE; got '{line}'.")
        vary[key.strip()] = [part.strip() for part in values.split(",") if part.strip()]
    return {"vary": vary, "search": trials}
