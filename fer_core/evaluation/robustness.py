"""How a run's answers suffer when faces are blurred, noisy, badly lit, turned or covered: the same faces, five strengths each."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import processes
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.errors import RunError
from fer_core.evaluation.comparison import Paired, newcombe_paired
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.evaluation.metrics import confusion_matrix, macro_f1
from fer_core.evaluation.sampling import draw_stratified, known_samples
from fer_core.photos.corruption import CORRUPTIONS, version
from fer_core.predictor import Predictor, load_predictor
from fer_core.progress import Progress, Stop, never, part, silent
from fer_core.runs import Run, open_run
from fer_core.runs.records import CorruptedAnswers, RobustnessRecord, read_robustness, write_robustness
from fer_core.runs.version import deciding_digest, model_digest

_RESAMPLES = 500
_BLOCK_BYTES = 16_000_000


@dataclass(frozen=True)
class Robustness:
    """Scores of a run on corrupted faces; shares are in [0, 1], intervals are (low, high) at 95 %.

    Attributes:
        record: the answers that were counted.
        accuracy: on the same faces as they are.
        accuracy_ci95: Wilson interval.
        macro_f1: on the same faces as they are.
        macro_f1_ci95: percentile bootstrap.
        majority_baseline: accuracy of always answering with the most frequent class of these faces.
        table: one row per corruption and strength, in the order of `CORRUPTIONS`: corruption (its name), title, unit, level
            (1 to 5), strength (in the unit), n, accuracy, low, high (Wilson), macro_f1, f1_low, f1_high (bootstrap), drop
            (accuracy lost against the same faces as they are), drop_low, drop_high (paired, Newcombe).
    """

    record: RobustnessRecord
    accuracy: float
    accuracy_ci95: tuple[float, float]
    macro_f1: float
    macro_f1_ci95: tuple[float, float]
    majority_baseline: float
    table: pd.DataFrame

    @property
    def worst(self) -> dict[str, Any]:
        """The row with the lowest accuracy."""
        return _rows(self.table.nsmallest(1, "accuracy"))[0]

    @property
    def worst_when_mild(self) -> dict[str, Any]:
        """The row of the mildest strength with the lowest accuracy."""
        return _rows(self.table[self.table["level"] == 1].nsmallest(1, "accuracy"))[0]

    def to_dict(self) -> dict[str, Any]:
        """Build the document of `robustness --json`: plain types, numbers unrounded; a corruption is called `disturbance`."""
        rows = [_with_json_key(row) for row in _rows(self.table)]
        about = self.record.model_dump(exclude={"classes", "clean", "corrupted", "model"})
        return {
            **about,
            "classes": list(self.record.classes),
            "accuracy": self.accuracy,
            "accuracy_ci95": list(self.accuracy_ci95),
            "macro_f1": self.macro_f1,
            "macro_f1_ci95": list(self.macro_f1_ci95),
            "majority_baseline": self.majority_baseline,
            "disturbances": {name: [row for row in rows if row["disturbance"] == name] for name in CORRUPTIONS},
            "worst": _with_json_key(self.worst),
        }


def measure(
    run: Run,
    dataset: Dataset,
    split: str = "test",
    *,
    load: Callable[[Run], Predictor] = load_predictor,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Robustness:
    """Have a run answer the faces of a split as they are and corrupted in every way; the counts are kept with the run.

    Args:
        run: the run.
        dataset: the faces; those of classes that the run does not know are left out.
        split: train, validation or test.
        load: makes the run's predictor.
        limit: at most so many faces, drawn at random with the classes in proportion; all when None.
        seed: of that draw and of the noise.
        progress: called with the share done, 0 to 1, and what is measured.

    Raises:
        InputError: unknown split, too few faces, or a limit below `sampling.LEAST`.
        RunError: the run has no model.
    """
    samples = known_samples(run, dataset, split, limit)
    picked = samples.iloc[draw_stratified(samples["label"], limit or len(samples), seed)]
    started = time.monotonic()
    predictor, truth = load(run), picked["label"].to_numpy(object)
    clean, corrupted = _count(predictor, dataset, picked["id"].to_numpy(), truth, seed, progress)
    record = RobustnessRecord(
        dataset=dataset.name,
        fingerprint=dataset.meta.fingerprint,
        split=split,
        version=version(),
        model=deciding_digest(model_digest(run.model_file), predictor.calibration),
        flip=predictor.calibration.flip,
        n=len(picked),
        of=len(samples),
        seed=seed,
        classes=predictor.classes,
        clean=clean,
        corrupted=corrupted,
        seconds=time.monotonic() - started,
    )
    with suppress(OSError):  # a disk that is full or may not be written costs the keeping, not the answer
        write_robustness(run.own, record)
    return summarise(record)


def kept(run: Run, fingerprint: str, split: str, *, n: int | None = None) -> RobustnessRecord | None:
    """Read what was measured of this run, its model, its flip and these corruptions: `n` faces, or the most; None for nothing.

    Args:
        run: the run.
        fingerprint: of the data set.
        split: train, validation or test.
        n: faces that must have been measured; any number when None.
    """
    records = read_robustness((run.own, run.path), fingerprint, split, version())
    calibration = run.calibration()
    flip, model = calibration.flip, deciding_digest(model_digest(run.model_file), calibration) if records else ""
    return next((record for record in records if record.model == model and record.flip == flip and n in (None, record.n)), None)


def summarise(record: RobustnessRecord) -> Robustness:
    """Scores and intervals from counted answers.

    Raises:
        RunError: the record does not fit the corruptions as they are now.
    """
    clean = np.array(record.clean, np.int64)
    hits, n = int(np.trace(clean)), record.n
    rows = []
    for answers in record.corrupted:
        corruption = CORRUPTIONS.get(answers.corruption)
        if corruption is None or answers.strength not in corruption.strengths:
            raise RunError("The robustness kept with this run is of other corruptions; measure it again.")
        matrix = np.array(answers.confusion, np.int64)
        correct = int(np.trace(matrix))
        both = hits - answers.lost
        paired = Paired(both, answers.lost, answers.gained, n - both - answers.lost - answers.gained)
        low, high = newcombe_paired(paired)
        rows.append(
            {
                "corruption": corruption.name,
                "title": corruption.title,
                "unit": corruption.unit,
                "level": corruption.strengths.index(answers.strength) + 1,
                "strength": answers.strength,
                "n": n,
                "accuracy": correct / n,
                **dict(zip(("low", "high"), wilson(correct, n), strict=True)),
                "macro_f1": float(macro_f1(matrix)),
                **dict(zip(("f1_low", "f1_high"), bootstrap_interval(matrix, macro_f1, resamples=_RESAMPLES), strict=True)),
                "drop": (hits - correct) / n,
                "drop_low": -high,
                "drop_high": -low,
            }
        )
    return Robustness(
        record=record,
        accuracy=hits / n,
        accuracy_ci95=wilson(hits, n),
        macro_f1=float(macro_f1(clean)),
        macro_f1_ci95=bootstrap_interval(clean, macro_f1, resamples=_RESAMPLES),
        majority_baseline=float(clean.sum(axis=1).max() / n),
        table=pd.DataFrame(rows),
    )


def measure_in_process(
    run: Run, dataset: Dataset, split: str, *, limit: int | None = None, progress: Progress = silent, stop: Stop = never
) -> RobustnessRecord:
    """Measure robustness, as `measure` does, in another process at a lower priority while this one waits.

    Raises:
        InputError: as in `measure`, before the process is started.
        RunError: the process could not start, met a FerError, or died; Stopped: `stop` said so.
    """
    known_samples(run, dataset, split, limit)
    return processes.call(_measure_of, run.id, dataset.name, split, limit, error=RunError, progress=progress, stop=stop)


def _measure_of(run: str, dataset: str, split: str, limit: int | None, *, progress: Progress) -> RobustnessRecord:
    return measure(open_run(run), open_dataset(dataset), split, limit=limit, progress=progress).record


def _count(
    predictor: Predictor, dataset: Dataset, ids: NDArray[np.int64], truth: NDArray[np.object_], seed: int, progress: Progress
) -> tuple[list[list[int]], list[CorruptedAnswers]]:
    """Count answers to the faces as they are, and corrupted in every way; faces are read block by block."""
    names = np.array(predictor.classes, object)
    ways = [(corruption, strength) for corruption in CORRUPTIONS.values() for strength in corruption.strengths]
    # Each way has its own noise, which goes on from block to block as if all faces had come at once.
    noises = [np.random.default_rng(seed) for _ in ways]
    counts = np.zeros((1 + len(ways), len(names), len(names)), np.int64)
    changed = np.zeros((len(ways), 2), np.int64)
    step = max(1, _BLOCK_BYTES // int(np.prod(dataset.images.shape[1:])))

    for start in range(0, len(ids), step):
        part_of = truth[start : start + step]
        faces = predictor.fitted(dataset.images[ids[start : start + step]])

        def answer(images: NDArray[np.uint8], place: int, words: str, start: int = start) -> NDArray[np.object_]:
            ends = [(start + (done * len(images)) / (1 + len(ways))) / len(ids) for done in (place, place + 1)]
            logits = predictor.logits(images, progress=part(progress, ends[0], ends[1], words))
            return names[logits.argmax(axis=1)]

        before = answer(faces, 0, "Faces as they are")
        counts[0] += confusion_matrix(part_of, before, predictor.classes)
        right = before == part_of
        for place, (corruption, strength) in enumerate(ways):
            words = f"{corruption.title}, {strength:g} {corruption.unit}"
            after = answer(corruption.apply(faces, strength, noises[place]), 1 + place, words)
            counts[1 + place] += confusion_matrix(part_of, after, predictor.classes)
            now = after == part_of
            changed[place] += int((right & ~now).sum()), int((now & ~right).sum())
    corrupted = [
        CorruptedAnswers(
            corruption=corruption.name,
            strength=strength,
            confusion=counts[1 + place].tolist(),
            lost=int(changed[place, 0]),
            gained=int(changed[place, 1]),
        )
        for place, (corruption, strength) in enumerate(ways)
    ]
    return counts[0].tolist(), corrupted


def _with_json_key(row: dict[str, Any]) -> dict[str, Any]:
    """Rename the corruption of a row as scripts read it."""
    return {"disturbance" if key == "corruption" else key: value for key, value in row.items()}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain types."""
    return [
        {str(key): value.item() if isinstance(value, np.generic) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]
