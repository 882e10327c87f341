import numpy as np
import pytest

from fer_core.errors import RunError, WeightsError
from fer_core.models import anatomy, classifier, weights
from fer_core.models.backbones import BACKBONES
from fer_core.training.config import preset_config

CLASSES = ("angry", "happy", "neutral")


def _faces(count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 48, 48, 1)).astype("float32")


@pytest.fixture(scope="module", params=list(BACKBONES))
def built(request):
    config = preset_config("x", backbone=request.param, resolution=32, weights="random")
    return config, classifier.build(config, CLASSES, weights=None)


def test_every_backbone_is_one_flat_graph_from_face_to_logits(built):
    import keras

    config, model = built
    backbone = BACKBONES[config.backbone]
    assert model.input_shape == (None, 48, 48, 1)
    assert model.output_shape == (None, 3)
    assert not [layer for layer in model.layers if isinstance(layer, keras.Model)]
    assert model.count_params() == backbone.parameters + backbone.features * 3 + 3
    assert np.isfinite(model.predict_on_batch(_faces())).all()


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
    table = {name: [b.layers, b.kernels, b.affine, b.moving] for name, b in anatomy.blocks(config.backbone).items()}
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


def test_saved_model_gives_the_same_logits(built, tmp_path):
    _, model = built
    model.save(tmp_path / "model.keras")
    loaded = classifier.load(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict_on_batch(_faces()), model.predict_on_batch(_faces()), atol=1e-5)


@pytest.mark.parametrize(("fine_map", "side"), [(False, 3), (True, 6)])
def test_fine_map_doubles_the_last_map_of_mobilenet(fine_map, side):
    model = classifier.build(preset_config("x", fine_map=fine_map), CLASSES, weights=weights.BUNDLED_MOBILENET)
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


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_damaged_files_are_refused_in_a_sentence(tmp_path, content):
    model_file, weights_file = tmp_path / "model.keras", tmp_path / "mine.weights.h5"
    for file in (model_file, weights_file):
        file.write_bytes(content)
    with pytest.raises(RunError, match=r"model\.keras cannot be read"):
        classifier.load(model_file)
    with pytest.raises(WeightsError, match="does not hold the weights of MobileNet"):
        classifier.build(preset_config("x", resolution=32), CLASSES, weights=weights_file)
