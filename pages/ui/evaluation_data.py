"""What the Evaluate views look at: a run and a data set, a split of it or recorded figures, and the predictions on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.escape import markdown
from fer_core.evaluation.assessment import score, score_recorded
from fer_core.evaluation.metrics import Evaluation
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import ORDER, Source, find_predictions, sources
from fer_core.labels import display_name
from fer_core.predictor import probability_words
from fer_core.runs import Run
from pages.ui import loaders
from pages.ui.access import ONLY_READS, may_write
from pages.ui.empty import empty_state, needs_dataset, needs_model
from pages.ui.state import selected_dataset
from pages.ui.whose import say_whose

AUTOMATIC = 1500
"""Splits of up to this many faces are predicted without asking: some seconds on a laptop."""

SOURCE = "evaluate_on"
"""Session key of the picker that the Evaluate views share."""

_ASKED = "_predict_now"


@dataclass(frozen=True)
class Evaluated:
    """A run on a source, ready to be shown.

    Attributes:
        run: the run.
        dataset: data set with the pictures; None for recorded figures.
        source: what it was evaluated on.
        answers: what the run answers, one row a sample: sample, label, predicted, confidence, p_CLASS.
        evaluation: all scores.
        predictions: the logits.
    """

    run: Run
    dataset: Dataset | None
    source: Source
    answers: pd.DataFrame
    evaluation: Evaluation
    predictions: pd.DataFrame

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names of the run, in the order of the logits."""
        return self.evaluation.classes

    def faces(self, ids: Iterable[int]) -> np.ndarray:
        """The faces of these samples, uint8; only where the data set is there."""
        if self.dataset is None:
            raise RunError("Recorded figures have no pictures; import the data set to see them.")
        return self.dataset.images[np.fromiter(ids, dtype=np.int64)]

    def files(self) -> dict[int, str]:
        """{sample: file name at the source}; empty for recorded figures."""
        if self.dataset is None:
            return {}
        rows = self.dataset.split(self.source.split)
        return dict(zip(rows["id"].tolist(), rows["file"].tolist(), strict=True))


def evaluated() -> Evaluated:
    """Draw the picker, find or make the predictions, and return what is to be shown; stops the view when there is nothing."""
    run = needs_model()
    dataset = selected_dataset()
    if not run.classes():
        raise RunError(f"The run '{run.about().name}' is damaged: its training.json is not readable. Choose another run.")
    choices = sources(run, dataset)
    if not choices:
        needs_dataset()
        empty_state(
            f"The data set **{markdown(dataset.name if dataset else '')}** is empty. Choose another one at the top of the page."
        )
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        source = _pick(choices)
        said = st.container()
    say_whose(run, source.dataset)
    dataset = None if source.recorded else dataset
    predictions = _predictions(run, dataset, source)
    scores = _counted(run, dataset, source, predictions)
    with said:
        _say(source, scores, run)
    return Evaluated(
        run=run,
        dataset=dataset,
        source=source,
        answers=answers(predictions, run.classes(), run.calibration()),
        evaluation=scores,
        predictions=predictions,
    )


def pictures_are_missing(shown: Evaluated) -> bool:
    """Say so where only numbers are there, with the way to the pictures; True when they are missing."""
    if shown.dataset is not None:
        return False
    empty_state(
        f"The pictures of {markdown(shown.source.dataset)} are not shipped, only the figures of this run. "
        f"Import {markdown(shown.source.dataset)} to see them here.",
        page="data/import_export",
        label=f"Import {markdown(shown.source.dataset)}",
    )
    return True


def splits(dataset: Dataset) -> list[str]:
    """Splits of a data set that have faces, those that a run has not seen first."""
    return [split for split in ORDER if sum(dataset.meta.counts.get(split, {}).values())]


