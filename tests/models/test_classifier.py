import functools
import zipfile

import numpy as np
import pytest
from backbones import EVERY

from fer_core.backbones import BACKBONES
from fer_core.errors import RunError, WeightsError
from fer_core.explain import cam
from fer_core.explain.saliency import explain
from fer_core.models import anatomy, classifier, saved_network, weights
from fer_core.runs.config import preset_config

CLASSES = ("angry", "happy", "neutral")


def _faces(count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 48, 48, 1)).astype("float32")


@functools.cache
def network(backbone: str):
    """A network at 32 pixels without dropout, built once; a test that changes its weights gives them back."""
    import keras

    keras.utils.set_random_seed(0)
    config = preset_config("x", backbone=backbone, resolution=32, weights="random", dropout=0)
    return config, classifier.build(config, CLASSES, weights=None)


@pytest.fixture(params=EVERY)
def built(request):
    return network(request.param)


@pytest.fixture
def backbone(request):
    return network(request.param)[1]


@pytest.fixture
def eager():
    """No graphs are traced, which takes longer than the one step that is wanted of each."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def resized(model, count: int = 2) -> np.ndarray:
    """The faces as the training copy takes them."""
    return np.asarray(model.get_layer("resize")(_faces(count)))


def test_every_backbone_is_one_flat_graph_from_face_to_logits(built):
    import keras

    config, model = built
    backbone = BACKBONES[config.backbone]
    assert model.input_shape == (None, 48, 48, 1)
    assert model.output_shape == (None, 3)
    assert not [layer for layer in model.layers if isinstance(layer, keras.Model)]
    assert model.count_params() == backbone.parameters + backbone.features * 3 + 3
    assert np.isfinite(model.predict_on_batch(_faces())).all()


def test_statistics_of_batch_normalisation_follow_the_faces_within_thirty_batches():
    import keras

    model = classifier.build(preset_config("faces", "frozen", resolution=48), CLASSES, weights=None)
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    mean = np.asarray(keras.Model(model.input, first.input)(_faces())).mean((0, 1, 2))
    before = np.abs(np.asarray(first.moving_mean) - mean)
    for _ in range(30):
        model(_faces(), training=True)
    assert (np.abs(np.asarray(first.moving_mean) - mean) < 0.05 * before).all()


def test_anatomy_table_agrees_with_the_network(built):
    import keras

    config, model = built
    backbone = BACKBONES[config.backbone]
    found = {name: [0, 0, 0, 0] for name in backbone.blocks}
    for layer, block in classifier.layer_blocks(model, backbone).items():
        holder = model.get_layer(layer)
        moving = sum(int(np.prod(weight.shape)) for weight in holder.non_trainable_weights)
        total = sum(int(np.prod(weight.shape)) for weight in holder.weights)
        affine = total - moving if isinstance(holder, keras.layers.BatchNormalization) else 0
        row = (int(total > 0), total - moving - affine, affine, moving)
        found[block] = [old + new for old, new in zip(found[block], row, strict=True)]
    table = {b.name: [b.layers, b.kernels, b.affine, b.affine] for b in backbone.table}
    assert found == table


@pytest.mark.parametrize("batch_norm", ["adapt", "frozen"])
def test_phase_plan_counts_what_keras_would_train(built, batch_norm):
    config, model = built
    backbone = BACKBONES[config.backbone]
    config = config.model_copy(update={"partial_epochs": 1, "batch_norm": batch_norm})
    for plan in anatomy.phase_plan(config, len(CLASSES)):
        classifier.set_trainable(model, backbone, first_block=plan.phase.first_block, batch_norm=batch_norm)
        assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == plan.trainable
        assert model.count_params() == plan.total


def test_every_backbone_has_maps_of_these_sides(built):
    config, model = built
    sides = {choice.name: choice.height for choice in cam.layers(model)}
    assert list(sides.values()) == [2, 4, 8, 16, 32][: 5 if config.backbone == "vgg16" else 4]
    assert sides[cam.default_layer(model)] == 8


@pytest.mark.parametrize(
    ("backbone", "names"),
    [
        ("mobilenet", ["conv_pw_13_relu", "conv_pw_5_relu"]),
        ("mobilenetv2", ["block_13_expand_relu", "block_6_expand_relu"]),
        ("vgg16", ["block5_conv3", "block4_conv3"]),
        ("resnet50", ["conv4_block6_out", "conv3_block4_out"]),
        ("efficientnetv2b0", ["block6a_expand_activation", "block4a_expand_activation"]),
    ],
    indirect=["backbone"],
)
def test_maps_come_after_the_activation(backbone, names):
    assert [choice.name for choice in cam.layers(backbone)][:2] == names


def test_every_backbone_learns_a_step_is_saved_and_explained(built, tmp_path, eager):
    import keras

    from fer_core.training.fast_graph import training_copy
    from fer_core.training.trainer import Trainer

    config, model = built
    classifier.set_trainable(
        model, BACKBONES[config.backbone], first_block=BACKBONES[config.backbone].blocks[0], batch_norm="adapt"
    )
    copy = training_copy(model, half=False)
    np.testing.assert_allclose(copy(resized(model), training=False), model(_faces(), training=False), rtol=1e-3, atol=1e-3)
    before = model.get_weights()
    targets, weights = np.eye(3, dtype=np.float32)[:2], np.ones(2, np.float32)
    loss, _ = Trainer(copy, keras.optimizers.SGD(1e-4)).epoch([(resized(model), targets, weights)], lambda number: False)
    assert np.isfinite(loss)
    model.set_weights(copy.get_weights())
    moved = [not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)]
    assert np.mean(moved) > 0.7
    model.save(tmp_path / "model.keras")
    loaded = classifier.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(_faces(), training=False), model(_faces(), training=False), atol=1e-5)
    explanation = explain(loaded, _faces()[:1, ..., 0].astype(np.uint8), targets=np.array([1]))[0]
    assert (explanation.size, explanation.saliency.shape) == ((8, 8), (48, 48))
    assert np.isfinite(explanation.saliency).all()
    model.set_weights(before)


@pytest.mark.parametrize("backbone", ["mobilenet", "mobilenetv3small"], indirect=True)
def test_the_training_copy_has_the_gradients_of_the_plain_network(backbone, eager):
    import keras
    import tensorflow as tf

    from fer_core.training.fast_graph import training_copy

    copy = training_copy(backbone, half=False)
    gradients, moving, before = [], [], backbone.get_weights()
    for model, faces in ((backbone, _faces(32)), (copy, resized(backbone, 32))):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.ops.square(model(faces, training=True) - 1.0))
        gradients.append([np.asarray(part) for part in tape.gradient(loss, model.trainable_variables)])
        moving.append([np.asarray(variable) for variable in model.non_trainable_variables if "moving" in variable.path])
    backbone.set_weights(before)
    # Activations near a kink fall to either side of it, and some gradients are 0 but for rounding: all are compared at once.
    # Rounding alone moved them by up to 4 %.
    plain, fast = (np.concatenate([part.ravel() for part in parts]) for parts in gradients)
    assert np.linalg.norm(fast - plain) < 0.1 * np.linalg.norm(plain)
    for plain, fast in zip(*moving, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-3, atol=1e-5)


def test_a_named_file_gives_another_backbone_its_weights(tmp_path):
    import keras

    plain = keras.applications.MobileNetV3Small(include_top=False, weights=None, input_shape=(32, 32, 3))
    file = tmp_path / "mine.weights.h5"
    plain.save_weights(file)
    config = preset_config("x", backbone="mobilenetv3small", resolution=32, weights_file=str(file))
    model = classifier.build(config, CLASSES, weights=weights.require_weights(config).path)
    faces = np.repeat(np.asarray(model.get_layer("resize")(_faces())), 3, axis=-1)
    expected = np.asarray(plain(faces, training=False)).mean(axis=(1, 2))
    np.testing.assert_allclose(classifier.feature_extractor(model)(_faces(), training=False), expected, atol=1e-4)


@pytest.mark.parametrize(("fine_map", "side"), [(False, 3), (True, 6)])
def test_fine_map_doubles_the_last_map_of_mobilenet(fine_map, side):
    model = classifier.build(preset_config("x", resolution=96, fine_map=fine_map), CLASSES, weights=weights.BUNDLED_MOBILENET)
    assert tuple(model.get_layer("conv_pw_13_relu").output.shape[1:]) == (side, side, 1024)


def test_last_map_of_mobilenet_at_224_pixels_is_7_by_7_by_1024():
    model = classifier.build(preset_config("x", fine_map=False, resolution=224), CLASSES, weights=None)
    assert tuple(model.get_layer("conv_pw_13_relu").output.shape[1:]) == (7, 7, 1024)


def test_bundled_float16_weights_give_the_features_of_the_float32_ones(shared):
    config = preset_config("x", fine_map=False)
    original = shared / "weights" / "mobilenet_imagenet_notop.weights.h5"
    features = [
        classifier.feature_extractor(classifier.build(config, CLASSES, weights=path)).predict_on_batch(_faces(8))
        for path in (original, weights.BUNDLED_MOBILENET)
    ]
    cosine = (features[0] * features[1]).sum(1) / np.prod([np.linalg.norm(f, axis=1) for f in features], axis=0)
    assert cosine.min() > 0.9999
    assert weights.BUNDLED_MOBILENET.stat().st_size <= 7_000_000


def _zip(path, config, weights):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights)


@pytest.mark.parametrize("damage", ["a byte", "cut off", "zeros", "nested", "no layers", "no weights", "other weights"])
def test_a_damaged_model_is_refused_in_a_sentence(tiny_model, tmp_path, damage):
    file = tmp_path / "model.keras"
    file.write_bytes(tiny_model)
    with zipfile.ZipFile(file) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    if damage in ("a byte", "zeros"):
        content, count = bytearray(tiny_model), 1 if damage == "a byte" else 200
        start = tiny_model.index(weights[:512]) + len(weights) // 2
        content[start : start + count] = (
            bytes(255 - value for value in content[start : start + count]) if count == 1 else bytes(200)
        )
        assert bytes(content) != tiny_model
        file.write_bytes(content)
    elif damage == "cut off":
        file.write_bytes(tiny_model[: len(tiny_model) // 2])
    else:
        configs = {"nested": "[" * 100_000, "no layers": '{"config": {"name": "x", "layers": [], "output_layers": []}}'}
        _zip(file, configs.get(damage, config), {"no weights": b"", "other weights": b"junk"}.get(damage, weights))
    for load in (classifier.load, saved_network.read):
        with pytest.raises(RunError, match=r"^The model file model\.keras cannot be read; train the run again"):
            load(file)


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_damaged_files_are_refused_in_a_sentence(tmp_path, content):
    model_file, weights_file = tmp_path / "model.keras", tmp_path / "mine.weights.h5"
    for file in (model_file, weights_file):
        file.write_bytes(content)
    for load in (classifier.load, saved_network.read):
        with pytest.raises(RunError, match=r"model\.keras cannot be read"):
            load(model_file)
    with pytest.raises(WeightsError, match="does not hold the weights of MobileNet"):
        classifier.build(preset_config("x", resolution=32), CLASSES, weights=weights_file)


def test_every_backbone_computes_the_same_as_onnx(built, eager, tmp_path):
    """Whether it is taken from memory, or read from a file without Keras."""
    from fer_core.models.inference import model_forward, network_forward

    _, model = built
    before = model.get_weights()
    momenta = {layer: layer.momentum for layer in model.layers if hasattr(layer, "moving_mean")}
    for layer in momenta:
        # One step gives normalisation the measures of some faces; untouched, random networks answer every face the same.
        layer.momentum = 0.0
    model(_faces(64), training=True)
    expected = np.asarray(model(_faces(4), training=False))
    faces = _faces(4)[..., 0].astype(np.uint8)
    found = model_forward(model)(faces)
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(network_forward(saved_network.read(tmp_path / "model.keras"))(faces), found)
    for layer, momentum in momenta.items():
        layer.momentum = momentum
    model.set_weights(before)
