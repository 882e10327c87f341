"""What is explained: one logit, or the difference of two ("why A and not B"), as weights on the logits.

TensorFlow is imported when a network is called, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError

if TYPE_CHECKING:
    import keras


def selection(targets: ArrayLike, against: ArrayLike | None, *, faces: int, classes: int) -> NDArray[np.float32]:
    """Weigh the logits so that their sum is what is explained: 1 at the target, -1 at the class it is compared with.

    Args:
        targets: (N,) index of the class of each face.
        against: index of another class, one for all or (N,) one for each; None to explain the target's logit alone.
        faces: N.
        classes: C, how many logits there are.

    Returns:
        (N, C) float32.

    Raises:
        InputError: there is not one whole number for each face, one is no class, or a face's two classes are the same.
    """
    wanted = _numbers(np.asarray(targets), "target", faces, classes)
    weights = np.zeros((faces, classes), np.float32)
    weights[np.arange(faces), wanted] = 1
    if against is not None:
        other = np.asarray(against)
        other = _numbers(np.full(faces, other) if other.ndim == 0 else other, "class it is compared with", faces, classes)
        if (other == wanted).any():
            raise InputError(
                f"The target must be another class than the one it is compared with; both are {wanted[other == wanted][0]}."
            )
        weights[np.arange(faces), other] = -1
    return weights


def calls(model: keras.Model, *outputs: str) -> Callable[[Any], list[Any]]:
    """Return a function from faces (N, S, S, C), values 0 to 255, to the outputs of these layers, then the logits, as tensors.

    A network that was loaded warns when it gets a tensor, one just built when it gets a list; this one is always fed a list.
    """
    import keras

    inner = keras.Model(model.inputs, [*(model.get_layer(name).output for name in outputs), *model.outputs])
    return lambda faces: list(keras.tree.flatten(inner([faces], training=False)))


def _numbers(given: NDArray[np.generic], name: str, faces: int, classes: int) -> NDArray[np.int64]:
    if given.shape != (faces,) or not np.issubdtype(given.dtype, np.integer):
        raise InputError(f"There must be one whole number as {name} for each of {faces} faces; got {given.shape} {given.dtype}.")
    numbers = given.astype(np.int64)
    outside = numbers[(numbers < 0) | (numbers >= classes)]
    if outside.size:
        raise InputError(f"The {name} must be a class number from 0 to {classes - 1}; got {outside[0]}.")
    return numbers
