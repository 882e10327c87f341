"""The prior of the training faces: how much of it is taken off the logits, and what that changes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.errors import FerError
from fer_core.escape import markdown
from fer_core.evaluation.prior import MOST, fitted_prior, prior_effect, with_tau
from fer_core.figures.prior import recall_shift
from fer_core.labels import display_name
from fer_core.runs import Run
from fer_core.runs.records import Calibration
from pages.evaluate.parts.calibration import save
from pages.ui.boundary import error_boundary
from pages.ui.chart import chart
from pages.ui.loaders import answers_key

TAU = "prior_tau"
_OF = "_prior_tau_of"
_SAVED = "_prior_saved"


@st.fragment
def prior_panel(run: Run) -> None:
    """The recall of each class without and with the correction, beside a slider for tau; saved with the run on demand."""
    if st.session_state.pop(_SAVED, False):
        st.rerun(scope="app")  # what stands above is of other answers now
    with error_boundary():
        saved = run.calibration()
        best, why_not = _best(answers_key(run), run)
        start = saved.prior_tau or (best.prior_tau if best else 0.0)
        key = (run.id, saved.prior_tau)
        if st.session_state.get(_OF) != key or TAU not in st.session_state:
            st.session_state[_OF], st.session_state[TAU] = key, round(start, 2)
        picture, controls = st.columns([3, 2], gap="large")
        with controls:
            tau = st.slider(
                "Share of the prior that is taken off (τ)",
                0.0,
                MOST,
                step=0.01,
                key=TAU,
                persist_state="session",
                help="0 leaves the logits as they are; 1 takes off the log of each class's share among the training faces "
                "(Menon et al. 2021).",
            )
            tried = best if best and tau == round(best.prior_tau, 2) else with_tau(run, tau)
            _buttons(run, saved, tried, best)
            if why_not:
                st.caption(markdown(why_not))
        effect = prior_effect(run, tried)
        if effect is None:
            picture.markdown("The run keeps no answers of its own test or validation split, so that nothing can be shown.")
            return
        split, recalls, scores = effect
        with picture:
            with_faces = recalls[recalls["n"] > 0]
            most = with_faces.loc[(with_faces["after"] - with_faces["before"]).abs().idxmax()]
            st.markdown(_takeaway(split, most, scores))
            chart(recall_shift(recalls), key="prior_recall", alt="Recall of each class without and with the prior taken off")
    st.caption(
        "Fitted on validation alone, every class counting the same, together with the temperature. On faces with the classes' "
        "shares of training it costs accuracy; it helps where other classes are frequent. It changes answers everywhere: photos, "
        "scores, exports. Look at *Not sure* again after a change, as the threshold stays what it was; "
        "after setting it back, fit the temperature above anew."
    )


def _takeaway(split: str, most: pd.Series, scores: pd.DataFrame) -> str:
    changes = [
        f"{row['score']} {numbers.percent(row['before'])} → {numbers.percent(row['after'])}" for row in scores.to_dict("records")
    ]
    return (
        f"**{markdown(display_name(most['class']))} is found {numbers.percent(most['before'])} → "
        f"{numbers.percent(most['after'])} of the time** on {split}. {'; '.join(changes)}."
    )


def _buttons(run: Run, saved: Calibration, tried: Calibration, best: Calibration | None) -> None:
    fitted = best is not None and tried == best
    st.button(
        f"Save τ = {numbers.decimal(tried.prior_tau, 2)} with the run" + (", as fitted" if fitted else ""),
        type="primary",
        icon=":material/save:",
        disabled=abs(tried.prior_tau - saved.prior_tau) < 0.005,
        on_click=_save,
        args=(run, tried),
        key="prior-save",
    )
    st.button(
        "Set back to 0",
        icon=":material/restart_alt:",
        disabled=saved.prior_tau == 0,
        on_click=_save,
        args=(run, saved.model_copy(update={"prior_tau": 0.0, "prior": ()})),
        key="prior-reset",
    )
    now = (
        "Nothing is taken off now." if saved.prior_tau == 0 else f"Saved with the run: τ = {numbers.decimal(saved.prior_tau, 2)}."
    )
    st.caption(now + (f" The fit gives τ = {numbers.decimal(best.prior_tau, 2)}." if best else ""))


@st.cache_data(max_entries=8, show_spinner=False)
def _best(answers: tuple[str, str], _run: Run) -> tuple[Calibration | None, str]:
    """The calibration that a fit on validation gives; or None and the reason."""
    try:
        return fitted_prior(_run), ""
    except FerError as error:
        return None, str(error)


def _save(run: Run, calibration: Calibration) -> None:
    if save(run, calibration, what="prior", said=f"τ {numbers.decimal(calibration.prior_tau, 2)}"):
        st.session_state[_SAVED] = True
