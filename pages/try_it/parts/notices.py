"""What a viewer must know before a photo of a person is answered."""

import streamlit as st

from fer_core import numbers, runs
from fer_core.escape import markdown
from fer_core.labels import display_name
from fer_core.predictor import probability_words
from fer_core.runs import BUNDLED, BUNDLED_CROWD, Run


def promise(what: str = "Photos") -> None:
    """What happens to uploaded photos, or videos, and what the answers must not be used for."""
    st.info(
        f"**{what} stay in memory.** They are read on the computer where the app runs, written to no disk, and sent nowhere. "
        "“Forget everything” drops them at once; when the page is just closed, they go some minutes later. The answer names an "
        "expression, never what a person feels, and must not be used to judge people.",
        icon=":material/lock:",
    )
    with st.expander("What this must not be used for", icon=":material/gavel:"):
        st.markdown(
            "The network names an **expression**, as people who look at a picture would. It does not know what anyone feels: "
            "people smile without being happy and are angry without showing it.\n\n"
            "Do not use it to judge people: not to select, grade, monitor or diagnose them. In the European Union, inferring the "
            "emotions of pupils or employees from their faces is prohibited, except for medical or safety reasons (AI Act, "
            "Article 5). Ask those whom a photo shows before you use it."
        )


def run_for_photos(chosen: Run) -> Run:
    """Choose the run that answers photos.

    It is the chosen one; in the place of the bundled one that which learned people's votes, unless the viewer turns it off.
    """
    crowd = next((run for run in runs.usable_runs() if run.id == BUNDLED_CROWD), None)
    if chosen.id != BUNDLED or crowd is None:
        return chosen
    by_crowd = st.toggle(
        "Use the run for photos",
        value=True,
        key="photo_by_crowd",
        persist_state="session",
        help=f"“{markdown(crowd.about().name)}” learned what ten people said of each face. Off: "
        f"“{markdown(chosen.about().name)}”, which the lesson is about. "
        "Any other run that is chosen at the top of the page answers itself.",
    )
    return crowd if by_crowd else chosen


def about_run(run: Run) -> None:
    """What the run was trained on, and what follows for photos."""
    training, words = run.training(), display_name(probability_words(run.calibration()))
    if run.calibration().flip:
        words += ", each the mean of a face and its mirror image"
    measured = run.int8_agreement()
    if measured is not None and measured.near:
        words += (
            f". Photos are answered by the network quantised to int8, which is quicker: of {measured.n:,} validation faces "
            f"{numbers.percent(measured.agreement, 1)} get the same class as from the network itself, and probabilities differ "
            f"by {100 * measured.mean:.1f} percentage points on average"
        )
    if run.id == BUNDLED:
        st.caption(
            f"The run “{markdown(run.about().name)}” was trained on FER2013: small grey pictures from an image search, with "
            "labels on "
            "which people agree in about two of three cases (Goodfellow et al. 2013). Other kinds of photos are harder for it. "
            f"{words}."
        )
    elif run.id == BUNDLED_CROWD:
        st.caption(
            f"The run “{markdown(run.about().name)}” learned from the votes of ten people on each picture of FER2013 (FER+; "
            f"Barsoum et al. 2016): small grey pictures from an image search. Other kinds of photos are harder for it. {words}."
        )
    elif training:
        st.caption(
            f"The run “{markdown(run.about().name)}” was trained on {markdown(training.dataset)} and knows only what is in "
            f"it. {words}."
        )
