"""A run as plain Keras that can be copied: the network and the phases of its config, and what the short version leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from fer_core.backbones import BACKBONES, Backbone
from fer_core.runs.config import RunConfig, phases

APPLICATIONS = {
    "mobilenet": "MobileNet",
    "mobilenetv2": "MobileNetV2",
    "mobilenetv3small": "MobileNetV3Small",
    "vgg16": "VGG16",
    "resnet50": "ResNet50",
    "efficientnetv2b0": "EfficientNetV2B0",
}
"""{backbone: its name in `keras.applications`}; of others the graph is this project's."""

MODES = {"signed": "tf", "caffe": "caffe"}
"""{normalisation: the name that Keras gives it}."""

LEFT_OUT = (
    "The same network, phases and peak learning rates, to run in the folder of the workspace. What a few lines cannot hold is "
    "left out: augmentation, the finer last map, smaller faces in the first epochs, the schedule of the learning rate, "
    "the momentum of batch normalisation, class weights, running averages, teachers, edited labels, and the search for "
    "copies of test faces. So its scores differ from the run's."
)


def keras_code(config: RunConfig, classes: Sequence[str]) -> str:
    """Write a run's network and phases as Keras code.

    Args:
        config: of the run.
        classes: in the order of its logits.

    Returns:
        Python source.
    """
    backbone, side = BACKBONES[config.backbone], config.resolution
    first_layers = {block.name: block.first_layer for block in backbone.table}
    planned = [
        (first_layers.get(phase.first_block) if phase.first_block else None, phase.epochs, phase.learning_rate)
        for phase in phases(config)
    ]
    decay, smoothing = f"{config.weight_decay:g}", f"{config.label_smoothing:g}"
    images = f"datasets/{config.dataset}/images.npy"
    table = f"datasets/{config.dataset}/samples.parquet"
    weights = "imagenet" if config.weights == "imagenet" else None
    imports = "" if backbone.name in APPLICATIONS else _IMPORTS
    return f"""import keras, numpy as np, pandas as pd
{imports}images, table = np.load({images!r}, mmap_mode="r"), pd.read_parquet({table!r})
classes = {list(classes)!r}
def part(split):
    rows = table[(table["split"] == split) & table["label"].isin(classes)]
    return images[rows["id"].to_numpy()], np.eye(len(classes))[[classes.index(name) for name in rows["label"]]]
face = keras.Input((*images.shape[1:3], 1))
x = keras.layers.Resizing({side}, {side})(face)
x = keras.layers.Concatenate()([x, x, x])
{_body(backbone, side, weights)}x = keras.layers.Dropout({config.dropout:g})(keras.layers.GlobalAveragePooling2D()(body(x)))
model = keras.Model(face, keras.layers.Dense(len(classes))(x))
names = [layer.name for layer in body.layers]
for first, epochs, rate in {planned!r}:
    for layer in body.layers:  # None: the backbone stays frozen
        layer.trainable = first is not None and names.index(layer.name) >= names.index(first)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing={smoothing})
    model.compile(keras.optimizers.AdamW(rate, weight_decay={decay}), loss, metrics=["accuracy"], jit_compile=False)
    model.fit(*part("train"), validation_data=part("validation"), batch_size={config.batch_size}, epochs=epochs)
print(model.evaluate(*part("test")))
"""


_IMPORTS = "from fer_core.backbones import BACKBONES\nfrom fer_core.models import torch_file, weights\n"


def _normalised(backbone: Backbone) -> str:
    if backbone.normalisation == "lite":
        return "x = keras.layers.Rescaling(1 / 128, offset=-127 / 128)(x)\n"
    mode = MODES.get(backbone.normalisation)
    return f'x = keras.applications.imagenet_utils.preprocess_input(x, mode="{mode}")\n' if mode else ""


def _body(backbone: Backbone, side: int, weights: str | None) -> str:
    normalised, shape = _normalised(backbone), f"input_shape=({side}, {side}, 3)"
    if backbone.name in APPLICATIONS:
        name = APPLICATIONS[backbone.name]
        return f"{normalised}body = keras.applications.{name}(include_top=False, weights={weights!r}, {shape})\n"
    row = f"BACKBONES[{backbone.name!r}]"
    filled = f"torch_file.fill(body, weights.packaged({row}.weights))\n" if weights else ""
    return f"{normalised}body = {row}.build({shape})  # Keras has no such network\n{filled}"
