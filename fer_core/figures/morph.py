"""Faces before and after training as one cloud of points, as the picture that moves them takes it."""

from __future__ import annotations

import hashlib

import numpy as np

from fer_core import numbers
from fer_core.figures import theme
from fer_core.labels import colours, display_name
from fer_core.lesson.morph import Morph, Separation

_FINE = 1000


def moving_cloud(morph: Morph, measured: Separation) -> dict[str, object]:
    """Build what the browser draws of the same faces before and after training: points, colours, bars and words, as JSON.

    Args:
        morph: the faces; where they stand is sent as whole numbers from -1000 to 1000.
        measured: how separated their classes are.
    """
    points = np.concatenate([morph.before, morph.after], axis=1)
    points = np.rint(points * (_FINE / max(float(np.abs(points).max()), 1e-9))).astype(int)
    counts = np.bincount(morph.labels, minlength=len(morph.classes))
    present = [place for place, n in enumerate(counts) if n]
    tones = colours(morph.classes)
    middles = [np.median(points[morph.labels == place, 2:], axis=0).tolist() for place in present]
    shown = [[display_name(morph.classes[place]), tones[morph.classes[place]]] for place in present]
    bars = (("Before", *measured.before, theme.GREY), ("After", *measured.after, theme.TRAINING))
    chance = ("Chance", measured.chance, measured.chance, measured.chance, theme.GREY)
    return {
        "digest": hashlib.blake2b(points.tobytes(), digest_size=8).hexdigest(),
        "points": points.ravel().tolist(),
        "bounds": [_bounds(points[:, :2]), _bounds(points[:, 2:])],
        "classes_of": [present.index(label) for label in morph.labels.tolist()],
        "classes": [[*each, f"{counts[place]:,} faces"] for each, place in zip(shown, present, strict=True)],
        "middles": middles,
        "bars": [*bars, chance],
        "ends": ["Before training: ImageNet's features", "After training: the run's features", "On the way: straight lines"],
        "what": f"Of the {measured.count} nearest faces, how many share the label",
        "label": (
            f"{numbers.count(measured.n)} faces as points, before and after training: of the {measured.count} nearest faces "
            f"{numbers.percent(measured.before[0], 0)} share the label before, {numbers.percent(measured.after[0], 0)} after"
        ),
        "grey": theme.GREY,
    }


def _bounds(points: np.ndarray) -> list[int]:
    """Left, right, lower and upper edge."""
    low, high = points.min(axis=0), points.max(axis=0)
    return [int(low[0]), int(max(high[0], low[0] + 1)), int(low[1]), int(max(high[1], low[1] + 1))]
