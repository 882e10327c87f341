"""What a step of a lesson can show: one large picture each, on one screen."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import streamlit as st

from fer_core import numbers
from fer_core.datasets import statistics
from fer_core.escape import markdown
from fer_core.evaluation.metrics import Evaluation, score_table
from fer_core.evaluation.predictions import Source
from fer_core.explain.overlay import overlay
from fer_core.figures import theme
from fer_core.labels import colours, display_name
from fer_core.lesson.convolution import Cost
from fer_core.lesson.summary import row_shares, worst_cell
from fer_core.models import architecture
from fer_core.runs import ACTIVE, Run
from fer_core.runs.records import State
from pages.learn.parts import class_tab, lesson_labels, lesson_state, quiz, quiz_result, transfer_curves
from pages.learn.parts.convolution_tab import by_itself
from pages.learn.parts.lesson_guess import guess_cell, guess_spot, said
from pages.learn.parts.lesson_pictures import Bar, big_bars
from pages.learn.parts.lesson_summary import show_summary
from pages.learn.parts.mobilenet import journey
from pages.ui import loaders
from pages.ui.access import is_class
from pages.ui.answer_card import answers, explanations, short_answer, usual_look
from pages.ui.before_after import before_after
from pages.ui.boundary import error_boundary
from pages.ui.empty import empty_state, needs_dataset, needs_model, needs_run
from pages.ui.evaluation_data import known_scores, splits
from pages.ui.faces import png_uri
from pages.ui.learning import of_run, replay, shipped, watch
from pages.ui.run_panel import POLL_SECONDS, steady
from pages.ui.state import selected_dataset
from pages.ui.whose import say_whose

_FACE = "lesson_face"


def show_quiz() -> None:
    """Ten faces to guess, and in the end how it went and the disputed ones; in a class its board."""
    if is_class():
        class_tab.show()
        return
    asked = quiz.numbered()
    if quiz.finished(asked):
        quiz_result.show_big(asked)
    else:
        quiz.answer(asked, big=True)


def show_balance() -> None:
    """Faces of each class in the chosen data set."""
    table = statistics.class_balance(needs_dataset().meta)
    first = table.loc[table["n"] > 0, "split"].iloc[0]
    rows = table[table["split"] == first]
    counts, tones, most = dict(zip(rows["class"], rows["n"], strict=True)), colours(rows["class"]), rows["n"].max()
    big_bars(
        [Bar(display_name(name), n / most, numbers.count(n), tones[name]) for name, n in counts.items()],
        alt=f"Faces of each class in the {first} split",
    )


def show_cost() -> None:
    """What both kinds of convolution cost in a block in the middle of the network."""
    stage = next(stage for stage in architecture.stages() if stage.name == "block_6")
    cost = Cost(architecture.KERNEL, stage.before[2], stage.shape[2], stage.shape[0])
    kinds = zip(("Standard", "Separable"), (cost.standard, cost.separable), theme.PAIR, strict=True)
    big_bars(
        [Bar(name, macs / cost.standard, f"{macs / 1e6:,.1f} million", tone) for name, macs, tone in kinds],
        alt="Multiply-adds of both kinds of convolution",
    )
    st.markdown(f"{stage.title} of MobileNet: **{1 / cost.ratio:.1f} times** fewer multiply-adds.")


def show_curves() -> None:
    """The training of the chosen run as it was recorded, or the run itself while it is at work."""
    run = needs_run()
    state = run.status().state
    if state in ACTIVE:
        kinds = ["Live", "Recorded"]
        if st.segmented_control("Training", kinds, default=kinds[0], required=True, label_visibility="collapsed") == kinds[0]:
            with steady("lesson_live"):
                st.fragment(_live, run_every=POLL_SECONDS)(run, state)
            return
        watch(shipped()[0], key="recorded_run", autoplay=True, big=True)
        return
    if run.epochs().empty:
        empty_state(f"The run **{markdown(run.about().name)}** has no curves. Choose another one at the top of the page.")
        return
    replay(run, autoplay=True, big=True)


def show_scores() -> None:
    """How often the chosen run is right, beside guessing."""
    scored = _known()
    if scored is None:
        return
    source, scores = scored
    bars = [
        Bar(row["name"], row["value"], numbers.percent(row["value"]), theme.SCORE, (row["low"], row["high"]), level)
        for row in score_table(scores).to_dict("records")
        for level in [None if np.isnan(row["baseline"]) else row["baseline"]]
    ]
    big_bars(bars, alt="Scores with 95% intervals, beside guessing")
    st.markdown(f"{markdown(source.title)}, {numbers.sample(scores.n)}. Lines: 95% intervals; dashed: guessing.")


def show_confusion(*, is_open: bool) -> None:
    """What the chosen run takes for what; until the answer the class says which cell is the worst."""
    scored = _known()
    if scored is None:
        return
    source, scores = scored
    row, column, _ = worst_cell(scores.matrix)
    guess_cell(row_shares(scores.matrix), scores.classes, (row, column), is_open=is_open)
    cell = said("matrix").get("cell")
    if is_open and cell:
        right = tuple(cell) == (row, column)
        st.markdown("**That is the cell you chose.**" if right else f"You chose {_pair(scores, cell)}.")
    elif cell:
        st.markdown(f"You say: **{_pair(scores, cell)}**.")
    if is_open:
        st.markdown(f"{markdown(source.title)}, {numbers.sample(scores.n)}. A row is a true class and adds up to 100%.")


def show_look(*, is_open: bool) -> None:
    """A face on which the class marks where it would look; with the answer where the run looked."""
    run, data = needs_model(), needs_dataset()
    rows = data.split(splits(data)[0])
    rows = rows[rows["label"].isin(run.classes())]
    if rows.empty:
        empty_state("The run knows none of the classes of this data set. Choose another one at the top of the page.")
        return
    row = rows.iloc[st.session_state.setdefault(_FACE, 0) % len(rows)]
    face, name = np.asarray(data.images[int(row["id"])]), f"{data.meta.fingerprint} {row['id']}"
    pictures = [(_large(face), "The face: mark where you would look")]
    if is_open:
        predictor = loaders.predictor(run)
        look = usual_look(predictor)
        given = answers(predictor, [face])
        with st.spinner("The map is being made …"):
            maps = explanations(predictor, [face], given, look)
        label = markdown(display_name(row["label"]))
        st.markdown(f"Labelled **{label}**; the network: **{short_answer(given[0])}**. Bright: what spoke for its answer.")
        face = predictor.fitted(face[None])[0]
        covered = overlay(face, maps[0].saliency, strength=look.strength, side=384)
        pictures.append((png_uri(covered), "The same face, and where the network looked"))
    guess_spot(pictures, name=name, is_open=is_open)
    if is_open:
        st.button("Another face", icon=":material/shuffle:", on_click=_next_face, key="lesson_other_face")


def _large(face: np.ndarray) -> str:
    return png_uri(cv2.resize(face, (384, 384), interpolation=cv2.INTER_CUBIC))


def _pair(scores: Evaluation, cell: list[int]) -> str:
    true, answer = (display_name(scores.classes[place]) for place in cell)
    return f"{markdown(true)} taken for {markdown(answer)}"


def _live(run: Run, state: State) -> None:
    with error_boundary():
        status = run.status()
        if status.state != state:
            st.rerun()
        if any(len(frame) for frame in loaders.recorded(run)):
            watch(of_run(run, planned=status.progress.epochs or None), key="lesson_learning", big=True)
        else:
            st.markdown("The training is starting …")


PARTS: dict[str, Callable[[], None]] = {
    "quiz": show_quiz,
    "balance": show_balance,
    "journey": lambda: journey(big=True),
    "kernel": lambda: by_itself(big=True),
    "cost": show_cost,
    "morph": lambda: before_after(key="lesson", big=True, recorded_first=True),
    "guess-transfer": lambda: transfer_curves.show_big(is_open=False),
    "transfer": lambda: transfer_curves.show_big(is_open=True),
    "curves": show_curves,
    "scores": show_scores,
    "guess-confusion": lambda: show_confusion(is_open=False),
    "confusion": lambda: show_confusion(is_open=True),
    "guess-look": lambda: show_look(is_open=False),
    "look": lambda: show_look(is_open=True),
    "labels": lesson_labels.show,
    "summary": show_summary,
    "-": lambda: None,
}
"""What a step's setting `shows` may name, one a stage; `-` is nothing."""

WIDE = ("quiz", "journey", "kernel", "morph", "curves", "labels", "summary")
"""Parts that need the whole width: they stand below the words."""


def _known() -> tuple[Source, Evaluation] | None:
    run = needs_model()
    scored = known_scores(run, selected_dataset())
    if scored is None:
        empty_state(
            f"The run **{markdown(run.about().name)}** has not looked at this data set yet. Open Scores once, then come back.",
            page="evaluate/scores",
            label="Scores",
        )
    else:
        say_whose(run, scored[0].dataset)
    return scored


def _next_face() -> None:
    # A stride beyond the number of faces of most classes, so that their labels differ from face to face.
    st.session_state[_FACE] = st.session_state.get(_FACE, 0) + 1009
    now = lesson_state.place()
    lesson_state.go(now.step, max(0, now.stage - 1))
