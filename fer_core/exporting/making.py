"""Export a run: made, asked the same faces as the run, described, and written whole or not at all."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import RunError
from fer_core.exporting import demo
from fer_core.exporting.browser import require_frame
from fer_core.exporting.checking import Check, Faces, compare, faces_for
from fer_core.exporting.formats import ENTRY, Kind, description, require_suffix
from fer_core.files import require_places, write_output
from fer_core.predictor import Predictor, corrected, load_predictor
from fer_core.progress import Progress, silent
from fer_core.runs import Run
from fer_core.runs.records import Calibration

if TYPE_CHECKING:
    import keras

    from fer_core.models.inference import Forward
_MADE, _ASKED, _CHECKED = 0.15, 0.5, 0.95
"""Shares of the work that are done when the network is loaded, when the file is made, and when it has been checked."""
_PLAIN = Calibration()
_PART = 32
"""Faces that a file is asked at once."""


@dataclass(frozen=True)
class Exported:
    """A file that was written.

    Attributes:
        path: where it is.
        bytes: its size.
        check: how its answers compare with the run's.
        about: the description inside it, without the check.
    """

    path: Path
    bytes: int
    check: Check
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**self.about, "file": str(self.path), "bytes": self.bytes, "check": self.check.to_dict()}


def export_run(
    run: Run,
    kind: Kind,
    path: Path,
    *,
    dataset: str | None = None,
    progress: Progress = silent,
) -> Exported:
    """Write a run's network as one file with its preprocessing, softmax and temperature inside; imports TensorFlow.

    Args:
        run: the run.
        kind: of the file, from `formats.KINDS`.
        path: where to write it.
        dataset: data set whose faces the file is checked on, and that set the ranges of 8-bit numbers; see `faces_for`.
        progress: called with a share 0 to 1 and a few words.

    Raises:
        InputError: a file of this name cannot be written, or the data set has no face.
        NotFoundError: there is no such data set.
        RunError: the run has no model, or the file does not answer as the run does; nothing is left behind.
    """
    from fer_core.exporting.network import answering

    require_suffix(kind, path)
    require_places(path)
    if kind.name == "html":
        require_frame(run)
    faces = faces_for(run, dataset)
    progress(0.02, "Loading the network")
    predictor = load_predictor(run)
    faces = replace(faces, check=predictor.fitted(faces.check), ranges=predictor.fitted(faces.ranges))
    progress(_MADE, f"Making the {kind.title} file")
    calibration = predictor.calibration
    content = demo.network_file(run) if kind.name == "html" else _content(kind, answering(predictor.model, calibration), faces)
    progress(_ASKED, "Asking run and file the same faces")
    check = _checked(content, kind, predictor, faces, progress)
    about = description(run, kind, predictor.frame, quantised_with=faces.ranges_source if kind.ranges_from_faces else None)
    progress(_CHECKED, "Writing the file")
    about_all = {**about, "check": check.to_dict()}
    described = demo.document(run, content, about_all) if kind.name == "html" else _described(content, kind, about_all)
    write_output(path, lambda place: place.write_bytes(described))
    return Exported(path, len(described), check, about)


def read_description(path: Path) -> dict[str, Any]:
    """What an exported file says of itself; imports the package onnx for one of these.

    Raises:
        RunError: it cannot be read, or was not exported here.
    """
    try:
        if path.suffix == ".html":
            return demo.read_description(path.read_text(encoding="utf-8"))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return dict(json.loads(archive.read(ENTRY)))
        return dict(json.loads(_onnx_properties(path)[ENTRY]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError(f"{path.name} does not say what it is; export the run again.") from error


def _content(kind: Kind, model: keras.Model, faces: Faces) -> bytes:
    if kind.format == "keras":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "model.keras")
            model.save(file)
            return file.read_bytes()
    if kind.format == "onnx":
        return _onnx(kind, model)
    from fer_core.exporting.tflite import to_tflite

    return to_tflite(model, calibration=faces.ranges if kind.int8 else None)


def _onnx(kind: Kind, model: keras.Model) -> bytes:
    from fer_core.models import saved_network
    from fer_core.models.int8 import quantised
    from fer_core.models.onnx_graph import to_onnx

    graph = to_onnx(saved_network.of_model(model))
    chosen = quantised(graph) if kind.int8 else graph
    if chosen is None:
        raise RunError("Only a MobileNet can be written as ONNX in 8 bits; choose tflite with 8 bits, or onnx in floats.")
    return bytes(chosen.SerializeToString())


def _checked(content: bytes, kind: Kind, predictor: Predictor, faces: Faces, progress: Progress) -> Check:
    """Run and file compared on the faces as they are, without their mirror images."""
    from fer_core.features.backbone import forward

    calibration = predictor.calibration
    # By Keras, not by the ONNX graph that answers elsewhere: an exported graph would be compared with itself.
    upright = np.concatenate(list(_in_parts(forward(predictor.model), faces.check)))
    expected = predictor.probabilities(corrected(upright, calibration))
    # A demo averages mirror images itself.
    turned = calibration.flip and kind.name != "html"
    mirrored = predictor.probabilities(predictor.logits(faces.check)) if turned else None
    parts: list[NDArray[np.float32]] = []
    for part in _asked(content, kind, faces.check, calibration):
        parts.append(part)
        done = sum(map(len, parts)) / len(faces.check)
        progress(_ASKED + (_CHECKED - _ASKED) * done, "Asking run and file the same faces")
    return compare(expected, np.concatenate(parts), kind=kind, source=faces.source, with_mirror=mirrored)


def _asked(
    content: bytes, kind: Kind, faces: NDArray[np.uint8], calibration: Calibration = _PLAIN
) -> Iterator[NDArray[np.float32]]:
    """Probabilities by a file's content, part by part; of a demo it is the network, whose logits its script calibrates."""
    if kind.name == "html":
        return _in_parts(demo.forward(content, calibration), faces)
    if kind.format == "tflite":
        from fer_core.exporting.tflite import ask_tflite

        return ask_tflite(content, faces)
    if kind.format == "onnx":
        from fer_core.models.inference import onnx_forward

        return _in_parts(onnx_forward(content), faces)
    return _in_parts(_keras_forward(content), faces)


def _keras_forward(content: bytes) -> Forward:
    from fer_core.features.backbone import forward
    from fer_core.models.classifier import load

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        file.write_bytes(content)
        return forward(load(file))


def _in_parts(ask: Forward, faces: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(faces), _PART):
        yield ask(faces[start : start + _PART])


def _described(content: bytes, kind: Kind, about: dict[str, Any]) -> bytes:
    """Add the description to a file's bytes.

    It is an entry of the zip archive that .keras is, and that may follow a .tflite file's network (as TensorFlow Lite's
    associated files do), or a property of the ONNX graph.
    """
    text = json.dumps(about, ensure_ascii=False, indent=2)
    if kind.format == "onnx":
        import onnx

        graph = onnx.load_from_string(content)
        onnx.helper.set_model_props(graph, {ENTRY: text})
        return bytes(graph.SerializeToString())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(content)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(zipfile.ZipInfo(ENTRY), text)
        return file.read_bytes()


def _onnx_properties(path: Path) -> dict[str, str]:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    except DecodeError as error:
        raise ValueError(f"{path.name} is no ONNX file.") from error
