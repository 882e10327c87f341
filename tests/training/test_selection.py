import numpy as np
import pandas as pd
import pytest

from fer_core import runs
from fer_core.datasets import store, writing
from fer_core.errors import DatasetError, InputError
from fer_core.runs.config import preset_config
from fer_core.training import jobs
from fer_core.training.selection import select


def write(images: np.ndarray, labels: list[str], split: list[str]) -> store.Dataset:
    samples = pd.DataFrame({"label": labels, "split": split})
    return writing.write_dataset("faces", images, samples, classes=("angry", "happy"), kind="folders", source="test")


@pytest.fixture
def faces(workspace):
    """30 angry and 10 happy training faces, then a validation and a test face of each; the first two training faces are the
    validation and the test face of angry again, the second one slightly brighter."""
    from fer_core.datasets.synthetic import make_faces

    images = make_faces(44, 0).images.copy()
    images[40] = images[0]
    images[42] = np.clip(images[1].astype(int) + 3, 0, 255).astype(np.uint8)
    split = ["train"] * 40 + ["validation"] * 2 + ["test"] * 2
    return write(images, ["angry"] * 30 + ["happy"] * 10 + ["angry", "happy"] * 2, split)


def test_duplicates_of_validation_and_test_are_left_out(faces):
    kept = select(faces, preset_config("faces"))
    assert not {0, 1} & set(kept.train["id"])
    assert kept.duplicates == 40 - len(kept.train) >= 2
    whole = select(faces, preset_config("faces", drop_duplicates=False))
    assert (len(whole.train), whole.duplicates) == (40, 0)


@pytest.mark.parametrize(
    ("share", "expected"), [(1.0, {"angry": 30, "happy": 10}), (0.5, {"angry": 15, "happy": 5}), (0.01, {"angry": 1, "happy": 1})]
)
def test_a_share_is_taken_of_each_class(faces, share, expected):
    found = select(faces, preset_config("faces", drop_duplicates=False, train_share=share))
    assert found.train["label"].value_counts().to_dict() == expected


def test_larger_shares_contain_the_smaller_ones_and_seeds_differ(faces):
    small, large, other = (
        set(select(faces, preset_config("faces", drop_duplicates=False, train_share=share, seed=seed)).train["id"])
        for share, seed in ((0.2, 0), (0.5, 0), (0.2, 1))
    )
    assert small < large
    assert small != other


def test_labels_are_indices_in_the_order_of_the_classes(faces):
    found = select(faces, preset_config("faces", drop_duplicates=False))
    assert found.classes == ("angry", "happy")
    assert found.labels(found.validation).tolist() == [0, 1]


def test_too_little_to_learn_is_said(workspace):
    images = np.random.default_rng(0).integers(0, 255, (4, 48, 48), np.uint8)
    write(images, ["angry", "angry", "angry", "happy"], ["train", "train", "validation", "test"])
    with pytest.raises(DatasetError, match="2 training faces of 1 classes and 1 validation faces"):
        select(store.open_dataset("faces"), preset_config("faces"))


def test_the_votes_of_a_face_are_its_target_and_weight(workspace):
    """Of four training faces one has no vote for a class; validation keeps only the face with a favourite."""
    votes = pd.DataFrame(
        [(8, 2, 0), (5, 5, 0), (1, 1, 8), (0, 0, 10), (6, 4, 0), (5, 5, 0)], columns=["votes_angry", "votes_happy", "votes_sad"]
    )
    split = ["train"] * 4 + ["validation"] * 2
    samples = votes.astype("int8").assign(label=["happy", "angry"] * 3, split=split)
    images = np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)
    dataset = writing.write_dataset("voted", images, samples, classes=("angry", "happy"), kind="folders", source="test")
    with pytest.raises(DatasetError, match="1 classes"):
        select(dataset, preset_config("voted", labels="crowd"))
    samples.loc[3, "votes_happy"] = 7
    dataset = writing.write_dataset(
        "voted", images, samples, classes=("angry", "happy"), kind="folders", source="test", overwrite=True
    )
    chosen = select(dataset, preset_config("voted", labels="crowd"))
    np.testing.assert_allclose(chosen.votes, [[0.8, 0.2], [0.5, 0.5], [0.5, 0.5], [0, 1]], rtol=1e-6)
    np.testing.assert_allclose(chosen.weights, [1, 1, 0.2, 7 / 17], rtol=1e-6)
    assert chosen.validation["label"].tolist() == ["angry"]


def test_labels_weigh_alike(faces):
    chosen = select(faces, preset_config("faces"))
    assert chosen.votes is None
    assert chosen.weights.tolist() == [1.0] * len(chosen.train)


@pytest.mark.parametrize("begin", [lambda data, config: select(data, config), lambda _, config: jobs.start(config)])
def test_votes_that_are_not_there_are_not_learned(faces, begin):
    with pytest.raises(InputError, match=r"^These samples have no votes; import .*, or take the labels as imported"):
        begin(faces, preset_config("faces", labels="crowd"))
    assert [run for run in runs.list_runs() if not run.read_only] == []
