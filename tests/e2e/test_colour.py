"""Faces in colour and of their own size, from a folder to a map of where the run looked."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core import runs
from fer_core.datasets import store
from fer_core.datasets.synthetic import draw_face
from fer_core.photos.frame import Frame
from fer_core.predictor import frame_of_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

CLASSES = ("angry", "happy", "neutral")
PERSONS, NAME, LATER = 20, "Colour faces", 300_000


def folder(root: Path) -> Path:
    """Sixty drawn faces of 112 pixels, tinted, three of each of twenty persons."""
    for person in range(PERSONS):
        for name in CLASSES:
            grey = draw_face(person, name, 0.0 if name == "neutral" else 1.0, size=112)
            path = root / name / f"p{person:02d}_{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.rint(grey[..., None] * np.array([0.7, 0.85, 1.0])).astype(np.uint8))
    return root


def test_colour_faces_are_imported_trained_scored_and_explained(app, page, tmp_path, monkeypatch):
    from playwright.sync_api import expect

    monkeypatch.setenv("FER_WORKSPACE", str(app.workspace))
    app.open(page, "import")
    page.locator(".st-key-import-path input").fill(str(folder(tmp_path / "faces")))
    page.locator(".st-key-import-path input").press("Enter")
    app.settle(page)
    page.get_by_label("Name of the data set").first.fill(NAME)
    page.get_by_role("button", name="Import", exact=False).last.click()
    expect(page.get_by_text("Its faces are stored as 112x112 RGB.")).to_be_visible(timeout=LATER)
    page.get_by_role("button", name="Import it so").click()
    expect(page.get_by_text(f"{NAME} is imported: 60 faces.")).to_be_visible(timeout=LATER)
    assert store.open_dataset(NAME).images.shape == (60, 112, 112, 3)

    split = ("--subject", "name:(p\\d+)_", "--split-by", "subject", "--overwrite")
    app.command("import", str(tmp_path / "faces"), "--name", NAME, *split)
    app.command("train", NAME, "--preset", "frozen", "--set", "resolution=112", "--set", "head_epochs=3")
    run = next(run for run in runs.list_runs() if run.config().dataset == NAME)
    assert run.status().state == "finished"
    assert frame_of_run(run) == Frame(112, "rgb")

    app.open(page, "scores", dataset=NAME, run=run.id)
    expect(page.get_by_text(re.compile(r"n = 1[0-9]")).first).to_be_visible(timeout=LATER)
    app.open(page, "look", dataset=NAME, run=run.id)
    expect(page.get_by_alt_text(re.compile("The face of sample-[0-9]+, 112x112 RGB"))).to_be_visible(timeout=LATER)
    expect(page.get_by_alt_text(re.compile("with the evidence for"))).to_be_visible()

    # The run that ships takes 48x48 grey faces: the same ones are converted, and the page says so.
    app.open(page, "look", dataset=NAME, run="bundled")
    expect(page.get_by_text("The faces are 112x112 RGB, and this run takes 48x48 grey").first).to_be_visible(timeout=LATER)
    expect(page.get_by_alt_text(re.compile("The face of sample-[0-9]+, 48x48 grey"))).to_be_visible(timeout=LATER)

    # Other tests of this app begin with what ships.
    runs.delete(run)
    store.delete_dataset(NAME)
