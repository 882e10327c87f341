"""How long a run will take on this machine: measured speeds, kept beside the runs, and an estimate made from them."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import psutil

from fer_core.backbones import BACKBONES
from fer_core.datasets.store import DatasetMeta
from fer_core.files import replace
from fer_core.runs.config import RunConfig, phases, preset_config
from fer_core.runs.presets import Preset
from fer_core.settings import settings

Part = Literal["features", "head", "partial", "full"]
Basis = Literal["measured", "scaled", "reference"]

# MobileNet at 96x96 pixels with the fine map, images a second, on a machine whose matrix product reaches _REFERENCE_GFLOPS.
_REFERENCE_FORWARD = 600.0
_REFERENCE_FULL = 150.0
_REFERENCE_CACHED_HEAD = 20_000.0
_REFERENCE_GFLOPS = 130.0

_FINE_MAP_COST = 1.2
_MOST = 1e9
"""No machine trains on so many images per second: what is more in `speed.json` is damage."""

_START_SECONDS = 20.0
_BUSY = 2.0  # Work that waits for each core; a training alone has about one thread on each.

_SHORTER: tuple[tuple[Preset, dict[str, float], str], ...] = (
    ("quick", {}, "Quick"),
    ("frozen", {}, "Frozen"),
    ("frozen", {"resolution": 64}, "Frozen at 64 px"),
    ("frozen", {"resolution": 48}, "Frozen at 48 px"),
    ("standard", {"train_share": 0.1, "resolution": 48}, "Standard with a tenth of the faces, at 48 px"),
)

_REASONS: dict[Basis, str] = {
    "measured": "measured on this machine in earlier runs",
    "scaled": "converted from other settings that were measured on this machine",
    "reference": "a rough estimate from a short test of this machine; the first run measures it",
}


@dataclass(frozen=True)
class PhaseTime:
    """Time that one phase is expected to take.

    Attributes:
        phase: `features` (once, before a head on cached features), `head`, `partial` or `full`.
        epochs: at most so many epochs (1 for `features`).
        seconds: for all of them.
        images_per_second: expected speed of its training pass.
    """

    phase: Part
    epochs: int
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class Estimate:
    """Expected duration of a run.

    Attributes:
        seconds: whole run, without early stopping.
        basis: `measured` when every phase was timed here with these settings, `scaled` when speeds of other settings
            were converted, `reference` when nothing was measured on this machine yet.
        short: duration in words.
        sentence: duration and basis in one sentence.
        phases: the parts that the sum is made of.
    """

    seconds: float
    basis: Basis
    short: str
    sentence: str
    phases: tuple[PhaseTime, ...]


@dataclass(frozen=True)
class Shorter:
    """A recipe that takes less time than the one that was asked for.

    Attributes:
        preset: its preset.
        changes: what differs from it.
        words: both in words.
        estimate: its expected duration.
    """

    preset: Preset
    changes: dict[str, float]
    words: str
    estimate: Estimate


def speed_key(config: RunConfig, phase: Part) -> str:
    """Name under which the speed of a phase is kept: backbone, resolution, map, and what is computed.

    `features` is the frozen forward pass; a head on cached features, a head behind augmentation, a partial phase from
    each block, and all layers have a key each. Batch size is not part of it.
    """
    kind: str = phase
    if phase == "head":
        kind = "head:cached" if config.head_features == "cached" else "head:augmented"
    elif phase == "partial":
        first = next((planned.first_block for planned in phases(config) if planned.name == "partial"), config.partial_from)
        kind = f"partial:{first}"
    return f"{config.backbone}/{config.resolution}/{'fine' if config.fine_map else 'coarse'}/{kind}"


def record_speed(key: str, images_per_second: float) -> None:
    """Keep a measured training speed in `speed.json` of the workspace; replaced atomically, nonsense is ignored."""
    if not math.isfinite(images_per_second) or images_per_second <= 0:
        return
    kept = {**speeds(), key: round(float(images_per_second), 2)}
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, lambda temporary: temporary.write_text(json.dumps(kept, indent=2, sort_keys=True)))


def speeds() -> dict[str, float]:
    """Measured images per second by key; empty when nothing was measured or the file is damaged."""
    try:
        stored = json.loads(_file().read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {key: float(value) for key, value in stored.items() if type(value) in (int, float) and 0 < value < _MOST}


def estimate(
    config: RunConfig, meta: DatasetMeta, *, features_kept: bool = False, factor: Callable[[], float] | None = None
) -> Estimate:
    """Expected duration of a run on a data set, without TensorFlow.

    Args:
        config: the recipe.
        meta: data set; the sizes of its train and validation splits count.
        features_kept: True when the features of the frozen backbone lie with the data set from an earlier run.
        factor: speed of this machine relative to the reference one, asked only when nothing was measured; `measure` by default.
    """
    measured = speeds()
    train, validation = (sum(meta.counts.get(split, {}).values()) for split in ("train", "validation"))
    train = round(train * config.train_share)
    forward, forward_basis = _speed(config, "features", measured, factor or measure)
    parts: list[PhaseTime] = []
    bases: list[Basis] = []
    if any(phase.cached for phase in phases(config)) and not features_kept:
        # Of all faces: they are kept with the data set, whatever share a run takes of them.
        parts.append(PhaseTime("features", 1, meta.n / forward, forward))
        bases.append(forward_basis)
    for phase in phases(config):
        rate, basis = _speed(config, phase.name, measured, factor or measure)
        checked = validation / (rate if phase.cached else forward)
        smaller = min(phase.epochs, config.start_epochs) if phase.name == "full" else 0
        passes = phase.epochs - smaller * (1 - min(1.0, config.start_resolution / config.resolution) ** 2)
        parts.append(PhaseTime(phase.name, phase.epochs, passes * train / rate + phase.epochs * checked, rate))
        bases.append(basis)
    answers = 2 * len(config.teachers) * train
    seconds = _START_SECONDS + sum(part.seconds for part in parts) + (validation * (1 + config.flip) + answers) / forward
    worst: Basis = "reference" if "reference" in bases else "scaled" if "scaled" in bases else "measured"
    short = f"{'At most about' if config.early_stopping else 'About'} {_words(seconds)}"
    return Estimate(seconds, worst, f"{short} here.", f"{short} ({_REASONS[worst]}).", tuple(parts))


def shorter(
    config: RunConfig, meta: DatasetMeta, *, limit: float = 120.0, kept: Callable[[RunConfig], bool] = lambda _: False
) -> Shorter | None:
    """Find a recipe that fits into some seconds, with the network of the one that was asked for.

    Args:
        config: that takes too long.
        meta: data set.
        limit: seconds.
        kept: whether the features that a recipe needs lie with the data set.

    Returns:
        The first of `_SHORTER` that fits, or the shortest where none does and it takes less than half the time; else None, as
        where the recipe itself fits.
    """
    asked = estimate(config, meta, features_kept=kept(config)).seconds
    if asked <= limit:
        return None
    offers: list[Shorter] = []
    network = {name: getattr(config, name) for name in ("backbone", "weights", "weights_file")}
    for preset, changes, words in _SHORTER:
        if preset in ("frozen", "quick") and config.weights == "random":
            continue  # they would train on features that nothing has learned
        chosen = preset_config(config.dataset, preset, **network, **changes)
        offers.append(Shorter(preset, changes, words, estimate(chosen, meta, features_kept=kept(chosen))))
    best = next((one for one in offers if one.estimate.seconds <= limit), None)
    shortest = min(offers, key=lambda one: one.estimate.seconds)
    return best or (shortest if shortest.estimate.seconds < asked / 2 else None)


def busy() -> bool:
    """Whether much else is at work on this computer now: more of it waits than a training alone brings along."""
    return psutil.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)


@lru_cache(maxsize=1)
def measure() -> float:
    """Speed of this machine relative to the reference one, from float32 matrix products timed for about 0.3 s."""
    side = 512
    matrix = np.random.default_rng(0).random((side, side), dtype=np.float32)
    matrix @ matrix
    best, end = math.inf, time.perf_counter() + 0.3
    while time.perf_counter() < end:
        start = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best / 1e9 / _REFERENCE_GFLOPS


def _words(seconds: float) -> str:
    """Words for a duration, no finer than it is known: `40 s`, `3 min`, `25 min`, `2.5 h`."""
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} s"
    minutes = seconds / 60
    if minutes < 100:
        return f"{round(minutes) if minutes < 20 else 5 * round(minutes / 5)} min"
    return f"{round(minutes / 30) / 2:g} h"


def _file() -> Path:
    return settings().workspace / "speed.json"


def _speed(config: RunConfig, phase: Part, measured: Mapping[str, float], factor: Callable[[], float]) -> tuple[float, Basis]:
    """Images a second of a phase: measured, converted from the most similar measured key, or from the reference figures."""
    wanted = speed_key(config, phase)
    if wanted in measured:
        return measured[wanted], "measured"
    alike = [key for key in measured if _cost(key) is not None and _is_cached(key) == _is_cached(wanted)]
    cost = _cost(wanted)
    if cost is None:
        return _REFERENCE_FORWARD * factor(), "reference"
    if alike:
        nearest = max(alike, key=lambda key: _likeness(key, wanted))
        return measured[nearest] * (_cost(nearest) or cost) / cost, "scaled"
    return _REFERENCE_FORWARD * factor() / cost, "reference"


def _cost(key: str) -> float | None:
    """Relative time an image of a key; 1 is the forward pass of MobileNet at 96x96 with the fine map; None for unknown keys."""
    parts = key.split("/")
    if len(parts) != 4 or parts[0] not in BACKBONES or not parts[1].isdigit():
        return None
    backbone, side, grid, kind = parts[0], int(parts[1]), parts[2], parts[3]
    if kind == "head:cached":
        return _REFERENCE_FORWARD / _REFERENCE_CACHED_HEAD * BACKBONES[backbone].features / BACKBONES["mobilenet"].features
    relative = BACKBONES[backbone].forward_cost * (1.0 if grid == "fine" else 1 / _FINE_MAP_COST)
    backward = (_REFERENCE_FORWARD / _REFERENCE_FULL - 1) * _trained_share(backbone, kind)
    return relative * (side / 96) ** 2 * (1 + backward)


def _trained_share(backbone: str, kind: str) -> float:
    if kind == "full":
        return 1.0
    blocks = BACKBONES[backbone].blocks
    block = kind.removeprefix("partial:")
    return (len(blocks) - blocks.index(block)) / len(blocks) if block in blocks else 0.0


def _is_cached(key: str) -> bool:
    return key.endswith("/head:cached")


def _likeness(key: str, wanted: str) -> tuple[bool, bool, bool]:
    (backbone, side, _, kind), (other, other_side, _, other_kind) = key.split("/"), wanted.split("/")
    return kind.split(":")[0] == other_kind.split(":")[0], backbone == other, side == other_side
