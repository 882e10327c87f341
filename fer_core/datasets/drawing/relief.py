"""The height of a face at every pixel, and the light on it."""

from collections.abc import Mapping

import cv2
import numpy as np

from fer_core.datasets.drawing.action_units import Activation
from fer_core.datasets.drawing.canvas import Canvas, Patch, raise_, spline
from fer_core.datasets.drawing.identity import Identity
from fer_core.datasets.drawing.landmarks import SIDES, Landmarks

Crease = tuple[np.ndarray, float, float]
"""A wrinkle: points (N, 2), width in face units, depth 0 to about 1.3."""

_PROFILE_Y = (-1.45, -1.28, -1.0, -0.7, -0.4, 0.0, 0.4, 0.7, 0.95, 1.08, 1.25, 1.45)
_PROFILE_Z = (0.0, 0.14, 0.46, 0.61, 0.66, 0.66, 0.68, 0.67, 0.60, 0.44, 0.25, 0.2)


def head(canvas: Canvas, marks: Landmarks, units: Activation) -> np.ndarray:
    """The smooth head without features: (side, side) float32, 0 behind its outline."""
    low = 0.13 * units.mean(26)
    y = np.asarray(_PROFILE_Y) + np.where(np.asarray(_PROFILE_Y) > 0.6, low, 0)
    sketch = np.interp(canvas.axis, y, _PROFILE_Z).astype(np.float32)
    profile = cv2.GaussianBlur(sketch[:, None], (0, 0), 0.07 * canvas.scale, borderType=cv2.BORDER_REPLICATE)
    width = np.interp(canvas.axis, marks.rows, marks.half_widths, left=0.0, right=0.0).astype(np.float32)
    across = np.abs(canvas.axis)[None, :] / np.maximum(width, 0.02)[:, None]
    np.minimum(across, 1, out=across)
    round_ = 1 - across**2.2
    return profile * np.sqrt(np.maximum(round_, 0))


