"""One picture: a person, what the face does, and the shot."""

import cv2
import numpy as np

from fer_core.datasets.drawing import hair, relief, skin
from fer_core.datasets.drawing.action_units import Activation
from fer_core.datasets.drawing.canvas import Canvas, Patch, canvas_of, darken, paint, raise_, spline
from fer_core.datasets.drawing.identity import Identity
from fer_core.datasets.drawing.landmarks import SIDES, Eye, Landmarks, landmarks
from fer_core.datasets.drawing.scene import Scene, backdrop, develop, occlude, project, rotation


def render(who: Identity, units: Activation, scene: Scene, *, size: int = 48, oversampling: int = 4) -> np.ndarray:
    """Draw a face.

    Args:
        who: the invented person.
        units: strength of the action units.
        scene: camera, light and surroundings.
        size: pixels along one side of the result.
        oversampling: how many times larger it is drawn before it is area-averaged.

    Returns:
        (size, size) uint8, 0 black to 255 white.
    """
    side = size * oversampling
    canvas = canvas_of(side)
    marks = landmarks(who, units, gaze=scene.gaze)
    texture_rng, scene_rng = np.random.default_rng(who.texture), np.random.default_rng(scene.seed)
    albedo, height, alpha = _body(canvas, who, marks, units, texture_rng)
    picture = _lit(canvas, albedo, height, scene, who)
    for eye in marks.eyes:
        _catchlight(canvas, picture, eye, scene)
    hair.paint_glasses(canvas, picture, who, marks, scene.shine)
    seen = project(np.dstack([picture, alpha]), height, scene, side)
    result = backdrop(scene, side, scene_rng)
    result += (seen[..., 0] - result) * seen[..., 1]
    occlude(result, scene)
    # A camera exposes dark skin longer, though not quite as long as it takes.
    return develop(result * np.float32((0.64 / who.skin) ** 0.4), scene, size, scene_rng)


