"""What a step of a lesson can show: parts of the full views, on one screen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fer_core import numbers
from fer_core.datasets import statistics
from fer_core.escape import markdown
from fer_core.evaluation.metrics import Evaluation, score_table
from fer_core.evaluation.predictions import Source
from fer_core.figures import balance
from fer_core.figures import convolution as convolution_figures
from fer_core.figures.confusion import confusion
from fer_core.figures.intervals import score_strip
from fer_core.figures.network import network
from fer_core.labels import FIVE
from fer_core.lesson.convolution import Cost
from fer_core.models import architecture
from fer_core.runs import ACTIVE
from pages.learn.parts import quiz, transfer_curves
from pages.ui import loaders
from pages.ui.answer_card import answer_card, answers, controls, explanations
from pages.ui.chart import chart
from pages.ui.empty import empty_state, needs_dataset, needs_model, needs_run
from pages.ui.evaluation_data import known_scores, splits
from pages.ui.learning import replay
from pages.ui.run_panel import POLL_SECONDS, live, state_badge, steady
from pages.ui.state import selected_dataset
from pages.ui.whose import say_whose

_FACE = "lesson_face"


def show_quiz() -> None:
    """Ten faces to guess, as on the Data view."""
    asked = quiz.choose()
    if quiz.finished(asked):
        st.markdown(
            "All ten faces are answered. What the class said against the labels, the run and each other is in the full view."
        )
        quiz.after(asked)
    else:
        quiz.answer(asked)


def show_balance() -> None:
    """Faces of each class in the chosen data set."""
    table = statistics.class_balance(needs_dataset().meta)
    first = table.loc[table["n"] > 0, "split"].iloc[0]
    figure = balance.class_balance(table[table["split"] == first])
    chart(figure, key="lesson_balance", alt=f"Faces of each class in the {first} split")


def show_network() -> None:
    """The stages of MobileNet."""
    data = selected_dataset()
    stages = architecture.stages(classes=len(data.meta.classes if data else FIVE))
    chart(network(stages), key="lesson_network", alt="The map becomes smaller, its channels become more")
    st.caption("As high as the map, as wide as its channels. S is the stem, 1 to 13 the blocks, P the pooling, H the head.")


def show_cost() -> None:
    """What both kinds of convolution cost in a block in the middle of the network."""
    stage = next(stage for stage in architecture.stages() if stage.name == "block_6")
    cost = Cost(architecture.KERNEL, stage.before[2], stage.shape[2], stage.shape[0])
    chart(convolution_figures.work(cost), key="lesson_cost", alt="Multiply-adds of both kinds of convolution")
    st.markdown(
        f"{stage.title} of MobileNet: **{cost.standard:,}** multiply-adds the standard way, **{cost.separable:,}** the separable "
        f"way, **{1 / cost.ratio:.1f} times** less."
    )


def show_curves() -> None:
    """The chosen run at work, or its recorded curves when it has ended."""
    run = needs_run()
    state = run.status().state
    if state in ACTIVE:
        state_badge(state)
        with steady("lesson_live"):
            st.fragment(live, run_every=POLL_SECONDS)(run, state)
        return
    if run.epochs().empty:
        empty_state(f"The run **{markdown(run.about().name)}** has no curves. Choose another one at the top of the page.")
        return
    replay(run, autoplay=True)


def show_scores() -> None:
    """How often the chosen run is right, beside guessing."""
    found = _known()
    if found is None:
        return
    source, scores = found
    st.caption(f"{markdown(source.title)}, {numbers.sample(scores.n)}")
    chart(score_strip(score_table(scores)), key="lesson_scores", alt="Scores with 95% intervals")


def show_confusion() -> None:
    """What the chosen run takes for what."""
    found = _known()
    if found is None:
        return
    source, scores = found
    chart(
        confusion(scores.matrix, scores.classes, mode="rows"),
        key="lesson_confusion",
        alt="Confusion matrix, share of each true class",
    )
    st.caption(
        f"{markdown(source.title)}, {numbers.sample(scores.n)}. A row is a true class and adds up to 100%: the diagonal is "
        "recall."
    )


def show_look() -> None:
    """A face, the run's answer, and where it looked."""
    run, data = needs_model(), needs_dataset()
    rows = data.split(splits(data)[0])
    rows = rows[rows["label"].isin(run.classes())]
    if rows.empty:
        empty_state("The run knows none of the classes of this data set. Choose another one at the top of the page.")
        return
    place = st.session_state.setdefault(_FACE, 0) % len(rows)
    st.button("Another face", icon=":material/shuffle:", on_click=_next_face, key="lesson_other_face")
    row = rows.iloc[place]
    predictor = loaders.predictor(run)
    look = controls(predictor)
    face = data.images[int(row["id"])]
    given = answers(predictor, [face])
    with st.spinner("The map is being made …"):
        maps = explanations(predictor, [face], given, look)
    seen = predictor.fitted(face[None])[0]
    answer_card(seen, given[0], maps[0], look, key="lesson", name=f"sample-{row['id']}", label=row["label"])


PARTS: dict[str, Callable[[], None]] = {
    "quiz": show_quiz,
    "balance": show_balance,
    "network": show_network,
    "cost": show_cost,
    "transfer": transfer_curves.show,
    "curves": show_curves,
    "scores": show_scores,
    "confusion": show_confusion,
    "look": show_look,
}
"""What a step's setting `shows` may name."""

WIDE = ("quiz", "curves", "look")
"""Parts that need the whole width: they stand below the words."""


def _known() -> tuple[Source, Evaluation] | None:
    run = needs_model()
    found = known_scores(run, selected_dataset())
    if found is None:
        empty_state(
            f"The run **{markdown(run.about().name)}** has not looked at this data set yet. Open Scores once, then come back.",
            page="evaluate/scores",
            label="Scores",
        )
    else:
        say_whose(run, found[0].dataset)
    return found


def _next_face() -> None:
    # A stride beyond the number of faces of most classes, so that their labels differ from face to face.
    st.session_state[_FACE] = st.session_state.get(_FACE, 0) + 1009
