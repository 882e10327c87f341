"""Batches of faces for training: shuffled, augmented and weighted in the TensorFlow graph, from uint8 arrays in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.chosen_faces import ChosenFaces
from fer_core.photos.faces import TEMPLATE
from fer_core.photos.frame import frame_of, with_channels
from fer_core.runs.config import Augmentation
from fer_core.settings import FACE_SIZE

if TYPE_CHECKING:
    import tensorflow as tf

IN_MEMORY = 400_000_000
"""Bytes of training faces that are held in memory; more are read from the disk, batch by batch."""


def batches(
    images: NDArray[np.uint8] | ChosenFaces,
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    *,
    batch_size: int,
    augmentation: Augmentation | None,
    seed: int,
    side: int | None = None,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Batches without end: (faces (B, side, side, 1 or 3) float32 0..255, targets (B, C), weights (B,)), epoch after epoch.

    Order and changes follow from the seed and the epoch's number alone, so that a run can go on from any epoch.

    Args:
        images: (N, S, S) or (N, S, S, 3) uint8, or faces that are read part by part; more than `IN_MEMORY` bytes of them are
            read batch by batch.
        targets: (N, C) one-hot or soft.
        weights: (N,) sample weights.
        batch_size: faces a batch; a last smaller batch is dropped unless it is the only one.
        augmentation: random changes, or None.
        seed: order and changes follow from it.
        side: pixels a side that the faces are resized to; None for what they have.
        first_epoch: number of the epoch to begin with.
    """
    import tensorflow as tf

    frame = frame_of(images[:1])
    size, wanted = frame.size, side or frame.size
    take = _taken(images, (None, size, size, frame.channels))
    targets_kept, weights_kept = tf.constant(targets), tf.constant(weights)

    def prepare(own_seed: Any, chosen: Any) -> Any:
        faces = tf.cast(take(chosen), tf.float32)
        batch = (tf.gather(targets_kept, chosen), tf.gather(weights_kept, chosen))
        if augmentation is None:
            return (faces if wanted == size else tf.image.resize(faces, (wanted, wanted)), *batch)
        return mix(augment(faces, augmentation, own_seed, side=wanted), *batch, alpha=augmentation.mixup, seed=own_seed)

    order = _order(len(images), batch_size=batch_size, seed=seed, first_epoch=first_epoch)
    return order.map(prepare, num_parallel_calls=2).prefetch(4)


def _taken(images: NDArray[np.uint8] | ChosenFaces, shape: tuple[int | None, ...]) -> Callable[[Any], Any]:
    """A function from numbers (B,) of faces to the faces, as tensors."""
    import tensorflow as tf

    if images.nbytes <= IN_MEMORY:
        kept = tf.constant(with_channels(images[:]))
        return lambda chosen: tf.gather(kept, chosen)

    def take(chosen: Any) -> Any:
        return tf.ensure_shape(tf.numpy_function(lambda rows: with_channels(images[rows]), [chosen], tf.uint8), shape)

    return take


