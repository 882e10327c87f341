"""Every cache of what a run answers misses when its flip, temperature or model changes, and hits when nothing does."""

import re
from pathlib import Path

import numpy as np
import pytest

from fer_core.datasets.store import Dataset
from fer_core.explain import kept
from fer_core.explain.mean_maps import MeanMapRequest, MeanMaps
from fer_core.runs import Run
from fer_core.runs.records import Calibration
from pages.data.parts import suspect_search
from pages.explain.parts.asked_work import work_key
from pages.ui import answer_card, evaluation_data, loaders
from pages.ui.memory import remembered

PAGES = Path(__file__).resolve().parents[2] / "pages"

CHANGES = {
    "temperature": lambda run, model: run.write(Calibration(temperature=2.5, threshold=0.3, flip=True)),
    "flip": lambda run, model: run.write(Calibration(temperature=1.5, threshold=0.3, flip=False)),
    "model": lambda run, model: run.model_file.write_bytes(model + b"\0"),
}


def seen(run: Run, data: Dataset) -> dict[str, object]:
    """What each cache gives, or the key under which it looks."""
    predictor = loaders.predictor(run)
    faces = [np.array(data.images[0])]
    scores = evaluation_data.known_scores(run, data)
    return {
        "predictor": predictor,
        "remembered answers": (answer_card.identity(predictor), remembered([answer_card.identity(predictor)], lambda _: faces)),
        "asked work": work_key("kind", predictor, data),
        "scores": None if scores is None else scores[1],
        "suspects": suspect_search.suspects_of(run, data, "test")
        if suspect_search.find_split(run, data, "test") is not None
        else None,
    }


@pytest.mark.parametrize("change", list(CHANGES))
def test_every_cache_misses_when_the_answers_change(answering_run, small_dataset, tiny_model, change):
    run = answering_run
    run.forget_predictions()
    loaders.predictions(run, small_dataset, "test")
    before, again = seen(run, small_dataset), seen(run, small_dataset)
    assert before["predictor"] is again["predictor"]
    assert before["suspects"] is again["suspects"]
    assert before["asked work"] == again["asked work"]
    request = MeanMapRequest(split="test", method="gradcam", layer="late")
    file = kept._name(run, MeanMaps, (small_dataset.meta.fingerprint, request))
    CHANGES[change](run, tiny_model)
    after = seen(run, small_dataset)
    assert after["predictor"] is not before["predictor"]
    assert after["predictor"].version != before["predictor"].version
    assert after["remembered answers"][0] != before["remembered answers"][0]
    assert after["asked work"] != before["asked work"]
    if change == "temperature":
        assert after["suspects"] is not before["suspects"]
        assert after["scores"].ece != before["scores"].ece
    else:
        assert (after["suspects"], after["scores"]) == (None, None), "the logits that are kept are of another network"
        assert kept._name(run, MeanMaps, (small_dataset.meta.fingerprint, request)) != file


def test_no_page_names_a_version_of_its_own():
    own = re.compile(r"stamp\(\s*(\w+\.)*model_file|model_file\.stat|calibration(\(\))?\.model_dump_json")
    found = [str(file.relative_to(PAGES)) for file in sorted(PAGES.rglob("*.py")) if own.search(file.read_text())]
    assert found == ["evaluate/parts/export_form.py"], "whether an exported file is older than the run is a matter of their times"
