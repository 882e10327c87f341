"""The form of a run's recipe: what it returns goes through `preset_config`, as the command line's `--set` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.backbones import BACKBONES
from fer_core.runs.config import Augmentation, RunConfig, limits, preset_config
from fer_core.runs.presets import PRESETS
from pages.train.parts import network_form

_GENERATION = "recipe_generation"
_STARTS = "recipe_starts"
_FINE = {
    **dict.fromkeys(("head_learning_rate", "partial_learning_rate", "full_learning_rate", "weight_decay"), (0.0001, "%.4f")),
    "ema": (0.0005, "%.4f"),
    "train_share": (0.05, "%.3f"),
}
_ADVANCED: dict[str, tuple[str, str]] = {
    "ema": (
        "Averaged weights",
        "A running average of the weights over the last steps is judged and kept instead of the newest ones: it errs less and "
        "swings less. 0.999 remembers about 1,000 steps; 0 averages nothing (Polyak, Juditsky 1992).",
    ),
    "logit_adjustment": (
        "Help for rare classes",
        "Makes up in the loss for classes that are rare in the training faces; 0 does nothing, 1 aims at the same recall for "
        "every class (Menon et al. 2021, logit adjustment).",
    ),
    "start_epochs": (
        "Epochs with small faces",
        "The first epochs of phase 3 run at a smaller resolution and take less time each; 0 leaves them out "
        "(progressive resizing; Tan, Le 2021).",
    ),
    "start_resolution": ("Their resolution", "Pixels per side in those first epochs."),
    "train_share": (
        "Share of the faces",
        "Trains on a part of each class alone, the same one for the same seed: shows what fewer labels cost.",
    ),
    "teacher_weight": (
        "Weight of the teachers",
        "Share of the teachers' answers in what is learned; the labels have the rest. Without a teacher it has no effect.",
    ),
}
_MIXUP = "Faces and labels are blended in pairs; 0 never, 0.2 a little, 1 any share is as likely (Zhang et al. 2018, mixup)."


def preset_picker(time_of: Callable[[str], str]) -> str:
    """Choose a preset; another choice resets the rest of the form. `time_of` words a preset's duration on this machine."""
    return st.radio(
        "Preset",
        list(PRESETS),
        format_func=str.capitalize,
        captions=[f"{row.about} **{time_of(preset)}**" for preset, row in PRESETS.items()],
        key="recipe_preset",
        index=list(PRESETS).index("quick"),
        on_change=reset_form,
        persist_state="session",
    )


def reset_form() -> None:
    """Give every field its preset's value again, the network's included."""
    network_form.reset()
    _begin_form({})


def choose_recipe(preset: str, changes: Mapping[str, float]) -> None:
    """Choose a preset with some changes, and leave the network as it is; for callbacks."""
    st.session_state["recipe_preset"] = preset
    _begin_form(changes)


def _begin_form(changes: Mapping[str, float]) -> None:
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    st.session_state[_STARTS] = dict(changes)


def recipe_fields(dataset: str, preset: str, network: dict[str, Any]) -> dict[str, Any]:
    """Draw the groups of fields; returns what differs from the preset with this network."""
    base = preset_config(dataset, preset, **network)
    values: dict[str, Any] = {}
    with st.expander("Phases", icon=":material/stacks:", key="recipe_phases"):
        values |= _phases(base)
    with st.expander("Optimiser and stopping", icon=":material/tune:", key="recipe_optimiser"):
        values |= _optimiser(base)
    with st.expander("Faces and labels", icon=":material/face:", key="recipe_data"):
        values |= _data(base)
    with st.expander("Advanced", icon=":material/science:", key="recipe_advanced"):
        values |= _advanced(base)
    return {field: value for field, value in values.items() if value != getattr(base, field)}


def augmentation_fields(base: RunConfig) -> Augmentation | None:
    """Switch and ranges of the random changes to training faces."""
    default = base.augmentation or Augmentation()
    if not st.toggle(
        "Change faces at random in every epoch",
        value=base.augmentation is not None,
        key=_key("augmentation"),
        persist_state="session",
    ):
        return None
    values: dict[str, Any] = {}
    with st.container(horizontal=True):
        for field, label, step in (
            ("rotation", "Rotation, ± degrees", 1.0),
            ("zoom", "Zoom, ± share", 0.01),
            ("shift", "Shift, ± share", 0.01),
            ("contrast", "Contrast, ± factor", 0.05),
            ("brightness", "Brightness, ± share", 0.05),
            ("erase", "Grey patch, probability", 0.05),
            ("gamma", "Gamma, ± powers of 2", 0.05),
            ("light", "Shadow from a side, depth", 0.05),
            ("glasses", "Glasses, probability", 0.05),
            ("mixup", "Blending in pairs, strength", 0.05),
        ):
            low, high = map(float, limits(f"augmentation.{field}"))
            values[field] = st.slider(
                label,
                low,
                high,
                getattr(default, field),
                step,
                key=_key(field),
                width=200,
                persist_state="session",
                help=_MIXUP if field == "mixup" else None,
            )
    values["flip"] = st.toggle("Mirror half of the faces", value=default.flip, key=_key("mirror"), persist_state="session")
    return Augmentation(**values)


