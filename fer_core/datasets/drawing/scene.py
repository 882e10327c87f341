"""Camera, light and surroundings of one picture, and the projection of a relief into it."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from fer_core.datasets.drawing.canvas import EXTENT
from fer_core.datasets.drawing.skin import texture

FRAME = 1.98
"""Side of what the camera sees, in face units, at zoom 1: from the hairline to just under the chin."""

_PIVOT_Z = 0.38


@dataclass(frozen=True)
class Scene:
    """One shot. Angles in radians: yaw turns to the right of the picture, pitch up, roll clockwise."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)
    light: tuple[float, float, float] = (-0.5, -0.45, 0.74)  # towards the light: right, down, to the camera
    ambient: float = 0.45
    strength: float = 0.88
    shine: float = 0.5
    exposure: float = 1.0
    gamma: float = 1.0
    background: str = "gradient"
    tones: tuple[float, float] = (0.55, 0.35)
    blur: float = 0.0  # standard deviation in pixels of a 48x48 picture
    noise: float = 0.0  # standard deviation, picture from 0 to 1
    occluder: tuple[float, float, float, float] | None = field(default=None)  # x, y, angle, tone
    seed: int = 0


def sample_scene(rng: np.random.Generator) -> Scene:
    """A shot as found on the web: mostly frontal, mostly lit from above, sometimes dim, blurred or in the way."""

    def angle(spread: float, limit: float) -> float:
        return float(np.clip(np.deg2rad(rng.normal(0, spread)), -np.deg2rad(limit), np.deg2rad(limit)))

    side, above = rng.normal(0, 0.55), rng.normal(-0.5, 0.35)
    light = np.array([side, above, 0.9])
    light /= np.linalg.norm(light)
    background = str(rng.choice(["gradient", "plain", "blobs", "bars"], p=[0.4, 0.25, 0.2, 0.15]))
    middle = float(rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.2, 0.7), rng.uniform(0.85, 1.0)], p=[0.3, 0.4, 0.3]))
    scene = Scene(
        yaw=angle(11, 30),
        pitch=angle(6, 16),
        roll=angle(6, 18),
        zoom=float(np.clip(rng.normal(1.05, 0.06), 0.9, 1.2)),
        shift=(float(np.clip(rng.normal(0, 0.05), -0.13, 0.13)), float(np.clip(rng.normal(0, 0.05), -0.13, 0.13))),
        gaze=(float(np.clip(rng.normal(0, 0.4), -1, 1)), float(np.clip(rng.normal(0, 0.3), -1, 1))),
        light=(float(light[0]), float(light[1]), float(light[2])),
        ambient=float(rng.uniform(0.30, 0.56)),
        strength=float(rng.uniform(0.65, 1.05)),
        shine=float(rng.uniform(0.1, 0.9)),
        exposure=float(np.clip(rng.normal(1.0, 0.14), 0.65, 1.35)),
        gamma=float(np.clip(rng.normal(1.0, 0.12), 0.75, 1.35)),
        background=background,
        tones=(middle, float(np.clip(middle + rng.normal(0, 0.12), 0, 1))),
        blur=float(max(0.0, rng.normal(0.15, 0.25))),
        noise=float(np.clip(abs(rng.normal(0, 0.006)), 0, 0.018)),
        seed=int(rng.integers(2**31)),
    )
    if rng.random() < 0.06:
        where = rng.uniform(0.8, 0.98, 2) * np.where(rng.random(2) < 0.5, -1, 1)
        scene = replace(
            scene, occluder=(float(where[0]), float(where[1]), float(rng.uniform(0, 3.1)), float(rng.uniform(0, 0.9)))
        )
    return scene


def rotation(scene: Scene) -> np.ndarray:
    """The matrix (3, 3) that turns head coordinates into camera coordinates."""
    cy, sy, cp, sp = np.cos(scene.yaw), np.sin(scene.yaw), np.cos(scene.pitch), np.sin(scene.pitch)
    cr, sr = np.cos(scene.roll), np.sin(scene.roll)
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return roll @ pitch @ yaw


