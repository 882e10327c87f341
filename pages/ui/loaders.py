"""Cached access to what is on disk: each cache is keyed by what changes when the thing itself does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.runs import Run
from fer_core.runs.version import version
from fer_core.settings import settings
from pages.ui import garbage
from pages.ui.progress import progress_bar

if TYPE_CHECKING:
    import keras

    from fer_core.predictor import Predictor


def dataset(name: str) -> Dataset:
    """An open data set with memory-mapped images; opened anew when its `dataset.json` changes.

    Raises:
        NotFoundError: there is no data set of that name.
        DatasetError: it is damaged.
    """
    folder = settings().datasets / name
    return _dataset(name, str(folder), stamp(folder / "dataset.json"))


def predictor(run: Run) -> Predictor:
    """The run's network, ready to answer; explanations ask it for its Keras model, whose first one imports TensorFlow.

    Raises:
        RunError: the run has no model.
    """
    return _predictor(*answers_key(run), run)


def predictions(run: Run, data: Dataset, split: str) -> pd.DataFrame:
    """Logits of a run for a split: from disk when they were computed before, otherwise computed now with a progress bar.

    Returns:
        Columns sample (int), hash, label and one float column `logit_CLASS` per class of the run. Do not change it in place.
    """
    from fer_core.evaluation.predictions import find_split, predict_split

    known = find_split(run, data, split)
    if known is not None:
        return known
    model = predictor(run)
    with progress_bar(f"Predicting the {split} split") as report:
        return predict_split(run, data, split, predictor=model, progress=report)


def answers_key(run: Run) -> tuple[str, str]:
    """Changes when the run answers otherwise: begins the key of every cache of what a run answers."""
    return str(run.path), version(run)


def stamp(path: Path) -> int:
    """Modification time in nanoseconds; 0 when the file is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(name: str, folder: str, stamp: int) -> Dataset:
    return store.open_dataset(name)


@st.cache_resource(max_entries=2, show_spinner="The model is being loaded …")
def _predictor(folder: str, version: str, _run: Run) -> Predictor:
    from fer_core.predictor import load_predictor

    return load_predictor(_run, load=_keras_model)


def _keras_model(path: Path) -> keras.Model:
    with st.spinner("The network is being loaded …"):
        import keras  # noqa: F401

        from fer_core.models import classifier

        garbage.spare_modules()
        return classifier.load(path)
