"""Show several methods side by side."""

import streamlit as st

from fer_core.escape import markdown
from fer_core.labels import display_name
from pages.explain.parts.many_maps import many_maps
from pages.explain.parts.method_face import choose_face, face_words
from pages.explain.parts.method_maps import choose_against, choose_methods, make_maps, offer_maps
from pages.ui import loaders
from pages.ui.answer_card import answers, controls, legend, short_answer
from pages.ui.empty import needs_model
from pages.ui.faces import png_uri
from pages.ui.heading import lead
from pages.ui.state import selected_dataset


def show() -> None:
    """Show several methods side by side."""
    lead(
        "Several ways to ask one network where it looked. Where they agree, the picture is worth more; where they do "
        "not, ask why."
    )
    run = needs_model()
    drawn, asked = st.columns([5, 2], gap="large")
    with asked:
        predictor = loaders.predictor(run)
        shown = choose_face(run, predictor)
        answer = answers(predictor, [shown.face], quick=shown.crop is not None)[0]
        look = controls(predictor)
        target = look.target or answer.label
        against = choose_against(predictor, target)
        methods = choose_methods()
    with drawn:
        question = f"Evidence for **{markdown(display_name(target).lower())}**" + (
            f" and not **{markdown(display_name(against).lower())}**" if against else ""
        )
        face, words = st.columns([1, 7], vertical_alignment="center")
        face.html(f'<img src="{png_uri(shown.face)}" alt="The face" style="width:100%;max-width:76px;border-radius:6px">')
        words.markdown(f"{question} · the run answers {short_answer(answer)}")
        words.caption(face_words(shown))
        if methods:
            maps = make_maps(predictor, shown, methods, look, target, against)
            legend()
            offer_maps(shown, maps, look, predictor, target, against)
            st.caption(
                "Every map is scaled to its own strongest place: colours compare places of one map, not methods. The time is "
                "that of making the map here; the first one of each method takes longer."
            )
        else:
            st.markdown("Choose at least one method.")
    data = selected_dataset()
    if data is not None:
        st.subheader("Many faces at once", anchor=False)
        many_maps(data, predictor, look)
