"""The parts of the Calibration view: two diagrams, what the temperature does, and the threshold that a viewer tries."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.evaluation.abstention import Abstention, abstain, abstention_by_class, coverage_curve
from fer_core.evaluation.assessment import SURE_RIGHT, calibration_effect, fitted_calibration, fitted_threshold
from fer_core.evaluation.calibration import Binning, reliability, table_error
from fer_core.evaluation.mistakes import answers
from fer_core.figures.reliability import coverage as coverage_figure
from fer_core.figures.reliability import reliability as reliability_figure
from fer_core.labels import display_name
from fer_core.runs import Run
from fer_core.runs.records import Calibration
from pages.ui.access import require_write
from pages.ui.boundary import error_boundary
from pages.ui.chart import chart
from pages.ui.evaluation_data import Evaluated
from pages.ui.heading import Figure, figures_row

BINNINGS: dict[Binning, str] = {"width": "Equally wide", "count": "Equally many faces"}
THRESHOLD = "calibration_threshold"
_OF = "_calibration_threshold_of"


def best_temperature(run: Run) -> tuple[float | None, str]:
    """The temperature that a fit on validation gives; or None and the reason."""
    try:
        return fitted_calibration(run).temperature, ""
    except FerError as error:
        return None, str(error)


def best_threshold(run: Run) -> tuple[float | None, str]:
    """The threshold that a fit on validation gives; or None and the reason."""
    try:
        return fitted_threshold(run), ""
    except FerError as error:
        return None, str(error)


def verdict(shown: Evaluated, temperature: float) -> str:
    """Say in one sentence whether the run is as sure as it is right under a temperature."""
    sure = float(_given(shown, temperature)["confidence"].mean())
    low, high = shown.evaluation.accuracy_ci95
    judged = "as sure as it should be" if low <= sure <= high else f"{'more' if sure > high else 'less'} sure than it should be"
    return (
        f"The run is {judged}: {numbers.percent(sure)} sure on average, and right on "
        f"{numbers.percent(shown.evaluation.accuracy)} ({numbers.interval(low, high)})."
    )


def diagram(shown: Evaluated, temperature: float, binning: Binning, *, title: str) -> None:
    """The reliability diagram of what is shown under a temperature, with its calibration error."""
    given = _given(shown, temperature)
    table = reliability(given["confidence"], given["label"] == given["predicted"], binning=binning)
    error = table_error(table)
    st.markdown(f"**{title}** · temperature {numbers.decimal(temperature, 2)}")
    chart(
        reliability_figure(table),
        key=f"reliability_{title}",
        alt=f"{title}: reliability diagram, calibration error {numbers.percent(error)}",
    )
    st.caption(f"Calibration error **{numbers.percent(error)}**, {numbers.sample(len(given))}. {verdict(shown, temperature)}")


def _given(shown: Evaluated, temperature: float) -> pd.DataFrame:
    """The run's answers to what is shown under a temperature."""
    return answers(shown.predictions, shown.classes, shown.run.calibration().model_copy(update={"temperature": temperature}))


def effect_table(run: Run, temperature: float) -> None:
    """Calibration error, likelihood and Brier score before and after, on validation and test."""
    effect = calibration_effect(run, temperature)
    if effect.empty:
        return
    training = run.training()
    rows = pd.DataFrame(
        {
            "Split": [f"{markdown(training.dataset if training else '')} / {split}" for split in effect["split"]],
            "Faces": effect["n"].map(numbers.count),
            **{
                title: [
                    f"{write(before)} → {write(after)}"
                    for before, after in zip(effect[f"{name}_before"], effect[f"{name}_after"], strict=True)
                ]
                for name, title, write in (
                    ("ece", "Calibration error", numbers.percent),
                    ("nll", "Negative log-likelihood", numbers.decimal),
                    ("brier", "Brier score", numbers.decimal),
                )
            },
        }
    )
    st.table(rows, border="horizontal", hide_index=True)
    st.caption(
        "Without temperature → with it; lower is better in each. The temperature is fitted on validation alone, so test is the "
        "fair check. The fit looks for the best likelihood; where the calibration error was small already, it need not shrink. A "
        "temperature changes how sure the run is, never what it answers."
    )


def temperature_buttons(run: Run, best: float | None) -> None:
    """Fit anew, or go back to what the network itself says."""
    now = run.calibration().temperature
    with st.container(horizontal=True):
        st.button(
            "Fit on validation" if best is None else f"Use the fitted temperature {numbers.decimal(best, 2)}",
            type="primary" if now == 1 else "secondary",
            icon=":material/tune:",
            disabled=best is None or abs(best - now) < 0.005,
            on_click=_save,
            args=(run, "temperature", best),
        )
        st.button(
            "Set back to 1",
            icon=":material/restart_alt:",
            disabled=now == 1,
            on_click=_save,
            args=(run, "temperature", 1.0),
        )


