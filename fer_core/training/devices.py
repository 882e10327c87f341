"""GPUs of the machine, where TensorFlow finds some; imports TensorFlow."""

from __future__ import annotations

from contextlib import suppress

import tensorflow as tf


def share_gpus() -> int:
    """Have TensorFlow take a GPU's memory as it needs it, not all at once; before anything is computed.

    Two runs, or a run and another program, can share a GPU so. Mixed precision needs nothing here: whether products in bfloat16
    are worth while is timed on the device that computes, see `fast_graph.half_is_faster`.

    Returns:
        How many GPUs there are.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with suppress(RuntimeError):  # something has been computed already, and the memory is taken
            tf.config.experimental.set_memory_growth(gpu, True)
    return len(gpus)
