import streamlit as st

from pages.explain.parts.face_choice import choose_face, choose_method
from pages.explain.parts.faithfulness import many_faces, one_face, random_weights
from pages.ui import loaders
from pages.ui.empty import needs_dataset, needs_model
from pages.ui.heading import lead
from pages.ui.whose import say_whose

ONE, MANY, RANDOM = "One face", "Many faces", "Random weights"
HOW = """
A saliency map always looks convincing. Two checks tell whether it shows what the network uses.

**Does the network need what the map shows?** Pixels are taken away in the order of the map, the most important first, and the
probability of the class is watched (*deletion*); or they are put into a blurred face (*insertion*). The area under the curve sums
it up, from 0 to 1: small is good for deletion, large for insertion. Neither number means much alone. What counts is **the gap to
random maps** that are as coarse: a map that does no better says nothing about this network. A face whose pixels are taken away is
no face any more, so the network answers there about pictures it was never trained on (Petsiuk et al. 2018).

**Does the map depend on what was learned?** The weights are made random, stage by stage from the output down. A map that
explains the trained network must become another one (Adebayo et al. 2018). Passing both checks makes a map credible, not
complete.
"""

lead("Check whether a saliency map shows what the network uses, or only looks convincing.")
run, data = needs_model(), needs_dataset()
say_whose(run)
result, asked = st.columns([5, 2], gap="large")
with asked:
    check = st.segmented_control(
        "Check", [ONE, MANY, RANDOM], default=ONE, required=True, key="faithful_check", persist_state="session", wrap=True
    )
    predictor = loaders.predictor(run)
    method, layer = choose_method(predictor)
    split, rows, row = choose_face(data, run)
sample = int(row["id"])
with result:
    if check == ONE:
        one_face(predictor, data, sample, method, layer, again=asked)
    elif check == MANY:
        many_faces(predictor, data, split, rows, method, layer, again=asked)
    else:
        random_weights(predictor, data, sample, rows, method, layer, again=asked)
with st.expander("How to read this", icon=":material/menu_book:"):
    st.markdown(HOW)
