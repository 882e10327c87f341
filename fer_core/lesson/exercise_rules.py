"""How each kind of exercise is checked: against the plan of the network, the chosen data set, or the student's own runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from fer_core import numbers, runs
from fer_core.datasets.signature import among
from fer_core.datasets.statistics import majority
from fer_core.datasets.store import Dataset
from fer_core.errors import FerError
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.metrics import Evaluation
from fer_core.labels import FIVE, display_name
from fer_core.lesson.convolution import Cost
from fer_core.lesson.exercises import Desk, Given, Known, Rule, Verdict, judge_choice, judge_number, judge_share, pairs
from fer_core.models import architecture
from fer_core.models.anatomy import phase_plan
from fer_core.runs import Run
from fer_core.runs.config import preset_config

NO_DATA = Verdict(None, "Choose a data set at the top of the page first.")
UP, DOWN, UNCLEAR = "It rises", "It falls", "No sure difference"


def trainable(desk: Desk, given: Given, answer: str) -> Verdict:
    """Parameters that gradients change when everything below a block is frozen."""
    classes = desk.dataset.meta.classes if desk.dataset else FIVE
    config = preset_config("any", "standard", partial_from=str(given["block"]), partial_epochs=1, full_epochs=0)
    plan = phase_plan(config, len(classes))[-1]
    source = (
        f"{numbers.percent(plan.trainable / plan.total)} of {plan.total:,}: kernels and batch norms of {len(plan.blocks)} "
        f"blocks, and the head for {len(classes)} classes, added up from the network's table of layers"
    )
    return judge_number(answer, plan.trainable, tolerance=0.05, source=source)


def head(desk: Desk, given: Given, answer: str) -> Verdict:
    """Parameters of the head."""
    stages = architecture.stages(classes=int(given["classes"]))
    features = stages[-2].shape[2]
    source = f"{features:,} weights and a bias for each of {given['classes']} classes"
    return judge_number(answer, stages[-1].parameters, tolerance=0, source=source, unit="parameters")


def last_map(desk: Desk, given: Given, answer: str) -> Verdict:
    """Side of the map before the pooling."""
    shape = architecture.stages(int(given["size"]))[-2].before
    source = f"the last map is {architecture.shape_words(shape)}: five strides of 2 make {given['size']} pixels 32 times smaller"
    return judge_number(answer, shape[0], tolerance=0, source=source, unit="places per side")


def multiply_adds(desk: Desk, given: Given, answer: str) -> Verdict:
    """Multiply-adds of a block's pointwise convolution."""
    stages = architecture.stages(int(given["size"]))
    stage = next((stage for stage in stages if stage.name == given["block"]), None)
    layer = next((layer for layer in stage.layers if layer.kind == "pointwise"), None) if stage else None
    if stage is None or layer is None:
        return Verdict(None, f"MobileNet has no pointwise convolution in '{given['block']}'; correct the exercise's sheet.")
    rows, columns, outputs = layer.shape
    inputs = stage.layers[0].shape[2]
    source = f"{rows} · {columns} places times {inputs:,} · {outputs:,} channels"
    return judge_number(answer, layer.macs, tolerance=0.01, source=source, unit="multiply-adds")


def saving(desk: Desk, given: Given, answer: str) -> Verdict:
    """How many times fewer multiply-adds the separable convolution has."""
    cost = Cost(int(given["kernel"]), 1, int(given["outputs"]), 1)
    source = f"1 / (1/{cost.outputs} + 1/{cost.kernel}²), whatever comes in and however large the map is"
    return judge_number(answer, 1 / cost.ratio, tolerance=0.03, source=source, unit="times")


def baseline(desk: Desk, given: Given, answer: str) -> Verdict:
    """Accuracy of always answering the most frequent class of a split."""
    split = str(given["split"])
    counts = desk.dataset.meta.counts.get(split, {}) if desk.dataset else {}
    if not desk.dataset or not any(counts.values()):
        return NO_DATA if not desk.dataset else Verdict(None, f"“{desk.dataset.name}” has no {split} split; choose another one.")
    name, share = majority(counts)
    source = f"{counts[name]:,} of {sum(counts.values()):,} {split} faces of “{desk.dataset.name}” are {display_name(name)}"
    return judge_share(answer, share, points=0.5, source=source)


def lowest_recall(desk: Desk, given: Given, answer: str) -> Verdict:
    """Class with the lowest recall of the chosen run."""
    known = _chosen(desk)
    if isinstance(known, Verdict):
        return known
    recalls = {name: row["recall"] for name, row in known.evaluation.per_class.items() if row["recall"] is not None}
    lowest = min(recalls.values())
    named = [display_name(name) for name, recall in recalls.items() if recall == lowest]
    return judge_choice(answer, named, source=f"with a recall of {numbers.percent(lowest)}{_on(desk, known)}")


