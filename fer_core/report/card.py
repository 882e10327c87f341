"""The sections of a run's model card, in the order of Mitchell et al. (2019), "Model Cards for Model Reporting"."""

from __future__ import annotations

from datetime import UTC, datetime

from fer_core import __version__, numbers
from fer_core.errors import InputError
from fer_core.labels import display_name
from fer_core.progress import Progress, silent
from fer_core.report import across, making, people, pictures, quality, robustness
from fer_core.report.blocks import Block, Bullets, Card, Figures, Heading, Table, Text
from fer_core.report.facts import Facts, gather
from fer_core.report.html import to_html
from fer_core.report.markdown import to_markdown
from fer_core.runs import SHIPPED, Run
from fer_core.training.own_faces import KIND

FORMATS = {".html": to_html, ".md": to_markdown}
"""How a card is written, by the suffix of the file."""


def require_format(suffix: str) -> None:
    """See that a card can be written in a file of this suffix.

    Raises:
        InputError: it cannot.
    """
    if suffix.lower() not in FORMATS:
        raise InputError(f"A report's file ends in {' or '.join(FORMATS)}; got '{suffix or 'no suffix'}'.")


def write_card(card: Card, suffix: str) -> str:
    """A card as the content of a file.

    Raises:
        InputError: the suffix is neither .html nor .md.
    """
    require_format(suffix)
    return FORMATS[suffix.lower()](card)


def make_card(
    run: Run,
    *,
    with_pictures: bool = False,
    now: datetime | None = None,
    progress: Progress = silent,
) -> Card:
    """The model card of a run.

    Args:
        run: a run that has ended with a model.
        with_pictures: add example faces of the data set, which must be imported.
        now: date of the card; the present when None.
        progress: called while answers are counted.

    Raises:
        InputError: pictures were asked for and the data set is not there.
        RunError: the run is still at work, has no model, or is damaged.
    """
    facts = gather(run, progress=progress)
    examples = pictures.examples(facts) if with_pictures else []
    blocks: list[Block] = [
        *_what_it_is(facts, now or datetime.now(UTC)),
        *_at_a_glance(facts),
        *making.data(facts),
        *making.recipe(facts),
        *making.curves(facts),
        *quality.scores(facts),
        *people.section(facts),
        *quality.classes(facts),
        *quality.confusion(facts),
        *quality.calibration(facts),
        *quality.weaknesses(facts),
        *across.section(run),
        *(robustness.section(run, facts.training.fingerprint, facts.main.split) if facts.main else []),
        *examples,
        *_limits(facts),
        *_licence(facts),
    ]
    return Card(f"Model card: {facts.about.name}", blocks)


def make_short_card(run: Run, *, progress: Progress = silent) -> Card:
    """What whoever is handed a run's network has to know: what it is, how good, and its limits; arguments as for `make_card`.

    Raises:
        RunError: the run is still at work, has no model, or is damaged.
    """
    facts = gather(run, progress=progress)
    blocks = [*_what_it_is(facts, datetime.now(UTC))[:-1], *_at_a_glance(facts), *_limits(facts), *_licence(facts)]
    return Card(f"Model card: {facts.about.name}", blocks)


def _what_it_is(facts: Facts, now: datetime) -> list[Block]:
    names = ", ".join(display_name(name) for name in facts.training.classes)
    ended = facts.status.ended or facts.status.started or facts.status.created
    took = f"{facts.training.seconds / 60:,.0f} min" if facts.training.seconds >= 60 else f"{facts.training.seconds:.0f} s"
    rows = [
        ("Run", facts.run.id),
        ("State", facts.status.state + (f": {facts.status.error}" if facts.status.error else "")),
        ("Trained", f"until {_date(datetime.fromtimestamp(ended, UTC))}, in {took}"),
        ("Machine", facts.training.machine or numbers.DASH),
        ("Input", f"one face, {_input_words(facts)}"),
        ("Card made", f"{_date(now)}, by FER Lab {__version__}"),
    ]
    return [
        Text(
            f"A {facts.backbone.title} network, fine-tuned on {facts.training.dataset}, that names the expression of a face: one "
            f"of {names}. It names an expression as people who look at a picture would; it does not know what anybody feels."
        ),
        *([Text(f"Note: {facts.about.note}")] if facts.about.note else []),
        Text("It must not be used to judge people; see Limits of use.", strong=True),
        Table("About the run", ("", ""), rows, words=True),
    ]