def _phases(base: RunConfig) -> dict[str, Any]:
    blocks = BACKBONES[base.backbone].blocks
    st.markdown("**1. Classifier**, on the frozen network")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values = _numbers(base, ("head_epochs", "Epochs"), ("head_learning_rate", "Learning rate"))
        values["head_features"] = _choice(
            base, "head_features", "Features", {"cached": "kept, no augmentation", "augmented": "computed anew"}, width=210
        )
    st.markdown("**2. Upper blocks**, from a chosen block up")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values |= _numbers(base, ("partial_epochs", "Epochs"), ("partial_learning_rate", "Learning rate"))
        names = {"": f"the middle one ({block_name(blocks[len(blocks) // 2])})"} | {block: block_name(block) for block in blocks}
        values["partial_from"] = _choice(base, "partial_from", "First trained block", names, suffix=base.backbone, width=210)
    st.markdown("**3. All layers**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values |= _numbers(base, ("full_epochs", "Epochs"), ("full_learning_rate", "Learning rate"))
        values["batch_norm"] = _choice(
            base, "batch_norm", "Batch normalisation", {"adapt": "adapts to faces", "frozen": "stays as it is"}, width=210
        )
    st.caption("0 epochs leave a phase out. Each phase starts from the best epoch of the one before.")
    return values


def _optimiser(base: RunConfig) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values = _numbers(
            base,
            ("batch_size", "Batch size"),
            ("weight_decay", "Weight decay"),
            ("label_smoothing", "Label smoothing"),
            ("dropout", "Dropout"),
            ("early_stopping", "Patience, epochs"),
        )
        names = {"accuracy": "accuracy", "macro_f1": "macro F1", "loss": "loss"}
        values["monitor"] = _choice(base, "monitor", "Best epoch by validation", names, width=190)
        values |= _numbers(base, ("seed", "Seed"))
    return values


def _data(base: RunConfig) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values = _numbers(base, ("resolution", "Resolution, pixels"), step=16)
        weighting = {"none": "none", "balanced": "balanced", "sqrt": "half-way (square root)"}
        values["class_weighting"] = _choice(base, "class_weighting", "Class weighting", weighting, width=210)
        labels = {"imported": "as imported", "edited": "as edited", "crowd": "the annotators' votes"}
        values["labels"] = _choice(base, "labels", "Labels", labels, width=190)
    if BACKBONES[base.backbone].last_stride is not None:
        values["fine_map"] = _switch(base, "fine_map", "Finer last map")
    values["flip"] = _switch(base, "flip", "Average with the mirrored face when it predicts")
    return values


def _advanced(base: RunConfig) -> dict[str, Any]:
    values = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for field, (label, about) in _ADVANCED.items():
            values[field] = _number(base, field, label, 16 if field == "start_resolution" else None, about)
        names = {"auto": "whichever is faster here", "float32": "32 bits", "bfloat16": "16 bits (bfloat16)"}
        values["precision"] = _choice(base, "precision", "Precision of products", names, width=230)
    values["drop_duplicates"] = _switch(base, "drop_duplicates", "Leave out duplicates of validation and test")
    finished = {run.id: run.about().name for run in runs.list_runs() if run.model_file.is_file()}
    values["teachers"] = tuple(
        st.multiselect(
            "Teachers",
            list(finished),
            default=[run for run in base.teachers if run in finished],
            format_func=lambda run: finished.get(run, run),
            placeholder="No teacher" if finished else "No run has ended with a model yet",
            disabled=not finished,
            key=_key("teachers"),
            persist_state="session",
            help="Runs that know the same classes, or some of them: their answers are learned beside the labels "
            "(distillation; Hinton, Vinyals, Dean 2015).",
        )
    )
    whose = {"all": "of all faces", "unmet": "of faces they were not trained on"}
    values["teacher_faces"] = _choice(base, "teacher_faces", "Answers of the teachers", whose, width=260)
    values["teacher_votes"] = _switch(base, "teacher_votes", "Learn from annotators' votes")
    return values


def block_name(block: str) -> str:
    """`stage_2_block_1` as it is written on a page."""
    return block.replace("_", " ")


def _numbers(base: RunConfig, *fields: tuple[str, str], step: int | None = None) -> dict[str, Any]:
    return {field: _number(base, field, label, step) for field, label in fields}


def _number(base: RunConfig, field: str, label: str, step: int | None, about: str | None = None) -> float | int:
    whole = isinstance(getattr(base, field), int)
    value = st.session_state.get(_STARTS, {}).get(field, getattr(base, field))
    kind: Callable[[Any], Any] = int if whole else float
    # A network without batch normalisation has rates of its own, which another network's must not follow.
    own = base.backbone if field.endswith("learning_rate") and not BACKBONES[base.backbone].has_batch_norm else ""
    low, high = map(kind, limits(field))
    step_size, digits = _FINE.get(field, (0.05, "%.2f"))
    return st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=kind(value),
        step=(step or 1) if whole else step_size,
        format=None if whole else digits,
        help=about or _sentence_case(RunConfig.model_fields[field].description),
        key=_key(field + own),
        width=125,
        persist_state="session",
    )


def _choice(base: RunConfig, field: str, label: str, names: dict[str, str], *, width: int, suffix: str = "") -> str:
    options = list(names)
    return st.selectbox(
        label,
        options,
        index=options.index(getattr(base, field)),
        format_func=names.__getitem__,
        help=_sentence_case(RunConfig.model_fields[field].description),
        key=_key(field + suffix),
        width=width,
        persist_state="session",
    )


def _switch(base: RunConfig, field: str, label: str) -> bool:
    about = _sentence_case(RunConfig.model_fields[field].description)
    return st.toggle(label, value=getattr(base, field), help=about, key=_key(field), persist_state="session")


def _sentence_case(text: str | None) -> str | None:
    return f"{text[0].upper()}{text[1:]}." if text else None


def _key(field: str) -> str:
    return f"recipe_{st.session_state.get(_GENERATION, 0)}_{field}"
