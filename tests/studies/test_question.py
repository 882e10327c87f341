"""A study's question: what may be asked, which runs answer it, and in which order."""

import pytest

from fer_core.errors import InputError, NotFoundError
from fer_core.runs.config import preset_config
from fer_core.studies import creation, folders, question
from fer_core.studies.question import MAX_RUNS


def test_every_combination_is_a_setting_and_one_seed_of_all_comes_first(workspace):
    asked = creation.create(
        "Rates", "Faces", changes={"resolution": "48"}, vary={"backbone": ["mobilenet"], "dropout": ["0", "0.3"]}, seeds=2
    )
    assert [(setting.values, seed) for setting, seed, _ in asked.plan] == [
        ({"backbone": "mobilenet", "dropout": "0"}, 0),
        ({"backbone": "mobilenet", "dropout": "0.3"}, 0),
        ({"backbone": "mobilenet", "dropout": "0"}, 1),
        ({"backbone": "mobilenet", "dropout": "0.3"}, 1),
    ]
    assert asked.config(*asked.plan[3]) == preset_config("Faces", resolution=48, dropout=0.3, seed=1)
    assert folders.open_question("Rates") == asked
    assert [kept.name for kept in folders.questions()] == ["Rates"]


def test_what_is_equal_in_all_settings_is_not_in_their_names(workspace):
    asked = creation.create("Equal", "Faces", vary={"backbone": ["mobilenet"], "dropout": ["0", "0.3"]}, seeds=1)
    assert [setting.words for setting in asked.settings] == ["dropout 0", "dropout 0.3"]
    assert asked.settings[0].values == {"backbone": "mobilenet", "dropout": "0"}
    one = creation.create("One", "Faces", vary={"backbone": ["mobilenet"]}, seeds=1)
    assert [setting.words for setting in one.settings] == ["backbone mobilenet"]


def test_in_full_keeps_what_was_varied_and_leaves_out_what_was_saved_by(workspace):
    asked = creation.create(
        "Cheap",
        "Faces",
        preset="frozen",
        changes={"train_share": "0.2", "head_epochs": "1", "resolution": "64"},
        vary={"full_epochs": ["0", "2"], "dropout": ["0.1", "0.3"]},
        seeds=2,
    )
    chosen = asked.settings[3]
    config = question.full_config(asked, chosen)
    assert config == preset_config("Faces", "full", resolution=64, full_epochs=2, dropout=0.3, seed=2)
    assert (config.train_share, config.head_epochs) == (1.0, preset_config("Faces", "full").head_epochs)
    words = "--set resolution=64 --set full_epochs=2 --set dropout=0.3 --set seed=2"
    assert question.full_command(asked, chosen) == f"python -m fer_core train Faces --preset full {words}"


def test_without_anything_that_varies_there_is_one_setting(workspace):
    asked = creation.create("Seeds", "Faces", preset="full", seeds=3)
    assert [setting.words for setting in asked.settings] == ["the recipe"]
    assert len(asked.plan) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"vary": {"resolution": ["64", "64"]}}, "'resolution' needs values that differ"),
        ({"vary": {"resolution": []}}, "'resolution' needs values that differ"),
        ({"vary": {"dropout": ["0.3", "0.30"]}}, "are the same recipe; leave one out"),
        ({"vary": {"seed": ["1", "2"]}}, "'seed' cannot vary here: say how many seeds"),
        (
            {"vary": {"dropout": ["0", "0.1"]}, "changes": {"dropout": "0.5"}},
            "'dropout' cannot vary here: it is set for all runs",
        ),
        ({"vary": {"resolution": ["64", "9000"]}}, "resolution"),
        ({"vary": {"nothing": ["1", "2"]}}, "nothing"),
        ({"vary": {"dropout": [f"{n / 100}" for n in range(80)]}}, f"at most {MAX_RUNS} runs; these are 240"),
        ({"seeds": 0}, "Seeds: Input should be greater than or equal to 1; got 0"),
        ({"budget_minutes": -1.0}, "Budget minutes"),
        ({"preset": "slow"}, "Preset"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_kept(workspace, given, words):
    with pytest.raises(InputError, match=words):
        creation.create("Wrong", "Faces", **given)
    assert folders.questions() == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 41, "ends.", "new\nline"])
def test_a_name_must_be_one_of_a_folder(workspace, name):
    with pytest.raises(InputError, match="A study's name has 1 to 40"):
        creation.create(name, "Faces")
    with pytest.raises(NotFoundError):
        folders.open_question(name)


def test_a_name_is_taken_once_and_free_after_deletion(workspace):
    creation.create("Mine", "Faces")
    with pytest.raises(InputError, match="There is a study 'Mine' already"):
        creation.create("Mine", "Faces")
    folders.delete("Mine")
    assert creation.create("Mine", "Other").dataset == "Other"
