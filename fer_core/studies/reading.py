"""What the figure of a comparison shows, in a lecturer's words; every claim is computed from the rows."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core import numbers
from fer_core.studies.records import Result, summary, table

_PLAIN = {"finetuned": "fine-tuning", "frozen": "the frozen backbone", "scratch": "training from scratch"}


@dataclass(frozen=True)
class _Point:
    """Mean accuracy of one way at one share, with its band."""

    way: str
    share: float
    faces: int
    mean: float
    low: float
    high: float
    seeds: int


def takeaway(result: Result) -> str:
    """Say in one sentence what a result shows most clearly of the accuracies; empty before the first row."""
    if not result.rows:
        return ""
    points = _points(result)
    ways = _by_way(points)
    worth = _worth(ways["finetuned"], ways["scratch"], result.majority_baseline)
    return worth or _many(ways["finetuned"], ways["scratch"]) or _few(points, result.majority_baseline)


def reading(result: Result) -> str:
    """One paragraph about the accuracies of a result; empty before the first row."""
    if not result.rows:
        return ""
    points = _points(result)
    ways = _by_way(points)
    parts = [
        _few(points, result.majority_baseline),
        _many(ways["finetuned"], ways["scratch"]),
        _worth(ways["finetuned"], ways["scratch"], result.majority_baseline),
        _turn(ways["finetuned"], ways["frozen"]),
        _chance(points, result.rows[0].n),
    ]
    return " ".join(part for part in parts if part)


def _points(result: Result) -> list[_Point]:
    return [
        _Point(row["way"], row["share"], round(row["faces"]), row["mean"], row["low"], row["high"], row["seeds"])
        for row in summary(table(result), "accuracy").to_dict("records")
    ]


def _by_way(points: list[_Point]) -> dict[str, list[_Point]]:
    """{way: its points, the fewest labels first}."""
    return {way: sorted((point for point in points if point.way == way), key=lambda point: point.share) for way in _PLAIN}


def _few(points: list[_Point], baseline: float) -> str:
    """Who is above the baseline with the fewest labels."""
    fewest = min(point.share for point in points)
    here = sorted((point for point in points if point.share == fewest), key=lambda point: -point.mean)
    said = _listed([f"{_PLAIN[point.way]} reaches {numbers.percent(point.mean)}" for point in here])
    text = f"With {numbers.count(here[0].faces)} labelled faces, {said}; always answering the most frequent class would reach"
    text = f"{text} {numbers.percent(baseline)}."
    above = [_PLAIN[point.way] for point in here if point.low > baseline]
    if not above:
        return f"{text} None of them is above that by more than chance explains."
    if len(above) == len(here):
        return f"{text} Every one is above that by more than chance explains."
    return f"{text} Only {_listed(above)} {'is' if len(above) == 1 else 'are'} above that by more than chance explains."


def _many(tuned: list[_Point], scratch: list[_Point]) -> str:
    """What transfer is still worth with the most labels."""
    if not tuned or not scratch or len(tuned) < 2 or tuned[-1].share != scratch[-1].share:
        return ""
    ours, theirs = tuned[-1], scratch[-1]
    text = (
        f"With {numbers.count(ours.faces)}, fine-tuning reaches {numbers.percent(ours.mean)} "
        f"and training from scratch {numbers.percent(theirs.mean)}"
    )
    points = f"{abs(100 * (ours.mean - theirs.mean)):.1f} points"
    if ours.low > theirs.high:
        return f"{text}: the ImageNet weights are still worth {points}, more than chance explains."
    if ours.high < theirs.low:
        return f"{text}: here the ImageNet weights cost {points}, more than chance explains."
    return f"{text}: {points} apart, which chance could explain."


def _worth(tuned: list[_Point], scratch: list[_Point], baseline: float) -> str:
    """How many labels transfer replaces: the fewest with which fine-tuning is as good as training from scratch with the most.

    Nothing is said while training from scratch has learned nothing: to be as good as that is no feat.
    """
    if len(scratch) < 2 or scratch[-1].low <= baseline:
        return ""
    enough = [point for point in tuned if point.mean >= scratch[-1].mean and point.share < scratch[-1].share]
    if not enough:
        return ""
    return (
        f"Fine-tuning on {numbers.count(enough[0].faces)} faces is already as good as training from scratch on "
        f"{numbers.count(scratch[-1].faces)}: transfer stands in for {scratch[-1].faces / enough[0].faces:.0f} times the labels."
    )


def _turn(tuned: list[_Point], frozen: list[_Point]) -> str:
    """Whether the frozen backbone is better with few labels, and fine-tuning with many; ahead is who has no band in common."""
    still = {point.share: point for point in frozen}
    both = [point for point in tuned if point.share in still]
    ahead = [point for point in both if point.low > still[point.share].high]
    behind = [point for point in both if point.high < still[point.share].low]
    if len(both) < 2:
        return ""
    if len(ahead) == len(both):
        return "Fine-tuning is ahead of the frozen backbone at every number of labels."
    if not ahead and not behind:
        return "Between fine-tuning and the frozen backbone it is too close to tell at every number of labels."
    if not ahead:
        return "Fine-tuning is nowhere ahead of the frozen backbone here."
    if both[-len(ahead) :] != ahead:
        return "The frozen backbone and fine-tuning take turns in being ahead."
    faces = numbers.count(ahead[0].faces)
    if behind:
        return f"With few labels the frozen backbone is ahead: training all layers pays from {faces} faces on."
    return f"Fine-tuning is ahead of the frozen backbone from {faces} faces on; with fewer it is too close to tell."


def _chance(points: list[_Point], n: int) -> str:
    """How certain all this is, and what it leaves open."""
    seeds = max(point.seeds for point in points)
    what = f"up to {seeds} seeds" if seeds > 1 else "one seed, so that another choice of faces may change the order"
    return (
        f"The bands hold 95% intervals over {what}, on {numbers.count(n)} test faces; all networks take about equally many "
        "steps, so that training from scratch for longer is not part of this."
    )


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
