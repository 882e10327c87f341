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
        changes: {field of RunConfig: value}, where it differs from the default; blocks are MobileNet's, and another network
            takes its own middle one.
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
        "The upper half of the network learns for an epoch, then all layers, on small faces that are changed only a little.",
        {
            "resolution": 64,
            "head_epochs": 0,
            "partial_epochs": 1,
            "partial_from": "block_6",
            "partial_learning_rate": 2e-3,
            "full_epochs": 2,
            "ema": 0.99,
            "augmentation": {"rotation": 5, "zoom": 0.05, "shift": 0.04, "contrast": 0.1, "erase": 0},
        },
    ),
    "standard": Recipe("The classifier learns first, then all layers, on faces that are changed at random in every epoch."),
    "full": Recipe(
        "As standard, with four times as many epochs, blended faces and averaged weights: the best, and the slowest.",
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
