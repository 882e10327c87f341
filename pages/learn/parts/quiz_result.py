"""What came of a quiz: the class against the labels, against a run, and against itself, face by face."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.datasets.crowd import spelled, summarise, vote_names
from fer_core.datasets.tables import VOTES
from fer_core.escape import markdown
from fer_core.figures.quiz import answers_by_face
from fer_core.labels import display_name
from fer_core.lesson import quiz, summary
from fer_core.lesson.quiz import Agreement
from fer_core.lesson.summary import Side
from fer_core.runs import ACTIVE, Run
from pages.learn.parts import quiz_board
from pages.learn.parts.quiz import Quiz
from pages.ui import loaders
from pages.ui.answer_card import answers
from pages.ui.chart import chart
from pages.ui.drawer import sample_grid
from pages.ui.evaluation_data import known_answers
from pages.ui.faces import Caption, face_grid, png_uri
from pages.ui.heading import Figure, figures_row
from pages.ui.state import selected_run

_ASKED = "quiz_run_answers"


def sides(asked: Quiz) -> list[Side]:
    """Who has answered these faces: the class, the network where it knows their classes, the crowd where it has voted."""
    rounds = quiz_board.rounds(asked.key)
    if not rounds:
        return []
    said = quiz.most_given(quiz.tally(rounds, asked.classes), asked.classes)
    listed = [summary.side("You", said, asked.labels)]
    run = selected_run()
    if run is not None and run.model_file.is_file() and run.status().state not in ACTIVE:
        given = _kept(asked, run)
        if given is None and set(asked.labels) <= set(run.classes()):
            predictor = loaders.predictor(run)
            given = [answer.label for answer in answers(predictor, list(asked.images))]
        listed += [summary.side("the network", given, asked.labels)] if given else []
    if len(asked.rows) and vote_names(asked.rows):
        crowd = summarise(asked.rows)
        if len(crowd) == len(asked.rows):
            listed.append(summary.side("ten annotators", crowd["crowd"].tolist(), asked.labels))
    return listed


def show_big(asked: Quiz, *, most: int = 4) -> None:
    """How it ended, in one line, and the faces on which the class, the network or the crowd and the label differ, large."""
    answering = sides(asked)
    st.header(summary.result_line(answering) if answering else "Nobody has answered these faces", anchor=False)
    places = summary.disputed(asked.labels, answering)[:most]
    if not places:
        st.markdown("**Everybody gave the labels of all faces.**" if answering else "There are no answers to these faces yet.")
        return
    count = len(quiz_board.rounds(asked.key))
    st.markdown(f"**Who is wrong here?** {numbers.sample(len(asked.labels))}" + (f"; you: {count} rounds" if count > 1 else ""))
    cells = "".join(_disputed(asked, place, answering) for place in places)
    st.html(f'<div class="fer-disputed"><style>{_DISPUTED}</style>{cells}</div>')


_DISPUTED = """.fer-disputed{display:grid;gap:1rem;margin-top:.5rem;grid-template-columns:repeat(4,minmax(0,1fr));
font-size:1rem;line-height:1.25}
.fer-disputed figure{margin:0}.fer-disputed img{width:100%;max-height:46vh;aspect-ratio:1;object-fit:cover;display:block;
border-radius:.4rem}.fer-disputed figcaption{display:grid;grid-template-columns:auto 1fr;gap:0 .6em;margin-top:.3em}
.fer-disputed b{grid-column:1/-1}
@media(max-width:640px){.fer-disputed{grid-template-columns:repeat(2,minmax(0,1fr))}}"""


def _disputed(asked: Quiz, place: int, answering: Sequence[Side]) -> str:
    label = asked.labels[place]
    rows = "".join(
        f"<span>{html.escape(one.name.removeprefix('the '))}</span><span>{'✓' if one.answers[place] == label else '✗'} "
        f"{html.escape(display_name(one.answers[place]))}</span>"
        for one in answering
    )
    title = html.escape(display_name(label))
    return (
        f'<figure><img src="{png_uri(asked.images[place])}" alt="Face {place + 1}, labelled {title}">'
        f"<figcaption><b>Label: {title}</b>{rows}</figcaption></figure>"
    )


def show(asked: Quiz) -> None:
    """Figures, faces and answers."""
    rounds = quiz_board.rounds(asked.key)
    model = _model(asked)
    votes = _votes(asked)
    if not rounds:
        st.info("No answers have been handed in for these faces.", icon=":material/info:")
        return
    counts = quiz.tally(rounds, asked.classes)
    figures_row(_figures(asked, counts, rounds, model), width=165)
    st.caption(
        "With 95% intervals: ten faces are few, and answers to one face are alike, so that thirty students on ten faces are "
        "worth far fewer than 300 independent answers. Always the same answer would reach "
        f"{numbers.percent(quiz.agreement(counts, asked.classes, asked.labels).baseline, 0)} of the labels."
    )
    captions = _captions(asked, counts, model, votes)
    if asked.data is None:
        face_grid(asked.images, captions, size=165, numbers=True)
    else:
        sample_grid(asked.data, asked.rows["id"].tolist(), captions, key="quiz-faces", size=165, numbers=True)
    chart(
        answers_by_face(counts, asked.classes, asked.labels),
        key="quiz_answers",
        alt="How often each expression was answered for each face",
    )
    st.caption("Full bars are answers that are the label, hatched ones are other answers.")
    _table(asked, counts, model, votes)


def _figures(asked: Quiz, counts: np.ndarray, rounds: Sequence[Sequence[str]], model: list[str] | None) -> list[Figure]:
    label = quiz.agreement(counts, asked.classes, asked.labels)
    figures = [_figure("Class and label", label, f"{len(rounds)} {'round' if len(rounds) == 1 else 'rounds'}")]
    if model is not None:
        single = np.array([[int(name == answer) for name in asked.classes] for answer in model])
        if single.sum() == len(model):
            figures.append(_figure("Run and label", quiz.agreement(single, asked.classes, asked.labels), "the run's answers"))
        figures.append(_figure("Class and run", quiz.agreement(counts, asked.classes, model), "the class's answers"))
    if len(asked.rows) and (names := vote_names(asked.rows)):
        votes = asked.rows[[VOTES + name for name in names]].to_numpy(np.int64)
        if votes.sum(axis=1).all():
            figures.append(
                _figure("FER+ and label", quiz.agreement(votes, names, asked.labels), "votes of FER+'s ten annotators")
            )
    if len(rounds) > 1:
        value = quiz.fleiss_kappa(counts)
        low, high = quiz.kappa_interval(counts)
        figures.append(
            Figure(
                "Class with itself",
                f"κ {numbers.decimal(value, 2)}",
                help=f"Fleiss' kappa of {len(rounds)} rounds on {len(counts)} faces: 1 is full agreement, 0 is chance. "
                "Interval: bootstrap over the faces.",
                note=f"{numbers.decimal(low, 2)} to {numbers.decimal(high, 2)}",
            )
        )
    return figures


def _figure(title: str, one: Agreement, what: str) -> Figure:
    return Figure(
        title,
        numbers.percent(one.share, 0),
        help=f"{one.agreeing} of {one.n} agree ({what}), worth {one.worth:.0f} independent ones. One answer for all faces "
        f"would reach {numbers.percent(one.baseline, 0)}.",
        note=f"{numbers.interval(*one.ci95, digits=0)}, {numbers.sample(one.n)}",
    )


def _captions(asked: Quiz, counts: np.ndarray, model: list[str] | None, votes: list[str]) -> list[Caption]:
    said = quiz.most_given(counts, asked.classes)
    captions = []
    for place, label in enumerate(asked.labels):
        parts = [f"Class: {display_name(said[place])}"]
        parts += [f"run: {display_name(model[place])}"] if model else []
        spoken = [f"label {label}", *parts, *([f"FER+ votes: {votes[place]}"] if votes else [])]
        captions.append(Caption(label=label, detail=", ".join(parts), alt=", ".join(spoken)))
    return captions


def _table(asked: Quiz, counts: np.ndarray, model: list[str] | None, votes: list[str]) -> None:
    said = quiz.most_given(counts, asked.classes)
    agree = counts.max(axis=1) / counts.sum(axis=1)
    frame = pd.DataFrame(
        {
            "face": range(1, len(asked.labels) + 1),
            "label": [display_name(name) for name in asked.labels],
            "class": [display_name(name) for name in said],
            "agree": 100 * agree,
        }
    )
    if model is not None:
        frame["run"] = [display_name(name) for name in model]
    if votes:
        frame["votes"] = votes
    with st.expander("All answers as a table", icon=":material/table:"):
        st.dataframe(
            frame,
            hide_index=True,
            height="content",
            column_config={
                "face": st.column_config.NumberColumn("Face", pinned=True),
                "label": "Label",
                "class": st.column_config.TextColumn("Class", help="The answer that was given most often."),
                "agree": st.column_config.NumberColumn("Gave it", format="%.0f%%"),
                "run": "Run",
                "votes": st.column_config.TextColumn("FER+ votes", help="What ten annotators of FER+ said."),
            },
        )
    if votes:
        st.caption("This data set has the votes of ten annotators for each face (FER+); they stand in the table.")


def _votes(asked: Quiz) -> list[str]:
    return spelled(asked.rows) if len(asked.rows) and vote_names(asked.rows) else []


def _model(asked: Quiz) -> list[str] | None:
    """The run's answers: kept ones, or computed on request; None while there are none."""
    run = selected_run()
    if run is None or not run.model_file.is_file() or run.status().state in ACTIVE:
        return None
    kept = _kept(asked, run)
    if kept is not None:
        return kept
    name = f"{asked.key} {' '.join(loaders.answers_key(run))}"
    answered = st.session_state.get(_ASKED)
    if isinstance(answered, tuple) and answered[0] == name:
        return list(answered[1])
    if st.button(f"Ask the run “{markdown(run.about().name)}” as well", icon=":material/smart_toy:", key="quiz-ask-run"):
        with st.spinner("The run looks at ten faces …"):
            given = [answer.label for answer in loaders.predictor(run).answers(asked.images)]
        st.session_state[_ASKED] = (name, given)
        return given
    return None


def _kept(asked: Quiz, run: Run) -> list[str] | None:
    splits = set(asked.rows["split"]) if asked.data is not None else set()
    if asked.data is None or len(splits) != 1 or not set(asked.labels) <= set(run.classes()):
        return None
    known = known_answers(run, asked.data, splits.pop())
    if known is None:
        return None
    by_sample = dict(zip(known["sample"], known["predicted"], strict=True))
    answers = [by_sample.get(sample) for sample in asked.rows["id"]]
    return [name for name in answers if name] if all(answers) else None
