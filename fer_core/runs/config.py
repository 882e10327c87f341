"""What a run is asked to do: one frozen model, reached alike from the form and from `--set`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from fer_core.backbones import BACKBONES
from fer_core.errors import InputError
from fer_core.runs.presets import PRESETS, Preset

PhaseName = Literal["head", "partial", "full"]
Judge = Literal["imported", "crowd"]
"""Labels that answers are scored by: the imported ones, or the annotators' favourites."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Augmentation(_Frozen):
    """Random changes to training faces; every range is symmetric around no change."""

    flip: bool = True
    rotation: float = Field(default=12.0, ge=0, le=45, description="degrees, plus or minus")
    zoom: float = Field(default=0.15, ge=0, le=0.5, description="share of the size, plus or minus")
    shift: float = Field(default=0.08, ge=0, le=0.3, description="share of the side, plus or minus")
    contrast: float = Field(default=0.3, ge=0, le=0.8, description="factor 1 plus or minus")
    brightness: float = Field(default=0.1, ge=0, le=0.5, description="share of the grey range, plus or minus")
    erase: float = Field(default=0.5, ge=0, le=1, description="probability of a grey patch")
    gamma: float = Field(default=0.0, ge=0, le=1, description="grey values to the power of 2 to plus or minus this")
    light: float = Field(default=0.0, ge=0, le=0.9, description="shadow from one side, at most this deep")
    glasses: float = Field(default=0.0, ge=0, le=1, description="probability that glasses are drawn")
    mixup: float = Field(default=0.0, ge=0, le=1, description="faces are blended in pairs, shares from Beta(a, a); 0 never")


