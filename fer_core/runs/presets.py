"""What the presets are: recipes from the fastest to the best, each as what it changes of a `RunConfig`'s defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Preset = Literal["frozen", "quick", "standard", "full"]


@dataclass(frozen=True)
class Recipe:
    """One preset.

    Attributes:
        about: what is trained, in a sentence.
        changes: {field of RunConfig: value}, where it differs from the default.
    """

    about: str
    changes: dict[str, Any] = field(default_factory=dict)


PRESETS: dict[Preset, Recipe] = {
    "frozen": Recipe(
        "The network stays as it is: its features are computed once, and only a classifier on top learns. No augmentation.",
        {
            "head_epochs": 40,
            "head_learning_rate": 1e-3,
            "head_features": "cached",
            "full_epochs": 0,
            "augmentation": None,
            "dropout": 0.0,
            "label_smoothing": 0.0,
            "weight_decay": 1e-4,
            "batch_size": 128,
            "early_stopping": 10,
        },
    ),
    "quick": Recipe(
        "The upper half of the network learns for two epochs, on small faces that are changed only a little.",
        {
            "resolution": 64,
            "fine_map": False,
            "dropout": 0.0,
            "head_epochs": 0,
            "partial_epochs": 2,
            "partial_learning_rate": 4e-3,
            "full_epochs": 0,
            "batch_size": 64,
            "ema": 0.97,
            "augmentation": {"rotation": 5, "zoom": 0.05, "shift": 0.04, "contrast": 0.1, "erase": 0},
        },
    ),
    "standard": Recipe(
        "All layers learn, first on small faces, then on larger ones, which are changed at random in every epoch.",
        {
            "resolution": 80,
            "dropout": 0.2,
            "head_epochs": 0,
            "full_epochs": 12,
            "start_epochs": 4,
            "full_learning_rate": 2e-3,
            "batch_size": 64,
            "ema": 0.998,
            "augmentation": {"rotation": 8, "zoom": 0.1, "shift": 0.06, "contrast": 0.2, "erase": 0.25},
        },
    ),
    "full": Recipe(
        "The classifier first, then all layers for three times as many epochs, on larger and blended faces: best and slowest.",
        {
            "full_epochs": 34,
            "start_epochs": 4,
            "ema": 0.999,
            "logit_adjustment": 0.2,
            "augmentation": {"mixup": 0.3},
            "weight_decay": 2e-2,
        },
    ),
}
"""From the fastest to the best: the order everywhere."""
