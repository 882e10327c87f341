"""Where a run's pretrained weights come from: a named file, the bundled MobileNet, Keras's cache, or a download on request."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_core.backbones import BACKBONES, Backbone
from fer_core.errors import WeightsError
from fer_core.progress import Progress, silent
from fer_core.runs.config import RunConfig
from fer_core.settings import ASSETS

BUNDLED_MOBILENET = ASSETS / "mobilenet_imagenet_notop.weights.h5"


@dataclass(frozen=True)
class WeightsPlan:
    """Which weights a run would start from.

    Attributes:
        source: where they come from; `missing` means that the run cannot start yet.
        path: the file; None for random weights and for missing ones.
        sentence: the same for the person who starts the run.
    """

    source: Literal["file", "bundled", "cache", "random", "missing"]
    path: Path | None
    sentence: str


def keras_cache(backbone: Backbone) -> Path:
    """Return where Keras keeps its downloaded copy of a backbone's ImageNet weights without top."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models" / backbone.weights_file


def find_weights(config: RunConfig) -> WeightsPlan:
    """Look for the weights that a run of this config would start from, without the network."""
    backbone = BACKBONES[config.backbone]
    if config.weights_file:
        path = Path(config.weights_file).expanduser()
        if path.is_file():
            return WeightsPlan("file", path, f"{backbone.title} starts from the weights in {path.name}.")
        return WeightsPlan("missing", None, f"The weights file '{path.name}' does not exist; name another one.")
    if config.weights == "random":
        return WeightsPlan("random", None, f"{backbone.title} starts from random weights (from scratch).")
    if backbone.bundled is not None and (ASSETS / backbone.bundled).is_file():
        return WeightsPlan("bundled", ASSETS / backbone.bundled, f"{backbone.title} starts from the bundled ImageNet weights.")
    cached = keras_cache(backbone)
    if cached.is_file():
        return WeightsPlan("cache", cached, f"{backbone.title} starts from the ImageNet weights in Keras's cache.")
    return WeightsPlan(
        "missing",
        None,
        f"ImageNet weights for {backbone.title} are not on this machine; download them ({backbone.megabytes} MB), "
        f"or put {backbone.weights_file} into {_short(cached.parent)}, or start from scratch.",
    )


def require_weights(config: RunConfig) -> WeightsPlan:
    """Find the weights of a run that is about to start, and refuse it when they are missing.

    Raises:
        WeightsError: the weights are missing; the sentence names the file to put where.
    """
    plan = find_weights(config)
    if plan.source == "missing":
        raise WeightsError(plan.sentence)
    return plan


def download(backbone: Backbone, *, progress: Progress = silent, timeout: float = 20.0) -> Path:
    """Fetch a backbone's ImageNet weights into Keras's cache; nothing is left behind when it fails.

    Args:
        backbone: a row of `BACKBONES`.
        progress: called with a share 0 to 1 and a sentence.
        timeout: seconds without an answer after which it gives up.

    Raises:
        WeightsError: no network, no such file, or no room on the disk.
    """
    target = keras_cache(backbone)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".download-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(backbone.weights_url, timeout=timeout) as answer:
            total = int(answer.headers.get("Content-Length") or backbone.megabytes * 1_000_000)
            done = 0
            while chunk := answer.read(1 << 18):
                file.write(chunk)
                done += len(chunk)
                progress(min(1.0, done / total), f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")
        os.replace(temporary, target)
    except (OSError, urllib.error.URLError) as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise WeightsError(
            f"The weights of {backbone.title} could not be downloaded ({getattr(error, 'reason', error)}); "
            f"put {backbone.weights_file} into {_short(target.parent)} by hand, or start from scratch."
        ) from error
    return target


def weights_key(plan: WeightsPlan) -> str:
    """Name weights by their content in 16 hex digits; `random` ones have no content and no stable key."""
    if plan.path is None:
        return "random"
    digest = hashlib.sha256()
    with plan.path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()[:16]


def _short(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