def _input_words(facts: Facts) -> str:
    size, colour = facts.training.size, "RGB" if facts.training.colour == "rgb" else "grey"
    return f"{size} by {size} pixels, {colour}"


def _at_a_glance(facts: Facts) -> list[Block]:
    main = facts.main
    if main is None:
        return [Text("No answers are kept with this run, so that nothing is known of how good it is.", strong=True)]
    evaluation = main.evaluation
    worst = quality.worst_first(evaluation).iloc[0]
    limits = numbers.interval(*evaluation.accuracy_ci95)
    return [
        Heading("At a glance"),
        Figures(
            [
                (
                    f"Accuracy on {main.split}",
                    numbers.percent(evaluation.accuracy),
                    f"95% interval {limits}, {numbers.sample(evaluation.n)}",
                ),
                ("Majority baseline", numbers.percent(evaluation.majority_baseline), "always the most frequent class"),
                ("Macro F1", numbers.percent(evaluation.macro_f1), f"95% interval {numbers.interval(*evaluation.macro_f1_ci95)}"),
                (
                    "Worst class",
                    display_name(worst["class"]),
                    f"{numbers.percent(worst['recall'])} found, {numbers.sample(worst['n'])}",
                ),
            ]
        ),
    ]


def _limits(facts: Facts) -> list[Block]:
    items = [
        "Do not use it to judge people: not to select, grade, monitor, diagnose or police them.",
        "In the European Union, inferring the emotions of pupils or employees from their faces is prohibited, except for medical "
        "or safety reasons (Regulation (EU) 2024/1689, Article 5(1)(f)).",
        "An expression is not a feeling: people smile without being happy, and are angry without showing it.",
    ]
    if facts.is_fer2013:
        labels = "people agree with their labels in about two of three cases (65 ± 5%, Goodfellow et al. 2013)"
        if facts.config.labels == "crowd":
            labels = "it learned the votes of ten people on each, who often disagree (Barsoum et al., arXiv:1608.01041)"
        items.append(
            f"It was trained on photographs that a web search found before 2013, cropped to 48 by 48 grey pixels; {labels}. "
            "Other cameras, angles, light and colours, and larger pictures, are harder for it than the scores above say."
        )
    elif facts.is_drawn:
        items.append("It was trained on drawn faces: its scores say nothing of photographs of people.")
    else:
        items.append(f"The scores hold for pictures like those of its data set, as {_input_words(facts)}, and for no others.")
    if facts.dataset is not None and facts.dataset.meta.kind == KIND:
        items.append(
            "Its faces were recorded in bursts on Teach it, and whoever is in train may be in test, too: the scores say how well "
            "it knows these people and this scene, and little about others."
        )
    items.append(
        "Bias was not measured: the data set does not say who is shown, so that nothing is known of how its errors differ by "
        "age, sex, skin colour, culture or disability."
    )
    return [Heading("Limits of use"), Bullets(items)]


def _licence(facts: Facts) -> list[Block]:
    config, backbone = facts.config, facts.backbone
    if config.weights == "random":
        start = "It started from random weights, which have no licence."
    elif config.weights_file and facts.run.id in SHIPPED:
        start = (
            "It started from an earlier run of the same network, and that from ImageNet weights, which are under "
            f"{backbone.weights.licence}."
        )
    elif config.weights_file and config.weights_file.endswith(".keras"):
        start = "It started from the network of another run; under which licence that may be passed on, that run's card says."
    elif config.weights_file:
        start = "It started from a file of weights whose licence this program does not know."
    else:
        start = f"The ImageNet weights that it started from are under {backbone.weights.licence}."
    items = [start]
    if facts.run.id in SHIPPED:
        items.append("The fine-tuned weights come with FER Lab, under its MIT License.")
    else:
        items.append("Who trained it decides under which licence the fine-tuned weights are passed on.")
    if facts.is_fer2013:
        items.append("FER2013 is published for research; none of its pictures is part of the weights' files.")
        if facts.config.labels == "crowd":
            items.append("The votes on its pictures are those of FER+, under the MIT License.")
    else:
        items.append("What the publishers of the data set allow holds besides.")
    return [Heading("Licence"), Bullets(items)]


def _date(when: datetime) -> str:
    return f"{when.day} {when:%B %Y}, {when:%H:%M} UTC"