def most_confused(desk: Desk, given: Given, answer: str) -> Verdict:
    """The most frequent mistake of the chosen run."""
    known = _chosen(desk)
    if isinstance(known, Verdict):
        return known
    matrix, classes = known.evaluation.confusion, known.evaluation.classes
    counts = {pair: matrix[classes.index(pair[0])][classes.index(pair[1])] for pair in pairs(classes)}
    most = max(counts.values())
    if not most:
        return Verdict(None, f"The run makes no mistake{_on(desk, known)}; choose another run.")
    named = [_pair(pair) for pair, n in counts.items() if n == most]
    return judge_choice(answer, named, source=f"{most:,} faces{_on(desk, known)}")


def interval(desk: Desk, given: Given, answer: str) -> Verdict:
    """Half the width of the 95% interval of the chosen run's accuracy."""
    known = _chosen(desk)
    if isinstance(known, Verdict):
        return known
    scores = known.evaluation
    low, high = scores.accuracy_ci95
    source = (
        f"half of {numbers.interval(low, high, 2)}, Wilson's interval for {numbers.percent(scores.accuracy)}{_on(desk, known)}"
    )
    return judge_share(answer, (high - low) / 2, points=max(0.05, 10 * (high - low)), source=source)


def beat_baseline(desk: Desk, given: Given, answer: str) -> Verdict:
    """An own run with a given setting whose interval lies above the majority baseline."""
    if desk.dataset is None:
        return NO_DATA
    setting, value = str(given["setting"]), str(given["value"])
    fitting = [run for run in _own_runs(desk.dataset) if _set(run, setting, value)]
    if not fitting:
        return Verdict(
            None, f"No finished run of yours on “{desk.dataset.name}” has {setting} {value} yet; start one, then check."
        )
    known = [(run, scored) for run in fitting if (scored := desk.scores(run)) is not None]
    if not known:
        return Verdict(None, f"“{fitting[0].about().name}” has not looked at this data set yet; open Scores with it once.")
    run, scored = max(known, key=lambda pair: pair[1].evaluation.accuracy_ci95[0] - pair[1].evaluation.majority_baseline)
    scores = scored.evaluation
    right = scores.accuracy_ci95[0] > scores.majority_baseline
    return Verdict(
        right,
        f"{'Done' if right else 'Not yet'}: “{run.about().name}” reaches {numbers.percent(scores.accuracy)} "
        f"(95% {numbers.interval(*scores.accuracy_ci95)}, n = {scores.n:,}) on {scored.title}, where the majority baseline is "
        f"{numbers.percent(scores.majority_baseline)}{'' if right else ', which the interval does not exclude'}.",
    )


def weighting(desk: Desk, given: Given, answer: str) -> Verdict:
    """What class weighting does to the recall of the rarest class, between two own runs that differ in nothing else."""
    if desk.dataset is None:
        return NO_DATA
    pair = _weighted_pair(_own_runs(desk.dataset))
    if pair is None:
        advice = "Train two that differ in class weighting alone (none, and balanced), then check."
        return Verdict(None, f"There are no two runs of yours on “{desk.dataset.name}” to compare. {advice}")
    plain, weighted = (desk.scores(run) for run in pair)
    if plain is None or weighted is None:
        return Verdict(None, "One of the two runs has not looked at this data set yet; open Scores with each once.")
    rare = min((n, name) for name, n in desk.dataset.meta.counts["train"].items() if n)[1]
    before, after = _recall(plain.evaluation, rare), _recall(weighted.evaluation, rare)
    if before is None or after is None:
        return Verdict(None, f"There is no {display_name(rare)} face in {plain.title}; choose another data set.")
    truth = UP if after.low > before.high else DOWN if after.high < before.low else UNCLEAR
    source = (
        f"the recall of {display_name(rare)} on {plain.title} is {before} without and {after} with class weighting "
        "(95% intervals; “no sure difference” where they overlap)"
    )
    return judge_choice(answer, [truth], source=source)


