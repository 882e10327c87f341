"""What a viewer does about samples: decide, and take decisions back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fer_core.datasets.edits import ACTIONS, Action, Edit, Tag, Undo, append
from fer_core.datasets.store import Dataset, Labels
from fer_core.datasets.traits import TRAITS
from fer_core.errors import DatasetError, InputError, NotFoundError


def decide(dataset: Dataset, samples: Iterable[int], action: Action, *, label: str = "", origin: str = "") -> str:
    """Write down one decision about any number of samples; a relabelling to the imported label is kept as "keep".

    Args:
        dataset: where they are.
        samples: ids.
        action: "keep", "relabel" or "exclude".
        label: the new class, for "relabel" only.
        origin: where it was decided, a few words.

    Returns:
        Id of the step, for `undo`.

    Raises:
        InputError: no sample, an unknown action, or a label that is none of the data set's classes.
        NotFoundError: a sample is not in the data set, or the data set is gone.
        DatasetError: it could not be written; nothing changed.
    """
    return decide_each(dataset, {int(sample): (action, label) for sample in samples}, origin=origin)


def decide_each(dataset: Dataset, decided: Mapping[int, tuple[Action, str]], *, origin: str = "") -> str:
    """Write down a decision of its own about each of some samples, in one step; otherwise as `decide`.

    Args:
        dataset: where they are.
        decided: {id: (action, new class for "relabel", otherwise empty)}.
        origin: where it was decided, a few words.
    """
    _require_samples(dataset, list(decided))
    for action, label in set(decided.values()):
        if action not in ACTIONS:
            raise InputError(f"A decision is one of {', '.join(ACTIONS)}; got '{action}'.")
        if action != "relabel" and label:
            raise InputError(f"A new label is for relabelling only; got '{label}' for '{action}'.")
        if action == "relabel" and label not in dataset.meta.classes:
            raise InputError(f"A new label must be one of {', '.join(dataset.meta.classes)}; got '{label}'.")
    common: dict[str, Any] = {"time": now_utc(), "origin": origin[:80], "fingerprint": dataset.meta.fingerprint}
    batch = new_batch()
    rows = dataset.samples.iloc[list(decided)]
    lines = []
    for (sample, (action, label)), pixels, imported in zip(decided.items(), rows["hash"], rows["label"], strict=True):
        right = action == "relabel" and label == imported
        what: dict[str, Any] = {"action": "keep"} if right else {"action": action, "label": label}
        lines.append(Edit(sample=sample, hash=pixels, batch=batch, **what, **common))
    append(dataset.edits_file, lines)
    return batch


def tag(dataset: Dataset, samples: Iterable[int], trait: str, value: str, *, origin: str = "") -> None:
    """Write down what is to be seen of a face, for instance that it wears glasses; an empty value takes it back.

    Args:
        dataset: where the faces are; the tag holds for the same pixels in any later import under its name.
        samples: ids.
        trait: one of `traits.TRAITS`.
        value: one of its values, or empty.
        origin: where it was said, a few words.

    Raises:
        InputError: no sample, no such trait, or no such value of it.
        NotFoundError: a sample is not in the data set, or the data set is gone.
        DatasetError: it could not be written; nothing changed.
    """
    if trait not in TRAITS:
        raise InputError(f"A trait is one of {', '.join(TRAITS)}; got '{trait}'.")
    if value not in ("", *TRAITS[trait].values):
        raise InputError(f"{TRAITS[trait].title} is one of {', '.join(TRAITS[trait].values)}; got '{value}'.")
    ids = sorted({int(sample) for sample in samples})
    _require_samples(dataset, ids)
    common: dict[str, Any] = {"time": now_utc(), "origin": origin[:80], "fingerprint": dataset.meta.fingerprint}
    pixels = dataset.samples["hash"].iloc[ids]
    append(
        dataset.edits_file,
        [Tag(sample=sample, hash=own, trait=trait, value=value, **common) for sample, own in zip(ids, pixels, strict=True)],
    )


def undo(dataset: Dataset, batch: str, *, samples: Iterable[int] | None = None, origin: str = "") -> int:
    """Take a step back, or some of its samples; what was decided before the step has force again.

    Args:
        dataset: where it was made.
        batch: the step's id.
        samples: ids; None for the whole step.
        origin: where it was undone, a few words.

    Returns:
        Number of decisions that were taken back; 0 when the step was undone before.

    Raises:
        DatasetError: it could not be written; nothing changed.
    """
    step = dataset.edits().steps.get(batch, ())
    wanted = None if samples is None else set(samples)
    ids = [edit.sample for edit in step if wanted is None or edit.sample in wanted]
    if ids:
        common: dict[str, Any] = {
            "batch": batch,
            "time": now_utc(),
            "origin": origin[:80],
            "fingerprint": dataset.meta.fingerprint,
        }
        lines = [Undo(**common)] if wanted is None else [Undo(sample=sample, **common) for sample in ids]
        append(dataset.edits_file, lines)
    return len(ids)


def take_back(dataset: Dataset, samples: Iterable[int] | None = None, *, origin: str = "") -> int:
    """Take back every decision about these samples (of all samples for None): they count as never seen.

    Returns:
        Number of samples that had a decision in force.

    Raises:
        DatasetError: it could not be written; nothing changed.
    """
    log = dataset.edits()
    wanted = set(log.in_force) if samples is None else set(samples) & set(log.in_force)
    now = now_utc()
    lines = [
        Undo(batch=batch, sample=edit.sample, time=now, origin=origin[:80], fingerprint=dataset.meta.fingerprint)
        for batch, step in log.steps.items()
        for edit in step
        if edit.sample in wanted
    ]
    if lines:
        append(dataset.edits_file, lines)
    return len(wanted)


def require_trainable(dataset: Dataset, labels: Labels) -> None:
    """Refuse edits that leave too little to train on.

    Raises:
        DatasetError: a class has no training face left, or there is nothing left to validate on.
    """
    if labels == "imported":
        return
    counts = dataset.split("train", labels)["label"].value_counts()
    before = dataset.meta.counts["train"]
    gone = [name for name in dataset.meta.classes if before.get(name) and not counts.get(name)]
    if gone:
        raise DatasetError(
            f"With your edits the data set '{dataset.name}' has no training face of {', '.join(gone)} any more; "
            "take some of them back under My edits, or train on the labels as imported."
        )
    if sum(dataset.meta.counts["validation"].values()) and dataset.split("validation", labels).empty:
        raise DatasetError(
            f"With your edits the data set '{dataset.name}' has no validation face any more; "
            "take some of them back under My edits, or train on the labels as imported."
        )


def _require_samples(dataset: Dataset, samples: Sequence[int]) -> None:
    if not samples:
        raise InputError("Choose at least one face first.")
    low, high = min(samples), max(samples)
    if low < 0 or high >= dataset.meta.n:
        raise NotFoundError(f"The data set '{dataset.name}' has samples 0 to {dataset.meta.n - 1}; got {low} to {high}.")


def new_batch() -> str:
    """Id of a new step: 12 hex digits."""
    return secrets.token_hex(6)


def now_utc() -> str:
    """Write the time now, to the second: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