class RunConfig(_Frozen):
    """A fine-tuning run: head on the frozen backbone, then from one block up, then all layers; 0 epochs skip a phase."""

    dataset: str
    preset: Preset = "standard"
    labels: Literal["imported", "edited", "crowd"] = Field(
        default="imported", description="crowd: shares of the annotators' votes are learned, their favourite judges"
    )
    train_share: float = Field(default=1.0, gt=0, le=1, description="share of the training faces of each class that is used")
    fold: str = Field(
        default="", description="2/10: of ten groups of persons the second is test, and validation is cut by person; empty: none"
    )
    drop_duplicates: bool = Field(default=True, description="leave out training faces that are duplicates of validation or test")
    backbone: str = "mobilenet"
    weights: Literal["imagenet", "random"] = "imagenet"
    weights_file: str | None = Field(
        default=None, description="a .weights.h5 file, or a run's model.keras, to start from; overrides the search"
    )
    resolution: int = Field(default=96, ge=32, le=224, description="pixels per side that the backbone sees")
    fine_map: bool = Field(default=True, description="remove the last stride, so that the final map is twice as fine (mobilenet)")
    dropout: float = Field(default=0.3, ge=0, le=0.9)

    head_epochs: int = Field(default=1, ge=0, le=200)
    head_learning_rate: float = Field(default=2e-3, gt=0, le=1)
    head_features: Literal["cached", "augmented"] = Field(
        default="augmented", description="cached: frozen features are computed once and kept, so no augmentation in this phase"
    )
    partial_epochs: int = Field(default=0, ge=0, le=200)
    partial_learning_rate: float = Field(default=8e-4, gt=0, le=1)
    partial_from: str = Field(default="", description="first block that is trained in the partial phase; empty: the middle one")
    full_epochs: int = Field(default=8, ge=0, le=200)
    start_epochs: int = Field(default=0, ge=0, le=200, description="first epochs of the full phase, at start_resolution")
    start_resolution: int = Field(default=64, ge=32, le=224, description="pixels per side in the first epochs of the full phase")
    full_learning_rate: float = Field(default=8e-4, gt=0, le=1)
    batch_norm: Literal["adapt", "frozen"] = Field(default="adapt", description="batch normalisation in trained blocks")

    batch_size: int = Field(default=32, ge=1, le=512)
    weight_decay: float = Field(default=5e-3, ge=0, le=0.5)
    label_smoothing: float = Field(default=0.1, ge=0, le=0.5)
    class_weighting: Literal["none", "balanced", "sqrt"] = "none"
    logit_adjustment: float = Field(default=0.0, ge=0, le=2, description="how much the loss makes up for rare classes")
    ema: float = Field(default=0.0, ge=0, le=0.9999, description="running average of the weights: share kept at each step")
    teachers: tuple[str, ...] = Field(default=(), description="ids of runs whose answers are learned beside the labels")
    teacher_faces: Literal["all", "unmet"] = Field(
        default="all", description="unmet: a teacher answers only for faces that it was not trained on (cross-fitting)"
    )
    teacher_votes: bool = Field(default=False, description="annotators' votes teach too, joined with the teachers' answers")
    teacher_weight: float = Field(default=0.5, ge=0, le=1, description="share of the teachers' answers in the targets")
    augmentation: Augmentation | None = Augmentation()
    early_stopping: int = Field(default=0, ge=0, le=50, description="epochs without a better score; 0 never stops early")
    monitor: Literal["accuracy", "macro_f1", "loss"] = Field(default="accuracy", description="names the best epoch")
    flip: bool = Field(default=True, description="average with the mirrored face when the finished run predicts")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of matrix products in training; auto: bfloat16 where this processor gains by it"
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @field_validator("teachers", mode="before")
    @classmethod
    def _separate(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        number, _, folds = self.fold.partition("/")
        if self.fold and not (number.isdecimal() and folds.isdecimal() and 1 <= int(number) <= int(folds) and int(folds) > 1):
            raise ValueError(f"fold must be such as 2/10, the second of ten; got '{self.fold}'")
        if self.backbone not in BACKBONES:
            raise ValueError(f"backbone must be one of {', '.join(BACKBONES)}; got '{self.backbone}'")
        backbone = BACKBONES[self.backbone]
        if self.resolution < backbone.min_resolution:
            raise ValueError(f"resolution must be at least {backbone.min_resolution} for {self.backbone}; got {self.resolution}")
        if self.start_epochs and self.start_resolution < backbone.min_resolution:
            raise ValueError(
                f"start_resolution must be at least {backbone.min_resolution} for {self.backbone}; got {self.start_resolution}"
            )
        if self.fine_map and backbone.last_stride is None:
            raise ValueError(f"fine_map must be false for {self.backbone}; got '{self.fine_map}'")
        if self.partial_from and self.partial_from not in backbone.blocks:
            raise ValueError(f"partial_from must be one of {', '.join(backbone.blocks)}; got '{self.partial_from}'")
        if self.head_epochs + self.partial_epochs + self.full_epochs == 0:
            raise ValueError("at least one of head_epochs, partial_epochs and full_epochs must be above 0")
        return self


_WITHOUT_NORMALISATION = 20
"""Learning rates of a preset are divided by this where a network has no batch normalisation (VGG16), or undo its features."""


def preset_config(dataset: str, preset: str = "standard", /, **changes: Any) -> RunConfig:
    """The RunConfig of a preset, with `changes` on top; dotted keys reach into nested values.

    Values may be strings as they are typed on the command line (`augmentation=none`, `augmentation.flip=false`).

    Raises:
        InputError: unknown preset or key, or a value outside its range, with what is allowed.
    """
    recipe = next((row for name, row in PRESETS.items() if name == preset), None)
    if recipe is None:
        raise InputError(f"Preset must be one of {', '.join(PRESETS)}; got '{preset}'.")
    for key in ("dataset", "preset"):
        if key in changes:
            raise InputError(f"The {key} is an argument of its own and no setting to change; got {key}={changes[key]}.")
    values: dict[str, Any] = {"dataset": dataset, "preset": preset, **recipe.changes}
    backbone = BACKBONES.get(str(changes.get("backbone", "mobilenet")))
    if backbone is not None and backbone.last_stride is None:
        values["fine_map"] = False
    if backbone is not None and not backbone.has_batch_norm:
        for phase in ("partial", "full"):
            rate = RunConfig.model_fields[f"{phase}_learning_rate"].default
            values[f"{phase}_learning_rate"] = recipe.changes.get(f"{phase}_learning_rate", rate) / _WITHOUT_NORMALISATION
    return _validated(_merged(values, changes))


def preset_of(config: RunConfig) -> Preset:
    """The preset whose recipe a config is nearest to, whatever it was called when the run began.

    Until there was `frozen`, its recipe, a head on kept features, was called `quick`.
    """
    on_kept_features = any(phase.cached for phase in phases(config))
    return "frozen" if config.preset == "quick" and on_kept_features else config.preset


def _merged(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = json.loads(json.dumps(values, default=lambda model: model.model_dump()))
    for key, value in changes.items():
        typed = None if isinstance(value, str) and value.lower() == "none" and key in ("augmentation", "weights_file") else value
        head, _, tail = key.partition(".")
        if tail and head != "augmentation":
            raise InputError(_unknown(key))
        if not tail:
            merged[head] = typed.model_dump() if isinstance(typed, BaseModel) else typed
            continue
        nested = merged.get(head)
        merged[head] = {**(nested if isinstance(nested, dict) else Augmentation().model_dump()), tail: typed}
    return merged


def _validated(values: dict[str, Any]) -> RunConfig:
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise InputError(_sentence(error)) from error


@dataclass(frozen=True)
class Phase:
    """One phase of a run.

    Attributes:
        name: `head` (frozen backbone), `partial` (from one block up) or `full` (all layers).
        epochs: most epochs it may take.
        learning_rate: peak of its schedule.
        first_block: first trained block of the backbone; None for the head alone.
        cached: True when the head is trained on features that are computed once.
    """

    name: PhaseName
    epochs: int
    learning_rate: float
    first_block: str | None
    cached: bool = False


def phases(config: RunConfig) -> list[Phase]:
    """The phases of a config that have epochs, in the order in which they run."""
    blocks = BACKBONES[config.backbone].blocks
    middle = config.partial_from or blocks[len(blocks) // 2]
    planned = [
        Phase("head", config.head_epochs, config.head_learning_rate, None, config.head_features == "cached"),
        Phase("partial", config.partial_epochs, config.partial_learning_rate, middle),
        Phase("full", config.full_epochs, config.full_learning_rate, blocks[0]),
    ]
    return [phase for phase in planned if phase.epochs > 0]


def allowed(key: str) -> str:
    """What a setting may be, in words: `0 to 200`, `one of none, balanced, sqrt`, `true or false`.

    Args:
        key: a field of RunConfig, or `augmentation.` and one of Augmentation.
    """
    about = _field(key)
    if get_origin(about.annotation) is Literal:
        return f"one of {', '.join(get_args(about.annotation))}"
    if about.annotation is bool:
        return "true or false"
    low, high = limits(key)
    if high is None:
        return _FREE.get(key, "a text")
    above = any(hasattr(rule, "gt") for rule in about.metadata)
    return f"above {_plain(low)} and at most {_plain(high)}" if above else f"{_plain(low)} to {_plain(high)}"


def limits(key: str) -> tuple[float | None, float | None]:
    """Lowest and highest value of a setting; None where it is no number. A lowest value of `gt` is itself not allowed."""
    bounds = {name: getattr(rule, name) for rule in _field(key).metadata for name in ("ge", "gt", "le") if hasattr(rule, name)}
    return bounds.get("ge", bounds.get("gt")), bounds.get("le")


def is_whole(key: str) -> bool:
    """Whether a setting is a whole number; False for one that there is not."""
    part = key.partition(".")[2] if "." in key else key
    fields = Augmentation.model_fields if "." in key else RunConfig.model_fields
    return part in fields and fields[part].annotation is int


_FREE = {
    "fold": "such as 2/10, or empty",
    "teachers": "ids of runs, separated by commas",
    "augmentation": "none, or set by its parts, such as augmentation.flip",
    "weights_file": "the path of a file, or none",
}


def _field(key: str) -> FieldInfo:
    return Augmentation.model_fields[key.partition(".")[2]] if "." in key else RunConfig.model_fields[key]


def _plain(number: float | None) -> str:
    return "" if number is None else str(int(number)) if float(number).is_integer() else f"{number:g}"


def _unknown(key: str) -> str:
    parts = [f"augmentation.{name}" for name in Augmentation.model_fields]
    names = [name for name in RunConfig.model_fields if name not in ("dataset", "preset")]
    return f"There is no setting '{key}'; allowed are {', '.join(parts if key.startswith('augmentation.') else names + parts)}."


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    if first["type"] == "extra_forbidden":
        return _unknown(key)
    if not key:
        return first["msg"].removeprefix("Value error, ").rstrip(".") + "."
    annotation = _field(key).annotation
    kind = "a whole number, " if annotation is int else "a number, " if annotation is float else ""
    outside = first["type"] in ("greater_than", "greater_than_equal", "less_than_equal")
    return f"{key} must be {'' if outside else kind}{allowed(key)}; got '{first['input']}'."