def leak(desk: Desk, given: Given, answer: str) -> Verdict:
    """A test face whose very pixels are in the training split, by number or file name; `none` where there is none."""
    if desk.dataset is None:
        return NO_DATA
    samples = desk.dataset.samples
    test = samples[samples["split"] == "test"]
    same = test[among(test["hash"], samples.loc[samples["split"] == "train", "hash"])]
    typed = answer.strip().lower()
    name = desk.dataset.name
    if same.empty or typed == "none":
        right = bool(same.empty) and typed == "none"
        count = f"{len(same):,} of {len(test):,} test faces of “{name}” have the very pixels of a training face, by their hashes"
        return Verdict(right, f"{'Right' if right else 'Not right'}: {count}.")
    files = same["file"].str.lower()
    hit = same[
        (same["id"].astype(str) == typed.removeprefix("#"))
        | (files == typed)
        | files.map(lambda file: PurePath(file).name == typed)
    ]
    if hit.empty:
        return Verdict(
            False,
            f"Not right: this is none of the {len(same):,} test faces of “{name}” whose very pixels are in training, by hash.",
        )
    row = hit.iloc[0]
    twin = samples[(samples["split"] == "train") & (samples["hash"] == row["hash"])].iloc[0]
    return Verdict(
        True,
        f"Right: test face {row['id']} ({row['file']}) has the pixels of training face {twin['id']} ({twin['file']}), one of "
        f"{len(same):,} such faces of “{name}”, by their hashes.",
    )


def class_options(desk: Desk, given: Given) -> list[str]:
    """Names of the chosen run's classes."""
    return [display_name(name) for name in (desk.run.classes() if desk.run else FIVE) or FIVE]


def pair_options(desk: Desk, given: Given) -> list[str]:
    """All mistakes that the chosen run can make."""
    return [_pair(pair) for pair in pairs((desk.run.classes() if desk.run else FIVE) or FIVE)]


RULES: dict[str, Rule] = {
    "trainable": Rule("number", {"block": "block_11"}, trainable),
    "head": Rule("number", {"classes": 7}, head),
    "last_map": Rule("number", {"size": 160}, last_map),
    "multiply_adds": Rule("number", {"block": "block_6", "size": 96}, multiply_adds),
    "saving": Rule("number", {"kernel": 3, "outputs": 512}, saving),
    "baseline": Rule("share", {"split": "test"}, baseline),
    "lowest_recall": Rule("choice", {}, lowest_recall, class_options),
    "most_confused": Rule("choice", {}, most_confused, pair_options),
    "interval": Rule("share", {}, interval),
    "beat_baseline": Rule("deed", {"setting": "resolution", "value": "64"}, beat_baseline),
    "weighting": Rule("choice", {}, weighting, lambda desk, given: [UP, DOWN, UNCLEAR]),
    "leak": Rule("text", {}, leak),
}
"""What the setting `check` of a sheet may name."""


@dataclass(frozen=True)
class _Recall:
    share: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{numbers.percent(self.share)} ({numbers.interval(self.low, self.high)}, n = {self.n:,})"


def _recall(evaluation: Evaluation, name: str) -> _Recall | None:
    row = evaluation.per_class.get(name)
    if row is None or not row["n"]:
        return None
    place, n = evaluation.classes.index(name), int(row["n"])
    hits = evaluation.confusion[place][place]
    return _Recall(hits / n, *wilson(hits, n), n)


def _chosen(desk: Desk) -> Known | Verdict:
    if desk.run is None:
        return Verdict(None, "Choose a run at the top of the page first, or train one.")
    scored = desk.scores(desk.run)
    if scored is None:
        name = desk.run.about().name
        return Verdict(None, f"“{name}” has no scores yet; open Scores with it once, when it has ended, then check again.")
    return scored


def _on(desk: Desk, known: Known) -> str:
    name = desk.run.about().name if desk.run else ""
    return f", in {known.evaluation.n:,} answers of “{name}” on {known.title}"


def _own_runs(dataset: Dataset) -> list[Run]:
    """Finished runs that were trained here on this data set, newest first."""
    return [
        run for run in runs.usable_runs() if not run.read_only and _trained_on(run, dataset) and run.status().state in runs.USABLE
    ]


def _trained_on(run: Run, dataset: Dataset) -> bool:
    training = run.training()
    return training is not None and training.fingerprint == dataset.meta.fingerprint


def _set(run: Run, setting: str, value: str) -> bool:
    try:
        return str(getattr(run.config(), setting, None)).lower() == value.lower()
    except FerError:
        return False


def _weighted_pair(own: list[Run]) -> tuple[Run, Run] | None:
    """The newest run with class weighting and the newest without that differs from it in nothing else."""
    configs = [(run, run.config()) for run in own]
    for weighted, config in configs:
        if config.class_weighting == "none":
            continue
        same = config.model_copy(update={"class_weighting": "none"})
        plain = next((run for run, other in configs if other == same), None)
        if plain is not None:
            return plain, weighted
    return None


def _pair(pair: tuple[str, str]) -> str:
    return f"{display_name(pair[0])} taken for {display_name(pair[1]).lower()}"