def _body(
    canvas: Canvas, who: Identity, marks: Landmarks, units: Activation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reflectance, height and coverage of everything that turns with the head."""
    side = canvas.side
    albedo, height, alpha = (np.zeros((side, side), np.float32) for _ in range(3))
    strands = hair.strands(canvas, who, rng)
    grain = skin.texture(side, max(16, side // 3), rng)
    rear = hair.behind(canvas, who)
    if rear is not None:
        hair.paint_hair(canvas, albedo, height, rear, who, strands, lift=0.10)
        _cover(alpha, rear)
    _neck(canvas, albedo, height, alpha, who)
    _ears(canvas, albedo, height, alpha, who)
    under = canvas.fill(marks.outline + np.array([0, 0.10]), soft=0.06)
    darken(albedo, under, 0.5)
    head = canvas.fill(marks.outline)
    _cover(alpha, head)
    skin.paint_skin(canvas, albedo, head, who, rng)
    shape = relief.head(canvas, marks, units)
    relief.features(canvas, shape, who, marks, units)
    paint(height, head, shape[head.rows, head.columns])
    skin.squint_shade(albedo, canvas, marks, units)
    skin.paint_creases(canvas, albedo, height, relief.creases(who, marks, units))
    skin.paint_nose(canvas, albedo, marks)
    skin.paint_mouth(canvas, albedo, who, marks.mouth)
    for eye in marks.eyes:
        skin.paint_eye(canvas, albedo, who, eye)
    skin.paint_brows(canvas, albedo, who, marks, rng)
    hair.paint_beard(canvas, albedo, height, who, marks, grain)
    top = hair.front(canvas, who)
    for patch in [top, *hair.curtains(canvas, who)]:
        if patch is not None:
            hair.paint_hair(
                canvas,
                albedo,
                height,
                patch,
                who,
                strands,
                lift=0.03 if who.hair_style in ("cropped", "receding", "tied") else 0.07,
            )
            _cover(alpha, patch)
    return albedo, height, alpha


def _cover(alpha: np.ndarray, patch: Patch) -> None:
    part = alpha[patch.rows, patch.columns]
    np.maximum(part, patch.mask, out=part)


def _neck(canvas: Canvas, albedo: np.ndarray, height: np.ndarray, alpha: np.ndarray, who: Identity) -> None:
    wide = 0.50 * who.face_width * (1.08 - 0.16 * who.softness)
    neck = canvas.fill(
        spline(
            [(-wide, 0.5), (wide, 0.5), (wide * 1.02, 1.1), (wide * 1.25, 1.6), (-wide * 1.25, 1.6), (-wide * 1.02, 1.1)],
            closed=True,
        )
    )
    paint(albedo, neck, 0.9 * who.skin)
    raise_(height, Patch(neck.rows, neck.columns, cv2.GaussianBlur(neck.mask, (0, 0), 0.1 * canvas.scale)), 0.06)
    _cover(alpha, neck)
    tone = 0.05 + 0.8 * (who.texture % 89) / 89
    collar = [(0.45, 1.18), (0.9, 1.30), (1.6, 1.42), (1.6, 1.6)]
    cloth = canvas.fill(np.array([(0.0, 1.38), *collar, *[(-x, y) for x, y in collar[::-1]]]), soft=0.008)
    paint(albedo, cloth, tone)
    _cover(alpha, cloth)


def _ears(canvas: Canvas, albedo: np.ndarray, height: np.ndarray, alpha: np.ndarray, who: Identity) -> None:
    if who.hair_style in ("long", "bob", "scarf"):
        return
    for side in SIDES:
        x, size = 0.77 * who.face_width, who.ear_size
        points = [
            (0.0, -0.26),
            (0.10 * size, -0.27),
            (0.13 * size, -0.12),
            (0.09 * size, 0.06),
            (0.05 * size, 0.17),
            (-0.02, 0.15),
        ]
        shell = canvas.fill(spline([(side * (x + dx), y * (0.6 + 0.4 * size)) for dx, y in points], closed=True), soft=0.006)
        paint(albedo, shell, 0.92 * who.skin)
        raise_(height, shell, 0.06)
        hollow = spline([(side * (x + 0.05 * size), -0.16), (side * (x + 0.085 * size), -0.08), (side * (x + 0.03), 0.04)])
        darken(albedo, canvas.stroke(hollow, 0.045, soft=0.012), 0.4)
        _cover(alpha, shell)


def _lit(canvas: Canvas, albedo: np.ndarray, height: np.ndarray, scene: Scene, who: Identity) -> np.ndarray:
    """Reflectance under the lamp (Lambert with a wrapped edge), the sky (occluded in hollows) and a little shine."""
    light = rotation(scene).T @ np.asarray(scene.light)
    x, y, z = relief.normals(canvas, height)
    facing = x * np.float32(light[0]) + y * np.float32(light[1]) + z * np.float32(light[2])
    lamp = np.maximum((facing + np.float32(0.22)) * np.float32(1 / 1.22), 0)
    if light[2] > 0.05:
        lamp *= 1 - np.float32(0.72) * relief.cast_shadow(canvas, height, light)
    blurred = cv2.blur(height, (int(0.22 * canvas.scale) | 1,) * 2)
    open_sky = np.clip(1 + np.float32(3.2) * (height - blurred), 0.35, 1.12)
    glow = np.float32(scene.ambient) * open_sky * (0.72 - 0.28 * y + 0.1 * z)
    shade = glow + np.float32(scene.strength) * lamp
    shade = cv2.GaussianBlur(shade, (0, 0), 0.011 * canvas.scale)
    half = np.asarray(light) + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    gloss = np.maximum(x * np.float32(half[0]) + y * np.float32(half[1]) + z * np.float32(half[2]), 0)
    for _ in range(4):
        gloss *= gloss
    return albedo * shade + np.float32(0.11 * scene.shine * scene.strength) * gloss


def _catchlight(canvas: Canvas, picture: np.ndarray, eye: Eye, scene: Scene) -> None:
    x = eye.iris[0] + 0.035 * np.sign(scene.light[0] or 1)
    y = eye.iris[1] - 0.028
    top = float(np.interp(eye.iris[0], np.sort(eye.upper[:, 0]), eye.upper[np.argsort(eye.upper[:, 0]), 1]))
    bottom = float(np.interp(eye.iris[0], np.sort(eye.lower[:, 0]), eye.lower[np.argsort(eye.lower[:, 0]), 1]))
    if bottom - top < 0.05:
        return
    spot = canvas.bump((x, max(y, top + 0.02)), (0.014, 0.014))
    picture[spot.rows, spot.columns] += np.float32(0.55) * spot.mask
