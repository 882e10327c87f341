"""What a study has found: in a sentence, with the figures of its scores and curves, and as a table of every setting."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.figures.search import trial_dots, trial_slices
from fer_core.figures.study import left_out_dots, study_curves, study_rows
from fer_core.studies.answers import Answer, Choice, Findings
from fer_core.studies.left_out import LeftOut
from fer_core.studies.question import Question, Setting
from fer_core.studies.scores import Score
from fer_core.studies.search import Trial
from pages.ui.chart import chart


def show_findings(asked: Question, found: Findings, curves: pd.DataFrame, trials: Sequence[Trial]) -> None:
    """What was found in a sentence, and beside each other the scores and the curves."""
    order = [setting.words for setting in asked.settings]
    if found.left_out is not None:
        _persons(found.left_out, found.choice)
        if len(order) == 1:
            with st.expander("Curves and validation", icon=":material/show_chart:"):
                _validation(found, curves, order)
            return
    elif found.choice is not None:
        st.markdown(_takeaway(found.choice, found.baseline))
    if asked.search is not None:
        if found.choice is not None:
            st.markdown(markdown(found.choice.answer.setting.words.capitalize()) + ".")
        _trials(trials, asked.search)
    else:
        _validation(found, curves, order)


def _trials(trials: Sequence[Trial], planned: int) -> None:
    """What a search has tried, and what each value does."""
    left, right = st.columns(2, gap="medium")
    with left:
        chart(trial_dots(trials), key="study_trials", alt="Validation accuracy of every trial, and the best so far")
    with right:
        chart(trial_slices(trials), key="study_slices", alt="Validation accuracy by each value that is searched")
    pruned = sum(trial.state == "pruned" for trial in trials)
    st.caption(
        f"{len(trials)} of {planned} trials, {pruned} pruned: stopped once behind the median of the others. Each is trained "
        "once, so chance is part of every dot, and the best of many flatters itself: ask about the best few with several seeds. "
        "All on validation; the test split is asked of the chosen trial alone."
    )


def _persons(left_out: LeftOut, choice: Choice | None) -> None:
    """How persons are answered whom the run never saw: in a sentence, and fold by fold."""
    score, spread = left_out.accuracy, [fold.accuracy for fold in left_out.folds]
    interval = f" (95 % interval over persons {numbers.interval(*score.ci95)})" if score.ci95 else ""
    done = "" if len(left_out.folds) == left_out.planned else f" So far: {len(left_out.folds)} of {left_out.planned} folds."
    chosen = f" With {markdown(choice.answer.setting.words)}, chosen on validation." if choice and choice.runner_up else ""
    usual = ""
    if score.ci95 and score.ci95[0] <= left_out.baseline:
        usual = f" That is not surely above always answering the most frequent class ({numbers.percent(left_out.baseline)})."
    st.markdown(
        f"**Of persons it has never seen it answers {numbers.percent(score.mean)} as labelled**{interval}; from fold to fold "
        f"{numbers.percent(min(spread))} to {numbers.percent(max(spread))}.{usual}{chosen}{done}"
    )
    chart(
        left_out_dots(left_out), key="study_left_out", alt="Accuracy on the persons of each fold, who were left out of training"
    )
    f1 = f" ({numbers.interval(*left_out.macro_f1.ci95)})" if left_out.macro_f1.ci95 else ""
    st.caption(
        f"{numbers.sample(score.n)}: faces of {left_out.persons} persons, each answered by a run that saw no face of them. "
        f"Always the most frequent class: {numbers.percent(left_out.baseline)}. Macro F1 "
        f"{numbers.percent(left_out.macro_f1.mean)}{f1}. A bar is Wilson's 95 % interval over the "
        "faces of a fold; the band is a bootstrap over persons, not over faces."
    )


def _validation(findings: Findings, curves: pd.DataFrame, order: list[str]) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        chart(study_rows(findings.answers, order, baseline=findings.baseline), key="study_rows", alt="Accuracy of every setting")
    with right:
        chart(study_curves(curves, order), key="study_curves", alt="Validation accuracy by epoch")
    st.caption(
        "A dot is the mean of the seeds, a bar its 95 % interval (Student's t; Wilson's for one seed), a ring one seed, the "
        "dotted line the majority baseline. Bands run from the lowest seed to the highest. All on validation; the test split is "
        "asked once a setting is chosen."
    )


def _short(setting: Setting) -> str:
    """What a setting is called in a sentence: of a trial its number alone, as its values are many."""
    return setting.name.partition(":")[0] or setting.words


def _begun(sentence: str) -> str:
    """The words with a capital, as a sentence begins; names inside stay as they are."""
    return sentence[:1].upper() + sentence[1:]


def _takeaway(choice: Choice, baseline: float | None) -> str:
    name = markdown(_short(choice.answer.setting))
    test = choice.accuracy
    scored = "" if test is None else f" On the test faces ({numbers.sample(test.n)}): {numbers.percent(test.mean)}"
    if test is not None and test.ci95 is not None:
        scored += f" ({numbers.interval(*test.ci95)})"
    if choice.macro_f1 is not None:
        scored += f", macro F1 {numbers.percent(choice.macro_f1.mean)}"
    scored += "." if scored else ""
    validated = choice.answer.accuracy
    if validated is not None and baseline is not None and (validated.ci95 or (validated.mean,))[0] <= baseline:
        usual = numbers.percent(baseline)
        scored += f" That is not surely above always answering the most frequent class ({usual} on validation)."
    if choice.ahead is None or choice.runner_up is None:
        return f"**{_begun(name)}**.{scored}"
    gap, other = choice.ahead, markdown(_short(choice.runner_up.setting))
    on = f"{gap.seeds} seed{'' if gap.seeds == 1 else 's'}, the same faces, {numbers.sample(gap.n)}"
    if gap.mean <= 0:
        return f"**{_begun(name)} and {other} are level on validation** ({on}).{scored}"
    sure = "more than chance" if gap.ci95[0] > 0 else "which chance alone can explain"
    low, high = map(numbers.points, gap.ci95)
    return (
        f"**Best on validation: {name}**, {numbers.points(gap.mean)} points ahead of {other} (95 % interval {low} to {high}, "
        f"{on}), {sure}.{scored}"
    )


def findings_table(findings: Findings) -> dict[str, list[object]]:
    """Every setting in numbers: {column: values, one a setting}."""
    return {
        "Setting": [answer.setting.words for answer in findings.answers],
        "Seeds": [f"{len(answer.runs)} of {answer.planned}" for answer in findings.answers],
        "Accuracy": [numbers.percent(answer.accuracy.mean) if answer.accuracy else "" for answer in findings.answers],
        "95 %": [_limits(answer.accuracy) for answer in findings.answers],
        "Macro F1": [numbers.percent(answer.macro_f1.mean) if answer.macro_f1 else "" for answer in findings.answers],
        "95 % ": [_limits(answer.macro_f1) for answer in findings.answers],
        "The best is ahead by": [_behind(answer) for answer in findings.answers],
        "n": [answer.accuracy.n if answer.accuracy else None for answer in findings.answers],
        "Minutes": [round(answer.minutes, 1) for answer in findings.answers],
    }


def _behind(answer: Answer) -> str:
    if answer.behind is None:
        return ""
    low, high = map(numbers.points, answer.behind.ci95)
    return f"{numbers.points(answer.behind.mean)} ({low} to {high})"


def _limits(score: Score | None) -> str:
    return numbers.interval(*score.ci95) if score is not None and score.ci95 is not None else ""
