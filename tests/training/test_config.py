import pytest

from fer_core.errors import InputError
from fer_core.training.config import RunConfig, preset_config


def test_command_line_words_and_form_values_reach_the_same_config():
    typed = preset_config("faces", "standard", **{"batch_size": "16", "augmentation.flip": "false", "full_learning_rate": "1e-4"})
    chosen = preset_config("faces", "standard", **{"batch_size": 16, "augmentation.flip": False, "full_learning_rate": 0.0001})
    assert typed == chosen
    assert typed.augmentation is not None
    assert typed.augmentation.flip is False


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"batchsize": 8}, "There is no setting 'batchsize'; allowed are dataset, preset"),
        ({"augmentation.spin": 1}, "There is no setting 'augmentation.spin'; allowed are flip, rotation"),
        ({"resolution": 16}, "resolution: input should be greater than or equal to 32; got '16'"),
        ({"backbone": "alexnet"}, "backbone must be one of mobilenet, mobilenetv2"),
        ({"backbone": "vgg16", "fine_map": True}, "fine_map is not available for vgg16"),
        ({"partial_from": "block_99"}, "partial_from must be one of stem, block_1"),
        ({"head_epochs": 0, "full_epochs": 0}, "at least one of head_epochs"),
        ({"preset": "quick"}, "The preset is an argument of its own"),
        ({"dataset": "others"}, "The dataset is an argument of its own"),
        ({"seed": "many"}, "seed: input should be a valid integer"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(changes, sentence):
    with pytest.raises(InputError) as caught:
        preset_config("faces", "standard", **changes)
    assert sentence in str(caught.value)


def test_unknown_preset_is_refused():
    with pytest.raises(InputError, match="quick, standard, full; got 'fast'"):
        preset_config("faces", "fast")


@pytest.mark.parametrize("preset", ["quick", "standard", "full"])
def test_presets_are_valid_and_survive_json(preset):
    config = preset_config("faces", preset)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


def test_augmentation_can_be_switched_off_by_a_word():
    assert preset_config("faces", augmentation="none").augmentation is None