def rows(
    features: NDArray[np.float32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Batches without end of features (N, F), in the same order as `batches` would give the faces."""
    import tensorflow as tf

    kept = tf.constant(features), tf.constant(targets), tf.constant(weights)
    order = _order(len(features), batch_size=batch_size, seed=seed, first_epoch=first_epoch)
    return order.map(lambda _seed, chosen: tuple(tf.gather(part, chosen) for part in kept)).prefetch(4)


def _order(count: int, *, batch_size: int, seed: int, first_epoch: int) -> tf.data.Dataset:
    """(two integers to seed the batch's changes, the batch's rows), epoch after epoch."""
    import tensorflow as tf

    def epoch(number: Any) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(tf.range(count), seed=tf.stack([tf.constant(seed, tf.int64), number]))
        batches = tf.data.Dataset.from_tensor_slices(order).batch(batch_size, drop_remainder=count >= batch_size)
        return batches.enumerate().map(lambda step, chosen: (tf.stack([seed * 100_003 + step, number]), chosen))

    return tf.data.Dataset.range(first_epoch, np.iinfo(np.int64).max).flat_map(epoch)


def augment(faces: Any, augmentation: Augmentation, seed: Any, *, side: int | None = None) -> Any:
    """Change a batch at random: contrast, brightness and light, glasses, a grey patch, mirror, affine; resized with the last.

    Args:
        faces: tensor (B, S, S, 1 or 3) float32, 0..255; sizes and places of changes grow with S.
        augmentation: ranges of the changes.
        seed: two integers; the same seed gives the same changes.
        side: pixels a side of the result; None for those of the faces.

    Returns:
        Tensor (B, side, side, 1 or 3) float32, 0..255.
    """
    import tensorflow as tf

    count = tf.shape(faces)[0]
    draws = iter(range(40))

    def uniform(low: float, high: float) -> Any:
        own = tf.stack([seed[0] + next(draws) * 7919, seed[1]])
        return tf.random.stateless_uniform([count], own, minval=low, maxval=high)

    for change in (_tone, _patch):
        faces = change(faces, augmentation, uniform)
    size = int(faces.shape[1])
    geometry = _affine_rows(augmentation, uniform, size, side or size)
    # Drawn after the others, so that the same seed gives the same faces where none of these is asked for.
    for change in (_light, _glasses):
        faces = change(faces, augmentation, uniform)
    return _affine(faces, geometry, side or size)


def mix(faces: Any, targets: Any, weights: Any, *, alpha: float, seed: Any) -> tuple[Any, Any, Any]:
    """Mixup (Zhang et al. 2018): each face, target and weight blended with another one's of the batch.

    Args:
        faces: tensor (B, side, side, 1 or 3).
        targets: tensor (B, C).
        weights: tensor (B,).
        alpha: the share of the first is drawn from Beta(alpha, alpha); 0 changes nothing.
        seed: two integers.
    """
    import tensorflow as tf

    if alpha == 0:
        return faces, targets, weights
    draws = tf.random.stateless_gamma([2, tf.shape(faces)[0]], tf.convert_to_tensor(seed) + 104_729, alpha=alpha) + 1e-20
    share = draws[0] / (draws[0] + draws[1])
    share = tf.maximum(share, 1.0 - share)
    column = share[:, None]
    plane = column[:, :, None, None]
    return (
        plane * faces + (1 - plane) * tf.reverse(faces, [0]),
        column * targets + (1 - column) * tf.reverse(targets, [0]),
        share * weights + (1 - share) * tf.reverse(weights, [0]),
    )


def augment_preview(images: NDArray[np.uint8], augmentation: Augmentation, seed: int) -> NDArray[np.uint8]:
    """What training would see of these faces: (N, S, S) or (N, S, S, 3) uint8 in, the same out."""
    import tensorflow as tf

    faces = tf.cast(with_channels(images), tf.float32)
    changed = augment(faces, augmentation, tf.constant([seed, seed + 1], tf.int32))
    return np.rint(changed.numpy()).astype(np.uint8).reshape(images.shape)


def _affine_rows(augmentation: Augmentation, uniform: Any, size: int, side: int) -> Any:
    """Projective transforms (B, 8) from the result's pixels to the face's."""
    import tensorflow as tf

    angle = uniform(-1.0, 1.0) * float(np.deg2rad(augmentation.rotation))
    scale = 1.0 + uniform(-1.0, 1.0) * augmentation.zoom
    mirror = tf.where(uniform(0.0, 1.0) < 0.5, -1.0, 1.0) if augmentation.flip else tf.ones_like(angle)
    shift_x = uniform(-1.0, 1.0) * augmentation.shift * size
    shift_y = uniform(-1.0, 1.0) * augmentation.shift * size
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    centre = (size - 1) / 2
    a0, a1, b0, b1 = cosine * mirror, -sine, sine * mirror, cosine
    # Output pixels are `side` to `size` of the face, counted from their centres.
    step = size / side
    start = 0.5 * step - 0.5 - centre
    x0, y0 = (a0 + a1) * start + centre + shift_x, (b0 + b1) * start + centre + shift_y
    rows = [a0 * step, a1 * step, x0, b0 * step, b1 * step, y0]
    zero = tf.zeros_like(angle)
    return tf.stack([*rows, zero, zero], axis=1)


def _affine(faces: Any, transforms: Any, side: int) -> Any:
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=faces,
        transforms=transforms,
        output_shape=[side, side],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def _places(faces: Any) -> Any:
    """Middles of the rows of faces (B, S, S, C) in pixels of the 48x48 frame, (S,) float32: 0 to 47 where S is 48."""
    import tensorflow as tf

    size = int(faces.shape[1])
    whole = tf.range(float(size))
    return whole if size == FACE_SIZE else (whole + 0.5) * (FACE_SIZE / size) - 0.5


def _tone(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    import tensorflow as tf

    factor = (1.0 + uniform(-1.0, 1.0) * augmentation.contrast)[:, None, None, None]
    offset = (uniform(-1.0, 1.0) * augmentation.brightness * 255.0)[:, None, None, None]
    mean = tf.reduce_mean(faces, axis=[1, 2, 3], keepdims=True)
    return tf.clip_by_value((faces - mean) * factor + mean + offset, 0.0, 255.0)


def _patch(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    """Random erasing (Zhong et al. 2020) with mid-grey; half sides of 3 to 8 pixels of 48."""
    import tensorflow as tf

    if augmentation.erase == 0:
        return faces
    place = _places(faces)
    rows = tf.abs(place[None, :] - uniform(0.0, FACE_SIZE)[:, None]) < uniform(3.0, 8.0)[:, None]
    columns = tf.abs(place[None, :] - uniform(0.0, FACE_SIZE)[:, None]) < uniform(3.0, 8.0)[:, None]
    chosen = uniform(0.0, 1.0) < augmentation.erase
    patch = (rows[:, :, None] & columns[:, None, :] & chosen[:, None, None])[..., None]
    return tf.where(patch, 127.5, faces)


def _light(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    """Gamma, and a shadow that deepens towards one side."""
    import tensorflow as tf

    if augmentation.gamma:
        power = tf.pow(2.0, uniform(-1.0, 1.0) * augmentation.gamma)[:, None, None, None]
        faces = 255.0 * tf.pow(faces / 255.0, power)
    if augmentation.light:
        place = (_places(faces) - (FACE_SIZE - 1) / 2) / (FACE_SIZE / 2)
        angle, depth = uniform(0.0, 2 * np.pi)[:, None, None], uniform(0.0, augmentation.light)[:, None, None]
        ramp = tf.cos(angle) * place[None, None, :] + tf.sin(angle) * place[None, :, None]
        faces *= (1.0 - depth * tf.sigmoid(uniform(2.0, 8.0)[:, None, None] * ramp))[..., None]
    return faces


def _glasses(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    """Frames, round to square (superellipses), about where FER2013 has the eyes."""
    import tensorflow as tf

    if augmentation.glasses == 0:
        return faces
    (left, top), (right, other) = TEMPLATE[:2].tolist()
    plane, row = (lambda value: value[:, None, None]), _places(faces)
    x = tf.abs(row[None, None, :] - plane(uniform(-2.0, 2.0)) - (left + right) / 2)
    y = row[None, :, None] - plane(uniform(-1.5, 2.5)) - (top + other) / 2
    apart = plane(uniform(-1.0, 1.0)) + (right - left) / 2
    wide, high, power = plane(uniform(5.0, 7.5)), plane(uniform(4.0, 6.5)), plane(uniform(2.0, 5.0))
    rim = tf.pow(tf.pow(tf.abs(x - apart) / wide, power) + tf.pow(tf.abs(y) / high, power), 1 / power)
    thick, tone = plane(uniform(0.4, 1.2)), plane(uniform(0.0, 110.0))
    frame = tf.clip_by_value(thick + 0.5 - tf.abs(rim - 1) * high, 0.0, 1.0)
    bridge = tf.clip_by_value(thick + 0.5 - tf.abs(y + 0.3 * high), 0.0, 1.0) * tf.cast(x < apart - wide, tf.float32)
    tint = plane(tf.square(uniform(0.0, 0.7))) * tf.cast(rim < 1, tf.float32)
    worn = plane(tf.cast(uniform(0.0, 1.0) < augmentation.glasses, tf.float32))
    drawn = (worn * tf.maximum(tf.maximum(frame, bridge), tint))[..., None]
    return faces * (1 - drawn) + drawn * tone[..., None]