def features(canvas: Canvas, height: np.ndarray, who: Identity, marks: Landmarks, units: Activation) -> None:
    """Add nose, sockets, cheeks, lips and chin to a height map, in place."""

    def hill(x: float, y: float, wide: float, tall: float, amount: float, slant: float = 0.0) -> None:
        raise_(height, canvas.bump((x, y), (wide, tall), slant=slant), amount)

    _nose(canvas, height, who, marks)
    drop, chin = units.mean(26), marks.chin_y
    for index, side in enumerate(SIDES):
        u, eye, brow = units.side(side), marks.eyes[index], marks.brows[index]
        x, y = eye.centre
        cheek = min(1.2, 0.8 * u.get(12, 0) + 0.5 * u.get(6, 0) + 0.2 * u.get(9, 0))
        hill(x * 0.98, y - 0.01, 0.17, 0.105, -0.125)
        hill(x, y + 0.005, 0.10, 0.085, 0.085)
        hill(side * 0.16, y - 0.03, 0.07, 0.10, -0.05)
        inner_y, middle_y = brow[2, 1], brow[len(brow) // 2, 1]
        strong = 0.045 + 0.03 * (1 - who.softness) + 0.03 * u.get(4, 0)
        hill(side * 0.2, inner_y, 0.11, 0.065, strong)
        hill(side * 0.42, middle_y, 0.14, 0.06, 0.8 * strong)
        hill(side * 0.52, 0.10 - 0.04 * cheek, 0.15, 0.12, 0.045 * who.cheekbones)
        hill(side * (0.40 + 0.03 * cheek), 0.20 - 0.08 * cheek, 0.15, 0.125, 0.035 + 0.06 * cheek, -side * 0.3)
        hill(side * 0.5, 0.48, 0.11, 0.17, -0.03 * who.cheekbones - 0.035 * drop)
        hill(side * 0.74, -0.42, 0.10, 0.18, -0.05)
        hill(x, y + 0.13, 0.12, 0.035, 0.012 + 0.018 * who.age + 0.028 * eye.squeeze)
        corner = marks.mouth.corner(side)
        hill(corner[0] + side * 0.035, corner[1], 0.045, 0.05, -0.025 - 0.02 * u.get(12, 0) - 0.015 * u.get(20, 0))
        hill(corner[0] + side * 0.02, corner[1] + 0.10, 0.05, 0.05, 0.03 * u.get(15, 0))
    hill(0, 0.52, 0.27, 0.17, 0.075)
    hill(0, 0.42, 0.024, 0.06, -0.018)
    hill(0, chin - 0.30 + 0.02 * drop, 0.17, 0.05, -0.045)
    hill(0, chin - 0.15, 0.135, 0.105, 0.07 + 0.02 * units.mean(15))
    hill(0, -0.62, 0.36, 0.2, 0.03)
    _lips(canvas, height, marks)


def _nose(canvas: Canvas, height: np.ndarray, who: Identity, marks: Landmarks) -> None:
    tip_y, wide = marks.nose_tip[1], who.nose_width
    rows = canvas.span(0.0, 0.62)
    columns = canvas.span(0.0, 0.5)
    y = canvas.axis[rows]
    knots = (-0.42, -0.28, -0.16, 0.0, tip_y - 0.08, tip_y, tip_y + 0.05, tip_y + 0.12, tip_y + 0.20)
    sketch = np.interp(y, knots, (0.0, 0.03, 0.065, 0.125, 0.175, 0.20, 0.18, 0.08, 0.0)) * who.nose_height
    girth = np.interp(y, (-0.4, -0.16, 0.05, tip_y, tip_y + 0.1), (0.12, 0.08, 0.10, 0.12, 0.11)) * (0.5 + 0.5 * wide)
    ridge = cv2.GaussianBlur(sketch.astype(np.float32)[:, None], (0, 0), 0.018 * canvas.scale)
    x = canvas.axis[columns][None, :] / girth.astype(np.float32)[:, None]
    raise_(height, Patch(rows, columns, ridge.reshape(-1, 1) * np.exp(-0.5 * np.abs(x) ** 2.2)), 1.0)
    for index, side in enumerate(SIDES):
        wing = (side * (marks.nose_wing - 0.035), marks.wing_y[index])
        raise_(height, canvas.bump(wing, (0.05, 0.05)), 0.07)


def _lips(canvas: Canvas, height: np.ndarray, marks: Landmarks) -> None:
    mouth = marks.mouth
    upper = canvas.fill(np.concatenate([mouth.top, mouth.inner_top[::-1]]), soft=0.016)
    lower = canvas.fill(np.concatenate([mouth.inner_bottom, mouth.bottom[::-1]]), soft=0.02)
    raise_(height, upper, 0.03)
    raise_(height, lower, 0.05)
    if mouth.opening > 0.02:
        raise_(height, canvas.fill(np.concatenate([mouth.inner_top, mouth.inner_bottom[::-1]]), soft=0.012), -0.05)


def creases(who: Identity, marks: Landmarks, units: Activation) -> list[Crease]:
    """The wrinkles that age and action units make."""
    lines: list[Crease] = []
    for index, side in enumerate(SIDES):
        u = units.side(side)
        lines += _side_creases(who, marks, u, index)
        lines += _eye_creases(who, marks, u, index)
    raised = (units.mean(1) + units.mean(2)) / 2
    for number, y in enumerate((-0.60, -0.70, -0.80)):
        inner, outer = units.mean(1), units.mean(2)
        wave = -0.035 * inner + 0.012 * number
        x = 0.30 + 0.16 * outer
        line = spline([(-x, y - 0.045 * outer), (-x / 2, y - 0.01), (0, y + wave), (x / 2, y - 0.01), (x, y - 0.045 * outer)])
        lines.append((line, 0.03, 0.28 * who.age**2 + (0.35 + 0.75 * who.age) * raised * (1 - 0.12 * number)))
    return [crease for crease in lines if crease[2] > 0.03]


def _side_creases(who: Identity, marks: Landmarks, u: Mapping[int, float], index: int) -> list[Crease]:
    return _mouth_creases(who, marks, u, index) + _frown_creases(who, marks, u, index)


def _mouth_creases(who: Identity, marks: Landmarks, u: Mapping[int, float], index: int) -> list[Crease]:
    side = SIDES[index]
    x, y = marks.mouth.corner(side)
    smile, wrinkle, stretch, sad = u.get(12, 0), u.get(9, 0), u.get(20, 0), u.get(15, 0)
    wing_x, wing_y = marks.nose_wing + 0.012, marks.wing_y[index]
    end_x = abs(x) + 0.085 + 0.03 * smile + 0.03 * stretch
    bend = 0.45 * wing_x + 0.55 * end_x + 0.03 + 0.03 * smile
    nasolabial = [
        (side * wing_x, wing_y - 0.05),
        (side * bend, wing_y + 0.10 - 0.02 * smile),
        (side * end_x, y - 0.06 + 0.02 * smile),
        (side * (end_x - 0.01), y + 0.05),
    ]
    marionette = [(x + side * 0.015, y + 0.01), (x + side * 0.05, y + 0.08), (x + side * 0.05, y + 0.17)]
    dimple = [(side * (end_x + 0.05), y - 0.12), (side * (end_x + 0.10), y), (side * (end_x + 0.07), y + 0.13)]
    depth = 0.16 + 0.34 * who.age + 0.75 * smile + 0.6 * wrinkle + 0.22 * u.get(6, 0) + 0.3 * stretch + 0.15 * sad
    return [
        (spline(nasolabial), 0.05, depth),
        (spline(marionette), 0.04, 0.75 * sad + 0.2 * who.age + 0.25 * stretch),
        (spline(dimple), 0.05, (0.15 + 0.4 * who.age) * smile + 0.4 * stretch),
    ]


def _frown_creases(who: Identity, marks: Landmarks, u: Mapping[int, float], index: int) -> list[Crease]:
    side, (brow_x, brow_y) = SIDES[index], marks.brows[index][0]
    lower, wrinkle = u.get(4, 0), u.get(9, 0)
    x = max(abs(brow_x), 0.105)
    frown = lower * (1 - 0.35 * u.get(1, 0)) + 0.35 * wrinkle
    furrow = [(side * (x - 0.055), brow_y - 0.10), (side * (x - 0.075), brow_y), (side * (x - 0.06), brow_y + 0.09)]
    lines = [(spline(furrow), 0.032, 1.15 * frown + 0.12 * who.age)]
    for y in (-0.20, -0.135, -0.07):
        lines.append((spline([(side * 0.02, y - 0.025), (side * 0.075, y), (side * 0.14, y + 0.045)]), 0.032, 0.85 * wrinkle))
    if side > 0:
        lines.append((spline([(-0.05, -0.235), (0, -0.225), (0.05, -0.235)]), 0.035, 0.6 * wrinkle + 0.3 * lower))
    return lines


def _eye_creases(who: Identity, marks: Landmarks, u: Mapping[int, float], index: int) -> list[Crease]:
    side, eye = SIDES[index], marks.eyes[index]
    x, y = eye.centre
    lines = []
    for angle in (-0.42, -0.05, 0.34):
        start = (x + side * (eye.half_width + 0.045), y + 0.10 * angle)
        length = 0.13
        end = (start[0] + side * length * np.cos(angle), start[1] + length * np.sin(angle))
        bend = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.01)
        lines.append((spline([start, bend, end]), 0.034, (0.28 + 0.5 * who.age) * u.get(6, 0) + 0.35 * max(0.0, who.age - 0.4)))
    bag = eye.lower[2:-1] + np.array([0, 0.045 + 0.03 * (1 - eye.squeeze)])
    lines.append((bag, 0.035, 0.12 + 0.4 * who.age + 0.5 * eye.squeeze))
    hollow = spline([(side * 0.20, y + 0.05), (side * 0.30, y + 0.17), (side * 0.42, y + 0.22)])
    lines.append((hollow, 0.05, 0.05 + 0.4 * who.age + 0.15 * u.get(6, 0) + 0.25 * u.get(9, 0)))
    return lines


