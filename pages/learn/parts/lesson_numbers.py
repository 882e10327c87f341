"""The numbers that a lesson's words may name in braces: each is computed when a text asks for it, from what is chosen now."""

from __future__ import annotations

import re
from collections.abc import Callable

from fer_core import numbers
from fer_core.datasets.meta import DatasetMeta
from fer_core.datasets.statistics import imbalance_ratio, majority
from fer_core.escape import markdown
from fer_core.evaluation.metrics import Evaluation
from fer_core.labels import FIVE, display_name
from fer_core.lesson.exercises import pairs
from fer_core.lesson.summary import worst_cell
from fer_core.models import architecture
from fer_core.studies import records
from pages.ui.evaluation_data import known_scores
from pages.ui.run_panel import took
from pages.ui.state import selected_dataset, selected_run

UNKNOWN = numbers.DASH
"""Stands for a number that there is nothing to compute from."""


def filled(text: str) -> str:
    """The text with its numbers; a `{name}` that is none of `NUMBERS` stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda hole: markdown(NUMBERS[hole[1]]()) if hole[1] in NUMBERS else hole[0], text)


def _of_data(say: Callable[[DatasetMeta], str]) -> Callable[[], str]:
    def number() -> str:
        data = selected_dataset()
        return say(data.meta) if data is not None else UNKNOWN

    return number


def _of_scores(say: Callable[[Evaluation], str]) -> Callable[[], str]:
    def number() -> str:
        run = selected_run()
        known = known_scores(run, selected_dataset()) if run is not None else None
        return say(known[1]) if known is not None else UNKNOWN

    return number


def _train(meta: DatasetMeta) -> dict[str, int]:
    counts = meta.counts.get("train", {})
    return counts if any(counts.values()) else max(meta.counts.values(), key=lambda split: sum(split.values()))


def _rarest(meta: DatasetMeta) -> str:
    return min((n, name) for name, n in _train(meta).items() if n)[1]


def _classes() -> int:
    data = selected_dataset()
    return len(data.meta.classes if data is not None else FIVE)


def _head_share() -> str:
    stages = architecture.stages(classes=_classes())
    return numbers.percent(stages[-1].parameters / sum(stage.parameters for stage in stages))


def _macs(*, separable: bool) -> int:
    return sum(stage.macs for stage in architecture.stages(separable=separable))


def _worst(scores: Evaluation) -> tuple[str, float]:
    recalls = {name: row["recall"] for name, row in scores.per_class.items() if row["recall"] is not None}
    name = min(recalls, key=recalls.__getitem__)
    return name, recalls[name]


def _confused(scores: Evaluation) -> tuple[str, str, int]:
    order = {name: place for place, name in enumerate(scores.classes)}
    return max(
        ((true, answer, scores.confusion[order[true]][order[answer]]) for true, answer in pairs(scores.classes)),
        key=lambda cell: cell[2],
    )


def _cell(say: Callable[[Evaluation, int, int, float], str]) -> Callable[[], str]:
    return _of_scores(lambda scores: say(scores, *worst_cell(scores.matrix)))


def _run_name() -> str:
    run = selected_run()
    return run.about().name if run is not None else UNKNOWN


def _run_time() -> str:
    run = selected_run()
    return took(run) if run is not None else UNKNOWN


def _run_data() -> str:
    run = selected_run()
    training = run.training() if run is not None else None
    return training.dataset if training is not None else UNKNOWN


def _scored_on() -> str:
    run = selected_run()
    known = known_scores(run, selected_dataset()) if run is not None else None
    return known[0].title if known is not None else UNKNOWN


def _transfer_faces() -> str:
    result = records.load(records.RECORDED)
    return numbers.count(result.faces["train"]) if result is not None else UNKNOWN


NUMBERS: dict[str, Callable[[], str]] = {
    "dataset": _of_data(lambda meta: meta.name),
    "faces": _of_data(lambda meta: numbers.count(meta.n)),
    "classes": lambda: str(_classes()),
    "largest": _of_data(lambda meta: display_name(majority(_train(meta))[0])),
    "largest_share": _of_data(lambda meta: numbers.percent(majority(_train(meta))[1])),
    "rarest": _of_data(lambda meta: display_name(_rarest(meta))),
    "rarest_faces": _of_data(lambda meta: numbers.count(_train(meta)[_rarest(meta)])),
    "imbalance": _of_data(lambda meta: f"{imbalance_ratio(_train(meta)):.1f}"),
    "parameters": lambda: numbers.count(sum(stage.parameters for stage in architecture.stages(classes=_classes()))),
    "head_parameters": lambda: numbers.count(architecture.stages(classes=_classes())[-1].parameters),
    "head_share": _head_share,
    "separable_macs": lambda: f"{_macs(separable=True) / 1e6:,.0f} million",
    "standard_macs": lambda: f"{_macs(separable=False) / 1e6:,.0f} million",
    "macs_times": lambda: f"{_macs(separable=False) / _macs(separable=True):.1f}",
    "transfer_faces": _transfer_faces,
    "run": _run_name,
    "run_time": _run_time,
    "run_data": _run_data,
    "scored_on": _scored_on,
    "n": _of_scores(lambda scores: numbers.count(scores.n)),
    "accuracy": _of_scores(lambda scores: numbers.percent(scores.accuracy)),
    "accuracy_ci": _of_scores(lambda scores: numbers.interval(*scores.accuracy_ci95)),
    "macro_f1": _of_scores(lambda scores: numbers.percent(scores.macro_f1)),
    "baseline": _of_scores(lambda scores: numbers.percent(scores.majority_baseline)),
    "worst_class": _of_scores(lambda scores: display_name(_worst(scores)[0])),
    "worst_recall": _of_scores(lambda scores: numbers.percent(_worst(scores)[1])),
    "worst_true": _cell(lambda scores, row, column, share: display_name(scores.classes[row])),
    "worst_answer": _cell(lambda scores, row, column, share: display_name(scores.classes[column])),
    "worst_share": _cell(lambda scores, row, column, share: numbers.percent(share, 0)),
    "confused_true": _of_scores(lambda scores: display_name(_confused(scores)[0])),
    "confused_answer": _of_scores(lambda scores: display_name(_confused(scores)[1])),
    "confused_faces": _of_scores(lambda scores: numbers.count(_confused(scores)[2])),
}
"""{name: what it stands for}."""
