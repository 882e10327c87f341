"""Suspected labels on a page: the kept ones, or the offer to search for them, with progress."""

from __future__ import annotations

import streamlit as st

from fer_core import numbers
from fer_core.datasets.meta import SPLITS
from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.evaluation import suspects
from fer_core.evaluation.out_of_fold import MOST_LEARNED
from fer_core.evaluation.predictions import find_split
from fer_core.evaluation.suspects import Suspects, suspects_in_process
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.settings import settings
from fer_core.training import jobs
from fer_core.training.speed import estimate
from pages.ui.access import require_write
from pages.ui.loaders import answers_key, known_suspects
from pages.ui.state import selected_run
from pages.ui.work import asked_anew, current_work, follow_work, start_work

SECONDS_A_FACE = 2.5e-3
"""Time for the five models, for each training face and five classes, on two idle cores."""

WHAT = """
Five simple models learn the labels from the features of an ImageNet network, each on four fifths of the training faces
(cross-validation). **Each model predicts only faces that it was not trained on**, nor copies of them. Where it is confident of
another class than the label, the label is suspected. The model may be wrong: you decide.
"""


def found_or_search(data: Dataset, *, meanwhile: Suspects | None = None) -> Suspects:
    """The suspected labels; while there are none, draws the offer to search or the progress.

    Args:
        data: the data set.
        meanwhile: what is shown until somebody has searched; with None the view stops.
    """
    work = _work(data)
    failure = st.empty()
    if current_work(work) is not None:
        follow_work(work, failure)
    known = known_suspects(data)
    if known is not None:
        return known
    offer = st.container(border=True) if meanwhile is None else st.expander("Search the training faces as well")
    with offer:
        st.markdown(WHAT)
        st.markdown(f":material/timer: {_cost(data)}")
        if jobs.at_work() is not None:
            st.info("A run is being trained; both take longer while they share the processor.", icon=":material/hourglass_top:")
        if st.button("Find suspected labels", type="primary", icon=":material/search:", key="suspects-go"):
            _search(work, data)
    if meanwhile is None:
        st.stop()
    return meanwhile


def search_anew(data: Dataset) -> None:
    """Draw a quiet button that has the kept labels searched for once more."""
    if asked_anew("suspects", help=_cost(data)):
        suspects.forget(data)
        _search(_work(data), data)


def _work(data: Dataset) -> str:
    return f"suspects {settings().workspace} {data.name}"


def _cost(data: Dataset) -> str:
    return f"Takes {numbers.roughly(_seconds(data))} here, while you go on with other pages. It is done once; the result is kept."


def _search(work: str, data: Dataset) -> None:
    require_write()
    start_work(work, "Looking for suspected labels", lambda now: suspects_in_process(data, progress=now, stop=now.stopping))
    st.rerun()


def run_with_predictions(data: Dataset, split: str) -> Run | None:
    """The chosen run, when it has answered this split and did not learn from it or choose its best epoch by it."""
    run = selected_run()
    if run is None or split != "test" or find_split(run, data, split) is None:
        return None
    return run


def suspects_of(run: Run, data: Dataset, split: str) -> Suspects:
    """Suspected labels by the run's own answers to a split."""
    return _by_run(answers_key(run), data.meta.fingerprint, split, run, data)


@st.cache_resource(max_entries=4, show_spinner="Comparing labels with the run's answers …")
def _by_run(answers: tuple[str, str], fingerprint: str, split: str, _run: Run, _data: Dataset) -> Suspects:
    predictions = find_split(_run, _data, split)
    if predictions is None:
        raise RunError("The run's answers are gone; look at its scores to have them made again.")
    return suspects.of_predictions(predictions, split, _run.classes(), temperature=_run.calibration().temperature)


def _seconds(data: Dataset) -> float:
    train = min(sum(data.meta.counts["train"].values()), MOST_LEARNED)
    file = suspects.features_file(data)
    features = 0.0
    if file is None or not file.is_file():
        planned = estimate(preset_config(data.name, "frozen"), data.meta)
        features = sum(part.seconds for part in planned.phases if part.phase == "features")
    return 8 + features + SECONDS_A_FACE * train * len(data.meta.classes) / 5


def splits_with(suspects: Suspects) -> list[str]:
    """Splits that hold faces with a suggestion, in order."""
    there = set(suspects.table["split"].unique())
    return [split for split in SPLITS if split in there]
