"""The network that every exported file holds: raw face in, calibrated probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def answering(model: keras.Model, temperature: float) -> keras.Model:
    """A classifier with softmax(logits / temperature) built in, sharing its weights.

    Args:
        model: from (N, 48, 48, 1) values 0 to 255 to (N, C) logits.
        temperature: of the run's calibration, above 0.

    Returns:
        Model from the same faces to (N, C) probabilities; each row sums to 1.
    """
    from keras import Model, layers

    scaled = layers.Rescaling(1 / temperature, name="temperature")(model.output)
    return Model(model.inputs[0], layers.Softmax(name="probabilities")(scaled), name=f"{model.name}_probabilities")
