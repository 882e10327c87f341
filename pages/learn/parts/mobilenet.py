"""Show MobileNet stage by stage, with a face inside it."""

import streamlit as st

from fer_core.lesson.feature_maps import STAGES
from pages.learn.parts import feature_maps, network
from pages.learn.parts.words import say, words
from pages.ui.boundary import error_boundary
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import lead

WORDS = "mobilenet"


@st.fragment
def face_inside(asked: network.Asked, opened: str) -> None:
    with error_boundary():
        choice, shown = st.columns([3, 1], gap="medium", vertical_alignment="center")
        with choice:
            face = feature_maps.choose_face()
            scale = st.segmented_control(
                "Brightness",
                [feature_maps.COMMON, feature_maps.OWN],
                default=feature_maps.COMMON,
                required=True,
                key="map_scale",
            )
        with shown.container(width=130):
            face_grid([face], [Caption(alt="The face that the network looks at")], size=110)
        with st.spinner("The network looks at the face; the first time TensorFlow has to be loaded, which takes some seconds …"):
            model, key, sentence = feature_maps.choose_network(asked)
            every = feature_maps.look(model, key, face)
        st.caption(sentence)
        titles = {stage.name: stage.title for stage in asked.stages}
        if opened in STAGES:
            st.markdown(f"**{titles[opened]}, the stage that is open above**")
            feature_maps.show_stage(every[STAGES.index(opened)], titles[opened], scale)
        st.markdown("**Every stage, from the picture up**")
        feature_maps.show_all(every, titles, scale)


def show() -> None:
    """Show MobileNet stage by stage, with a face inside it."""
    lead("Every stage from the picture to the answer: shapes, parameters and work, for any input size and width.")
    asked = network.ask()
    numbers = network.placeholders(asked)
    network.totals(asked.stages)
    picture, lecture = st.columns([5, 2], gap="large")
    with lecture:
        say(WORDS, "The network", **numbers)
    with picture:
        stage = network.pick(asked.stages)
    with st.container(border=True):
        st.subheader(stage.title, anchor=False)
        network.opened(stage)
        kind = {"stem": "The stem", "pool": "Pooling", "head": "The head"}.get(stage.name, "A block")
        say(WORDS, kind, **numbers)
    st.subheader("All stages", anchor=False)
    network.table(asked.stages)
    st.info(words(WORDS, "What slides print", **numbers), icon=":material/co_present:")
    st.subheader("A face inside the network", anchor=False)
    say(WORDS, "A face inside", **numbers)
    if st.toggle("Let the network look at a face", key="network_look", persist_state="session"):
        face_inside(asked, stage.name)
