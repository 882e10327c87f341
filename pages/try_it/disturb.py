import streamlit as st

from pages.try_it.parts.disturb import Subject, choose_sample, choose_upload, curve, duel, placed
from pages.try_it.parts.intake import forget
from pages.try_it.parts.sliders import last_moved, sliders
from pages.ui import loaders
from pages.ui.boundary import error_boundary
from pages.ui.empty import empty_state, needs_model
from pages.ui.heading import lead
from pages.ui.navigation import link
from pages.ui.state import selected_dataset
from pages.ui.uploaded import photos

PHOTO, SAMPLE = "Your photo", "A face of the data set"


def subject() -> Subject | None:
    """The face to disturb: of the viewer's photos where there are any, of the data set otherwise."""
    uploads, data = photos(), selected_dataset()
    uploaded = any(photo.faces for photo in uploads)
    sources = [PHOTO] * uploaded + [SAMPLE] * (data is not None)
    if not sources:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        source = sources[0]
        if len(sources) > 1:
            source = st.segmented_control(
                "Face", sources, key="disturb_source", default=PHOTO, required=True, label_visibility="collapsed"
            )
        if source == SAMPLE and data is not None:
            chosen = choose_sample(data, run, loaders.predictor(run))
        link("try_it/photo", label="Add a photo", icon=":material/add_a_photo:")
        if uploaded:
            st.button("Forget everything", icon=":material/delete_forever:", key="forget_photos", on_click=forget)
    return choose_upload(uploads, loaders.predictor(run)) if source == PHOTO else chosen


@st.fragment
def laboratory(face: Subject) -> None:
    with error_boundary():
        predictor = loaders.predictor(run)
        shown, moved = st.columns([5, 2], gap="large")
        with moved:
            setting = placed(sliders(), face)
            grey = face.colour is not None and st.toggle("Show what the network gets", key="disturb_network")
        with shown:
            before, after = duel(face, setting, predictor, network_view=grey)
        curve(face, setting, last_moved(), predictor, {before.label, after.label})


lead("Turn, darken, blur or cover a face, and watch how the answer changes.")
run = needs_model()
face = subject()
if face is None:
    empty_state(
        "There is no face to disturb yet. Add a photo with a face in it, or choose a data set that holds this run's expressions.",
        page="try_it/photo",
        label="Add a photo",
    )
    st.stop()
laboratory(face)
st.caption(
    "The stroke on a bar marks where it stood before. People still see the expression; a network that learned from small, "
    "upright, well-lit faces often does not. Nobody's feelings change when a slider moves: the answer is about the picture."
)
