"""What stands around the live picture: what is computed, what stays where, and what a run must have to be asked there."""

from __future__ import annotations

import streamlit as st

from fer_core.errors import RunError
from fer_core.escape import markdown
from fer_core.exporting.browser import require_frame
from fer_core.models import saved_network
from fer_core.runs import Run
from fer_core.runs.version import model_digest
from fer_core.settings import settings
from pages.try_it.parts.intake import waiting
from pages.ui.access import may_use_camera
from pages.ui.empty import empty_state
from pages.ui.navigation import link
from pages.ui.uploaded import photos


def off() -> None:
    """Say that there is no camera, where the app was started so."""
    if settings().camera == "off":
        st.caption(":material/videocam_off: This app was started without cameras (FER_CAMERA=off); the drawn faces are left.")
    elif not may_use_camera():
        st.caption(":material/videocam_off: In a class the camera is off until the teacher grants it; reload the page then.")


def stop_unfit(run: Run) -> None:
    """Say so, and stop the view, when a run takes other faces than a browser crops, or has no map without gradients."""
    try:
        require_frame(run)
    except RunError as error:
        empty_state(markdown(str(error)), page="train/runs", label="See all runs")
        st.stop()
    if not _has_maps(str(run.path), model_digest(run.model_file), run):
        empty_state(
            f"The network of **{markdown(run.about().name)}** does not answer from the mean of its last feature maps, so that a "
            "browser cannot show where it looked. Choose another run at the top of the page.",
            page="train/runs",
            label="See all runs",
        )
        st.stop()


@st.cache_data(max_entries=16, show_spinner=False)
def _has_maps(folder: str, digest: str, _run: Run) -> bool:
    return saved_network.read(_run.model_file).pooled_layer is not None


def snapshots() -> None:
    """A way to the snapshots and photos of this session, when there are any."""
    count = len(photos()) + waiting()
    if count:
        link("try_it/photo", label=f"Photo ({count})", icon=":material/add_a_photo:")


def about_live(run: Run, *, int8: bool) -> None:
    """How the answers come about, folded."""
    with st.expander("How this works", icon=":material/info:"):
        mirror = (
            " The run averages the answers for a face and its mirror image: in each frame one of both is asked, so that a face "
            "that keeps still is answered as a photo of it would be."
            if run.calibration().flip
            else ""
        )
        st.markdown(
            "In every third frame YuNet looks for faces, between them they are followed by where their pixels go. Each face is "
            "turned upright and cropped to the 48x48 grey pixels that training faces have, and the run's network "
            f"({'in 8 bits' if int8 else 'in floats'}) answers them all in one pass, by WebAssembly on one core.{mirror}\n\n"
            "The map shows how much each place of the last feature maps adds to the expression that is named (class activation "
            "map, Zhou et al. 2016). It is coarse, as those maps have only a few cells.\n\n"
            "With smoothing, an answer is a running mean that forgets with the time constant of the slider; “off” shows what "
            "each frame is answered. A dashed box and “?” say that the answer stays below the run's threshold."
        )


def privacy() -> None:
    """What happens to frames, and what the answers must not be used for."""
    st.info(
        "**Frames stay in this browser.** They are looked at and forgotten; only a snapshot goes into the memory of the app, "
        "when you press its button. The answer names the expression shown, never what a person feels, and must not be used to "
        "judge, grade, select or watch people. Whoever may come into the picture has to be told before: docs/law.md has the "
        "rules, a sheet for teachers and a sign.",
        icon=":material/lock:",
    )
