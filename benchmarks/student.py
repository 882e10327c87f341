"""The script that a student would copy: Keras's transfer-learning tutorial on 224x224 pixels, with a stopwatch in a callback.

    python -m benchmarks.student FOLDER --weights FILE --curve FILE [--side 224] [--cap 2400] [--check-every 120]

FOLDER holds `train/CLASS/*.png` and `validation/CLASS/*.png`. MobileNet is frozen for an epoch (Adam with Keras's own learning
rate), then all layers are trained (Adam, 1e-4), and everything else is as Keras has it: batches of 32, float32, `model.fit`. As
in the tutorial, batch normalisation stays in inference mode. The network is asked about all validation faces every so often;
that time is taken off the clock. Started by `benchmarks.time_to_accuracy`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path


def main() -> None:
    """Train until the cap or until the highest level is reached; append a line to the curve at every check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="MobileNet's ImageNet weights without top")
    parser.add_argument("--curve", type=Path, required=True, help="file of one JSON object a line: seconds, epoch, accuracy")
    parser.add_argument("--side", type=int, default=224, help="pixels")
    parser.add_argument("--cap", type=float, default=2400, help="seconds on the clock after which it ends")
    parser.add_argument("--check-every", type=float, default=120, help="seconds on the clock between two checks")
    parser.add_argument("--level", type=float, default=1.0, help="validation accuracy that ends the training")
    parser.add_argument("--started", type=float, default=time.time(), help="when the clock started, in seconds since the epoch")
    given = parser.parse_args()

    import keras
    import tensorflow as tf

    size = (given.side, given.side)
    train = keras.utils.image_dataset_from_directory(given.folder / "train", image_size=size)
    validation = keras.utils.image_dataset_from_directory(given.folder / "validation", image_size=size, shuffle=False)
    classes = len(train.class_names)

    base = keras.applications.MobileNet(include_top=False, weights=str(given.weights), input_shape=(*size, 3))
    base.trainable = False
    inputs = keras.Input((*size, 3))
    x = keras.applications.mobilenet.preprocess_input(inputs)
    x = base(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    model = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))

    @tf.function(reduce_retracing=True)
    def answers(faces: tf.Tensor) -> tf.Tensor:
        return tf.argmax(model(faces, training=False), axis=1, output_type=tf.int32)

    class Stopwatch(keras.callbacks.Callback):
        """Checks validation now and then, off the clock, and ends the training at the cap or the level."""

        def __init__(self) -> None:
            super().__init__()
            self.off = 0.0
            self.checked = 0.0
            self.batches = self.checked_batches = 0
            self.done = False

        def clock(self) -> float:
            """Seconds since the start of the process, without the checks."""
            return time.time() - given.started - self.off

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            """Check when it is time."""
            self.batches += 1
            now = self.clock()
            if now >= given.cap or now - self.checked >= given.check_every:
                self.check()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            """Check at the end of every epoch, too."""
            if not self.done and self.checked_batches < self.batches:
                self.check()

        def check(self) -> None:
            """Append validation accuracy and the time on the clock to the curve."""
            begin, now = time.time(), self.clock()
            right = [int(tf.reduce_sum(tf.cast(answers(faces) == labels, tf.int32))) for faces, labels in validation]
            accuracy = sum(right) / len(validation.file_paths)
            row = {"seconds": now, "epoch": self.batches / len(train), "accuracy": accuracy}
            with given.curve.open("a") as file:
                file.write(json.dumps(row) + "\n")
            self.checked, self.checked_batches = now, self.batches
            self.done = self.model.stop_training = accuracy >= given.level or now >= given.cap
            self.off += time.time() - begin

    watch = Stopwatch()
    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train, epochs=1, callbacks=[watch])
    if not watch.done:
        base.trainable = True
        model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(train, epochs=1000, callbacks=[watch])


if __name__ == "__main__":
    main()
