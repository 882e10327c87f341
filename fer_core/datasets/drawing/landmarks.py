"""Where the parts of a face lie: from proportions and action units to curves in face units."""

from dataclasses import dataclass

import numpy as np

from fer_core.datasets.drawing.action_units import Activation
from fer_core.datasets.drawing.canvas import spline
from fer_core.datasets.drawing.identity import Identity

SIDES = (-1, 1)
"""Left and right side of the picture: the sign of x."""


@dataclass(frozen=True)
class Eye:
    """One eye: centre, half width, lid margins from the inner to the outer corner (N, 2), the fold above the lid."""

    side: int
    centre: tuple[float, float]
    half_width: float
    upper: np.ndarray
    lower: np.ndarray
    fold: np.ndarray
    iris: tuple[float, float]
    iris_radius: float
    squeeze: float  # 0 to 1: how much lids and cheek press the eye together


@dataclass(frozen=True)
class Mouth:
    """Four curves (N, 2) from the left corner to the right: outer and inner edge of upper and lower lip."""

    top: np.ndarray
    inner_top: np.ndarray
    inner_bottom: np.ndarray
    bottom: np.ndarray
    opening: float  # largest distance between the lips
    upper_teeth: float  # visible height
    lower_teeth: float

    def corner(self, side: int) -> np.ndarray:
        """The corner (2,) on one side of the picture."""
        return self.inner_top[0 if side < 0 else -1]


@dataclass(frozen=True)
class Landmarks:
    """Everything that the drawing needs to know about where things are."""

    outline: np.ndarray
    rows: np.ndarray  # y of the right half of the outline, downwards, and half the width there
    half_widths: np.ndarray
    brows: tuple[np.ndarray, np.ndarray]  # (N, 2) from the inner to the outer end
    eyes: tuple[Eye, Eye]
    nose_tip: tuple[float, float]
    nose_wing: float  # distance of the wings from the middle
    wing_y: tuple[float, float]
    mouth: Mouth
    chin_y: float


def landmarks(who: Identity, units: Activation, *, gaze: tuple[float, float] = (0.0, 0.0)) -> Landmarks:
    """Lay out a face; `gaze` moves the irises by -1 to 1 of what an eye allows, right and down."""
    drop = units.mean(26)
    outline, rows, half_widths = _outline(who, drop)
    eyes = tuple(_eye(who, units, side, gaze) for side in SIDES)
    wings = tuple(0.255 * who.nose_length + 0.04 - 0.05 * units.side(side).get(9, 0) for side in SIDES)
    tip_y = 0.225 * who.nose_length + 0.03 - 0.03 * units.mean(9)
    return Landmarks(
        outline=outline,
        rows=rows,
        half_widths=half_widths,
        brows=(_brow(who, units, -1), _brow(who, units, 1)),
        eyes=(eyes[0], eyes[1]),
        nose_tip=(0.0, tip_y),
        nose_wing=0.15 * who.nose_width * (1 + 0.14 * units.mean(9) + 0.05 * units.mean(12)),
        wing_y=(wings[0], wings[1]),
        mouth=_mouth(who, units),
        chin_y=who.chin * 1.03 + 0.13 * drop,
    )


