"""Show MobileNet stage by stage: a face that travels through it, its plan, and one stage opened."""

import streamlit as st

from fer_core.lesson.feature_maps import STAGES
from pages.learn.parts import feature_maps, network
from pages.learn.parts.travelling_face import travelling_face
from pages.learn.parts.words import say, words
from pages.ui import loaders
from pages.ui.boundary import error_boundary
from pages.ui.heading import lead

WORDS = "mobilenet"


@st.fragment
def journey(*, big: bool = False) -> None:
    """Let a face travel through the network, and offer the strongest channels of every stage below it."""
    with error_boundary():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            face = feature_maps.choose_face()
            run, chosen = feature_maps.choose_network()
        way = feature_maps.look(run, chosen, face)
        answers = feature_maps.answers(run, chosen, way)
        calibration = loaders.predictor(run).calibration
        st.markdown(feature_maps.takeaway(way, answers))
        travelling_face(way, answers, temperature=calibration.temperature, key="travel", big=big)
        if big:
            return
        if answers and calibration.flip:
            st.caption("The face as it is; what the run answers elsewhere is the mean of this face and its mirror image.")
        with st.expander("The strongest channels of every stage, large", icon=":material/grid_view:"):
            say(WORDS, "A face inside")
            scales = [feature_maps.COMMON, feature_maps.OWN]
            scale = st.segmented_control("Brightness", scales, default=scales[0], required=True, key="map_scale")
            titles = {name: name.replace("_", " ").capitalize() for name in STAGES}
            stage = st.selectbox("Stage", STAGES, index=2, format_func=titles.__getitem__, key="map_stage", width=200)
            feature_maps.show_stage(way.stages[STAGES.index(stage)], titles[stage], scale)
            feature_maps.show_all(way.stages, titles, scale)


def show() -> None:
    """Show MobileNet stage by stage, with a face inside it."""
    journey()
    st.subheader("The plan", anchor=False)
    lead("Every stage from the picture to the answer: shapes, parameters and work, for any input size and width.")
    asked = network.ask()
    numbers = network.placeholders(asked)
    say(WORDS, "In one sentence", **numbers)
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
    with st.expander("All stages", icon=":material/table:"):
        network.table(asked.stages)
    st.info(words(WORDS, "What slides print", **numbers), icon=":material/co_present:")
