"""What a network expects of a class: a picture that is changed, step by step, until the network is as sure of it as it gets.

Activation maximisation by gradient ascent (Erhan et al. 2009) on an image written as waves of which the short ones cost more
(Olah, Mordvintsev and Schubert 2017, doi:10.23915/distill.00007), moved about a little at each step, and alike on both sides as
faces are. tf-keras-vis's ActivationMaximization compiles no step: 32 of them for five classes had not ended after 150 s on a busy
machine on which these took 25 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import InputError
from fer_core.explain.contrast import calls
from fer_core.explain.kept import keep, kept
from fer_core.explain.mean_maps import mean_face
from fer_core.photos.frame import FER, Frame, frame_of, with_channels
from fer_core.progress import Progress, silent
from fer_core.runs import Run

if TYPE_CHECKING:
    import keras

STEPS = 32
"""Steps of the ascent: MobileNet then gives each of five pictures its class with more than 99 in 100."""

_RATE = 0.08
_SHIFT = 3
_ROUGHNESS = 0.2
_DEPARTURE = 0.006
_CONTRAST = 4.0
_MEAN_OF = 2000


@dataclass(frozen=True)
class Expectation:
    """Pictures that a network is surest of, one per class.

    Attributes:
        pictures: (C, S, S) or (C, S, S, 3) uint8, one for each class in the order of the logits.
        start: (S, S) or (S, S, 3) uint8, what all of them were before the first step.
        before: (C,) float32, probability of each class for the start, softmax of the logits.
        after: (C,) float32, probability of the class that each picture was made for.
    """

    pictures: NDArray[np.uint8]
    start: NDArray[np.uint8]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def expected_faces(
    model: keras.Model,
    start: NDArray[np.uint8],
    *,
    steps: int = STEPS,
    seed: int = 0,
    progress: Progress = silent,
) -> Expectation:
    """Make a picture for each class that raises its logit as far as smoothness and nearness to the start allow.

    Args:
        model: a flat classifier as `models.classifier` builds it.
        start: (S, S) or (S, S, 3) uint8 in the frame that the model takes, from which every picture begins: a mean face, any
            face, or plain grey.
        steps: steps of the ascent, at least 1.
        seed: of the first waves and of the shifts.
        progress: called after each step.

    Raises:
        InputError: the start has another shape or dtype, or there is no step.
    """
    import keras
    import tensorflow as tf

    frame = frame_of(start[None])
    if steps < 1:
        raise InputError(f"There must be at least 1 step; got {steps}.")
    network, classes = calls(model), int(model.output_shape[-1])
    draw = np.random.default_rng(seed)
    waves = tf.Variable(draw.normal(0, 0.01, (classes, 2, frame.channels, frame.size, frame.size // 2 + 1)).astype(np.float32))
    paint = _painter(start)
    base = tf.constant(with_channels(start[None]).astype(np.float32))
    reach = round(_SHIFT * frame.zoom)

    @tf.function
    def slope(shift: Any) -> Any:
        with tf.GradientTape() as tape:
            pictures = paint(waves)
            logits = network(tf.roll(pictures, shift, (1, 2)))[0]
            rough = _roughness(pictures) * frame.zoom
            far = tf.reduce_mean((pictures - base) ** 2, (1, 2, 3))
            loss = tf.reduce_sum(_ROUGHNESS * rough + _DEPARTURE * far - tf.linalg.diag_part(logits))
        return tape.gradient(loss, waves)

    optimizer = keras.optimizers.Adam(_RATE)
    optimizer.build([waves])
    for step in range(steps):
        optimizer.apply([slope(tf.constant(draw.integers(-reach, reach + 1, 2), tf.int32))], [waves])
        progress((step + 1) / steps, f"Step {step + 1} of {steps}")
    pictures = np.rint(np.clip(paint(waves).numpy(), 0, 255)).astype(np.uint8).reshape(-1, *frame.shape)
    logits = network(tf.constant(with_channels(np.concatenate([pictures, start[None]])).astype(np.float32)))[0]
    shares = np.asarray(tf.nn.softmax(logits), np.float32)
    return Expectation(pictures, start, shares[-1], shares[:-1].diagonal().copy())


def mean_start(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The average of up to 2,000 faces, drawn with one seed: uint8 of their shape."""
    chosen = np.random.default_rng(0).choice(len(images), min(_MEAN_OF, len(images)), replace=False)
    return mean_face(images, np.sort(chosen))


def plain_start(frame: Frame = FER) -> NDArray[np.uint8]:
    """A picture of the middle grey in a frame, uint8."""
    return np.full(frame.shape, 128, np.uint8)


def kept_expectation(run: Run, start: NDArray[np.uint8]) -> Expectation | None:
    """Pictures that were made from this start before, in `STEPS` steps; None when they were not kept."""
    return kept(run, Expectation, start, STEPS)


def keep_expectation(run: Run, expectation: Expectation) -> None:
    """Keep pictures with the run; only for a start that shows no real person."""
    keep(run, expectation, expectation.start, STEPS)


def _painter(start: NDArray[np.uint8]) -> Callable[[Any], Any]:
    """Return a function from parts of waves (C, 2, K, S, S / 2 + 1), real and imaginary, to pictures (C, S, S, K), 0 to 255."""
    import tensorflow as tf

    frame = frame_of(start[None])
    side = frame.size
    lengths = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    # The inverse transform divides by the number of pixels, so that finer pictures would change less.
    weights = tf.constant(frame.zoom / np.maximum(lengths, 2 / side), tf.complex64)
    level = (with_channels(start[None]).astype(np.float32) + 1) / 257
    base = tf.constant(np.log(level / (1 - level)), tf.float32)

    def paint(waves: Any) -> Any:
        change = tf.signal.irfft2d(tf.complex(waves[:, 0], waves[:, 1]) * weights, (side, side))
        change = tf.transpose(change, (0, 2, 3, 1))
        return 255 * tf.sigmoid(base + _CONTRAST * (change + change[:, :, ::-1]) / 2)

    return paint


def _roughness(pictures: Any) -> Any:
    """Measure the total variation of (C, S, S, K) pictures: mean step from pixel to pixel, (C,)."""
    import tensorflow as tf

    down = tf.reduce_mean(tf.abs(pictures[:, 1:] - pictures[:, :-1]), (1, 2, 3))
    return down + tf.reduce_mean(tf.abs(pictures[:, :, 1:] - pictures[:, :, :-1]), (1, 2, 3))
