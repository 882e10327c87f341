"""Hair, beards, headscarves and glasses."""

from functools import lru_cache

import cv2
import numpy as np

from fer_core.datasets.drawing.canvas import Canvas, Patch, darken, paint, raise_, spline
from fer_core.datasets.drawing.identity import Identity
from fer_core.datasets.drawing.landmarks import SIDES, Landmarks

_VOLUME = {"receding": 0.02, "cropped": 0.05, "parted": 0.09, "fringe": 0.09, "tied": 0.03, "long": 0.10, "bob": 0.12}


@lru_cache(maxsize=16)
def _polar(side: int, part: int) -> tuple[np.ndarray, np.ndarray]:
    axis = np.linspace(-1.45, 1.45, side, dtype=np.float32)
    x, y = axis[None, :] - np.float32(0.12 * part), axis[:, None] + np.float32(1.25)
    angle = (np.arctan2(x, y) / np.float32(2 * np.pi) + np.float32(0.5)) * 319
    return angle, np.sqrt(x * x + y * y) * np.float32(4)


def strands(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    """Texture of the hair (side, side) float32, mean 0: strands from the parting outwards, or curls."""
    if who.hair_style == "curly":
        coarse = rng.standard_normal((44, 44), dtype=np.float32)
        return cv2.resize(coarse, (canvas.side, canvas.side), interpolation=cv2.INTER_CUBIC)
    noise = rng.standard_normal((14, 320), dtype=np.float32)
    noise += 1.2 * cv2.resize(rng.standard_normal((8, 60), dtype=np.float32), (320, 14), interpolation=cv2.INTER_LINEAR)
    angle, radius = _polar(canvas.side, round(2 * who.part))
    return cv2.remap(noise, angle, radius, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT) * np.float32(0.65)


def behind(canvas: Canvas, who: Identity) -> Patch | None:
    """Hair or cloth seen behind the head, or None."""
    width, volume = who.face_width, 0.13 + 0.10 * who.hair_volume
    if who.hair_style in ("long", "bob"):
        low = 1.6 if who.hair_style == "long" else 0.55 + 0.25 * who.hair_volume
        right = [(0.0, -1.34 - volume), (0.62 * width, -1.22 - volume / 2), (0.86 * width + volume / 2, -0.6)]
        right += [(0.88 * width + volume, 0.1), (0.86 * width + volume, 0.5 * low), (0.70 * width + volume / 2, low), (0.3, low)]
        return _mirrored(canvas, right, soft=0.015)
    if who.hair_style == "curly":
        size = 0.10 + 0.20 * who.hair_volume
        t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        radius = 1 + 0.03 * np.sin(13 * t + who.part) + 0.025 * np.sin(21 * t)
        points = np.stack([(0.82 * width + size) * np.sin(t) * radius, -0.52 - (0.85 + size) * np.cos(t) * radius], axis=1)
        return canvas.fill(points, soft=0.02)
    if who.hair_style == "scarf":
        right = [(0.0, -1.40), (0.72, -1.15), (0.94 * width, -0.45), (0.94 * width, 0.3), (0.86 * width, 0.85), (1.0, 1.6)]
        return _mirrored(canvas, [*right, (0.3, 1.6)], soft=0.01)
    return None


def _mirrored(canvas: Canvas, right: list[tuple[float, float]], *, soft: float) -> Patch:
    return canvas.fill(spline(right + [(-x, y) for x, y in right[::-1] if x > 0], closed=True), soft=soft)


def front(canvas: Canvas, who: Identity) -> Patch | None:
    """Hair over the forehead and beside the face, or None for a bald head."""
    style, width = who.hair_style, who.face_width
    if style == "bald":
        return None
    volume = _VOLUME.get(style, 0.08) * (0.5 + 0.6 * who.hair_volume)
    burn = {"cropped": 0.02, "parted": 0.08, "receding": 0.0, "tied": -0.05, "fringe": 0.1}.get(style, 0.15)
    outer = [(0.80 * width + 0.01, burn), (0.81 * width + 0.5 * volume, -0.3), (0.80 * width + 0.8 * volume, -0.62)]
    outer += [(0.70 * width + volume, -0.98 - 0.5 * volume), (0.40 * width, -1.27 - volume), (0.0, -1.36 - volume)]
    line = _hairline(who)
    contour = [*outer, *[(-x, y) for x, y in outer[-2::-1]], *line]
    soft = 0.02 if style in ("cropped", "receding", "curly") else 0.014
    return canvas.fill(spline(contour, closed=True), soft=soft)


def _hairline(who: Identity) -> list[tuple[float, float]]:
    """The lower edge of the hair from the left side of the picture to the right."""
    width, high = who.face_width, 0.07 * who.hairline
    style = who.hair_style
    if style == "fringe":
        y = -0.56 + 0.10 * who.hairline
        wave = 0.03 * who.part
        inner = [
            (-0.66, -0.25),
            (-0.56, y + 0.02),
            (-0.3, y + wave),
            (0.0, y - 0.02),
            (0.3, y - wave),
            (0.56, y + 0.02),
            (0.66, -0.25),
        ]
    elif style == "scarf":
        inner = [(-0.72, 0.1), (-0.68, -0.45), (-0.42, -0.78), (0.0, -0.86), (0.42, -0.78), (0.68, -0.45), (0.72, 0.1)]
    elif style in ("long", "bob", "parted"):
        part = 0.34 * np.sign(who.part or 1) * (0.4 + 0.6 * abs(who.part))
        sweep = 0.13 * part
        inner = [(-0.74, -0.15), (-0.69, -0.47 + sweep), (-0.45, -0.70 + sweep), (part, -0.93), (0.45, -0.70 - sweep)]
        inner += [(0.69, -0.47 - sweep), (0.74, -0.15)]
    elif style == "receding":
        inner = [(-0.75, -0.2), (-0.70, -0.55), (-0.60, -0.98), (-0.25, -0.98 + 0.1 * who.part), (0.0, -0.95), (0.25, -0.98)]
        inner += [(0.60, -0.98), (0.70, -0.55), (0.75, -0.2)]
    else:
        inner = [(-0.73, -0.2), (-0.66, -0.50), (-0.56, -0.76), (-0.28, -0.84), (0.0, -0.82), (0.28, -0.84), (0.56, -0.76)]
        inner += [(0.66, -0.50), (0.73, -0.2)]
    return [(x * width, y - high) for x, y in inner]


def curtains(canvas: Canvas, who: Identity) -> list[Patch]:
    """Long hair that hangs in front of the sides of the face, or the edge of a headscarf."""
    width = who.face_width
    patches: list[Patch] = []
    if who.hair_style not in ("long", "bob", "scarf"):
        return patches
    low = {"long": 1.6, "bob": 0.5 + 0.3 * who.hair_volume, "scarf": 1.2}[who.hair_style]
    for side in SIDES:
        cover = 0.02 + 0.09 * np.clip(who.hair_volume - 0.5 + 0.25 * side * who.part, 0, 1)
        inside = [(0.60, -0.72), (0.76 - 0.6 * cover, -0.3), (0.80 - cover, 0.1), (0.80 - cover, 0.4 * low), (0.74 - cover, low)]
        outside = [(0.95, low), (1.02, 0.4 * low), (0.95, -0.2), (0.80, -0.85)]
        patches.append(canvas.fill(spline([(side * x * width, y) for x, y in inside + outside], closed=True), soft=0.012))
    return patches


def paint_hair(
    canvas: Canvas, albedo: np.ndarray, height: np.ndarray, patch: Patch, who: Identity, texture: np.ndarray, *, lift: float
) -> None:
    """Cover an area with hair (or cloth) and lift it off the skin by `lift` face units."""
    tone = who.hair_tone if who.hair_style != "scarf" else 0.15 + 0.6 * (who.texture % 97) / 97
    strength = {"curly": 0.30, "scarf": 0.03, "cropped": 0.16}.get(who.hair_style, 0.25 - 0.16 * tone)
    area = texture[patch.rows, patch.columns]
    rough = 0.05 if who.hair_style == "curly" else 0.12
    ragged = np.clip(patch.mask + 1.2 * area * patch.mask * (1 - patch.mask), 0, 1)
    patch = Patch(patch.rows, patch.columns, ragged)
    opacity = 0.8 if who.hair_style == "cropped" else 1.0
    paint(albedo, patch, np.maximum(tone * (1 + strength * area) + 0.012 * area, 0.015), opacity=opacity)
    raise_(height, Patch(patch.rows, patch.columns, patch.mask * (1 + rough * area)), lift)


def paint_beard(
    canvas: Canvas, albedo: np.ndarray, height: np.ndarray, who: Identity, marks: Landmarks, grain: np.ndarray
) -> None:
    """Stubble, moustache, goatee or full beard, moving with mouth and jaw."""
    if who.beard == "none":
        return
    density = 0.3 if who.beard == "stubble" else 0.85
    tone = min(who.hair_tone + 0.02, 0.8 * who.skin)
    areas = [_moustache(canvas, marks)]
    if who.beard in ("stubble", "full"):
        areas.append(_whiskers(canvas, who, marks))
    if who.beard in ("goatee", "full"):
        areas.append(_goatee(canvas, marks))
    for area in areas:
        noise = grain[area.rows, area.columns]
        paint(albedo, area, np.maximum(tone * (1 + 0.14 * noise), 0.02), opacity=density)
        if density > 0.5:
            raise_(height, Patch(area.rows, area.columns, area.mask * (1 + 0.06 * noise)), 0.025)


def _moustache(canvas: Canvas, marks: Landmarks) -> Patch:
    left, right = marks.mouth.corner(-1), marks.mouth.corner(1)
    line = np.vstack([left + np.array([-0.03, 0.05]), marks.mouth.top[2:-2] - np.array([0, 0.035]), right + 0.04])
    widths = np.interp(np.linspace(-1, 1, len(line)), [-1, -0.5, 0, 0.5, 1], [0.02, 0.085, 0.06, 0.085, 0.02])
    return canvas.stroke(line, widths, soft=0.016)


def _goatee(canvas: Canvas, marks: Landmarks) -> Patch:
    left, right, chin = marks.mouth.corner(-1), marks.mouth.corner(1), marks.chin_y
    y = float(marks.mouth.bottom[16, 1])
    outer = [(left[0] - 0.03, left[1] + 0.02), (left[0] * 0.8, chin - 0.1), (0, chin + 0.02), (right[0] * 0.8, chin - 0.1)]
    inner = [(right[0] + 0.03, right[1] + 0.02), (right[0] * 0.6, y + 0.05), (0, y + 0.035), (left[0] * 0.6, y + 0.05)]
    return canvas.fill(spline(outer + inner, closed=True), soft=0.025)


def _whiskers(canvas: Canvas, who: Identity, marks: Landmarks) -> Patch:
    left, right, chin, width = marks.mouth.corner(-1), marks.mouth.corner(1), marks.chin_y, who.face_width
    jaw = [(0.77 * width, 0.05), (0.77 * width, 0.32), (0.68 * width, 0.62), (0.46 * width, chin - 0.16), (0.2, chin + 0.03)]
    cheek = [(right[0] + 0.14, right[1]), (0.60 * width, 0.36), (0.69 * width, 0.05)]
    other = [(-0.69 * width, 0.05), (-0.60 * width, 0.36), (left[0] - 0.14, left[1])]
    under = [(left[0] * 0.9, left[1] + 0.10), (0.0, marks.mouth.bottom[16, 1] + 0.045), (right[0] * 0.9, right[1] + 0.10)]
    return canvas.fill(spline([*jaw, *[(-x, y) for x, y in jaw[::-1]], *other, *under, *cheek], closed=True), soft=0.035)


def paint_glasses(canvas: Canvas, picture: np.ndarray, who: Identity, marks: Landmarks, shine: float) -> None:
    """Frames, a trace of reflection in the lenses, and the arms; painted on the lit picture."""
    if who.glasses == "none":
        return
    power = 2.2 if who.glasses == "round" else 4.5
    half = (0.215, 0.17) if who.glasses == "round" else (0.225, 0.145)
    tone, thick = (0.08, 0.026) if who.texture % 3 else (0.30, 0.018)
    t = np.linspace(0, 2 * np.pi, 40)
    shape = np.stack(
        [np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power), np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)], axis=1
    )
    for eye in marks.eyes:
        x = eye.centre[0] + 0.01 * eye.side
        rim = shape * half + [x, -0.105]
        glass = canvas.fill(rim)
        darken(picture, glass, 0.06)
        glint = np.array([(x - 0.14, -0.03), (x - 0.03, -0.2)])
        patch = canvas.stroke(glint, np.array([0.05, 0.05]), soft=0.015)
        picture[patch.rows, patch.columns] += np.float32(0.12 * shine) * patch.mask
        darken(picture, canvas.stroke(rim + np.array([0, 0.02]), np.full(len(rim), thick), soft=0.012), 0.22)
        paint(picture, canvas.stroke(rim, np.full(len(rim), thick), soft=0.004), tone, opacity=0.92)
        arm = np.array([(x + eye.side * half[0], -0.15), (eye.side * 0.80 * who.face_width, -0.16)])
        paint(picture, canvas.stroke(arm, np.array([thick, thick])), tone, opacity=0.9)
    gap = abs(marks.eyes[1].centre[0]) + 0.01 - half[0]
    bridge = spline([(-gap, -0.13), (0, -0.17), (gap, -0.13)])
    paint(picture, canvas.stroke(bridge, np.full(len(bridge), thick)), tone, opacity=0.9)
