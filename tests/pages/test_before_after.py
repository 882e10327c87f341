"""The same faces before and after training, as Projection and Transfer show them."""

import numpy as np
import pytest
from views import button, checked, component, view, words

from fer_core.lesson import morph as morphs
from fer_core.lesson.morph import Morph, separation
from fer_core.runs import BUNDLED, open_run
from pages.ui import before_after


def _morph(before: list[float], after: list[float], *, moved: bool = True) -> Morph:
    points = np.random.default_rng(0).normal(0, 1, (len(before), 2)).astype(np.float32)
    return Morph(
        dataset="Faces",
        samples=np.arange(len(before)) * 2,
        labels=np.arange(len(before)) % 2,
        classes=("fear", "happy"),
        split="test",
        before=points,
        after=points[:, ::-1] if moved else points,
        explained=np.array([[0.1, 0.05], [0.5, 0.2]], np.float32),
        same=np.array([before, after], np.float32),
    )


@pytest.mark.parametrize(
    ("morph", "said"),
    [
        (
            _morph([0.2] * 40, [0.8] * 40),
            "**Training parts the expressions**: of a face's 5 nearest, 20% shared its label before, 80%",
        ),
        (
            _morph([0.8] * 40, [0.2] * 40),
            "**Training has mixed the expressions of these faces**: of a face's 5 nearest, 80% shared",
        ),
        (
            _morph([0.2, 0.8] * 20, [0.8, 0.2] * 20),
            "**These faces are as mixed after training as before**, as far as 40 can tell",
        ),
        (
            _morph([0.4] * 40, [0.4] * 40, moved=False),
            "**Nothing moves**: this run trained its head alone, and its features are still",
        ),
    ],
)
def test_the_takeaway_follows_the_figures(morph, said):
    assert before_after.takeaway(morph, separation(morph)).startswith(said)


@pytest.mark.parametrize("place", ["data/faces#Projection", "learn/explore#Transfer"])
def test_what_ships_is_shown_and_the_own_faces_are_offered(app, small_dataset, place):
    at = checked(view(app, place, run=BUNDLED))
    key = "morph-data" if place.startswith("data") else "morph-learn"
    data = component(at, key)
    assert len(data["classes_of"]) == 2521
    assert not data["opens"]
    assert data["label"].startswith(
        "2,521 faces as points, before and after training: of the 5 nearest faces 40% share the label"
    )
    assert "**Training parts the expressions**: of a face's 5 nearest, 40% shared its label before, 70% after." in words(at)
    assert "n = 2,521, the test split of FER2013, recorded" in words(at)
    assert "Between the two nothing was measured" in words(at)
    assert "The 25 test faces of **Small** have not been looked at by both networks yet" in words(at)
    assert button(at, "Show them before and after")


def test_own_faces_are_made_when_asked_and_can_be_opened(app, small_dataset, monkeypatch):
    def make(run, data, *, progress, stop):
        return morphs.make_morph(run, data, progress=progress)

    monkeypatch.setattr(before_after, "make_morph_in_process", make)
    at = view(app, "data/faces#Projection", run=BUNDLED)
    at = checked(button(at, "Show them before and after").click().run())
    data = component(at, "morph-data")
    assert len(data["classes_of"]) == 25
    assert data["opens"]
    assert sum(int(faces.split()[0]) for *_, faces in data["classes"]) == 25
    assert "n = 25, few, the test split of Small" in words(at)
    assert "Show them before and after" not in [one.label for one in at.button]
    made = morphs.kept_morphs(open_run(BUNDLED))[small_dataset.meta.fingerprint]
    where = np.array(data["points"]).reshape(-1, 4)
    assert np.abs(np.corrcoef(where[:, 2], made.after[:, 0])[0, 1]) > 0.999


def test_a_run_without_a_model_says_what_to_do(app, finished_run):
    at = view(app, "data/faces#Projection", run=finished_run.id)
    assert "Choose a run with a model at the top of the page" in words(at)