def project(layers: np.ndarray, height: np.ndarray, scene: Scene, side: int) -> np.ndarray:
    """See a canvas as the camera does.

    Every point (x, y, height) of the relief is turned by yaw, pitch and roll, so that the nose shifts against the outline and
    the far half of the face gets narrower. The inverse is found by fixed-point iteration on a coarse grid.

    Args:
        layers: (S, S, C) float32, what is painted on the relief.
        height: (S, S) float32 in face units.
        scene: the shot.
        side: pixels along one side of the picture.

    Returns:
        (side, side, C) float32; nought outside the canvas.
    """
    turn = rotation(scene)
    coarse = 64
    axis = (np.arange(coarse, dtype=np.float32) + 0.5) / coarse - 0.5
    frame = FRAME / scene.zoom
    u = (axis * frame - scene.shift[0])[None, :] * np.ones((coarse, 1), np.float32)
    v = (axis * frame - scene.shift[1] + 0.06)[:, None] * np.ones((1, coarse), np.float32)
    back = np.linalg.inv(turn[:2, :2])
    small = cv2.GaussianBlur(cv2.resize(height, (96, 96), interpolation=cv2.INTER_AREA), (0, 0), 1.4)
    x, y = back[0, 0] * u + back[0, 1] * v, back[1, 0] * u + back[1, 1] * v
    for _ in range(5):
        z = cv2.remap(small, _place(x, 96), _place(y, 96), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) - _PIVOT_Z
        left, down = u - turn[0, 2] * z, v - turn[1, 2] * z
        x, y = back[0, 0] * left + back[0, 1] * down, back[1, 0] * left + back[1, 1] * down
    size = (side, side)
    map_x = cv2.resize(_place(x, len(height)), size, interpolation=cv2.INTER_LINEAR)
    map_y = cv2.resize(_place(y, len(height)), size, interpolation=cv2.INTER_LINEAR)
    seen = cv2.remap(layers, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen.reshape(side, side, -1)


def _place(coordinate: np.ndarray, side: int) -> np.ndarray:
    return ((coordinate + EXTENT) * (side / (2 * EXTENT)) - 0.5).astype(np.float32)


def backdrop(scene: Scene, side: int, rng: np.random.Generator) -> np.ndarray:
    """What is behind the person: (side, side) float32, 0 to 1."""
    first, second = scene.tones
    ramp = np.linspace(0, 1, side, dtype=np.float32)
    picture = first + (second - first) * (0.6 * ramp[:, None] + 0.4 * ramp[None, :])
    if scene.background == "blobs":
        picture = picture + 0.13 * texture(side, 7, rng)
    elif scene.background == "bars":
        bars = rng.normal(0, 0.16, 7).astype(np.float32)
        picture = picture + cv2.resize(bars[None, :], (side, 1), interpolation=cv2.INTER_LINEAR)
    elif scene.background == "plain":
        picture = np.full((side, side), first, np.float32)
    return np.clip(picture, 0, 1).astype(np.float32)


def occlude(picture: np.ndarray, scene: Scene) -> None:
    """Something out of focus in a corner of the picture, in place."""
    if scene.occluder is None:
        return
    x, y, angle, tone = scene.occluder
    side = len(picture)
    stencil = np.zeros((side, side), np.uint8)
    centre = (round((x / 2 + 0.5) * side), round((y / 2 + 0.5) * side))
    cv2.ellipse(stencil, centre, (round(0.34 * side), round(0.16 * side)), float(np.rad2deg(angle)), 0, 360, 255, -1, cv2.LINE_AA)
    mask = cv2.GaussianBlur(stencil, (0, 0), 0.028 * side).astype(np.float32) / 255
    picture += (tone - picture) * mask


def develop(picture: np.ndarray, scene: Scene, size: int, rng: np.random.Generator) -> np.ndarray:
    """Exposure, gamma, area-averaging to `size`, blur and noise: (size, size) uint8."""
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    sigma = scene.blur * size / 48
    if sigma > 0.25:
        small = cv2.GaussianBlur(small, (0, 0), sigma)
    small = np.clip(small * scene.exposure, 0, 1.6)
    small = np.where(small > 0.8, 0.8 + 0.2 * np.tanh((small - 0.8) / 0.2), small) ** scene.gamma
    if scene.noise > 0:
        small = small + np.float32(scene.noise) * rng.standard_normal(small.shape, dtype=np.float32)
    return np.clip(np.round(small * 255), 0, 255).astype(np.uint8)
