"""What is known of faces: from the renderer, from the viewer's tags, and through an export and back."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets import editing, prepared, store, writing
from fer_core.datasets.drawing.identity import sample_identity
from fer_core.datasets.drawing.scene import Scene
from fer_core.datasets.drawing.traits import traits_of
from fer_core.datasets.exporting import export_dataset
from fer_core.datasets.importer import import_source
from fer_core.datasets.synthetic import create_synthetic
from fer_core.datasets.traits import PREFIX, TRAITS, code, coded, known
from fer_core.errors import InputError, NotFoundError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)


@pytest.fixture
def data(workspace):
    return write()


def write(order=(0, 1, 2, 3), labels=("happy", "fear", "happy", "fear"), **more):
    rows = pd.DataFrame({"label": [labels[i] for i in order], "split": "train"})
    return writing.write_dataset(
        "Mine", IMAGES[list(order)], rows, classes=("fear", "happy"), kind="folders", source="here", **more
    )


@pytest.mark.parametrize(
    ("person", "scene", "expected"),
    [
        (
            {"glasses": "none", "beard": "none", "age": 0.0, "skin": 0.74},
            {},
            ["no glasses", "no beard", "under 40", "light", "even"],
        ),
        (
            {"glasses": "round", "beard": "goatee", "age": 0.5, "skin": 0.5},
            {"exposure": 0.7},
            ["glasses", "beard", "40 to 60", "medium", "dim"],
        ),
        (
            {"glasses": "square", "beard": "stubble", "age": 0.9, "skin": 0.34},
            {"light": (0.8, 0.0, 0.6), "exposure": 0.7},
            ["glasses", "stubble", "over 60", "dark", "from the side"],
        ),
    ],
)
def test_parameters_of_the_renderer_in_words(person, scene, expected):
    who = replace(sample_identity(np.random.default_rng(0)), **person)
    shot = Scene(**{"light": (0.0, -0.5, 0.9), "exposure": 1.0} | scene)
    assert traits_of(who, shot) == dict(zip(("glasses", "beard", "age", "skin", "light"), expected, strict=True))


def test_drawn_faces_bring_along_what_is_known_and_the_packed_ones_have_the_same(workspace):
    drawn = create_synthetic("Few", 120).traits()
    packed = prepared.create_prepared().traits()
    pd.testing.assert_frame_equal(packed[:120], drawn)
    assert packed["glasses"].value_counts().to_dict() == {"no glasses": 2556, "glasses": 444}
    assert (packed != "").all(axis=None)


def test_every_number_means_its_value_and_a_strange_one_is_not_known():
    assert [code("skin", value) for value in ("", "light", "medium", "dark")] == [0, 1, 2, 3]
    samples = pd.DataFrame({"hash": list("abcd"), "trait_skin": np.array([0, 3, 9, -1], np.int8)})
    assert known(samples, {})["skin"].tolist() == ["", "dark", "", ""]
    assert coded(known(samples, {})).to_dict("list") == {"trait_skin": [0, 3, 0, 0]}


def test_tags_are_added_changed_taken_back_and_leave_the_imported_data_alone(data):
    before = (data.path / "samples.parquet").read_bytes()
    editing.tag(data, [0, 1], "glasses", "sunglasses", origin="test")
    editing.tag(data, [1], "glasses", "glasses")
    editing.tag(data, [1], "skin", "dark")
    editing.tag(data, [0], "glasses", "")
    assert data.traits().loc[[0, 1], ["glasses", "skin"]].to_numpy().tolist() == [["", ""], ["glasses", "dark"]]
    assert (data.path / "samples.parquet").read_bytes() == before
    lines = [json.loads(line) for line in data.edits_file.read_text().splitlines()]
    assert [line["action"] for line in lines] == ["tag"] * 5
    assert data.edits().in_force == {}
    assert data.edits().changes == 0


def test_tags_go_before_what_the_renderer_said(workspace):
    drawn = create_synthetic("Few", 10)
    editing.tag(drawn, [3], "light", "from behind")
    assert drawn.traits()["light"][3] == "from behind"


@pytest.mark.parametrize(
    ("samples", "trait", "value", "error", "sentence"),
    [
        ([0], "hat", "yes", InputError, "A trait is one of glasses, beard, age, skin, light; got 'hat'."),
        ([0], "beard", "long", InputError, "Beard is one of no beard, stubble, moustache, beard; got 'long'."),
        ([], "beard", "beard", InputError, "Choose at least one face first."),
        ([4], "beard", "beard", NotFoundError, "has samples 0 to 3; got 4 to 4."),
    ],
)
def test_what_cannot_be_said_is_one_sentence(data, samples, trait, value, error, sentence):
    with pytest.raises(error, match=sentence.replace("'", ".")):
        editing.tag(data, samples, trait, value)
    assert not data.edits_file.exists()


def test_tags_follow_the_pixels_through_another_import_under_the_name(data):
    editing.tag(data, [2], "age", "over 60")
    again = write(order=(2, 0, 1), labels=("fear", "fear", "happy", "fear"), overwrite=True)
    assert again.meta.fingerprint != data.meta.fingerprint
    assert again.traits()["age"].tolist() == ["over 60", "", ""]


def test_a_line_about_a_trait_that_is_none_is_passed_over(data):
    editing.tag(data, [0], "age", "child")
    line = data.edits_file.read_text()
    data.edits_file.write_text(line.replace('"age"', '"hat"') + line.replace('"child"', '"ancient"') + line)
    assert data.traits()["age"].tolist() == ["child", "", "", ""]


@pytest.mark.parametrize("suffix", [".zip", ".parquet"])
def test_tags_come_back_from_an_export(data, tmp_path, suffix):
    editing.tag(data, [1, 3], "glasses", "glasses")
    editing.decide(data, [0], "exclude")
    file = export_dataset("Mine", tmp_path / f"faces{suffix}", labels="edited").path
    import_source(file, name="Again", classes=None)
    again = store.open_dataset("Again")
    found = again.samples.set_index("hash")[PREFIX + "glasses"]
    assert found.loc[data.samples["hash"][1:]].tolist() == [2, 0, 2]
    assert set(again.samples) & {PREFIX + name for name in TRAITS} == {PREFIX + "glasses"}
