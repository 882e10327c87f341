"""Batches of faces for training: shuffled, augmented and weighted in the TensorFlow graph, from uint8 arrays in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.settings import FACE_SIZE
from fer_core.training.config import Augmentation

if TYPE_CHECKING:
    import tensorflow as tf


def batches(
    images: NDArray[np.uint8],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    *,
    batch_size: int,
    augmentation: Augmentation | None,
    seed: int,
) -> tf.data.Dataset:
    """Endless-epoch training data: (faces (B, 48, 48, 1) float32 0..255, targets (B, C), weights (B,)).

    Args:
        images: (N, 48, 48) uint8.
        targets: (N, C) one-hot.
        weights: (N,) sample weights.
        batch_size: faces a batch; a last smaller batch is dropped unless it is the only one.
        augmentation: random changes, or None.
        seed: order and changes follow from it, differently in every epoch.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((images[..., None], targets, weights))
    data = data.shuffle(len(images), seed=seed).batch(batch_size, drop_remainder=len(images) >= batch_size)
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)

    def prepare(batch: Any, pair: Any) -> Any:
        faces = tf.cast(batch[0], tf.float32)
        changed = faces if augmentation is None else augment(faces, augmentation, tf.cast(pair, tf.int32))
        return changed, batch[1], batch[2]

    return tf.data.Dataset.zip((data, seeds)).map(prepare, num_parallel_calls=2).prefetch(4)


def augment(faces: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Change a batch at random: mirror, affine, contrast and brightness, a grey patch; same shape and range as it came.

    Args:
        faces: tensor (B, 48, 48, 1) float32, 0..255.
        augmentation: ranges of the changes.
        seed: two integers; the same seed gives the same changes.
    """
    import tensorflow as tf

    count = tf.shape(faces)[0]
    draws = iter(range(20))

    def uniform(low: float, high: float) -> Any:
        own = tf.stack([seed[0] + next(draws) * 7919, seed[1]])
        return tf.random.stateless_uniform([count], own, minval=low, maxval=high)

    faces = _affine(faces, augmentation, uniform)
    return _patch(_tone(faces, augmentation, uniform), augmentation, uniform)


def augment_preview(images: NDArray[np.uint8], augmentation: Augmentation, seed: int) -> NDArray[np.uint8]:
    """What training would see of these faces: (N, 48, 48) uint8 in, the same out."""
    import tensorflow as tf

    faces = tf.cast(images[..., None], tf.float32)
    changed = augment(faces, augmentation, tf.constant([seed, seed + 1], tf.int32))
    return np.rint(changed.numpy()[..., 0]).astype(np.uint8)


def _affine(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    import tensorflow as tf

    angle = uniform(-1.0, 1.0) * float(np.deg2rad(augmentation.rotation))
    scale = 1.0 + uniform(-1.0, 1.0) * augmentation.zoom
    mirror = tf.where(uniform(0.0, 1.0) < 0.5, -1.0, 1.0) if augmentation.flip else tf.ones_like(angle)
    shift_x = uniform(-1.0, 1.0) * augmentation.shift * FACE_SIZE
    shift_y = uniform(-1.0, 1.0) * augmentation.shift * FACE_SIZE
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    centre = (FACE_SIZE - 1) / 2
    a0, a1, b0, b1 = cosine * mirror, -sine, sine * mirror, cosine
    rows = [a0, a1, centre - (a0 + a1) * centre + shift_x, b0, b1, centre - (b0 + b1) * centre + shift_y]
    zero = tf.zeros_like(angle)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=faces,
        transforms=tf.stack([*rows, zero, zero], axis=1),
        output_shape=[FACE_SIZE, FACE_SIZE],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def _tone(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    import tensorflow as tf

    factor = (1.0 + uniform(-1.0, 1.0) * augmentation.contrast)[:, None, None, None]
    offset = (uniform(-1.0, 1.0) * augmentation.brightness * 255.0)[:, None, None, None]
    mean = tf.reduce_mean(faces, axis=[1, 2, 3], keepdims=True)
    return tf.clip_by_value((faces - mean) * factor + mean + offset, 0.0, 255.0)


def _patch(faces: Any, augmentation: Augmentation, uniform: Any) -> Any:
    """Random erasing (Zhong et al. 2020) with mid-grey; half sides of 3 to 8 pixels."""
    import tensorflow as tf

    if augmentation.erase == 0:
        return faces
    place = tf.range(float(FACE_SIZE))
    rows = tf.abs(place[None, :] - uniform(0.0, FACE_SIZE)[:, None]) < uniform(3.0, 8.0)[:, None]
    columns = tf.abs(place[None, :] - uniform(0.0, FACE_SIZE)[:, None]) < uniform(3.0, 8.0)[:, None]
    chosen = uniform(0.0, 1.0) < augmentation.erase
    patch = (rows[:, :, None] & columns[:, None, :] & chosen[:, None, None])[..., None]
    return tf.where(patch, 127.5, faces)
