import streamlit as st

from fer_core.lesson.feature_maps import STAGES
from pages.ui import feature_map_parts, network_parts
from pages.ui.boundary import error_boundary
from pages.ui.faces import Caption, face_grid
from pages.ui.heading import heading
from pages.ui.words import say, words

WORDS = "mobilenet"


@st.fragment
def face_inside(asked: network_parts.Asked, opened: str) -> None:
    with error_boundary():
        choice, shown = st.columns([3, 1], gap="medium", vertical_alignment="center")
        with choice:
            face = feature_map_parts.choose_face()
            scale = st.segmented_control(
                "Brightness",
                [feature_map_parts.COMMON, feature_map_parts.OWN],
                default=feature_map_parts.COMMON,
                required=True,
                key="map_scale",
            )
        with shown.container(width=130):
            face_grid([face], [Caption(alt="The face that the network looks at")], size=110)
        with st.spinner("The network looks at the face; the first time TensorFlow has to be loaded, which takes some seconds …"):
            model, key, sentence = feature_map_parts.choose_network(asked)
            every = feature_map_parts.look(model, key, face)
        st.caption(sentence)
        titles = {stage.name: stage.title for stage in asked.stages}
        if opened in STAGES:
            st.markdown(f"**{titles[opened]}, the stage that is open above**")
            feature_map_parts.show_stage(every[STAGES.index(opened)], titles[opened], scale)
        st.markdown("**Every stage, from the picture up**")
        feature_map_parts.show_all(every, titles, scale)


heading(
    "What MobileNet is", "Every stage from the picture to the answer: shapes, parameters and work, for any input size and width."
)
asked = network_parts.ask()
numbers = network_parts.numbers(asked)
network_parts.totals(asked.stages)
picture, lecture = st.columns([5, 2], gap="large")
with lecture:
    say(WORDS, "The network", **numbers)
with picture:
    stage = network_parts.pick(asked.stages)
with st.container(border=True):
    st.subheader(stage.title, anchor=False)
    network_parts.opened(stage)
    kind = {"stem": "The stem", "pool": "Pooling", "head": "The head"}.get(stage.name, "A block")
    say(WORDS, kind, **numbers)
st.subheader("All stages", anchor=False)
network_parts.table(asked.stages)
st.info(words(WORDS, "What slides print", **numbers), icon=":material/co_present:")
st.subheader("A face inside the network", anchor=False)
say(WORDS, "A face inside", **numbers)
if st.toggle("Let the network look at a face", key="network_look", persist_state="session"):
    face_inside(asked, stage.name)
