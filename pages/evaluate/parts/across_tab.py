"""Show how much of each run is left on other data sets."""

import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets.store import dataset_names, list_datasets
from fer_core.escape import cell as plain
from fer_core.escape import markdown
from fer_core.evaluation.across import Matrix, across, known_across, takeaway
from fer_core.figures.across import SCORES, across_map
from fer_core.settings import settings
from pages.evaluate.parts.comparison import titles
from pages.ui.access import require_write
from pages.ui.chart import chart
from pages.ui.empty import empty_state, needs_model
from pages.ui.heading import lead
from pages.ui.loaders import answers_key, stamp
from pages.ui.navigation import link
from pages.ui.work import current_work, follow_work, start_work

RUNS, SETS = "across_runs", "across_sets"
_FIRST = 6
_ENOUGH = 3


def show() -> None:
    """Draw the matrix of what is known, and the choice of runs and data sets to ask."""
    lead("How much of a run is left on other data sets? Scores are of the classes that both know, leaks left out.")
    run = needs_model()
    drawn, asked = st.columns([3, 1], gap="large")
    with asked:
        usable = {one.id: one for one in runs.usable_runs() if one.classes()}
        chosen, names = _choose(run, usable)
    with drawn:
        if current_work(_work()) is not None:
            follow_work(_work())
            return
        matrix = _matrix([usable[key] for key in chosen])
        if matrix is None:
            empty_state(
                "None of these runs was asked about another data set yet. Choose runs and data sets, and press **Ask the runs**."
            )
            matrix = _matrix([one for one in usable.values() if one.read_only])
        if matrix is not None:
            _show(_only(matrix, names), sets=len(_sets()))


def _matrix(asked: list[runs.Run]) -> Matrix | None:
    return _known(tuple((one.id, answers_key(one), stamp(one.own / "predictions")) for one in asked), _sets())


@st.cache_data(max_entries=16, show_spinner="Scoring what was answered …")
def _known(asked: tuple[tuple[str, tuple[str, str], int], ...], sets: tuple[tuple[str, str], ...]) -> Matrix | None:
    """What is kept of these runs' answers; computed anew when an answer, a run or a data set is another one."""
    return known_across([runs.open_run(key) for key, _, _ in asked])


def _sets() -> tuple[tuple[str, str], ...]:
    return tuple((meta.name, meta.fingerprint) for meta in list_datasets())


def _choose(run: runs.Run, usable: dict[str, runs.Run]) -> tuple[list[str], list[str]]:
    """Runs and data sets that are wanted, and the button that asks."""
    titled, known = titles(list(usable.values())), dataset_names()
    if not set(st.session_state.get(RUNS, ["?"])) <= set(usable):
        st.session_state[RUNS] = list(dict.fromkeys([*([run.id] if run.id in usable else []), *usable]))[:_FIRST]
    if not set(st.session_state.get(SETS, ["?"])) <= set(known):
        st.session_state[SETS] = known[:_FIRST]
    chosen = st.multiselect("Runs", list(usable), format_func=titled.__getitem__, key=RUNS, persist_state="session")
    names = st.multiselect("Data sets", known, key=SETS, persist_state="session")
    st.button(
        "Ask the runs",
        type="primary",
        icon=":material/play_arrow:",
        key="across-go",
        disabled=not chosen or not names,
        on_click=_start,
        args=(tuple(chosen), tuple(names)),
        help="What was answered before is kept; the rest takes about a second for 400 faces. It can be stopped, and goes on.",
    )
    return chosen, names


def _start(chosen: tuple[str, ...], names: tuple[str, ...]) -> None:
    require_write()
    start_work(_work(), "Asking runs about data sets", lambda report: across(chosen, names, progress=report))


def _work() -> str:
    return f"across {settings().workspace}"


def _only(matrix: Matrix, names: list[str]) -> Matrix:
    """The matrix of these data sets and of those that were recorded; all of them where none of these is in it."""
    here = dataset_names()
    kept = tuple(name for name in matrix.datasets if name in names or name not in here) or matrix.datasets
    return Matrix(matrix.runs, kept, tuple(cell for cell in matrix.cells if cell.dataset in kept))


def _show(matrix: Matrix, *, sets: int) -> None:
    score = st.segmented_control(
        "Score", list(SCORES), default="accuracy", required=True, format_func=SCORES.get, key="across_score"
    )
    chart(across_map(matrix, score=score), key="across_map", alt=f"{SCORES[score]} of each run on each data set")
    st.markdown(f"**{markdown(takeaway(matrix))}**")
    st.caption(
        "Bold: the run's own data set. A star: fewer than 30 faces. A data set without a test split is asked as a whole, unless "
        "the run was trained on it. Recorded: figures that ship, of faces that do not. Intervals, baselines and what was left "
        "out are in the table."
    )
    if matrix.unasked:
        st.markdown(f"**{matrix.unasked} cells are empty**: *Ask the runs* fills them.")
    elif sets < _ENOUGH:
        link("data/import_export", label="Import another data set to ask the runs about", icon=":material/arrow_forward:")
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(pd.DataFrame(_rows(matrix)), hide_index=True)


def _rows(matrix: Matrix) -> list[dict[str, object]]:
    rows = []
    for one in matrix.cells:
        left = one.left_out or {}
        rows.append(
            {
                "Run": plain(matrix.runs[one.run]),
                "Data set": plain(one.dataset) + (" (its own)" if one.is_own else ""),
                "Accuracy": numbers.percent(one.accuracy),
                "95% interval": numbers.interval(*(one.accuracy_ci95 or (None, None))),
                "Macro F1": numbers.percent(one.macro_f1),
                "95% interval of F1": numbers.interval(*(one.macro_f1_ci95 or (None, None))),
                "Majority baseline": numbers.percent(one.majority_baseline),
                "n": one.n,
                "Classes": len(one.classes),
                "Left out: exact, near, person": ", ".join(str(left.get(how, 0)) for how in ("exact", "near", "person")),
                "Remark": one.reason or ("few faces" if one.is_small else ""),
            }
        )
    return rows
