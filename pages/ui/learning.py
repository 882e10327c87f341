"""Play a training: curves that grow, a confusion matrix that fills, and faces whose answers change, in the browser alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets.statistics import majority
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.figures.learning import Learning, film
from fer_core.lesson import recorded_run
from fer_core.lesson.recorded_run import Origin
from fer_core.runs import Run
from fer_core.runs.moments import Moment
from pages.ui import loaders
from pages.ui.faces import png_uri

_HERE = Path(__file__)
_component = st.components.v2.component(
    "fer_learning", **{kind: _HERE.with_suffix(f".{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
)


def of_run(run: Run, *, planned: int | None = None) -> Learning:
    """What a run has recorded so far; its faces are taken from its data set, where that is still there."""
    (epochs, batches), moments = loaders.recorded(run), loaders.moments(run)
    return Learning(
        classes=run.classes(),
        epochs=epochs,
        batches=batches,
        moments=moments,
        faces=_faces_of(run, moments[0]) if moments else (),
        about="Validation faces with their label, and what the network answers.",
        planned=planned,
        best=run.status().best_epoch,
        baseline=baseline(run),
    )


def baseline(run: Run) -> float | None:
    """Accuracy of always answering with the most frequent class of a run's validation faces; None while they are not known."""
    training = run.training()
    counts = training.counts.get("validation", {}) if training else {}
    return majority(counts)[1] if any(counts.values()) else None


def shipped() -> tuple[Learning, Origin]:
    """The recording that comes with the project, with its drawn faces, and where it is from.

    Raises:
        NotFoundError: the file is missing or damaged.
        DatasetError: the drawn faces are damaged.
    """
    return _shipped(loaders.stamp(recorded_run.RECORDED))


def watch(learning: Learning, *, key: str, autoplay: bool = False, big: bool = False) -> None:
    """Play a training, with buttons, single steps and a scrubber.

    Args:
        learning: at least an epoch or a batch of it. What is added to it later is followed.
        key: of the component.
        autoplay: begin by itself, from the start; not where the viewer's system asks for less motion.
        big: in large type, for a room.
    """
    _component(key=key, data=film(learning) | {"autoplay": autoplay, "big": big})


def replay(run: Run, *, autoplay: bool = False, big: bool = False) -> None:
    """Play the training of a run that has ended, or for a run that ships the training that was recorded to be watched.

    Args:
        run: nothing is shown where it has neither epochs nor batches.
        autoplay: begin by itself.
        big: in large type, for a room.
    """
    if not any(len(frame) for frame in loaders.recorded(run)):
        return
    if run.read_only and not loaders.moments(run):
        _recorded_run(autoplay=autoplay, big=big)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded", icon=":material/history:", color="violet")
        st.caption("As it was recorded during training; the run is not training now.", width="content")
    watch(of_run(run), key=f"replay_{run.id}", autoplay=autoplay, big=big)


def _recorded_run(*, autoplay: bool, big: bool) -> None:
    learning, origin = shipped()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded run", icon=":material/history:", color="violet")
        st.caption(
            f"Another, shorter training of this network on {markdown(origin.dataset)} ({numbers.count(origin.train)} faces at "
            f"{origin.resolution} px), asked at {len(learning.moments)} moments; nothing is training now.",
            width="content",
        )
    watch(learning, key="recorded_run", autoplay=autoplay, big=big)


def _faces_of(run: Run, moment: Moment) -> tuple[str, ...]:
    """Pictures of a run's watched faces; none where the data set is gone, or another one has its name."""
    training = run.training()
    try:
        data = loaders.dataset(run.config().dataset)
    except FerError:
        return ()
    if training is None or data.meta.fingerprint != training.fingerprint or max(moment.faces, default=0) >= data.meta.n:
        return ()
    return _pictures(data.meta.fingerprint, moment.faces, data.images)


@st.cache_data(max_entries=16, show_spinner=False)
def _pictures(fingerprint: str, faces: tuple[int, ...], _images: np.ndarray) -> tuple[str, ...]:
    return tuple(png_uri(np.asarray(_images[face])) for face in faces)


@st.cache_data(max_entries=2, show_spinner=False)
def _shipped(stamp: int) -> tuple[Learning, Origin]:
    recording = recorded_run.load()
    rows = recording.moments[-1].confusion
    learning = Learning(
        classes=recording.classes,
        epochs=recording.epochs,
        batches=recording.batches,
        moments=recording.moments,
        faces=tuple(png_uri(face) for face in recorded_run.faces(recording)),
        about="Drawn faces, of nobody, that were not learned from: the expression that was drawn, and what the network answers.",
        baseline=max(map(sum, rows)) / sum(map(sum, rows)),
    )
    return learning, recording.origin