@st.fragment
def abstention(shown: Evaluated, best: float | None, why_not: str) -> None:
    """The threshold: tried on this view, and saved with the run on demand; `best` is fitted, or there is none and why."""
    with error_boundary():
        run, given = shown.run, shown.answers
        right = given["label"] == given["predicted"]
        saved = run.calibration().threshold
        threshold = _slider(run, saved)
        effect = abstain(given["confidence"], right, threshold)
        figures_row(_figures(effect, shown))
        drawn, table = st.columns([3, 2], gap="large")
        mark = (effect.coverage, effect.accuracy)
        curve = coverage_curve(given["confidence"], right)
        with drawn:
            chart(
                coverage_figure(curve, chosen=mark, baseline=shown.evaluation.majority_baseline),
                key="coverage_chart",
                alt="Accuracy against the share of faces that are answered",
            )
        with table:
            _by_class(shown, threshold)
            st.button(
                f"Save {numbers.percent(threshold, 0)} with the run",
                type="primary",
                icon=":material/save:",
                disabled=threshold == saved,
                on_click=_save,
                args=(run, "threshold", threshold),
            )
            st.caption(f"Saved with the run: {numbers.percent(saved, 0)}. The page Photo says “not sure” below it.")
            _fit(best, why_not)


def _fit(best: float | None, why_not: str) -> None:
    """Offer the threshold that validation asks for, so that it is not chosen on the faces that are shown."""
    if best is None:
        st.caption(markdown(why_not))
        return
    st.button(
        f"Try {numbers.percent(best, 0)}, fitted on validation",
        icon=":material/tune:",
        help=f"The lowest threshold from which {numbers.percent(SURE_RIGHT, 0)} of the answers to validation are right.",
        on_click=st.session_state.update,
        args=({THRESHOLD: best},),
    )


def _slider(run: Run, saved: float) -> float:
    if st.session_state.get(_OF) != (run.id, saved) or THRESHOLD not in st.session_state:
        st.session_state[_OF], st.session_state[THRESHOLD] = (run.id, saved), saved
    return st.slider(
        "Answer only when at least this sure",
        0.0,
        1.0,
        step=0.01,
        format="percent",
        key=THRESHOLD,
        persist_state="session",
        help="Tried on this view only; other views use what is saved with the run.",
    )


def _figures(effect: Abstention, shown: Evaluated) -> list[Figure]:
    limits = numbers.interval(*(effect.accuracy_ci95 or (None, None)))
    wrong = effect.answered - effect.right
    return [
        Figure(
            "Answered",
            numbers.percent(effect.coverage),
            "Coverage: share of faces that get an answer; the others get “not sure”.",
            f"{numbers.count(effect.answered)} of {numbers.count(effect.n)}",
        ),
        Figure(
            "Right among these",
            numbers.percent(effect.accuracy),
            "Accuracy on the faces that are answered, with Wilson's 95% interval.",
            f"{limits}, {numbers.sample(effect.answered)}",
        ),
        Figure(
            "Right among all",
            numbers.percent(shown.evaluation.accuracy),
            "Accuracy when every face is answered.",
            f"baseline {numbers.percent(shown.evaluation.majority_baseline)}",
        ),
        Figure(
            "Wrong answers",
            numbers.count(wrong),
            "Faces that are answered, and wrongly.",
            f"{numbers.percent(wrong / effect.n)} of all faces",
        ),
    ]


def _by_class(shown: Evaluated, threshold: float) -> None:
    rows = abstention_by_class(shown.answers, shown.classes, threshold).sort_values("coverage")
    st.dataframe(
        rows.assign(**{"class": rows["class"].map(display_name)})
        .style.format(numbers.percent, subset=["coverage", "accuracy"])
        .format(numbers.count, subset=["n"]),
        hide_index=True,
        column_config={
            "class": "Class",
            "n": "Faces",
            "coverage": st.column_config.NumberColumn("Answered", help="Share of the faces of this class that get an answer."),
            "accuracy": st.column_config.NumberColumn("Right", help="Share of right answers among these."),
        },
    )


def save(run: Run, calibration: Calibration, *, what: str, said: str) -> bool:
    """Save a calibration with a run, and say so at the edge of the page, or why not; True when it is saved.

    Args:
        run: the run.
        calibration: all of it.
        what: what is saved, in a word.
        said: its new value in words.
    """
    try:
        require_write("edit")
        run.write(calibration)
    except FerError as error:
        st.toast(markdown(str(error)), icon=":material/error:")
    except OSError as error:
        st.toast(
            f"The {what} cannot be saved ({error.strerror or error}); free some space and try again.", icon=":material/error:"
        )
    else:
        st.toast(f"Saved with the run: {said}.", icon=":material/check:")
        return True
    return False


def _save(run: Run, name: str, value: float) -> None:
    written = numbers.percent(value, 0) if name == "threshold" else numbers.decimal(value, 2)
    save(run, run.calibration().model_copy(update={name: value}), what=name, said=f"{name} {written}")
