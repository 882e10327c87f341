"""Faces recorded on Teach it: what is read of them, how they are split, and the run that is trained on them."""

import base64
import signal

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fer_core import runs
from fer_core.datasets.synthetic import make_faces
from fer_core.errors import InputError, NameTakenError, WeightsError
from fer_core.models import classifier, saved_network
from fer_core.models.inference import feature_map_forward
from fer_core.predictor import load_predictor
from fer_core.report.card import make_short_card, write_card
from fer_core.training import worker
from fer_core.training.own_faces import LEAST_FACES, OwnFace, keep, read_sent, recipe

PIXELS = base64.b64encode(bytes(range(256)) * 9).decode()


def sent(classes=("smile", "frown"), count=LEAST_FACES, **changes):
    faces = [[label, "learn", 0.1 * place, PIXELS] for label in range(len(classes)) for place in range(count)]
    return {"classes": list(classes), "faces": faces, **changes}


def test_what_the_browser_sends_is_read():
    faces = read_sent(sent(faces=[*sent()["faces"], [1, "judge", 9, PIXELS]]))
    assert len(faces) == 11
    assert (faces[-1].label, faces[-1].part, faces[-1].second) == ("frown", "judge", 9.0)
    assert faces[0].pixels.shape == (48, 48)
    assert faces[0].pixels[0, 5] == 5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "are no faces"),
        ("faces", "are no faces"),
        ({"classes": ["a", "b"]}, "are no faces"),
        (sent(("a",)), "2 to 8 classes"),
        (sent(("same", " Same ")), "a name of its own"),
        (sent(("a", "")), "1 to 40 letters"),
        (sent(("a", "b" * 41)), "1 to 40 letters"),
        (sent(count=LEAST_FACES - 1), "got 4 of 'smile'"),
        (sent(count=31), "got 31 of 'smile'"),
        (sent(count=300), "got 600"),
        *(
            (sent(faces=[*sent()["faces"], face]), "is damaged")
            for face in (
                [2, "learn", 0, PIXELS],
                [-1, "learn", 0, PIXELS],
                [True, "learn", 0, PIXELS],
                [0, "test", 0, PIXELS],
                [0, "learn", float("nan"), PIXELS],
                [0, "learn", 0, PIXELS[:-4]],
                [0, "learn", 0, "§"],
                [0, "learn", 0, 5],
                [0, "learn"],
                None,
            )
        ),
    ],
)
def test_what_is_no_faces_is_a_sentence(given, said):
    with pytest.raises(InputError, match=said):
        read_sent(given)


@pytest.fixture(scope="module")
def faces() -> list[OwnFace]:
    """Drawn faces of three classes, 20 to learn and 20 to judge, each with its second."""
    drawn = make_faces(400, 0)
    labels = np.array(drawn.labels)
    made = []
    for name in ("happy", "neutral", "angry"):
        chosen = np.flatnonzero(labels == name)[:40]
        for place, number in enumerate(chosen):
            made.append(OwnFace(name, "learn" if place < 20 else "judge", 0.13 * place, drawn.images[number]))
    return made


def test_bursts_stay_apart_and_validation_is_the_last_part(workspace, faces):
    data = keep(list(reversed(faces)), "My own", drawn=True)
    assert data.meta.counts == {
        "train": {"angry": 16, "neutral": 16, "happy": 16},
        "validation": {"angry": 4, "neutral": 4, "happy": 4},
        "test": {"angry": 20, "neutral": 20, "happy": 20},
    }
    samples = data.samples
    assert set(samples["usage"][samples["split"] == "test"]) == {"to judge"}
    seconds = samples["file"].str.extract(r"([\d.]+) s$")[0].astype(float)
    for name in data.meta.classes:
        mine = samples["label"] == name
        assert seconds[mine & (samples["split"] == "train")].max() < seconds[mine & (samples["split"] == "validation")].min()
    by_file = {f"{face.part}/{face.label}/{face.second:.2f} s": face.pixels for face in faces}
    assert all((data.images[row.id] == by_file[row.file]).all() for row in samples.itertuples())
    assert data.meta.drawn
    assert "the same person may be in train and test" in " ".join(data.meta.decisions)
    assert "consent" in data.meta.note
    with pytest.raises(NameTakenError):
        keep(faces, "my OWN")


def test_the_run_answers_as_a_head_on_the_same_features(workspace, faces):
    """The page's head is scikit-learn's (tests/e2e/test_try_it_journeys.py); the run is one like it, on the same features."""
    source = runs.open_run("bundled")
    data = keep(faces, "My own", drawn=True)
    run = runs.create(recipe(data.name, source, "run"))
    assert (run.config().weights_file, run.config().flip) == (str(source.model_file.resolve()), False)
    handler = signal.getsignal(signal.SIGTERM)
    assert worker.main(run.id) == 0
    signal.signal(signal.SIGTERM, handler)
    taught, features = saved_network.read(run.model_file), {}
    for name, network in (("run", taught), ("source", saved_network.read(source.model_file))):
        features[name] = feature_map_forward(network, network.pooled_layer)(np.asarray(data.images)).mean(axis=(2, 3))
    np.testing.assert_allclose(features["run"], features["source"], atol=1e-3)
    learned = (data.samples["usage"] == "to learn").to_numpy()
    spread = features["run"][learned].std(axis=0)
    scaled = (features["run"] - features["run"][learned].mean(axis=0)) / np.maximum(spread, 1e-6) / np.sqrt(len(spread))
    head = LogisticRegression(C=3, max_iter=5000).fit(scaled[learned], data.samples["label"][learned])
    predictor = load_predictor(run)
    answers = np.array(predictor.classes)[predictor.logits(np.asarray(data.images[~learned])).argmax(axis=1)]
    agreement = float((answers == head.predict(scaled[~learned])).mean())
    assert "recorded in bursts on Teach it" in write_card(make_short_card(run), ".md")
    print(f"run and head give {agreement:.0%} of {len(answers)} judged faces the same class")
    assert agreement >= 0.85


def test_imagenets_features_are_those_before_any_training(workspace):
    config = recipe("My own", runs.open_run("bundled"), "imagenet")
    assert (config.weights_file, config.weights, config.resolution, config.fine_map) == (None, "imagenet", 96, True)
    assert config.preset == "frozen"


def test_the_network_of_another_backbone_is_no_start(workspace, tiny_model, tmp_path):
    file = tmp_path / "model.keras"
    file.write_bytes(tiny_model)
    config = recipe("My own", runs.open_run("bundled"), "run").model_copy(update={"resolution": 32})
    with pytest.raises(WeightsError, match="does not hold the weights of MobileNet"):
        classifier.build(config, ("a", "b"), weights=file)
    network = saved_network.read(runs.open_run("bundled").model_file)
    with pytest.raises(WeightsError, match="this network's backbone"):
        saved_network.before_training(network, file)
    same = saved_network.before_training(network, runs.open_run("bundled").model_file)
    assert all(
        (same.weights[name][part] == values).all() for name, parts in network.weights.items() for part, values in parts.items()
    )
