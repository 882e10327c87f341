"""What a face does: facial action units, the prototypes of the emotions, and how people deviate from them.

Sources: P. Ekman and W. V. Friesen, "Facial Action Coding System", Consulting Psychologists Press, 1978 (numbers and
muscles of the action units); W. V. Friesen and P. Ekman, "EMFACS-7: Emotional Facial Action Coding System", University of
California, 1983 (which combinations signal which emotion).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.errors import InputError

ACTION_UNITS: dict[int, str] = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    12: "lip corner puller",
    15: "lip corner depressor",
    16: "lower lip depressor",
    20: "lip stretcher",
    23: "lip tightener",
    25: "lips part",
    26: "jaw drop",
    43: "eyes closed",
}
"""The action units that can be drawn, with their names in FACS."""

PROTOTYPES: dict[str, tuple[int, ...]] = {
    "angry": (4, 5, 7, 23),
    "disgust": (9, 15, 16),
    "fear": (1, 2, 4, 5, 20, 26),
    "happy": (6, 12),
    "sad": (1, 4, 15),
    "surprise": (1, 2, 5, 26),
    "neutral": (),
}
"""Action units of each emotion after EMFACS; neutral has none."""

_ESSENTIAL: dict[str, tuple[int, ...]] = {
    "angry": (4,),
    "disgust": (9,),
    "fear": (1, 20),
    "happy": (12,),
    "sad": (1,),
    "surprise": (26,),
    "neutral": (),
}

# A unit at full strength looks stronger in one emotion than in another: in anger the lid tightener holds the raised lid
# down to a glare; in sadness the brows are drawn together less than in anger; fear opens the mouth less than surprise.
_STRENGTH: dict[tuple[str, int], float] = {
    ("angry", 5): 0.5,
    ("angry", 7): 0.75,
    ("fear", 4): 0.55,
    ("fear", 26): 0.6,
    ("sad", 4): 0.5,
}


@dataclass(frozen=True)
class Activation:
    """Strength of every action unit on the two sides of the picture, each from 0 to 1.2."""

    left: Mapping[int, float]
    right: Mapping[int, float]

    def side(self, side: int) -> Mapping[int, float]:
        """The units of the left (-1) or the right (1) side of the picture."""
        return self.left if side < 0 else self.right

    def mean(self, unit: int) -> float:
        """Strength of a unit over both sides."""
        return (self.left.get(unit, 0.0) + self.right.get(unit, 0.0)) / 2


def activation(expression: str, intensity: float, *, override: Mapping[int, float] | None = None) -> Activation:
    """The symmetric prototype of an emotion at an intensity.

    Args:
        expression: an emotion in `PROTOTYPES`.
        intensity: 0 (no sign of it) to 1 (full).
        override: strength 0 to 1 by action unit, put in place of the prototype's.

    Raises:
        InputError: an emotion or action unit that cannot be drawn, or a strength outside 0 to 1.
    """
    if expression not in PROTOTYPES:
        raise InputError(f"Expression must be one of {', '.join(PROTOTYPES)}; got '{expression}'.")
    if not 0 <= intensity <= 1:
        raise InputError(f"Intensity must lie between 0 and 1; got {intensity}.")
    units = {unit: intensity * _STRENGTH.get((expression, unit), 1.0) for unit in PROTOTYPES[expression]}
    for unit, strength in (override or {}).items():
        if unit not in ACTION_UNITS:
            raise InputError(f"Action unit must be one of {', '.join(map(str, ACTION_UNITS))}; got {unit}.")
        if not 0 <= strength <= 1:
            raise InputError(f"The strength of action unit {unit} must lie between 0 and 1; got {strength}.")
        units[unit] = float(strength)
    return Activation(units, dict(units))


def sample_activation(
    expression: str, intensity: float, rng: np.random.Generator, *, resting_brow: float = 0.0, lopsided: float = 0.0
) -> Activation:
    """An emotion as one person happens to show it: units weaker, stronger or left out, uneven sides, speech, blinks."""
    prototype = activation(expression, intensity)
    units: dict[int, float] = {}
    for unit, strength in prototype.left.items():
        gain = float(np.clip(rng.normal(1.03, 0.19), 0.4, 1.2))
        if unit not in _ESSENTIAL[expression] and rng.random() < 0.12:
            gain *= float(rng.uniform(0, 0.35))
        units[unit] = strength * gain
    _add_habits(units, expression, rng)
    units[4] = units.get(4, 0.0) + resting_brow * (1 - intensity)
    tilt = float(np.clip(0.16 * lopsided + rng.normal(0, 0.08), -0.35, 0.35))
    left, right = {}, {}
    for unit, strength in units.items():
        uneven = tilt + float(rng.normal(0, 0.05))
        left[unit] = float(np.clip(strength * (1 - uneven), 0, 1.2))
        right[unit] = float(np.clip(strength * (1 + uneven), 0, 1.2))
    return Activation(left, right)


def _add_habits(units: dict[int, float], expression: str, rng: np.random.Generator) -> None:
    """Movements that carry no emotion: speech, half-closed eyes, a flash of the brows, a polite mouth."""
    speech, blink, brows, mouth, shout = rng.random(5)
    amounts = rng.random(4)
    if speech < 0.16 and expression != "surprise":
        units[25] = 0.3 + 0.5 * amounts[0]
        units[26] = max(units.get(26, 0.0), 0.08 + 0.22 * amounts[0])
    if blink < 0.08 and 5 not in units:
        units[43] = 0.25 + 0.6 * amounts[1]
    if brows < 0.1 and 4 not in units:
        units[1] = max(units.get(1, 0.0), 0.4 * amounts[2])
        units[2] = max(units.get(2, 0.0), 0.4 * amounts[2])
    if mouth < 0.12 and expression == "neutral":
        units[12 if mouth < 0.07 else 15] = 0.3 * amounts[3]
    if shout < 0.1 and expression == "angry":
        units[25], units[16] = 0.7, 0.5 * amounts[0]
        units[26] = 0.3 + 0.4 * amounts[0]
