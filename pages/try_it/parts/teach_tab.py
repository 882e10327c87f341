"""Own classes in two minutes: held in the browser, learned there, and judged on faces that were recorded apart."""

import streamlit as st

from fer_core.escape import markdown
from fer_core.exporting.browser import has_imagenet
from fer_core.runs import Run
from pages.try_it.parts.live_words import off, stop_unfit
from pages.try_it.parts.teach_component import FAILED, KEPT, teach
from pages.ui.boundary import error_boundary
from pages.ui.empty import needs_model
from pages.ui.heading import lead
from pages.ui.navigation import link

_FEATURES = {"run": "Of the run", "imagenet": "ImageNet's"}


def show() -> None:
    """Own classes in two minutes: held in the browser, learned there, and judged on faces that were recorded apart."""
    lead("Teach it classes of your own in two minutes, and see how well that holds on faces that it never learned from.")
    chosen = needs_model()
    off()
    stop_unfit(chosen)
    _screen(chosen)
    st.info(
        "**Faces stay in this page**, about thirty of each class, and are gone with it, unless you keep them behind their own "
        "button. The answer names the class that you taught, never what a person feels, and must not be used to judge, grade, "
        "select or watch people. Whoever may come into the picture has to be told before: docs/law.md.",
        icon=":material/lock:",
    )


@st.fragment
def _screen(run: Run) -> None:
    """What was kept is said in this part alone, and leaves the picture as it is."""
    with error_boundary():
        place = st.container()
        start = "run"
        if has_imagenet(run):
            start = st.segmented_control(
                "Features",
                list(_FEATURES),
                format_func=_FEATURES.__getitem__,
                default="run",
                required=True,
                key="teach_start",
                persist_state="session",
                help="The network stays as it is, and a new last layer learns: on the features of the run "
                f"“{markdown(run.about().name)}”, which has seen many faces, or on those of its network before it saw any.",
            )
        with place:
            teach(run, "imagenet" if start == "imagenet" else "run")
        _kept()
        _about()


def _kept() -> None:
    if failed := st.session_state.get(FAILED):
        st.error(markdown(failed), icon=":material/error:")
    if KEPT in st.session_state:
        name, run = st.session_state[KEPT]
        st.success(
            f"**{markdown(name)}** is a data set now, and the run **{markdown(run.about().name)}** is trained on it. Choose "
            "both at the top of the page when it has ended: it is evaluated, explained and exported as any other run.",
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            link("train/runs#All runs", label="See the run", icon=":material/monitoring:")
            link("data/faces#Grid", label="See the faces", icon=":material/grid_view:")


def _about() -> None:
    with st.expander("How this works", icon=":material/info:"):
        st.markdown(
            "While a button is held, a face is kept about every eighth of a second: 48x48 grey pixels, as the network gets it. "
            "That does not change. Its last feature maps, averaged, are the features of a face; a softmax layer learns on "
            "these, standardised, by full-batch gradient descent on the cross-entropy with a penalty on large weights (as "
            "scikit-learn's `LogisticRegression(C=3)`). The same faces give the same answers.\n\n"
            "**Judged** are faces of the second button alone, which are never learned from. Frames of a burst are much alike: "
            "one whose perceptual signature is within 4 of 64 bits of an earlier one of its burst counts once, and one that near "
            "to a learned face does not count. Two bursts are the *same scene* when what lies around the face is alike "
            "(correlation from 0.9 on). A score on the same scene, person and minute says little about others.\n\n"
            "**The run** that is trained when you keep the faces is not this layer but one like it: by the preset *frozen*, in "
            "small steps, on what was recorded to learn less the last fifth of each class, which chooses its epoch. Its test "
            "split is what was recorded to judge."
        )