def _outline(who: Identity, drop: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    width, jaw, low = who.face_width, who.face_width * who.jaw, 0.13 * drop
    right = [
        (0.0, -1.30 * who.forehead),
        (0.40 * width, -1.20 * who.forehead),
        (0.68 * width, -0.88 * who.forehead),
        (0.78 * width, -0.45),
        (0.79 * width, -0.08),
        (0.76 * width, 0.25),
        (0.68 * jaw, 0.56 + 0.4 * low),
        (0.49 * jaw, 0.83 * (0.4 + 0.6 * who.chin) + 0.8 * low),
        (0.27 * jaw, 0.99 * who.chin + low),
        (0.0, 1.04 * who.chin + low),
    ]
    left = [(-x, y) for x, y in right[-2:0:-1]]
    outline = spline(right + left, closed=True)
    half = outline[: (len(right) - 1) * 6 + 1]
    order = np.argsort(half[:, 1])
    return outline, half[order, 1], np.maximum(half[order, 0], 0)


def _brow(who: Identity, units: Activation, side: int) -> np.ndarray:
    u = units.side(side)
    inner, outer, lower, wrinkle = u.get(1, 0), u.get(2, 0), u.get(4, 0), u.get(9, 0)
    lower_here = lower * (1 - 0.75 * min(inner, 1))
    x = np.array([0.135, 0.25, 0.38, 0.51, 0.62]) * who.eye_spacing + 0.02 * (who.brow_gap - 1) * 4
    y = np.array([0.0, -0.035, -0.062, -0.055, 0.005]) * who.brow_arch - 0.365 - who.brow_height
    y += inner * np.array([-0.145, -0.105, -0.055, -0.015, 0.0])
    y += outer * np.array([-0.01, -0.05, -0.085, -0.10, -0.075])
    y += lower_here * np.array([0.14, 0.10, 0.06, 0.025, 0.0])
    y += wrinkle * np.array([0.075, 0.06, 0.045, 0.02, 0.0])
    y += 0.012 * u.get(6, 0) + 0.015 * u.get(7, 0)
    x = x - (0.055 * lower + 0.02 * wrinkle) * np.array([1.0, 0.8, 0.5, 0.2, 0.0])
    return spline(np.stack([side * x, y], axis=1), steps=5)


def _eye(who: Identity, units: Activation, side: int, gaze: tuple[float, float]) -> Eye:
    u = units.side(side)
    size, open_ = 0.176 * who.eye_size, 1 - 0.97 * u.get(43, 0)
    x, y = side * 0.365 * who.eye_spacing, -0.135
    tight, cheek, wide, wrinkle = u.get(7, 0), u.get(6, 0), u.get(5, 0), u.get(9, 0)
    squeeze = min(1.0, 0.6 * tight + 0.75 * cheek + 0.6 * wrinkle)
    height = 0.080 * who.eye_size * who.eye_aspect
    upper = height * max(0.16, 1 + 0.72 * wide - 0.30 * tight - 0.26 * cheek - 0.34 * wrinkle) * open_
    upper -= 0.018 * u.get(4, 0) * (1 - min(1, wide + u.get(1, 0)))
    lower = height * 0.62 * (1 + 0.22 * wide - 0.62 * tight - 0.95 * cheek - 0.6 * wrinkle)
    upper, lower = max(upper, 0.006), max(lower, -0.6 * upper)
    t = np.linspace(-1, 1, 17)
    # The highest point of the upper lid lies nearer to the nose, the lowest of the lower lid nearer to the temple.
    arch_up = (1 - np.abs(t) ** 2.1) * (1 - 0.14 * t)
    arch_down = (1 - np.abs(t) ** 2.3) * (1 + 0.18 * t)
    along = x + side * size * t
    level = y - who.eye_tilt * size * t
    fold_gap = 0.05 * (1 - 0.45 * wide) + 0.25 * (height - min(upper, height)) + 0.012 * u.get(1, 0)
    reach = np.stack([x + side * size * 1.08 * t, level - (upper + fold_gap) * (1 - 0.75 * np.abs(t) ** 2.6)], axis=1)
    iris = (x + 0.05 * gaze[0], y - 0.012 + 0.022 * gaze[1])
    return Eye(
        side=side,
        centre=(x, y),
        half_width=size,
        upper=np.stack([along, level - upper * arch_up], axis=1),
        lower=np.stack([along, level + lower * arch_down], axis=1),
        fold=reach,
        iris=iris,
        iris_radius=0.082 * (0.5 + 0.5 * who.eye_size),
        squeeze=squeeze,
    )


def _mouth_corners(who: Identity, units: Activation, middle: float) -> list[tuple[float, float]]:
    drop, corners = units.mean(26), []
    for side in SIDES:
        u = units.side(side)
        smile, stretch, sad = u.get(12, 0), u.get(20, 0), u.get(15, 0)
        x = 0.27 * who.mouth_width + 0.115 * smile + 0.10 * stretch - 0.045 * u.get(23, 0) - 0.035 * drop - 0.01 * sad
        y = middle - 0.005 - 0.125 * smile + 0.095 * sad + 0.035 * stretch + 0.085 * drop - 0.05 * who.resting_mouth
        corners.append((side * x, y))
    return corners


def _mouth(who: Identity, units: Activation) -> Mouth:
    smile, drop, down, part = units.mean(12), units.mean(26), units.mean(16), units.mean(25)
    stretch, tight, wrinkle, sad = units.mean(20), units.mean(23), units.mean(9), units.mean(15)
    grin = who.teeth * float(np.clip((smile - 0.3) / 0.6, 0, 1))
    middle = 0.575 + who.mouth_height
    (left_x, left_y), (right_x, right_y) = _mouth_corners(who, units, middle)
    lift = 0.035 * grin + 0.07 * wrinkle + 0.015 * drop + 0.01 * part - 0.012 * smile
    fall = 0.235 * drop + 0.085 * down + 0.10 * grin + 0.035 * part + 0.02 * stretch * drop - 0.02 * sad * (1 - min(1, down))
    parted = min(1.0, 2.5 * (grin + drop + down + part))
    thin = (1 - 0.25 * smile) * (1 - 0.62 * min(tight, 1)) * (1 - 0.3 * stretch)
    t = np.linspace(-1, 1, 33)
    x, corner_y = np.interp(t, [-1, 1], [left_x, right_x]), np.interp(t, [-1, 1], [left_y, right_y])
    bow = 0.012 * np.exp(-((t / 0.16) ** 2)) * (1 - smile)
    inner_top = corner_y + (middle - lift - corner_y) * (1 - np.abs(t) ** (2.0 + 0.5 * drop)) + bow
    inner_bottom = corner_y + (middle + fall - corner_y) * (1 - np.abs(t) ** (2.3 + 0.8 * drop)) + bow * (1 - parted)
    inner_bottom = np.maximum(inner_bottom, inner_top)
    peaks = 1 + 0.16 * np.exp(-(((np.abs(t) - 0.27) / 0.16) ** 2)) - 0.12 * np.exp(-((t / 0.12) ** 2))
    upper_lip = 0.068 * who.lip_upper * thin * (1 - 0.25 * wrinkle)
    lower_lip = 0.096 * who.lip_lower * thin * (1 + 0.15 * down)
    opening = float((inner_bottom - inner_top).max())
    return Mouth(
        top=np.stack([x, inner_top - upper_lip * (1 - np.abs(t) ** 1.9) * peaks - 0.004], axis=1),
        inner_top=np.stack([x, inner_top], axis=1),
        inner_bottom=np.stack([x, inner_bottom], axis=1),
        bottom=np.stack([x, inner_bottom + lower_lip * (1 - np.abs(t) ** 2.6) + 0.004], axis=1),
        opening=opening,
        upper_teeth=min(opening, 0.03 * min(1, 2 * drop + part) + 0.12 * grin + 0.05 * wrinkle * min(1, 3 * opening)),
        lower_teeth=0.055 * down + 0.03 * stretch * drop,
    )
