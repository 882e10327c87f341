"""The reflectance of skin, eyes, brows, nose and mouth, painted on a canvas."""

import cv2
import numpy as np

from fer_core.datasets.drawing.action_units import Activation
from fer_core.datasets.drawing.canvas import Canvas, Patch, darken, paint
from fer_core.datasets.drawing.identity import Identity
from fer_core.datasets.drawing.landmarks import SIDES, Eye, Landmarks, Mouth
from fer_core.datasets.drawing.relief import Crease


def texture(side: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (side, side) float32 of mean 0 and spread about 1, with `cells` hills along one side."""
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def paint_skin(canvas: Canvas, albedo: np.ndarray, head: Patch, who: Identity, rng: np.random.Generator) -> None:
    """Cover the head with skin: patchy, a little darker around the eyes and redder (darker) on cheeks and nose."""
    tone = who.skin * (1 + 0.010 * texture(canvas.side, 11, rng) + (0.008 + 0.012 * who.age) * texture(canvas.side, 36, rng))
    paint(albedo, head, tone[head.rows, head.columns])
    for side in SIDES:
        darken(albedo, canvas.bump((side * 0.43, 0.2), (0.15, 0.13)), 0.06)
        darken(albedo, canvas.bump((side * 0.35 * who.eye_spacing, -0.1), (0.17, 0.11)), 0.08 + 0.07 * who.age)
        darken(albedo, canvas.bump((side * 0.17, -0.1), (0.05, 0.08)), 0.08)
    darken(albedo, canvas.bump((0.0, 0.2), (0.08, 0.08)), 0.05)


def paint_creases(canvas: Canvas, albedo: np.ndarray, height: np.ndarray, creases: list[Crease]) -> None:
    """Cut wrinkles into the relief and darken their depth."""
    depth = canvas.strokes([(points, width, 0.75 * depth) for points, width, depth in creases], soft=0.0135)
    height -= np.float32(0.026) * depth
    albedo *= 1 - np.float32(0.28) * depth


def paint_brows(canvas: Canvas, albedo: np.ndarray, who: Identity, marks: Landmarks, rng: np.random.Generator) -> None:
    """Two brows of tapering width, their hairs hinted at by strokes that lean outwards."""
    for side, brow in zip(SIDES, marks.brows, strict=True):
        t = np.linspace(0, 1, len(brow))
        widths = 0.075 * who.brow_thickness * np.interp(t, [0, 0.12, 0.45, 1], [0.62, 1.0, 0.92, 0.22])
        tone = min(who.brow_tone, 0.62 * who.skin)
        paint(albedo, canvas.stroke(brow, widths, soft=0.014), tone, opacity=0.72)
        for place in (0.06, 0.2, 0.35, 0.5, 0.65):
            root = np.array([np.interp(place + rng.uniform(-0.05, 0.05), t, brow[:, axis]) for axis in (0, 1)])
            lean = np.array([side * 0.07, -0.035 + 0.06 * place])
            hair = np.stack([root - 0.6 * lean, root, root + 0.5 * lean])
            paint(albedo, canvas.stroke(hair, 0.014, soft=0.004), tone * 0.65, opacity=0.38)


def paint_eye(canvas: Canvas, albedo: np.ndarray, who: Identity, eye: Eye) -> None:
    """Eyeball, iris, pupil, the shadow of the upper lid, lashes and the fold above."""
    opening = np.concatenate([eye.upper, eye.lower[::-1]])
    patch = canvas.fill(opening)
    x = canvas.axis[patch.columns][None, :] - np.float32(eye.iris[0])
    y = canvas.axis[patch.rows][:, None] - np.float32(eye.iris[1])
    distance = np.sqrt(x * x + y * y)
    edge = np.float32(canvas.scale * 0.8)
    ball = 0.4 + 0.58 * who.skin - 0.9 * ((x + np.float32(eye.iris[0] - eye.centre[0])) / np.float32(2.2 * eye.half_width)) ** 2
    iris = np.clip((eye.iris_radius - distance) * edge + 0.5, 0, 1)
    colour = who.iris_tone * (0.75 + 0.35 * distance / np.float32(eye.iris_radius) + 2.2 * np.maximum(y, 0))
    rim = np.clip((distance / np.float32(eye.iris_radius) - 0.8) * 5, 0, 1)
    ball = ball * (1 - iris) + colour * (1 - 0.55 * rim) * iris
    pupil = np.clip((0.42 * eye.iris_radius - distance) * edge + 0.5, 0, 1)
    paint(albedo, patch, ball * (1 - pupil) + 0.02 * pupil)
    lid = eye.upper + np.array([0, 0.016])
    darken(albedo, canvas.stroke(lid[1:-1], 0.045, soft=0.012), 0.45)
    dark = min(0.12, 0.4 * who.skin)
    width = (0.020 + 0.022 * who.lashes) * np.interp(np.linspace(0, 1, 17), [0, 0.3, 0.8, 1], [0.45, 0.9, 1.25, 0.7])
    paint(albedo, canvas.stroke(eye.upper - np.array([0, 0.004]), width, soft=0.004), dark, opacity=0.85)
    if who.lashes > 0.35:
        tip = eye.upper[-1] + np.array([eye.side * 0.045, -0.03])
        wing = np.stack([eye.upper[-4], eye.upper[-1], tip])
        paint(albedo, canvas.stroke(wing, np.array([0.02, 0.022, 0.004])), dark, opacity=0.7 * who.lashes)
    paint(albedo, canvas.stroke(eye.lower[2:], 0.014 + 0.008 * who.lashes, soft=0.005), 0.5 * who.skin, opacity=0.7)
    if who.lid_crease > 0.1:
        darken(albedo, canvas.stroke(eye.fold[1:], 0.022, soft=0.006), 0.5 * who.lid_crease)
    inner = eye.upper[0]
    paint(albedo, canvas.bump((float(inner[0]), float(inner[1]) + 0.004), (0.014, 0.01)), 0.5 * who.skin, opacity=0.7)


def paint_nose(canvas: Canvas, albedo: np.ndarray, marks: Landmarks) -> None:
    """Nostrils, the fold behind the wings and the soft shade under the tip."""
    tip_y = marks.nose_tip[1]
    darken(albedo, canvas.bump((0.0, tip_y + 0.10), (0.08, 0.025)), 0.14)
    for side, wing_y in zip(SIDES, marks.wing_y, strict=True):
        x = marks.nose_wing
        points = [(side * 0.034, wing_y + 0.05), (side * 0.5 * x, wing_y + 0.035), (side * (x - 0.045), wing_y + 0.048)]
        nostril = np.array(points)
        darken(albedo, canvas.stroke(nostril, np.array([0.014, 0.036, 0.024]), soft=0.008), 0.74)
        fold = np.array([(side * (x - 0.02), wing_y - 0.055), (side * (x + 0.012), wing_y), (side * (x - 0.02), wing_y + 0.05)])
        darken(albedo, canvas.stroke(fold, 0.028, soft=0.008), 0.38)


def paint_mouth(canvas: Canvas, albedo: np.ndarray, who: Identity, mouth: Mouth) -> None:
    """Lips, and what is seen between them."""
    lip = who.skin * who.lip_tone
    paint(albedo, canvas.fill(np.concatenate([mouth.top, mouth.inner_top[::-1]]), soft=0.007), 0.88 * lip, opacity=0.9)
    paint(albedo, canvas.fill(np.concatenate([mouth.inner_bottom, mouth.bottom[::-1]]), soft=0.008), lip, opacity=0.85)
    if mouth.opening > 0.012:
        _paint_inside(canvas, albedo, mouth, 0.4 + 0.55 * who.skin)
    seam = mouth.inner_top if mouth.opening < 0.02 else mouth.inner_top[1:-1]
    thick = 0.026 if mouth.opening < 0.02 else 0.012
    paint(albedo, canvas.stroke(seam, thick, soft=0.004), 0.22 * who.skin, opacity=0.8)
    for side in SIDES:
        corner = mouth.corner(side)
        darken(albedo, canvas.bump((float(corner[0]), float(corner[1])), (0.022, 0.02)), 0.5)
    below = mouth.bottom[8:-8] + np.array([0, 0.018])
    darken(albedo, canvas.stroke(below, 0.04, soft=0.014), 0.2)


def _paint_inside(canvas: Canvas, albedo: np.ndarray, mouth: Mouth, white: float) -> None:
    top, bottom = mouth.inner_top, mouth.inner_bottom
    paint(albedo, canvas.fill(np.concatenate([top, bottom[::-1]])), 0.035)
    t = np.linspace(-1, 1, len(top))
    gap = bottom[:, 1] - top[:, 1]
    if mouth.opening > 0.15:
        low = 0.5 * gap * (1 - (t / 0.75) ** 2).clip(0)
        tongue = np.stack([bottom[:, 0], bottom[:, 1] - low], axis=1)
        paint(albedo, canvas.fill(np.concatenate([tongue, bottom[::-1]]), soft=0.015), 0.2, opacity=0.8)
    if mouth.upper_teeth > 0.012:
        reach = mouth.upper_teeth * (1 - np.abs(t) ** 4) * (1 - 0.25 * t * t)
        edge = np.stack([top[:, 0], top[:, 1] + np.minimum(reach, gap)], axis=1)
        _paint_teeth(canvas, albedo, np.concatenate([top, edge[::-1]]), white, spacing=0.062)
    if mouth.lower_teeth > 0.012:
        reach = np.minimum(mouth.lower_teeth * (1 - np.abs(t) ** 3), 0.8 * gap)
        edge = np.stack([bottom[:, 0], bottom[:, 1] - reach], axis=1)
        _paint_teeth(canvas, albedo, np.concatenate([edge, bottom[::-1]]), 0.8 * white, spacing=0.042)


def _paint_teeth(canvas: Canvas, albedo: np.ndarray, points: np.ndarray, tone: float, *, spacing: float) -> None:
    patch: Patch = canvas.fill(points, soft=0.006)
    x = canvas.axis[patch.columns]
    lines = 1 - 0.16 * np.exp(-(((np.abs(x) / np.float32(spacing) + 0.5) % 1 - 0.5) ** 2) / np.float32(0.02))
    shade = lines * (1 - np.minimum(np.abs(x) / np.float32(0.5), 1) ** 2 * np.float32(0.75))
    paint(albedo, patch, (tone * shade)[None, :])


def squint_shade(albedo: np.ndarray, canvas: Canvas, marks: Landmarks, units: Activation) -> None:
    """The dark that gathers between a lowered brow and the eye."""
    for side, eye in zip(SIDES, marks.eyes, strict=True):
        frown = units.side(side).get(4, 0) * (1 - 0.7 * min(1, units.side(side).get(1, 0)))
        frown = max(frown, 0.6 * units.side(side).get(9, 0))
        darken(albedo, canvas.bump((eye.centre[0] - side * 0.09, eye.centre[1] - 0.085), (0.11, 0.05)), 0.32 * min(1, frown))
