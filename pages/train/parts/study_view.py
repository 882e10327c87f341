"""My studies: the tab of the page Studies with one question, the runs that answer it, and what they say so far."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.runs.records import ACTIVE
from fer_core.studies import answers, folders, forecast, question, recorded, running, study
from fer_core.studies.answers import Choice
from fer_core.studies.question import Question
from fer_core.studies.recorded import Recorded
from fer_core.studies.study import Member, Study
from fer_core.training import executors
from pages.train.parts.executor_choice import executor_choice
from pages.train.parts.study_findings import findings_table, show_findings
from pages.train.parts.study_form import study_form
from pages.ui.access import may_write, require_write
from pages.ui.boundary import error_boundary
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
    show_findings(document.question, document.findings, document.curves, document.trials)
    with st.expander(_NUMBERS, icon=":material/table:"):
        st.dataframe(findings_table(document.findings), hide_index=True)
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
    show_findings(opened.question, findings, answers.curves(members), opened.trials())
    if findings.choice is not None:
        _in_full(opened.question, findings.choice)
    with st.expander(_NUMBERS, icon=":material/table:"):
        st.dataframe(findings_table(findings), hide_index=True)
        st.caption(
            f"{findings.minutes:.0f} minutes of training; about {findings.watt_hours:.0f} Wh if this computer draws what "
            "`FER_WATTS` says. That is not measured."
        )
    with st.expander("Every run", icon=":material/list:"):
        st.dataframe(_runs(members), hide_index=True)


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
