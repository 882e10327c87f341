"""The table of methods that say where in a face the evidence for a class lies.

A method is a row of `METHODS` and a function; the command line, the pages, the benchmarks and the tests read the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain import cam, gradients, masking

if TYPE_CHECKING:
    import keras

BATCH = 16
"""Faces explained at once: gradients need every activation, which are some ten MB per face (MobileNet, 96x96)."""

QUICK_SECONDS = 0.2
"""Seconds per face up to which a method is quick: pages choose it at first, and make its saliency maps before those of others."""

ClosedForm = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Feature maps (N, K, h, w), kernel (K, C) of the last layer and weights (N, C) of the logits in, evidence (N, h, w) out."""


@dataclass(frozen=True)
class Method:
    """A way to ask a network where in a face it saw evidence.

    Attributes:
        name: key in `METHODS`, on the command line and in a page's address.
        title: name for a page.
        description: what it computes, in a sentence or two.
        function: takes the model, faces (N, S, S) or (N, S, S, 3) uint8 and weights (N, C) float32 of the logits when `together`,
            one face and weights (C,) when not, then the layer's name when `on_layer`; returns evidence (N, h, w) or (h, w)
            float32, of which only what is above 0 is shown.
        closed_form: the same evidence without gradients, on the layer whose feature maps, averaged over their places, give the
            logits; None where there is no such formula.
        on_layer: whether it is made on a layer and is as fine as that layer; the others look at the pixels.
        together: whether the function takes many faces at once; the others take one.
        needs_gradients: whether it computes gradients; the others try many changed faces.
        seconds: what a saliency map takes, warm, with MobileNet at 96x96 on two idle cores (benchmarks/RESULTS.md).
        channels: the strongest channels of the layer that are tried; None for all of them.
    """

    name: str
    title: str
    description: str
    function: Callable[..., NDArray[np.float32]]
    closed_form: ClosedForm | None
    on_layer: bool
    together: bool
    needs_gradients: bool
    seconds: float
    channels: int | None

    @property
    def quick(self) -> bool:
        """Whether a saliency map takes no more than `QUICK_SECONDS`."""
        return self.seconds <= QUICK_SECONDS

    @property
    def batch(self) -> int:
        """How many faces are explained at once."""
        return BATCH if self.together else 1

    def evidence(
        self, model: keras.Model, faces: NDArray[np.uint8], weights: NDArray[np.float32], layer: str
    ) -> NDArray[np.float32]:
        """Compute evidence (N, h, w) float32 for faces uint8, N at least 1, and weights (N, C) of the logits."""
        where = (layer,) if self.on_layer else ()
        if self.together:
            return self.function(model, faces, weights, *where)
        return np.stack([self.function(model, face, row, *where) for face, row in zip(faces, weights, strict=True)])


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            name="gradcam",
            closed_form=cam.pooled_gradcam,
            on_layer=True,
            title="Grad-CAM",
            together=True,
            needs_gradients=True,
            description="Channels of the layer, weighted by their mean gradient.",
            seconds=0.14,
            channels=None,
            function=cam.gradcam,
        ),
        Method(
            name="gradcam++",
            closed_form=None,
            on_layer=True,
            title="Grad-CAM++",
            together=True,
            needs_gradients=True,
            description="As Grad-CAM, but only gradients that raise the logit count: finds several places.",
            seconds=0.13,
            channels=None,
            function=cam.gradcam_plus_plus,
        ),
        Method(
            name="layercam",
            closed_form=None,
            on_layer=True,
            title="Layer-CAM",
            together=True,
            needs_gradients=True,
            description="Each cell of the layer is weighted by its own gradient.",
            seconds=0.14,
            channels=None,
            function=cam.layercam,
        ),
        Method(
            name="scorecam",
            closed_form=None,
            on_layer=True,
            title="Score-CAM",
            together=False,
            needs_gradients=False,
            description="No gradients: each channel lets the face through as a mask, and counts by what the logit gains.",
            seconds=0.25,
            channels=masking.CHANNELS,
            function=masking.scorecam,
        ),
        Method(
            name="smoothgrad",
            closed_form=None,
            on_layer=False,
            title="SmoothGrad",
            together=False,
            needs_gradients=True,
            description="How much each pixel moves the logit, up or down; the mean over noisy copies.",
            seconds=0.14,
            channels=None,
            function=gradients.smoothgrad,
        ),
        Method(
            name="integrated-gradients",
            closed_form=None,
            on_layer=False,
            title="Integrated gradients",
            together=False,
            needs_gradients=True,
            description="What each pixel adds on the way from a plain grey face to this one.",
            seconds=0.14,
            channels=None,
            function=gradients.integrated_gradients,
        ),
        Method(
            name="occlusion",
            closed_form=None,
            on_layer=False,
            title="Occlusion",
            together=False,
            needs_gradients=False,
            description=f"How far the logit falls when a square of {masking.WINDOW} by {masking.WINDOW} pixels is hidden there.",
            seconds=0.37,
            channels=None,
            function=masking.occlusion,
        ),
    )
}
"""{name: method}, in the order in which pages show them; the first is the default."""

DEFAULT = next(iter(METHODS))


def find_method(name: str) -> Method:
    """Look a method up by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"The method must be one of {', '.join(METHODS)}; got '{name}'.")
    return METHODS[name]
