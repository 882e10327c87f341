"""The kinds of file that a run is exported as: their names, how near each has to answer, and what is written into them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.errors import InputError
from fer_core.photos.frame import Frame
from fer_core.runs import Run

ENTRY = "fer_lab.json"
"""Name of the description inside a .keras or .tflite file, which are zip archives, too; in ONNX the key of the metadata."""


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Attributes:
        name: `keras`, `tflite`, `tflite-int8`, `onnx`, `onnx-int8` or `html`.
        format: what the command line calls it.
        title: name for a page.
        suffix: of the file's name.
        what: who reads it, in a sentence.
        int8: its numbers have 8 bits.
        ranges_from_faces: what these numbers span is found by asking the network faces.
        largest: largest difference to any probability of the run that is allowed; None where only the next two count.
        mean: largest mean absolute difference of the probabilities.
        agreement: least share of the faces that get the run's class.
    """

    name: str
    format: str
    title: str
    suffix: str
    what: str
    int8: bool = False
    ranges_from_faces: bool = False
    largest: float | None = 1e-3
    mean: float = 1e-3
    agreement: float = 0.99

    @property
    def options(self) -> str:
        """Options of the kind on the command line."""
        return f"--format {self.format}{' --int8' if self.int8 else ''}"

    @property
    def tolerance(self) -> str:
        """What is asked of the file, in words."""
        if self.largest is not None:
            return f"no probability may differ from the run's by more than {self.largest:g}"
        return (
            f"at least {self.agreement:.0%} of the faces must get the run's class, and probabilities may differ by {self.mean:g} "
            "on average"
        )


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("keras", "keras", "Keras", ".keras", "One file for Python with Keras, to use or to train on."),
        Kind("tflite", "tflite", "TensorFlow Lite", ".tflite", "For phones and small computers, without TensorFlow."),
        Kind(
            "tflite-int8",
            "tflite",
            "TensorFlow Lite, 8 bits",
            ".tflite",
            "A quarter of the size, and quicker on most phones; it answers a little differently.",
            int8=True,
            ranges_from_faces=True,
            largest=None,
            mean=0.05,
            agreement=0.85,
        ),
        Kind("onnx", "onnx", "ONNX", ".onnx", "For ONNX Runtime: C++, C#, Java, JavaScript, browsers."),
        Kind(
            "onnx-int8",
            "onnx",
            "ONNX, 8 bits",
            ".onnx",
            "MobileNet only: a quarter of the size, up to three times as quick, and nearly the same answers.",
            int8=True,
            largest=None,
            mean=0.02,
            agreement=0.9,
        ),
        Kind(
            "html",
            "html",
            "Demo, one HTML file",
            ".html",
            "To take home: answers photos and a camera in any browser, offline. 9 MB where the run answers photos in "
            "8 bits, as MobileNet does; else 6 MB and 1.3 times its network.",
            largest=None,
            mean=0.02,
            agreement=0.9,
        ),
    )
}


def kind_of(name: str, *, int8: bool = False) -> Kind:
    """The kind that the command line means.

    Raises:
        InputError: there is no such format, or 8 bits were asked for where there are none.
    """
    formats = list(dict.fromkeys(kind.format for kind in KINDS.values()))
    if name not in formats:
        raise InputError(f"The format is one of {', '.join(formats)}; got '{name}'.")
    row = KINDS.get(f"{name}-int8" if int8 else name)
    if row is None:
        raise InputError(f"8-bit numbers are for tflite and onnx only; leave --int8 out, or choose one instead of {name}.")
    return row


def require_suffix(kind: Kind, path: Path) -> None:
    """Refuse a file name under which the file could not be opened again.

    Raises:
        InputError: Keras opens only files whose name ends in .keras, a browser reads those in .html.
    """
    reader = {"keras": "Keras opens", "html": "A browser opens"}.get(kind.name)
    if reader is not None and path.suffix != kind.suffix:
        raise InputError(f"{reader} only files whose name ends in {kind.suffix}; got '{path.name}'.")


def input_values(frame: Frame) -> str:
    """What the numbers of a face are that a file takes, in words."""
    return "grey values 0 to 255" if frame.colour == "grey" else "red, green and blue 0 to 255"


def description(run: Run, kind: Kind, frame: Frame, *, quantised_with: str | None = None) -> dict[str, Any]:
    """What is written into the file about it, for JSON.

    Args:
        run: the run.
        kind: of the file.
        frame: of the faces that it takes.
        quantised_with: the faces that set the ranges of its 8-bit numbers, in words.
    """
    calibration, config, training = run.calibration(), run.config(), run.training()
    about: dict[str, Any] = {
        "made_by": f"FER Lab {__version__}",
        "run": run.id,
        "name": run.about().name,
        "format": kind.name,
        "input": f"float32 (N, {frame.size}, {frame.size}, {frame.channels}): upright, cropped faces, {input_values(frame)}; "
        "no scaling before, it is inside",
        "output": "float32 (N, classes): softmax((logits - prior_tau * log(prior)) / temperature), rows sum to 1",
        "classes": list(run.classes()),
        "temperature": calibration.temperature,
        "threshold": calibration.threshold,
        "prior_tau": calibration.prior_tau,
        "prior": list(calibration.prior),
        "below_threshold": "not sure",
        "mirror_image": "not in the file"
        + ("; the run averages the logits of each face and its mirror image" if calibration.flip else ""),
        "backbone": config.backbone,
        "resolution": config.resolution,
        "trained_on": training.dataset if training else config.dataset,
        "meaning": "It names the expression that a face shows, not what a person feels.",
    }
    if kind.ranges_from_faces:
        about["quantised_with"] = quantised_with
    if kind.name == "html":
        about |= {
            "input": f"photos and a camera, in which faces are found and cropped to {frame.words}",
            "output": about["output"].removeprefix("float32 (N, classes): "),
            "mirror_image": "averaged, as the run does" if calibration.flip else "not used, as in the run",
        }
    return about
