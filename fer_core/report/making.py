"""Sections of a card on how the network came to be: data, recipe, weights and curves."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.figures import theme
from fer_core.labels import display_name
from fer_core.report.blocks import Block, Chart, Charts, Heading, Table, Text
from fer_core.report.facts import Facts
from fer_core.report.svg import Line, line_chart
from fer_core.runs import SHIPPED
from fer_core.runs.config import RunConfig, preset_config, preset_of

MAIN = (
    *("backbone", "weights", "resolution", "fine_map", "head_epochs", "partial_epochs", "full_epochs", "head_learning_rate"),
    *("full_learning_rate", "batch_norm", "batch_size", "weight_decay", "label_smoothing", "dropout", "class_weighting"),
    *("augmentation", "monitor", "flip", "seed"),
)
"""Settings that a card always names; others only where they differ from the preset."""

_DASHED = "7 4"


def data(facts: Facts) -> list[Block]:
    """Faces by class and split, what was left out, and whose labels they carry."""
    training = facts.training
    counts = {**training.counts, **{split: _labels(facts, split) for split in facts.splits}}
    splits = [split for split in ("train", "validation", "test") if counts.get(split)]
    rows = [[display_name(name), *(numbers.count(counts[split].get(name, 0)) for split in splits)] for name in training.classes]
    rows.append(["All", *(numbers.count(sum(counts[split].values())) for split in splits)])
    return [
        Heading("Data"),
        Text(
            f"Data set {training.dataset}, fingerprint {training.fingerprint}"
            + (f", imported from {facts.dataset.meta.source}" if facts.dataset is not None else ", not imported at present")
            + f". {_whose_labels(facts)} Validation chose the best epoch; test chose nothing."
        ),
        Table("Faces by class and split", ["Class", *(display_name(split) for split in splits)], rows),
        Text(_left_out(facts)),
    ]


def recipe(facts: Facts) -> list[Block]:
    """The settings that matter, and those that differ from the preset; and the weights that it started from."""
    config = facts.config
    preset = preset_of(config)
    given = {**_settings(config), "preset": preset}
    usual = _preset(config)
    differ = {key for key in given if usual is not None and not _alike(given[key], usual.get(key))} - {
        "dataset",
        "preset",
        "labels",
    }
    rows = [
        [
            _named(key),
            _shown(key, given[key]),
            "" if usual is None else "the same" if key not in differ else _shown(key, usual.get(key)),
        ]
        for key in given
        if key in MAIN or key in differ
    ]
    parameters = f"{facts.training.parameters:,} parameters" if facts.training.parameters else "parameters not written down"
    phases = [
        f"{phase.get('name')}: at most {_epochs(phase.get('epochs', 0))}, {phase.get('trainable', 0):,} parameters trained"
        for phase in facts.training.phases
    ]
    return [
        Heading("Recipe"),
        Text(
            f"Preset {preset}, "
            + (f"{len(differ)} settings differ from it" if differ else "unchanged")
            + f"; {parameters}. Phases: {'; '.join(phases) or 'not written down'}."
        ),
        Text(f"Weights at the start: {facts.training.weights or 'not written down.'}{_whose_weights(facts)}"),
        Table("Settings", ("Setting", "This run", f"Preset {preset} today"), rows, words=True),
    ]


def curves(facts: Facts) -> list[Block]:
    """Loss and accuracy by epoch."""
    epochs = facts.epochs
    columns = [name for name in ("loss", "val_loss", "accuracy", "val_accuracy") if name in epochs]
    if "epoch" not in epochs or not any(epochs[name].map(_finite).any() for name in columns):
        return []
    best = facts.status.best_epoch
    drawn = []
    for title, name, percent in (("Loss", "loss", False), ("Accuracy", "accuracy", True)):
        lines = [
            Line(label, list(zip(epochs["epoch"], epochs[column].astype(float), strict=True)), tone, dash)
            for label, column, tone, dash in (
                ("Training", name, theme.TRAINING, ""),
                ("Validation", f"val_{name}", theme.VALIDATION, _DASHED),
            )
            if column in columns and epochs[column].map(_finite).any()
        ]
        if lines:
            words = f"{title} by epoch"
            drawn.append(Chart(words, line_chart(words, lines, x_title="Epoch", percent=percent, mark=best)))
    rows = [
        [
            f"{int(row['epoch'])}{' (best)' if row['epoch'] == best else ''}",
            str(row.get("phase", "")),
            *((numbers.percent if "accuracy" in name else numbers.decimal)(float(row[name])) for name in columns),
        ]
        for row in epochs.to_dict("records")
    ]
    heads = {
        "loss": "Loss",
        "val_loss": "Validation loss",
        "accuracy": "Accuracy",
        "val_accuracy": "Validation accuracy",
    }
    table = Table("Epochs", ["Epoch", "Phase", *(heads[name] for name in columns)], rows)
    said = f"The model is that of epoch {best}, marked as best. " if best else ""
    return [
        Heading("Curves"),
        Text(
            said + "Training figures are made with augmented faces and dropout, so that they may lie below those of validation."
        ),
        Charts(drawn, table),
    ]


def _labels(facts: Facts, split: str) -> dict[str, int]:
    """{class: faces} of a split that was scored; of validation as trained with, where that is written down."""
    written = facts.training.counts.get(split)
    return written or {name: row["n"] or 0 for name, row in facts.splits[split].evaluation.per_class.items()}  # type: ignore[misc]


def _whose_labels(facts: Facts) -> str:
    if facts.config.labels == "imported":
        return "Labels as imported."
    if facts.config.labels == "crowd":
        return "Annotators' votes: their shares are learned, and validation is judged by the annotators' favourite."
    if facts.dataset is None:
        return "Labels as edited by hand."
    imported, edited = (facts.dataset.split("train", labels=labels) for labels in ("imported", "edited"))
    both = edited.merge(imported[["id", "label"]], on="id", suffixes=("", "_imported"))
    relabelled = int((both["label"] != both["label_imported"]).sum())
    return (
        f"Labels as edited by hand: at present {relabelled:,} training faces are relabelled and "
        f"{len(imported) - len(edited):,} excluded."
    )


def _epochs(number: int) -> str:
    return f"{number} epoch{'' if number == 1 else 's'}"


def _left_out(facts: Facts) -> str:
    trained = sum(facts.training.counts.get("train", {}).values())
    duplicates, parts = facts.training.duplicates, []
    counts = facts.dataset.meta.counts.get("train", {}) if facts.dataset is not None else {}
    there = sum(n for name, n in counts.items() if name in facts.training.classes)
    if duplicates is not None:
        parts.append(f"{duplicates:,} training faces were left out as exact or near duplicates of validation or test faces.")
    elif there and there == trained:
        parts.append("No training face was left out, duplicates of validation or test faces neither.")
    else:
        parts.append("It is not written down whether duplicates of validation or test faces were left out of training.")
    if facts.dataset is not None:
        parts.append(f"Of {there:,} training faces in the data set, {trained:,} were trained on.")
        if skipped := facts.dataset.meta.skipped:
            names = ", ".join(f"{display_name(name)} {n:,}" for name, n in skipped.items())
            parts.append(f"Classes that were not chosen at import: {names}.")
    return " ".join(parts)


def _settings(config: RunConfig) -> dict[str, Any]:
    """{setting: value} as written down when the run began; settings that are younger than the run are left out."""
    return config.model_dump(exclude_unset=True)


def _preset(config: RunConfig) -> dict[str, Any] | None:
    """Describe the recipe of the preset as it is now; None when it does not go with the backbone any more."""
    try:
        usual = preset_config(config.dataset, preset_of(config), backbone=config.backbone).model_dump()
    except InputError:
        return None
    return {**usual, "backbone": RunConfig.model_fields["backbone"].default}


def _alike(given: Any, usual: Any) -> bool:
    """Whether a setting is the preset's, as far as it was written down."""
    if isinstance(given, dict) and isinstance(usual, dict):
        return all(value == usual.get(key) for key, value in given.items())
    return bool(given == usual)


def _named(key: str) -> str:
    """A setting in words: `head_learning_rate` -> `Head learning rate`."""
    return display_name(key.replace("_", " "))


def _whose_weights(facts: Facts) -> str:
    """Name the start of a run that ships, whose file of weights does not."""
    if facts.run.id not in SHIPPED or not facts.config.weights_file:
        return ""
    return " They are those of an earlier run of the same network, which started from the ImageNet weights."


def _shown(key: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(name, part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return Path(str(value)).name if key == "weights_file" else str(value) or "none"


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and isfinite(value)
