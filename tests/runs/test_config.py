import json
from typing import get_args

import pytest

from fer_core.errors import InputError
from fer_core.runs.config import Augmentation, RunConfig, limits, preset_config, preset_of
from fer_core.runs.presets import PRESETS, Preset


def test_command_line_words_and_form_values_reach_the_same_config():
    typed = preset_config("faces", "standard", **{"batch_size": "16", "augmentation.flip": "false", "full_learning_rate": "1e-4"})
    chosen = preset_config("faces", "standard", **{"batch_size": 16, "augmentation.flip": False, "full_learning_rate": 0.0001})
    assert typed == chosen
    assert typed.augmentation is not None
    assert typed.augmentation.flip is False


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"batchsize": 8}, "There is no setting 'batchsize'; allowed are labels, train_share, "),
        ({"augmentation.spin": 1}, "no setting 'augmentation.spin'; allowed are augmentation.flip, augmentation.rotation, "),
        ({"seed.low": 1}, "There is no setting 'seed.low'; allowed are labels, "),
        ({"full_epochs": "-1"}, "full_epochs must be 0 to 200; got '-1'."),
        ({"resolution": 16}, "resolution must be 32 to 224; got '16'."),
        ({"dropout": "nan"}, "dropout must be 0 to 0.9; got 'nan'."),
        ({"head_learning_rate": 0}, "head_learning_rate must be above 0 and at most 1; got '0'."),
        ({"augmentation.rotation": "50"}, "augmentation.rotation must be 0 to 45; got '50'."),
        ({"augmentation.flip": "perhaps"}, "augmentation.flip must be true or false; got 'perhaps'."),
        ({"augmentation": "strong"}, "augmentation must be none, or set by its parts, such as augmentation.flip; got 'strong'."),
        ({"class_weighting": "cube"}, "class_weighting must be one of none, balanced, sqrt; got 'cube'."),
        ({"batch_size": "8.5"}, "batch_size must be a whole number, 1 to 512; got '8.5'."),
        ({"ema": "much"}, "ema must be a number, 0 to 0.9999; got 'much'."),
        ({"teachers": 3}, "teachers must be ids of runs, separated by commas; got '3'."),
        ({"weights_file": 3}, "weights_file must be the path of a file, or none; got '3'."),
        ({"backbone": "alexnet"}, "backbone must be one of mobilenet, efficientnet_lite0, mobilenetv2"),
        ({"backbone": "vgg16", "fine_map": True}, "fine_map must be false for vgg16; got 'True'."),
        ({"partial_from": "block_99"}, "partial_from must be one of stem, block_1"),
        ({"head_epochs": 0, "full_epochs": 0}, "at least one of head_epochs"),
        ({"preset": "quick"}, "The preset is an argument of its own"),
        ({"dataset": "others"}, "The dataset is an argument of its own"),
        ({"seed": "many"}, "seed must be a whole number, 0 to 2147483647; got 'many'."),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(changes, sentence):
    with pytest.raises(InputError) as caught:
        preset_config("faces", "standard", **changes)
    assert sentence in str(caught.value)


def test_every_number_is_refused_above_its_range_with_the_range():
    keys = [*RunConfig.model_fields, *(f"augmentation.{name}" for name in Augmentation.model_fields)]
    highest = {key: high for key in keys if (high := limits(key)[1]) is not None}
    assert len(highest) >= 20
    for key, high in highest.items():
        with pytest.raises(InputError, match=rf"^{key} must be .*(to|at most) {high:.10g}; got '{high + 1}'"):
            preset_config("faces", "standard", **{key: high + 1})


def test_unknown_preset_is_refused():
    with pytest.raises(InputError, match="frozen, quick, standard, full; got 'fast'"):
        preset_config("faces", "fast")


@pytest.mark.parametrize("preset", get_args(Preset))
def test_presets_are_valid_and_survive_json(preset):
    config = preset_config("faces", preset)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


def test_a_network_without_batch_normalisation_learns_slower():
    for preset, field in (("quick", "partial_learning_rate"), ("standard", "full_learning_rate")):
        usual, slower = (getattr(preset_config("faces", preset, backbone=name), field) for name in ("resnet50", "vgg16"))
        assert slower == pytest.approx(usual / 20)
    assert preset_config("faces", "standard", backbone="vgg16", full_learning_rate=1e-3).full_learning_rate == 1e-3


def test_every_preset_has_its_recipe_from_the_fastest_to_the_best():
    assert tuple(PRESETS) == get_args(Preset) == ("frozen", "quick", "standard", "full")


@pytest.mark.parametrize(
    ("preset", "written", "meant"),
    [
        ("frozen", {"preset": "quick"}, "frozen"),
        ("frozen", {"preset": "quick", "batch_size": 64}, "frozen"),
        ("frozen", {}, "frozen"),
        ("quick", {}, "quick"),
        ("quick", {"head_epochs": 1}, "quick"),
        ("full", {"head_features": "cached"}, "full"),
    ],
)
def test_a_run_is_called_by_what_is_trained_and_not_by_what_its_preset_was_called_then(preset, written, meant):
    kept = json.loads(preset_config("faces", preset).model_dump_json()) | written
    assert preset_of(RunConfig.model_validate_json(json.dumps(kept))) == meant


def test_augmentation_can_be_switched_off_by_a_word():
    assert preset_config("faces", augmentation="none").augmentation is None
