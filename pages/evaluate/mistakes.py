import streamlit as st

from fer_core.evaluation.mistakes import mistakes
from fer_core.figures import theme
from fer_core.labels import display_name
from pages.ui.answer_grid import answer_cards, answer_table
from pages.ui.browse import ALL, pager
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import evaluated, offer_download, pictures_are_missing
from pages.ui.heading import heading
from pages.ui.slice_parts import pick_slice, show_slices, slices_of

SIZE = 24


def first_page() -> None:
    st.session_state["mistakes_page"] = 1


def pick_class(title: str, key: str, classes: tuple[str, ...]) -> str:
    if st.session_state.get(key) not in (ALL, *classes):
        st.session_state[key] = ALL
    return st.selectbox(
        title,
        [ALL, *classes],
        format_func=display_name,
        key=key,
        on_change=first_page,
        persist_state="session",
        width=180,
    )


heading("Mistakes", "The faces that the run gets wrong, the most confident first. Some of them are mistakes of the label.")
shown = evaluated()
wrong = mistakes(shown.predictions, shown.classes, shown.run.calibration())
with st.container(horizontal=True, vertical_alignment="bottom"):
    true = pick_class("True class", "mistakes_true", shown.classes)
    predicted = pick_class("Answer", "mistakes_predicted", shown.classes)
    slices = slices_of(shown)
    part = pick_slice(slices, first_page)
    offer_download(shown)
inside = wrong["sample"].isin(slices.members[part]) if part != ALL else True
chosen = wrong[inside & ((true == ALL) | (wrong["label"] == true)) & ((predicted == ALL) | (wrong["predicted"] == predicted))]
st.markdown(
    f"**{theme.count(len(chosen))}** mistakes"
    + (f" of {theme.count(len(wrong))}" if len(chosen) < len(wrong) else "")
    + f" among {theme.count(shown.evaluation.n)} faces."
)
if chosen.empty:
    empty_state("No mistake of this kind. Choose another class." if len(wrong) else "The run makes no mistake here.")
elif pictures_are_missing(shown):
    answer_table(chosen, shown.classes)
else:
    first, last = pager(len(chosen), SIZE, key="mistakes_page")
    answer_cards(chosen.iloc[first:last], shown)
show_slices(slices, shown, part)
