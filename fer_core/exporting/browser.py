"""What a browser needs to answer and explain faces by itself: a run's network, the face detector, and what is said about both.

Both networks are ONNX files for onnxruntime-web. A face is aligned there as `photos.faces` does it after a quick search.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.backbones import BACKBONES
from fer_core.errors import RunError, WeightsError
from fer_core.explain.overlay import coloured
from fer_core.labels import colours, display_name
from fer_core.models import saved_network
from fer_core.models.class_maps import OUTPUT, with_class_maps
from fer_core.models.int8 import quantised
from fer_core.models.onnx_graph import to_onnx
from fer_core.models.weights import plan_of
from fer_core.photos.detection import CERTAIN, YUNET
from fer_core.photos.faces import QUICK_TEMPLATE, SMALL_BOX
from fer_core.photos.frame import FER
from fer_core.predictor import frame_of_run
from fer_core.runs import Run

DETECTOR_SIZE = (256, 320)
"""Height and width in pixels of what the detector gets; multiples of 32 that hold a 4:3 picture. Its file says 640x640."""


def require_frame(run: Run) -> None:
    """See that a run takes faces as a browser crops them.

    Raises:
        RunError: it takes colour, or more pixels.
    """
    frame = frame_of_run(run)
    if frame != FER:
        raise RunError(
            f"A browser crops faces to {FER.words}, but run '{run.about().name}' takes {frame.words}; choose another run, or "
            "answer photos on the page Photo."
        )


def network_file(run: Run, *, int8: bool) -> bytes:
    """Write a run's network as ONNX with the input `face` and two outputs: logits (N, C), and `maps`, see `class_maps`.

    Args:
        run: the run.
        int8: quantise the convolutions.

    Raises:
        RunError: the run's model cannot be read, quantised, or explained without gradients.
    """
    network = saved_network.read(run.model_file)
    graph = to_onnx(network)
    written = quantised(graph) if int8 else graph
    if written is None:
        raise RunError("Only a MobileNet can be quantised to 8 bits; take the network in floats.")
    return bytes(with_class_maps(written, network).SerializeToString())


def features_file(run: Run, *, imagenet: bool) -> bytes:
    """Write a run's network up to its last feature maps as ONNX: input `face`, output (N, K, rows, columns).

    Their means over the places are the features that a head is learned on.

    Args:
        run: the run.
        imagenet: with the weights of ImageNet, as before any training.

    Raises:
        RunError: the model cannot be read, or does not answer from the mean of feature maps.
        WeightsError: the weights of ImageNet for its backbone are not on this machine, or not in a file that is read so.
    """
    network = saved_network.read(run.model_file)
    layer = network.pooled_layer
    if layer is None:
        raise RunError(f"The network of run '{run.about().name}' does not answer from the mean of feature maps.")
    if imagenet:
        path = _imagenet(run)
        if path is None:
            raise WeightsError(f"ImageNet's weights for {BACKBONES[run.config().backbone].title} are not here; take the run's.")
        network = saved_network.before_training(network, path)
    return bytes(to_onnx(network, until=layer).SerializeToString())


def has_imagenet(run: Run) -> bool:
    """Whether the features of a run's network can be had with the weights of ImageNet."""
    return _imagenet(run) is not None


def _imagenet(run: Run) -> Path | None:
    plan = plan_of(BACKBONES[run.config().backbone])
    return plan.path if plan.source == "bundled" else None


@lru_cache(maxsize=2)
def detector_file(*, any_size: bool = False) -> bytes:
    """The face detector for float32 (1, 3, height, width): blue, green and red from 0 to 255.

    Args:
        any_size: leave the sides open, for photos; otherwise they are those of `DETECTOR_SIZE`.
    """
    import onnx

    model = onnx.load_from_string(YUNET.read_bytes())
    sides = model.graph.input[0].type.tensor_type.shape.dim
    for axis, name, length in zip((2, 3), ("height", "width"), DETECTOR_SIZE, strict=True):
        if any_size:
            sides[axis].dim_param = name
        else:
            sides[axis].dim_value = length
    # Shapes behind the input follow from it; those in the file are of the other size.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].Clear()
    return bytes(model.SerializeToString())


@lru_cache(maxsize=1)
def detector_version() -> str:
    """First 16 digits of the SHA-256 of `detector_file`."""
    return hashlib.sha256(detector_file()).hexdigest()[:16]


def about(run: Run) -> dict[str, Any]:
    """Describe how a run's answers are made from its logits, how a face is cropped, and how both are shown; for JSON.

    Raises:
        RunError: the run has no classes yet, or takes other faces than a browser crops.
    """
    classes, calibration = run.classes(), run.calibration()
    if not classes:
        raise RunError(f"Run '{run.about().name}' has no trained model yet; wait for its first epoch or choose another run.")
    require_frame(run)
    return {
        "classes": [{"name": name, "shown": display_name(name), "colour": tone} for name, tone in colours(classes).items()],
        "temperature": calibration.temperature,
        "shift": calibration.prior_shift or (0.0,) * len(classes),
        "threshold": calibration.threshold,
        "flip": calibration.flip,
        "maps": OUTPUT,
        "detector": {"size": list(DETECTOR_SIZE), "score": CERTAIN, "small": SMALL_BOX},
        "template": [[round(float(value), 2) for value in point] for point in QUICK_TEMPLATE],
        "scale": base64.b64encode(coloured(np.linspace(0, 1, 256)[None]).tobytes()).decode("ascii"),
        "meaning": "It names the expression that a face shows, not what a person feels.",
    }
