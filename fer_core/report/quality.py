"""Sections of a card on how good the network is: scores, classes, confusion, calibration, and what it is bad at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core import numbers
from fer_core.evaluation.abstention import abstain
from fer_core.evaluation.assessment import calibration_effect
from fer_core.evaluation.calibration import reliability, table_error
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import Evaluation, per_class, score_table, shares
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import own_predictions
from fer_core.labels import display_name
from fer_core.report.blocks import Block, Bullets, Chart, Charts, Heading, Table, Text
from fer_core.report.facts import Facts, SplitFacts
from fer_core.report.svg import reliability_chart

WORST = 3
"""Most classes that are named as weaknesses."""

SURE = 0.9
"""Probability from which a wrong answer counts as a confident mistake."""

_MEASURES = ("Calibration error", "NLL", "Brier")


def worst_first(evaluation: Evaluation) -> pd.DataFrame:
    """Columns class, precision, recall, f1, n of the classes that have faces, the lowest recall first."""
    rows = per_class(evaluation.matrix, evaluation.classes)
    return rows[rows["n"] > 0].sort_values(["recall", "class"], ignore_index=True)


def scores(facts: Facts) -> list[Block]:
    """Scores of test, then of validation, beside what guessing would reach, with and without leaked faces."""
    blocks: list[Block] = [Heading("Scores")]
    if not facts.splits:
        return [*blocks, Text("No answers are kept with this run. Evaluate it on its data set, then make the card again.")]
    for split in ("test", "validation"):
        split_facts = facts.splits.get(split)
        if split_facts is None:
            blocks.append(Text(f"No answers for {split} are kept with this run."))
            continue
        blocks += [_score_rows(split_facts), Text(_leaks(facts, split_facts))]
    if "validation" in facts.splits:
        blocks.append(
            Text("Validation chose the best epoch, so that its scores flatter the run; those of test are to be quoted.")
        )
    return blocks


def classes(facts: Facts) -> list[Block]:
    """Precision, recall and F1, the worst class first."""
    main = facts.main
    if main is None:
        return []
    rows = []
    for row in worst_first(main.evaluation).to_dict("records"):
        recalled = round(row["recall"] * row["n"])
        rows.append(
            [
                display_name(row["class"]),
                numbers.percent(row["recall"]),
                numbers.interval(*wilson(recalled, row["n"])),
                numbers.percent(row["precision"]),
                numbers.percent(row["f1"]),
                numbers.count(row["n"]),
            ]
        )
    return [
        Heading("Class by class, worst first"),
        Text(f"On {main.split}. Recall: how many of a class are found. Precision: how many of the answers are right."),
        Table("Scores by class", ("Class", "Recall", "95% interval", "Precision", "F1", "Faces"), rows),
    ]


def confusion(facts: Facts) -> list[Block]:
    """The confusion matrix, counts with shares of their rows."""
    main = facts.main
    if main is None:
        return []
    matrix = main.evaluation.matrix
    share = np.nan_to_num(shares(matrix, "rows"))
    names = [display_name(name) for name in main.evaluation.classes]
    rows = [
        [name, *(f"{numbers.count(n)} ({part:.0%})" for n, part in zip(counts, parts, strict=True))]
        for name, counts, parts in zip(names, matrix, share, strict=True)
    ]
    return [
        Heading("Confusion"),
        Text(f"On {main.split}: a row is a true class, a column an answer; in brackets the share of the row."),
        Table("Confusion matrix", ["True class", *names], rows, tints=share.tolist()),
    ]


def calibration(facts: Facts) -> list[Block]:
    """How far its confidence can be believed, before and after the temperature, and what its threshold means."""
    main, temperature = facts.main, facts.calibration.temperature
    if main is None:
        return []
    whens = ("before",) if temperature == 1 else ("before", "after")
    rows = [
        [
            f"{row['split']}, {numbers.sample(row['n'])}",
            *(numbers.percent(row[f"ece_{when}"]) for when in whens),
            *(numbers.decimal(row[f"{name}_{when}"]) for name in ("nll", "brier") for when in whens),
        ]
        for row in calibration_effect(facts.run, temperature).to_dict("records")
    ]
    heads = [f"{name}{', calibrated' if when == 'after' else ''}" for name in _MEASURES for when in whens]
    said = (
        f"Probabilities are softmax(logits / {numbers.decimal(temperature, 3)}); the temperature was fitted on validation alone."
        if temperature != 1
        else "Probabilities are those of the network itself: no temperature is in force (it is 1)."
    )
    if tau := facts.calibration.prior_tau:
        said += f" Before, {numbers.decimal(tau, 2)} of the log of each class's share in training is taken off its logit."
    return [
        Heading("Calibration"),
        Text(
            said + " Calibration error: mean distance of confidence and accuracy over 15 bins; NLL: negative log-likelihood; "
            "Brier: squared distance, summed over the classes. Lower is better in each."
        ),
        Table("Effect of the temperature", ["Split", *heads], rows),
        *_diagrams(facts, main),
        Text(_threshold(facts, main)),
    ]


def weaknesses(facts: Facts) -> list[Block]:
    """List what the run is bad at: classes found less often than the average, what they are taken for, and confident mistakes."""
    main = facts.main
    if main is None:
        return []
    evaluation, rows = main.evaluation, worst_first(main.evaluation)
    weak = rows[rows["recall"] < evaluation.accuracy].head(WORST)
    items = [_weakness(evaluation, row["class"]) for row in (weak if len(weak) else rows.head(1)).to_dict("records")]
    sure = main.answers[main.answers["confidence"] >= SURE]
    wrong = int((sure["label"] != sure["predicted"]).sum())
    if len(sure):
        limits = numbers.interval(*wilson(wrong, len(sure)))
        items.append(
            f"Of {numbers.count(len(sure))} answers that it is at least {SURE:.0%} sure of, {numbers.count(wrong)} are wrong "
            f"({numbers.percent(wrong / len(sure))}, 95% interval {limits})."
        )
    return [Heading("What it is bad at"), Bullets(items)]


def _score_rows(facts: SplitFacts) -> Table:
    evaluation = facts.evaluation
    rows = []
    for row in score_table(evaluation).to_dict("records"):
        leaked = row["name"].endswith("leaked")
        n = evaluation.n_without_leaked if leaked else evaluation.n
        rows.append(
            [
                f"{row['name']}, {facts.split}",
                numbers.percent(row["value"]),
                numbers.interval(row["low"], row["high"]),
                numbers.count(n),
                numbers.percent(row["baseline"]),
            ]
        )
    return Table(f"Scores on {facts.split}", ("Score", "Value", "95% interval", "n", "Majority baseline"), rows)


def _leaks(facts: Facts, split: SplitFacts) -> str:
    evaluation = split.evaluation
    flip = "Each face and its mirror image are averaged." if evaluation.flip else "Each face is answered as it is."
    if not facts.trained_on_known:
        return f"{flip} Which faces it was trained on is not written down, so that leaks are not known."
    exact, near, person = (evaluation.leaked[how] for how in ("exact", "near", "person"))
    if facts.dataset is None:
        return (
            f"{flip} {numbers.count(exact)} of these faces are in its training split pixel for pixel; near duplicates are not "
            "known, because the data set is not imported."
        )
    return (
        f"{flip} {numbers.count(exact)} of these faces are in its training split pixel for pixel, {numbers.count(near)} nearly."
        + (f" {numbers.count(person)} more show a person of whom it was trained on other pictures." if person else "")
    )


def _weakness(evaluation: Evaluation, name: str) -> str:
    position = evaluation.classes.index(name)
    row = evaluation.matrix[position]
    n, right = int(row.sum()), int(row[position])
    others = sorted(
        ((int(count), other) for other, count in zip(evaluation.classes, row, strict=True) if other != name), reverse=True
    )
    taken = ", ".join(f"{display_name(other)} ({numbers.count(count)})" for count, other in others[:2] if count)
    return (
        f"{display_name(name)}: {numbers.count(right)} of {numbers.count(n)} found ({numbers.percent(right / n)}, 95% interval "
        f"{numbers.interval(*wilson(right, n))})" + (f"; most often taken for {taken}." if taken else ".")
    )


def _diagrams(facts: Facts, main: SplitFacts) -> list[Block]:
    predictions = own_predictions(facts.run, main.split)
    if predictions is None:
        return []
    temperatures = [1.0] if facts.calibration.temperature == 1 else [1.0, facts.calibration.temperature]
    charts, table = [], pd.DataFrame()
    for temperature in temperatures:
        given = answers(predictions, main.evaluation.classes, facts.calibration.model_copy(update={"temperature": temperature}))
        table = reliability(given["confidence"], given["label"] == given["predicted"])
        kind = "As the network says it" if temperature == 1 else "Calibrated"
        words = f"{kind}, {main.split}: calibration error {numbers.percent(table_error(table))}"
        charts.append(Chart(words, reliability_chart(words, table)))
    rows = [
        [
            f"{row['low']:.0%} to {row['high']:.0%}",
            numbers.count(row["n"]),
            numbers.percent(row["confidence"]),
            numbers.percent(row["accuracy"]),
            numbers.interval(row["accuracy_low"], row["accuracy_high"]),
        ]
        for row in table[table["n"] > 0].to_dict("records")
    ]
    title = f"Answers on {main.split} by how sure it is{', calibrated' if len(temperatures) == 2 else ''}"
    return [Charts(charts, Table(title, ("Sure", "Faces", "On average", "Right", "95% interval"), rows))]


def _threshold(facts: Facts, main: SplitFacts) -> str:
    threshold = facts.calibration.threshold
    if threshold == 0:
        return "No threshold is saved: it answers every face, however unsure."
    abstention = abstain(main.answers["confidence"], main.answers["label"] == main.answers["predicted"], threshold)
    right = (
        "none"
        if abstention.accuracy_ci95 is None
        else f"{numbers.percent(abstention.accuracy)} ({numbers.interval(*abstention.accuracy_ci95)})"
    )
    return (
        f"Below a probability of {numbers.decimal(threshold, 2)} it says “not sure”. On {main.split} it then answers "
        f"{numbers.percent(abstention.coverage)} of {numbers.count(abstention.n)} faces; right among these: {right}."
    )