def normals(canvas: Canvas, height: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit surface normals of a height map: x, y and z, each (side, side) float32."""
    slope = canvas.scale / 8
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=slope)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=slope)
    z = 1 / np.sqrt(across * across + down * down + 1)
    return -across * z, -down * z, z


def cast_shadow(canvas: Canvas, height: np.ndarray, light: np.ndarray) -> np.ndarray:
    """How much of the light other parts of the face take away: (side, side) float32, 0 (lit) to 1 (in shadow)."""
    small = cv2.resize(height, (canvas.side // 2, canvas.side // 2), interpolation=cv2.INTER_AREA)
    scale = canvas.scale / 2
    excess = np.zeros_like(small)
    flat = max(float(np.hypot(light[0], light[1])), 1e-6)
    for distance in (0.04, 0.08, 0.13, 0.19, 0.26, 0.36):
        shift = np.array([light[0], light[1]]) / flat * distance * scale
        move = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], np.float32)
        towards = cv2.warpAffine(small, move, small.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        np.maximum(excess, towards - small - np.float32(distance * light[2] / flat), out=excess)
    shadow = np.minimum(excess * np.float32(14), 1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 0.02 * scale + 0.6)
    return cv2.resize(shadow, height.shape[::-1], interpolation=cv2.INTER_LINEAR)
