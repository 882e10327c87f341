"""Show which expressions are taken for which."""

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.evaluation.mistakes import cell
from fer_core.figures.confusion import confusion
from fer_core.labels import display_name
from pages.evaluate.parts.answer_table import answer_table
from pages.ui.browse import pager
from pages.ui.chart import chart
from pages.ui.drawer import sample_grid
from pages.ui.evaluation_data import Evaluated, evaluated, pictures_are_missing
from pages.ui.faces import Caption
from pages.ui.heading import lead

SIZE = 30

HEIGHT = 370
"""Most pixels of the matrix: with its column names it ends above the lower edge of a window of 720."""

MODES = {"counts": "Counts", "rows": "Share of row", "columns": "Share of column"}
READING = {
    "counts": "A row is a true class, a column an answer; the diagonal is right.",
    "rows": "Each row adds up to 100%: the diagonal is recall, how many of a class were found.",
    "columns": "Each column adds up to 100%: the diagonal is precision, how many of the answers are right.",
}


def take_click() -> None:
    """A clicked cell goes into the two pickers, which are the one place that holds the choice."""
    points = st.session_state["confusion_chart"].selection.points
    if points:
        st.session_state["confusion_true"], st.session_state["confusion_predicted"] = points[0]["customdata"]
        first_page()


def first_page() -> None:
    st.session_state["cell_page"] = 1


def worst_cell(shown: Evaluated) -> tuple[str, str]:
    matrix = shown.evaluation.confusion
    wrong = [(matrix[i][j], i, j) for i in range(len(matrix)) for j in range(len(matrix)) if i != j]
    _, true, predicted = max(wrong, key=lambda entry: entry[0])
    return shown.classes[true], shown.classes[predicted]


def takeaway(shown: Evaluated) -> str:
    """Say in one sentence which mistake is the most frequent; Markdown."""
    true, predicted = worst_cell(shown)
    n, among = len(cell(shown.predictions, shown.classes, true, predicted)), shown.evaluation.per_class[true]["n"]
    if not n:
        return "**Every face is answered rightly.**"
    said = f"{markdown(display_name(true))} taken for {markdown(display_name(predicted))}"
    share = f"{numbers.count(n)} of {numbers.count(among)} faces ({numbers.percent(n / among)})"
    return f"**The most frequent mistake: {said}, {share}.**"


def pick_cell(shown: Evaluated) -> tuple[str, str]:
    picked = tuple(st.session_state.get(f"confusion_{side}") for side in ("true", "predicted"))
    if not set(picked) <= set(shown.classes):
        picked = worst_cell(shown)
        st.session_state["confusion_true"], st.session_state["confusion_predicted"] = picked
    with st.container(horizontal=True):
        for side, title in (("true", "True class"), ("predicted", "Answer")):
            st.selectbox(
                title,
                shown.classes,
                format_func=display_name,
                key=f"confusion_{side}",
                on_change=first_page,
                persist_state="session",
                width=170,
            )
    return st.session_state["confusion_true"], st.session_state["confusion_predicted"]


def show_cell(shown: Evaluated, true: str, predicted: str) -> None:
    ids = cell(shown.predictions, shown.classes, true, predicted)
    among = shown.evaluation.per_class[true]["n"]
    share = f" ({numbers.percent(len(ids) / among)})" if among else ""
    verb = "rightly answered" if true == predicted else "answered"
    st.markdown(
        f"**{numbers.count(len(ids))}** of {numbers.count(among or 0)} faces of **{markdown(display_name(true))}**{share} "
        f"were {verb} "
        f"**{markdown(display_name(predicted))}**."
    )
    if not ids:
        return
    rows = shown.answers[shown.answers["sample"].isin(ids)].sort_values("confidence", ascending=False)
    if pictures_are_missing(shown) or shown.dataset is None:
        answer_table(rows, shown.classes)
        return
    faces = st.container()
    first, last = pager(len(rows), SIZE, key="cell_page") if len(rows) > SIZE else (0, len(rows))
    page, files = rows.iloc[first:last], shown.files()
    captions = [
        Caption(
            detail=numbers.percent(row.confidence, 0),
            alt=f"{true}, answered {predicted} with {numbers.percent(row.confidence, 0)}, {files.get(row.sample, '')}",
        )
        for row in page.itertuples()
    ]
    with faces:
        sample_grid(shown.dataset, page["sample"].tolist(), captions, key="cell_faces", size=72)


def show() -> None:
    """Show which expressions are taken for which."""
    lead("Which expressions the run confuses. Click a cell to see its faces, and a face to look closer.")
    shown = evaluated()
    st.markdown(takeaway(shown))
    matrix, chosen = st.columns([1, 1], gap="large")
    with matrix:
        place = st.container()
        mode = st.segmented_control(
            "Show",
            list(MODES),
            format_func=MODES.get,
            default="counts",
            required=True,
            key="confusion_mode",
            persist_state="session",
            label_visibility="collapsed",
        )
        st.caption(READING[mode])
    with chosen:
        true, predicted = pick_cell(shown)
        show_cell(shown, true, predicted)
    figure = confusion(shown.evaluation.matrix, shown.classes, mode=mode, selected=(true, predicted))
    figure.update_layout(height=min(figure.layout.height, HEIGHT))
    with place:
        chart(figure, key="confusion_chart", on_select=take_click, alt=f"Confusion matrix, {MODES[mode].lower()}")