def known_answers(run: Run, dataset: Dataset, split: str) -> pd.DataFrame | None:
    """Columns sample, predicted and confidence for a split, where predictions exist already; None otherwise. Never computes."""
    source = next((source for source in sources(run, dataset) if not source.recorded and source.split == split), None)
    predictions = find_predictions(run, dataset, source) if source else None
    if predictions is None:
        return None
    return answers(predictions, run.classes(), run.calibration())[["sample", "predicted", "confidence"]]


def known_scores(run: Run, dataset: Dataset | None) -> tuple[Source, Evaluation] | None:
    """Scores of a run on the first split, or recorded figures, that it has answered already; None otherwise. Never predicts."""
    for source in sources(run, dataset):
        data = None if source.recorded else dataset
        predictions = find_predictions(run, data, source) if source.n else None
        if predictions is not None and len(predictions):
            return source, _counted(run, data, source, predictions)
    return None


def _pick(choices: list[Source]) -> Source:
    by_key = {source.key: source for source in choices}
    if st.session_state.get(SOURCE) not in by_key:
        st.session_state[SOURCE] = next((source.key for source in choices if source.n), choices[0].key)
    chosen = st.selectbox(
        "Evaluate on",
        list(by_key),
        format_func=lambda key: by_key[key].title,
        key=SOURCE,
        persist_state="session",
        label_visibility="collapsed",
        width=280,
    )
    return by_key[chosen]


def _predictions(run: Run, dataset: Dataset | None, source: Source) -> pd.DataFrame:
    if source.n == 0:
        known = markdown(", ".join(map(display_name, run.classes())))
        empty_state(
            f"**{markdown(source.title)}** has no face of a class that this run knows ({known}). Choose another split or "
            "data set."
        )
        st.stop()
    ready = find_predictions(run, dataset, source)
    if ready is not None:
        return ready
    if dataset is None:
        raise RunError(f"The recorded figures of '{run.about().name}' are damaged; choose another data set or run.")
    asked = st.session_state.pop(_ASKED, None) == source.title
    if source.n > AUTOMATIC and not asked:
        with st.container(border=True):
            st.markdown(
                f"The run has no predictions for **{markdown(source.title)}** yet: {numbers.count(source.n)} faces. "
                "They are made once and kept with the run."
            )
            if may_write():
                st.button("Predict them now", type="primary", icon=":material/play_arrow:", on_click=_ask, args=(source.title,))
            else:
                st.caption(f"{ONLY_READS}.")
        st.stop()
    return loaders.predictions(run, dataset, source.split)


def _ask(title: str) -> None:
    st.session_state[_ASKED] = title


def _counted(run: Run, dataset: Dataset | None, source: Source, predictions: pd.DataFrame) -> Evaluation:
    fingerprint = dataset.meta.fingerprint if dataset else "recorded"
    return _scores(loaders.answers_key(run), fingerprint, source.key, run, dataset, source, predictions)


@st.cache_data(max_entries=16, show_spinner="The answers are being counted …")
def _scores(
    answers: tuple[str, str],
    fingerprint: str,
    key: str,
    _run: Run,
    _dataset: Dataset | None,
    _source: Source,
    _predictions: pd.DataFrame,
) -> Evaluation:
    if _dataset is None:
        return score_recorded(_run, _source, _predictions)
    return score(_run, _dataset, _source.split, _predictions)


def _say(source: Source, scores: Evaluation, run: Run) -> None:
    training = run.training()
    parts = [f"{numbers.count(scores.n)} faces{', few' if scores.n < numbers.FEW else ''}"]
    if training and training.dataset != source.dataset:
        parts.append(f"the run was trained on {markdown(training.dataset)}")
    if source.skipped:
        names = ", ".join(f"{markdown(display_name(name))} {n:,}" for name, n in source.skipped.items())
        parts.append(f"{scores.skipped:,} left out, because the run does not know their class ({names})")
    if source.absent:
        parts.append(f"no face of {markdown(', '.join(map(display_name, source.absent)))}, which the run may answer all the same")
    mirrored = "each face and its mirror image averaged" if scores.flip else "each face as it is"
    parts += [mirrored, probability_words(run.calibration())]
    st.caption(" · ".join(parts))
