"""My studies: the tab of the page Studies with one question, the runs that answer it, and what they say so far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.figures.search import trial_dots, trial_slices
from fer_core.figures.study import left_out_dots, study_curves, study_rows
from fer_core.runs.records import ACTIVE
from fer_core.studies import answers, folders, forecast, question, recorded, running, study
from fer_core.studies.answers import Answer, Choice, Findings
from fer_core.studies.left_out import LeftOut
from fer_core.studies.question import Question, Setting
from fer_core.studies.recorded import Recorded
from fer_core.studies.search import Trial
from fer_core.studies.study import Member, Study
from fer_core.training import executors
from pages.train.parts.executor_choice import executor_choice
from pages.train.parts.study_form import study_form
from pages.ui.access import may_write, require_write
from pages.ui.boundary import error_boundary
from pages.ui.chart import chart
from pages.ui.empty import empty_state
from pages.ui.heading import lead
from pages.ui.navigation import go
from pages.ui.run_panel import POLL_SECONDS, steady
from pages.ui.state import choose_run

CHOSEN = "study"
"""Session key of the study that is shown."""

_NUMBERS = "Every setting in numbers"


def show() -> None:
    """Draw the tab."""
    lead("Many runs as one question: the same recipe with several seeds, and settings that vary.")
    own = [entry.name for entry in folders.questions() if not entry.listed]
    shipped = {f"{document.question.name}, recorded": document for document in recorded.recorded()}
    known = [*own, *shipped]
    if not known:
        empty_state(
            "There is no study yet. One run is an anecdote: its score changes with the seed. A study trains every setting with "
            "several seeds, and says which one is better, and how sure that is."
        )
    else:
        name = known[0]
        if len(known) > 1:
            name = st.selectbox("Study", known, key=CHOSEN, width=320, persist_state="session")
        if name in shipped:
            _recorded(shipped[name])
        else:
            _own(name)
    with st.expander("New study", icon=":material/add:", expanded=not known):
        study_form()


def _recorded(document: Recorded) -> None:
    """A study that comes with the project: nothing of it can be started here."""
    date, place = datetime.fromisoformat(document.date), document.machine
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recorded", icon=":material/history:", color="violet")
        st.caption(
            f"{markdown(document.question.name)}: {markdown(document.question.dataset)}, recorded on {date:%d %B %Y} on "
            f"{place.processor}, {place.cores} cores, {place.system}. Figures only: no picture of it ships.",
            width="content",
        )
    _figures(document.question, document.findings, document.curves, document.trials)
    with st.expander(_NUMBERS, icon=":material/table:"):
        st.dataframe(_table(document.findings), hide_index=True)
        st.caption(f"{document.findings.minutes:.0f} minutes of training.")


def _own(name: str) -> None:
    opened = study.open_study(name)
    if opened.begun() and opened.status().state in ACTIVE:
        with steady("study"):
            st.fragment(_live, run_every=POLL_SECONDS)(name)
    else:
        _draw(opened)
        _begin(opened)


def _live(name: str) -> None:
    with error_boundary():
        opened = study.open_study(name)
        status = opened.status()
        if status.state not in ACTIVE:
            st.rerun()
        stage = status.progress
        left = "" if not stage.seconds_left else f", about {numbers.duration(stage.seconds_left)} left"
        now = f". Now: {markdown(stage.note)}" if stage.note else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(stage.share, text=f"{stage.done} of {stage.epochs} runs done{left}{now}")
            if may_write() and st.button("Stop", icon=":material/stop:", disabled=status.state == "stopping", key="study_stop"):
                require_write()
                opened.stop_file.touch()
        _draw(opened)


def _in_full(asked: Question, choice: Choice) -> None:
    """The button that trains the chosen setting again, with the full recipe, on all labels and with a seed of its own."""
    with error_boundary(), st.container(horizontal=True, vertical_alignment="center"):
        config = question.full_config(asked, choice.answer.setting)
        about = f"The preset full, all labels, seed {config.seed}, which the study has not used"
        there = study.run_of(config)
        if there is not None:
            if st.button("It is trained in full: open it", icon=":material/model_training:", key="study_full_open"):
                choose_run(there.id)
                go("train/runs#One run")
            return
        if not may_write():
            return
        seconds = forecast.estimated(config)
        if st.button("Train it again in full", icon=":material/model_training:", key="study_full"):
            require_write()
            run = executors.start(config, name=f"{asked.name}: {choice.answer.setting.words}, in full"[:80])
            choose_run(run.id)
            go("train/runs#One run")
        st.markdown(f":material/timer: {about}: about {numbers.duration(seconds)} here.")


def _draw(opened: Study) -> None:
    members = opened.members()
    findings = answers.of(opened)
    _figures(opened.question, findings, answers.curves(members), opened.trials())
    if findings.choice is not None:
        _in_full(opened.question, findings.choice)
    with st.expander(_NUMBERS, icon=":material/table:"):
        st.dataframe(_table(findings), hide_index=True)
        st.caption(
            f"{findings.minutes:.0f} minutes of training; about {findings.watt_hours:.0f} Wh if this computer draws what "
            "`FER_WATTS` says. That is not measured."
        )
    with st.expander("Every run", icon=":material/list:"):
        st.dataframe(_runs(members), hide_index=True)


def _figures(asked: Question, found: Findings, curves: pd.DataFrame, trials: Sequence[Trial]) -> None:
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


def _table(findings: Findings) -> dict[str, list[object]]:
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


def _limits(score: answers.Score | None) -> str:
    return numbers.interval(*score.ci95) if score is not None and score.ci95 is not None else ""


def _runs(members: list[Member]) -> dict[str, list[object]]:
    return {
        "Setting": [member.setting.words for member in members],
        **({"Left out": [member.asked.fold for member in members]} if members and members[0].asked.fold else {}),
        "Seed": [member.seed for member in members],
        "State": [member.status.state if member.status else "missing" for member in members],
        "Run": [member.run.id if member.run else "" for member in members],
    }


def _begin(opened: Study) -> None:
    """The button that starts or goes on, with what it will take; an error of the last time."""
    if opened.begun() and (error := opened.status().error):
        st.error(markdown(error), icon=":material/error:")
    members = opened.members()
    todo = sum(not member.finished for member in members) + opened.unasked
    if not todo or not may_write():
        return
    with error_boundary(), st.container(horizontal=True, vertical_alignment="center"):
        seconds = running.expected_seconds(opened, members)
        begun = any(member.finished for member in members) or opened.begun()
        label = "Go on" if begun else "Start"
        executor = executor_choice("study_executor")
        if st.button(label, type="primary", icon=":material/play_arrow:", key="study_start"):
            require_write()
            running.start(opened, executor=executor)
            st.rerun()
        most = "at most " if opened.question.search else ""
        takes = f"{todo} run{'' if todo == 1 else 's'} to train, {most}about {numbers.duration(seconds)} here"
        st.markdown(f":material/timer: {takes}. It can be stopped and resumed.")
