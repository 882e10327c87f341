"""Cached access to what is on disk: each cache is keyed by what changes when the thing itself does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fer_core import numbers
from fer_core.datasets import store
from fer_core.datasets.store import Dataset
from fer_core.escape import markdown
from fer_core.runs import Run
from fer_core.runs.moments import Moment
from fer_core.runs.version import version
from fer_core.settings import settings
from pages.ui.work import current_work, progress_bar, start_work, watch_work

if TYPE_CHECKING:
    import keras

    from fer_core.evaluation.suspects import Suspects
    from fer_core.predictor import Predictor

Part = TypeVar("Part")

_MANY = 100
_FACES_A_SECOND = 450
_spared = 0


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


def crowd(data: Dataset) -> pd.DataFrame:
    """What the crowd says of every face of a data set, see `crowd.summarise`. Do not change it in place."""
    return _crowd(data.name, data.meta.fingerprint, data.meta.created, data)


def known_suspects(data: Dataset) -> Suspects | None:
    """The suspected labels that were found before; None where nobody has searched."""
    return _kept_suspects(_suspects_file(str(data.path), data.meta.fingerprint, data), data)


def run_features(run: Run, data: Dataset, *, recorded: bool) -> NDArray[np.float16] | None:
    """Load a run's features of a data set, (N, channels); while there are none, draw the offer to compute them, or the progress.

    Args:
        run: with a model.
        data: the data set.
        recorded: something is shown without features, so that a quiet offer is enough.
    """
    from fer_core.features.projection import MOST_POINTS, MapRequest, make_map_in_process

    n, name = data.meta.n, markdown(data.name)
    if not 10 <= n <= 2 * MOST_POINTS:
        st.info(f"Faces are compared where there are 10 to {2 * MOST_POINTS:,}; **{name}** has {n:,}.", icon=":material/info:")
        return None
    work = f"features of {run.path} {data.path} {data.meta.fingerprint}"
    if current_work(work) is not None:
        st.caption("This continues while you use other pages.")
        watch_work(work)
        st.rerun()
    features = _features(answers_key(run), str(data.path), stamp(data.path / "features"), run, data)
    if features is not None:
        return features
    cost = (
        f"The run has to look at all {numbers.count(n)} faces of **{name}** once: about "
        f"{numbers.duration(12 + n / _FACES_A_SECOND)} on two idle cores. What it sees is kept with the data set, and serves "
        "the projection as well."
    )
    with st.container(border=not recorded):
        if not recorded:
            st.markdown(cost)
        if st.button(
            "Make it anew" if recorded else "Compute the features",
            type="tertiary" if recorded else "primary",
            icon=":material/visibility:",
            help=cost if recorded else None,
        ):
            request = MapRequest(source=run.id, method="pca", faces=max(10, min(3_000, n)))
            start_work(
                work,
                "Computing the features",
                lambda report: make_map_in_process(data, request, progress=report, stop=report.stopping),
            )
            st.rerun()
    return None


def answers_key(run: Run) -> tuple[str, str]:
    """Changes when the run answers otherwise: begins the key of every cache of what a run answers."""
    return str(run.path), version(run)


def recorded(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Epochs and batches of a run; the files are read again only when they have changed."""
    return (
        _read(str(run.epochs_file), stamp(run.epochs_file), run.epochs),
        _read(str(run.batches_file), stamp(run.batches_file), run.batches),
    )


def moments(run: Run) -> list[Moment]:
    """What a run answered at the end of each epoch; none for a run that did not keep it."""
    return _read(str(run.moments_file), stamp(run.moments_file), run.moments)


def stamp(path: Path) -> int:
    """Modification time in nanoseconds; 0 when the file is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def spare_modules() -> None:
    """Exempt what is loaded now from garbage collection when many modules have come since the last call.

    With TensorFlow in the process each collection took 0.9 s on two cores, after every click; without it 0.2 s. Call it before
    something is made that is to be freed again, such as a network.
    """
    global _spared
    if len(sys.modules) - _spared < _MANY:
        return
    _spared = len(sys.modules)
    gc.collect()
    gc.freeze()


@st.cache_data(max_entries=48, show_spinner=False)
def _read(path: str, stamp: int, _load: Callable[[], Part]) -> Part:
    return _load()


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

        spare_modules()
        return classifier.load(path)


@st.cache_resource(max_entries=2, show_spinner="The features are being read …")
def _features(answers: tuple[str, str], path: str, features: int, _run: Run, _data: Dataset) -> NDArray[np.float16] | None:
    from fer_core.features.projection import source_features

    return source_features(_data, _run.id)


@st.cache_data(max_entries=4, show_spinner="The votes are being counted …")
def _crowd(name: str, fingerprint: str, created: str, _data: Dataset) -> pd.DataFrame:
    from fer_core.datasets.crowd import summarise

    return summarise(_data.samples)


@st.cache_data(max_entries=16, show_spinner=False)
def _suspects_file(folder: str, fingerprint: str, _data: Dataset) -> Path:
    from fer_core.evaluation import suspects

    return suspects.kept_file(_data)


def _kept_suspects(file: Path, data: Dataset) -> Suspects | None:
    return _suspects(str(file), stamp(file), data) if file.is_file() else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _suspects(file: str, stamp: int, _data: Dataset) -> Suspects | None:
    from fer_core.evaluation import suspects

    return suspects.kept(_data)
