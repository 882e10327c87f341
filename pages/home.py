import streamlit as st

from pages.ui.heading import heading
from pages.ui.inventory import bundled_scores, datasets_there, runs_there

STEPS = (
    (
        "1. Look at the data",
        "Who is in it, how many of each expression, and what the labels leave out.",
        (
            ("pages/dataset/samples.py", "See the faces"),
            ("pages/dataset/import_data.py", "Import FER2013 or your own"),
        ),
    ),
    (
        "2. Train a network",
        "Start from a network that knows photographs, and watch it learn expressions.",
        (("pages/train/new_run.py", "Start a run"), ("pages/train/monitor.py", "Watch its curves")),
    ),
    (
        "3. Ask what it learned",
        "Where it errs, how sure it is, and which pixels moved it.",
        (("pages/evaluate/confusion.py", "Study its confusion"), ("pages/explain/photo.py", "Try a photo")),
    ),
)

heading("FER Lab", "A laboratory for facial-expression recognition by transfer learning, on this computer alone.")
st.markdown(
    "Take a network that was trained on everyday photographs, teach it to tell expressions apart on small grey faces, and find "
    "out what it can do, what it cannot, and where it looked. Nothing leaves this computer: photos that you open stay in memory "
    "and are not stored."
)

st.subheader("What to do next", anchor=False)
for column, (title, text, links) in zip(st.columns(3), STEPS, strict=True):
    with column.container(border=True, height="stretch"):
        st.markdown(f"##### {title}")
        st.markdown(text)
        for page, label in links:
            st.page_link(page, label=label, icon=":material/arrow_forward:")

st.subheader("What is there already", anchor=False)
left, right = st.columns(2, gap="large")
with left:
    datasets_there()
with right:
    runs_there()
bundled_scores()

st.subheader("What it must not be used for", anchor=False)
st.warning(
    "It names the **expression** that a face shows in one picture. It does not know what anybody feels, thinks or intends, and "
    "it is wrong often, and not equally often for everybody. Do not use it to judge people: not in hiring, grading, policing, "
    "health or advertising. In the European Union, inferring the emotions of pupils and employees with such a system is "
    "**prohibited**, except for medical or safety reasons "
    "([AI Act, Regulation (EU) 2024/1689, Art. 5(1)(f)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj)).",
    icon=":material/gavel:",
)
