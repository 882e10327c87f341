"""The network that every exported file holds: raw face in, calibrated probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from fer_core.runs.records import Calibration


def answering(model: keras.Model, calibration: Calibration) -> keras.Model:
    """A classifier with prior, temperature and softmax built in, sharing its weights.

    Args:
        model: from (N, S, S, 1 or 3) values 0 to 255 to (N, C) logits.
        calibration: the run's.

    Returns:
        Model from the same faces to (N, C) probabilities; each row sums to 1.
    """
    from keras import Model, layers

    scale = 1 / calibration.temperature
    offset = [-scale * shift for shift in calibration.prior_shift] or 0.0
    scaled = layers.Rescaling(scale, offset=offset, name="temperature")(model.output)
    return Model(model.inputs[0], layers.Softmax(name="probabilities")(scaled), name=f"{model.name}_probabilities")
