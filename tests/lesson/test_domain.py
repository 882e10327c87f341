"""Runs on faces from elsewhere, from stored answers alone; data sets and runs are stand-ins of the parts that are read."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from fer_core.evaluation.predictions import Source
from fer_core.lesson import domain

CLASSES = ("happy", "sad")


def _data(name: str, fingerprint: str, *, drawn: bool) -> SimpleNamespace:
    return SimpleNamespace(name=name, meta=SimpleNamespace(fingerprint=fingerprint, drawn=drawn))


PHOTOS, DRAWN, OTHER = _data("Photos", "p", drawn=False), _data("Drawn", "d", drawn=True), _data("Other", "o", drawn=False)


def _run(fingerprint: str = "p", run_id: str = "one") -> SimpleNamespace:
    training = SimpleNamespace(dataset="Photos", fingerprint=fingerprint)
    return SimpleNamespace(
        id=run_id, training=lambda: training, about=lambda: SimpleNamespace(name=run_id.capitalize()), classes=lambda: CLASSES
    )


def _answers(right: int, n: int) -> pd.DataFrame:
    labels = ["happy"] * n
    return pd.DataFrame({"label": labels, "logit_happy": [1.0] * right + [0.0] * (n - right), "logit_sad": [0.5] * n})


@pytest.fixture
def kept(monkeypatch):
    """What is known: sources by data set (None for recorded ones), and answers by the data set's name."""
    known = SimpleNamespace(
        sources={
            "Photos": [Source("Photos", "test", False, 10), Source("Photos", "train", False, 50)],
            "Drawn": [Source("Drawn", "test", False, 20, {"bored": 3})],
            "Other": [Source("Other", "test", False, 0, {"bored": 9})],
            None: [Source("Photos", "test", True, 10)],
        },
        answers={"Photos": _answers(9, 10), "Drawn": _answers(10, 20)},
    )
    monkeypatch.setattr(domain, "sources", lambda run, data: known.sources[data and data.name])
    monkeypatch.setattr(domain, "find_predictions", lambda run, data, source: known.answers.get(source.dataset))
    return known


def test_home_first_and_what_is_not_known(kept) -> None:
    del kept.answers["Drawn"]
    home, drawn, other = domain.cells(_run(), [DRAWN, PHOTOS, OTHER])
    assert (home.dataset, home.home, home.state, home.accuracy, home.n, home.baseline) == ("Photos", True, "known", 0.9, 10, 1.0)
    assert home.ci95 == pytest.approx((0.596, 0.982), abs=1e-3)
    assert (drawn.state, drawn.shifted, drawn.skipped, drawn.accuracy) == ("missing", True, 3, None)
    assert (other.state, other.shifted) == ("impossible", False)
    assert domain.lost([home, drawn, other]) is None


def test_what_is_lost_elsewhere(kept) -> None:
    found = domain.cells(_run(), [DRAWN, PHOTOS, OTHER])
    pair = domain.lost(found)
    assert [cell.dataset for cell in pair] == ["Photos", "Drawn"]
    assert [cell.accuracy for cell in pair] == [0.9, 0.5]
    assert domain.lost([replace(cell, home=False) for cell in found]) is None


def test_recorded_figures_stand_in_for_a_home_that_is_not_there(kept) -> None:
    bundled = _run(run_id="bundled")
    first, second = domain.cells(bundled, [DRAWN])
    assert (first.recorded, first.home, first.trained_on, first.accuracy) == (True, True, "photographs", 0.9)
    assert (second.dataset, second.shifted) == ("Drawn", True)
    assert not any(cell.recorded for cell in domain.cells(bundled, [DRAWN, PHOTOS]))


@pytest.mark.parametrize(
    ("fingerprint", "run_id", "kind"),
    [("p", "one", "photographs"), ("d", "one", "drawn"), ("gone", "one", "unknown"), ("gone", "bundled", "photographs")],
)
def test_what_a_run_has_learned_from(fingerprint, run_id, kind) -> None:
    assert domain.trained_on(_run(fingerprint, run_id), [PHOTOS, DRAWN]) == kind
