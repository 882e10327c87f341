"""A Keras network as a TensorFlow Lite file: in floats or int8; and such a file asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_core.photos.frame import with_channels

if TYPE_CHECKING:
    import keras

BATCH = 32


def to_tflite(model: keras.Model, *, calibration: NDArray[np.uint8] | None = None) -> bytes:
    """Content of a .tflite file that computes the same; imports TensorFlow.

    Args:
        model: from (N, S, S, 1 or 3) values 0 to 255 to one vector a face.
        calibration: faces in that frame, uint8, whose activations set the ranges of 8-bit numbers; None keeps 32-bit floats.

    Returns:
        A network with input `face`, float32 of shape (N, S, S, 1 or 3), any N after `resize_tensor_input`, and one float32
        output; with `calibration`, weights and activations between them are int8.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="face")])
    def answer(face: Any) -> Any:
        return model(face, training=False)

    # Weights as constants: the converter then folds batch normalisation into them, and a plain interpreter needs no variables.
    frozen = convert_variables_to_constants_v2(answer.get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if calibration is not None:
        faces = with_channels(calibration).astype(np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([face[None]] for face in faces)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return bytes(converter.convert())


def ask_tflite(content: bytes, faces: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """Answers of a .tflite file to faces in its frame, uint8, batch by batch: (at most BATCH, C) float32."""
    import warnings

    import tensorflow as tf

    with warnings.catch_warnings():
        # TensorFlow announces that its interpreter will move to a package of its own.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(model_content=content)
    place = interpreter.get_input_details()[0]["index"]
    out = interpreter.get_output_details()[0]["index"]
    for start in range(0, len(faces), BATCH):
        part = with_channels(faces[start : start + BATCH]).astype(np.float32)
        interpreter.resize_tensor_input(place, part.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(place, part)
        interpreter.invoke()
        yield np.array(interpreter.get_tensor(out))
