"""Which of two runs is better, on the same samples: paired, so that what both find hard or easy drops out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import pandas as pd

from fer_core.errors import InputError, require_columns
from fer_core.evaluation.intervals import wilson
from fer_core.labels import in_order
from fer_core.runs.config import RunConfig

_ANSWERS = ("sample", "label", "predicted", "confidence")


@dataclass(frozen=True)
class Paired:
    """How often two runs are right on the same samples.

    Attributes:
        both: samples that both get right.
        first_only: samples that only the first gets right.
        second_only: samples that only the second gets right.
        neither: samples that neither gets right.
    """

    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def accuracy(self) -> tuple[float, float]:
        """Share that the first and the second get right."""
        return (self.both + self.first_only) / self.n, (self.both + self.second_only) / self.n

    @property
    def difference(self) -> float:
        """Accuracy of the second less that of the first, in [-1, 1]."""
        return (self.second_only - self.first_only) / self.n

    @property
    def difference_ci95(self) -> tuple[float, float]:
        """Newcombe's interval of the difference, see `newcombe_paired`."""
        return newcombe_paired(self)

    @property
    def p(self) -> float:
        """McNemar's exact test, see `mcnemar_exact`."""
        return mcnemar_exact(self.first_only, self.second_only)


def pair(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Answers of two runs side by side, on the samples that both answered.

    Args:
        first: columns sample, label, predicted, confidence, one row a sample.
        second: the same.

    Returns:
        Columns sample, label, predicted_first, confidence_first, right_first (bool), and the same with _second; in the order
        of `first`.

    Raises:
        InputError: a column is missing, a sample comes twice, or has another label in the second than in the first.
    """
    for side in (first, second):
        require_columns(side, _ANSWERS, "Answers")
        if side["sample"].duplicated().any():
            raise InputError("Answers must hold each sample once; predict the split again.")
    rows = first[list(_ANSWERS)].merge(second[list(_ANSWERS)], on="sample", suffixes=("_first", "_second"))
    if (rows["label_first"] != rows["label_second"]).any():
        raise InputError("The two runs were asked about the same samples with different labels; predict the split again.")
    rows = rows.rename(columns={"label_first": "label"}).drop(columns="label_second")
    return rows.assign(
        right_first=rows["predicted_first"] == rows["label"], right_second=rows["predicted_second"] == rows["label"]
    )


def count_pairs(pairs: pd.DataFrame) -> Paired:
    """The four counts of a table from `pair`.

    Raises:
        InputError: there is no sample.
    """
    if pairs.empty:
        raise InputError("The runs have no sample in common; choose runs that know the same classes.")
    first, second = pairs["right_first"].to_numpy(bool), pairs["right_second"].to_numpy(bool)
    return Paired(
        both=int((first & second).sum()),
        first_only=int((first & ~second).sum()),
        second_only=int((~first & second).sum()),
        neither=int((~first & ~second).sum()),
    )


def newcombe_paired(counts: Paired) -> tuple[float, float]:
    """95 % interval of the difference of paired shares, second less first: method 10 of Newcombe (1998).

    Wilson's limits of both shares, combined with their correlation, which is corrected for continuity;
    doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.

    Returns:
        Lower and upper limit, in [-1, 1].

    Raises:
        InputError: there is no sample.
    """
    n = counts.n
    low_first, high_first = wilson(counts.both + counts.first_only, n)
    low_second, high_second = wilson(counts.both + counts.second_only, n)
    first, second = counts.accuracy
    margins = (
        (counts.both + counts.first_only)
        * (counts.second_only + counts.neither)
        * (counts.both + counts.second_only)
        * (counts.first_only + counts.neither)
    )
    cross = counts.both * counts.neither - counts.first_only * counts.second_only
    corrected = max(cross - n / 2, 0.0) if cross > 0 else float(cross)
    phi = corrected / sqrt(margins) if margins else 0.0
    down, up = second - low_second, high_first - first
    lower = second - first - sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    up, down = high_second - second, first - low_first
    upper = second - first + sqrt(max(0.0, up**2 - 2 * phi * up * down + down**2))
    return max(-1.0, lower), min(1.0, upper)


def mcnemar_exact(first_only: int, second_only: int) -> float:
    """Two-sided exact p value of McNemar's test (1947, doi:10.1007/BF02295996): are both as often right where they differ?

    Args:
        first_only: samples that only the first gets right.
        second_only: samples that only the second gets right.

    Returns:
        Probability, were both equally good, of a split as uneven as this one; 1 when they never differ.

    Raises:
        InputError: a count is negative.
    """
    if min(first_only, second_only) < 0:
        raise InputError(f"Counts must be 0 or more; got {first_only} and {second_only}.")
    from scipy.special import bdtr

    total = first_only + second_only
    return min(1.0, 2 * float(bdtr(float(min(first_only, second_only)), total, 0.5))) if total else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for being several, in the same order (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    Raises:
        InputError: a value outside [0, 1].
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise InputError(f"P values must be from 0 to 1; got {', '.join(map(str, p_values))}.")
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def against_first(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The first of several runs against each other one, all on the samples that every one of them answered.

    Args:
        runs: {id: answers as in `pair`}, at least two.

    Returns:
        One row a run, in their order: run, n, correct, accuracy, low, high (95 %, Wilson), and against the first one difference,
        difference_low, difference_high (95 %, Newcombe), lost (only the first is right), won (only this run is right), p
        (McNemar, exact), p_holm (corrected for their number); the row of the first holds NaN there, and 0 for lost and won.

    Raises:
        InputError: fewer than two runs, no sample in common, or as in `pair`.
    """
    if len(runs) < 2:
        raise InputError(f"A comparison needs at least 2 runs; got {len(runs)}.")
    names = list(runs)
    common = common_samples(runs)
    reference = runs[names[0]][runs[names[0]]["sample"].isin(common)]
    pairs = [count_pairs(pair(reference, runs[name])) for name in names]
    corrected = [float("nan"), *holm([paired.p for paired in pairs[1:]])]
    nothing = float("nan")
    rows = []
    for place, (name, paired) in enumerate(zip(names, pairs, strict=True)):
        correct = paired.both + paired.second_only
        against = (paired.difference, *paired.difference_ci95, paired.first_only, paired.second_only, paired.p)
        rows.append(
            (
                name,
                paired.n,
                correct,
                paired.accuracy[1],
                *wilson(correct, paired.n),
                *(against if place else (nothing, nothing, nothing, 0, 0, nothing)),
                corrected[place],
            )
        )
    columns = ["run", "n", "correct", "accuracy", "low", "high", "difference", "difference_low", "difference_high"]
    return pd.DataFrame(rows, columns=[*columns, "lost", "won", "p", "p_holm"])


def common_samples(runs: Mapping[str, pd.DataFrame]) -> set[int]:
    """Ids of the samples that every run answered."""
    return set.intersection(*(set(answers["sample"].tolist()) for answers in runs.values())) if runs else set()


def recall_changes(pairs: pd.DataFrame) -> pd.DataFrame:
    """What each class gains or loses from the first run to the second.

    Args:
        pairs: as from `pair`.

    Returns:
        One row a class that has samples, the largest loss first: class, n, first, second (recall), difference, low, high (95 %,
        Newcombe), lost (only the first is right), won (only the second is right).
    """
    rows = []
    for name in in_order(set(pairs["label"])):
        counts = count_pairs(pairs[pairs["label"] == name])
        rows.append(
            (name, counts.n, *counts.accuracy, counts.difference, *counts.difference_ci95, counts.first_only, counts.second_only)
        )
    columns = ["class", "n", "first", "second", "difference", "low", "high", "lost", "won"]
    return pd.DataFrame(rows, columns=columns).sort_values("difference", kind="stable", ignore_index=True)


def disagreements(pairs: pd.DataFrame, *, right: str) -> pd.DataFrame:
    """Samples that one run gets right and the other wrong, those first that the other was surest about.

    Args:
        pairs: as from `pair`.
        right: which run is right: "first" or "second".

    Returns:
        Columns sample, label, predicted (the wrong answer), confidence (in it).

    Raises:
        InputError: another word for `right`.
    """
    if right not in ("first", "second"):
        raise InputError(f"Right must be first or second; got '{right}'.")
    wrong = "second" if right == "first" else "first"
    rows = pairs[pairs[f"right_{right}"] & ~pairs[f"right_{wrong}"]]
    rows = rows[["sample", "label", f"predicted_{wrong}", f"confidence_{wrong}"]]
    rows = rows.rename(columns={f"predicted_{wrong}": "predicted", f"confidence_{wrong}": "confidence"})
    return rows.sort_values(["confidence", "sample"], ascending=[False, True], ignore_index=True)


def config_differences(configs: Mapping[str, RunConfig]) -> pd.DataFrame:
    """The settings in which runs differ.

    Args:
        configs: {id: what the run was started with}.

    Returns:
        Column setting (str, nested ones as `augmentation.flip`) and one a run with its value in words (str); a row for each
        setting that is not the same in all runs, in the order of the configuration.
    """
    flat = {run: _flat(config.model_dump()) for run, config in configs.items()}
    settings = list(dict.fromkeys(key for values in flat.values() for key in values))
    rows = [{"setting": key, **{run: values.get(key, "–") for run, values in flat.items()}} for key in settings]
    differing = [row for row in rows if len({row[run] for run in flat}) > 1]
    return pd.DataFrame(differing, columns=["setting", *flat])


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= {before + key: "on", **_flat(value, f"{before}{key}.")}
        else:
            flat[before + key] = _words(value)
    return flat


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
