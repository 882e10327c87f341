import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets import store
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.evaluation.assessment import score_recorded
from fer_core.evaluation.predictions import find_predictions, sources
from fer_core.runs import BUNDLED, BUNDLED_CROWD, Run
from pages.evaluate.parts.score_figures import main_figures
from pages.parts.film import film
from pages.ui.browse import by_turns
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state, no_dataset
from pages.ui.faces import Caption
from pages.ui.heading import Figure, figures_row, lead
from pages.ui.loaders import answers_key
from pages.ui.navigation import link
from pages.ui.run_panel import MEASURES, STATES, accuracy_interval, best_score, validation_faces
from pages.ui.state import selected_dataset

DOORS = (
    (
        "Teach",
        "A lesson of 45 minutes for a class in front of this screen, a quiz on ten faces, and exercises that check themselves.",
        (("learn/lesson", "Open the lesson", "co_present"), ("learn/explore", "Explore MobileNet", "explore")),
    ),
    (
        "Explore",
        "Turn, darken or cover a face and watch the answer move. Try a photo of your own: it stays in memory.",
        (
            ("try_it/live", "Live, with a camera or without", "videocam"),
            ("try_it/disturb", "Disturb a face", "tune"),
            ("try_it/photo", "Try a photo", "add_a_photo"),
        ),
    ),
    (
        "Train my own",
        "Bring FER2013 or pictures of your own, fine-tune a pretrained network, and study what it gets wrong.",
        (("data/import_export", "Import faces", "folder_open"), ("train/new_run", "Start a run", "play_circle")),
    ),
)


IN_THE_BOX = {
    BUNDLED_CROWD: "which answers photos and the face above; judged by what ten people said",
    BUNDLED: "which the lesson is about; judged by FER2013's own labels",
}


def some_faces(most: int = 9) -> None:
    """A row of faces of the chosen data set, its classes by turns; nothing without a data set."""
    data = selected_dataset()
    if data is None:
        return
    rows = by_turns(data.samples).head(most)
    sample_grid(data, rows["id"].tolist(), [Caption(label=label) for label in rows["label"]], key="home-faces", size=80)


def datasets_there() -> None:
    """Table of the data sets, or a link to the page that brings one in."""
    st.markdown("**Data sets**")
    metas = store.list_datasets()
    if not metas:
        no_dataset()
        return
    rows = [(meta.name, meta.n, len(meta.classes), "drawn" if meta.drawn else "pictures") for meta in metas]
    st.dataframe(
        pd.DataFrame(rows, columns=["Name", "Faces", "Classes", "Kind"]),
        hide_index=True,
        width="stretch",
        column_config={"Faces": st.column_config.NumberColumn(format="localized")},
    )


def runs_there(most: int = 8) -> None:
    """Table of the newest runs, or a link to the page that starts one."""
    st.markdown("**Runs**")
    every = runs.list_runs()
    if not every:
        empty_state("There is no run yet.", page="train/new_run", label="Start a run")
        return
    rows = [_row(run) for run in every[:most]]
    st.dataframe(
        pd.DataFrame(rows, columns=["Name", "Best", "95%", "n", "State", "Data set"]),
        hide_index=True,
        width="stretch",
        column_config={
            "Name": st.column_config.TextColumn(width=180),
            "Best": st.column_config.TextColumn(width=110, help="On validation, in the best epoch, by what the run chose it."),
            "95%": st.column_config.TextColumn(width=105, help="Wilson's 95% interval where the score is accuracy."),
            "n": st.column_config.TextColumn(width=60, help="Faces of the validation split; few means fewer than 30."),
            "State": st.column_config.TextColumn(width=75),
        },
    )
    if len(every) > most:
        st.caption(f"and {len(every) - most} older ones")


def bundled_scores() -> None:
    """Test scores of the runs that ship, from the predictions that come with them; nothing where there are none."""
    for run_id, what in IN_THE_BOX.items():
        try:
            run = runs.open_run(run_id)
        except FerError:
            continue
        scored = _bundled_figures(answers_key(run), run_id)
        if scored is not None:
            title, figures = scored
            st.markdown(f"**{markdown(run.about().name)}**, {what}: on {markdown(title)}, recorded; the pictures do not ship")
            figures_row(figures)


@st.cache_data(max_entries=2, show_spinner=False)
def _bundled_figures(answers: tuple[str, str], run_id: str) -> tuple[str, list[Figure]] | None:
    run = runs.open_run(run_id)
    recorded = [source for source in sources(run, None) if source.split == "test"]
    known = find_predictions(run, None, recorded[0]) if recorded else None
    if known is None or known.empty:
        return None
    return f"{recorded[0].dataset}, test", main_figures(score_recorded(run, recorded[0], known))


def _row(run: Run) -> tuple[str, str, str, str, str, str]:
    status, n, limits = run.status(), validation_faces(run), numbers.DASH
    try:
        config = run.config()
        data, score = config.dataset, numbers.DASH
        if status.best_score is not None:
            score = f"{MEASURES[config.monitor]} {best_score(config, status)}"
            limits = accuracy_interval(status.best_score, n) if config.monitor == "accuracy" else numbers.DASH
    except FerError:
        data, score = "unknown", numbers.DASH
    known = numbers.sample(n).removeprefix("n = ") if n and score != numbers.DASH else numbers.DASH
    return run.about().name, score, limits, known, STATES[status.state][0], data


lead("Teach a network that knows photographs to tell expressions apart, and see where it looks. Nothing leaves this computer.")
of_run = film()
names = {run.id: run.about().name for run in runs.list_runs()}
st.caption(
    f"A drawn face: no person is shown. The colours show where the network found its evidence, the bars what the run "
    f"**{markdown(names.get(of_run, of_run))}** answers; recorded frame by frame."
)
for column, (title, text, links) in zip(st.columns(3), DOORS, strict=True):
    with column.container(border=True, height="stretch"):
        st.markdown(f"#### {title}")
        st.markdown(text)
        for place, label, icon in links:
            link(place, label=label, icon=f":material/{icon}:")

st.subheader("What is there already", anchor=False)
some_faces()
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
