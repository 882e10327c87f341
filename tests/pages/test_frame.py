"""The frame around every view: menu, addresses, pickers, first start, the chip of what is at work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import show, view, words

from fer_core import progress, runs
from fer_core.datasets import prepared, store, writing
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError
from fer_core.labels import FIVE
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Stage, Status
from pages.parts import menu, work_chip
from pages.ui import navigation

ROOT = Path(__file__).resolve().parents[2]


PAGES = ROOT / "pages"


SECTIONS = ("data", "train", "evaluate", "explain", "try_it", "learn")


OURS = [
    ("home", "Home"),
    ("data/overview", "Overview"),
    ("data/faces", "Faces"),
    ("data/overview#Mean faces", "Overview"),
    ("data/import_export", "Import and export"),
]


def write_other(name: str) -> Dataset:
    images = np.random.default_rng(1).integers(0, 255, (6, 48, 48)).astype(np.uint8)
    rows = pd.DataFrame({"label": ["happy", "angry"] * 3, "split": ["train"] * 4 + ["test"] * 2})
    return writing.write_dataset(name, images, rows, classes=("angry", "happy"), kind="folders", source=name)


@pytest.mark.parametrize(("place", "title"), OURS)
def test_view_without_anything(app, started_workspace, place, title):
    test = view(app, place)
    assert not test.exception
    assert test.title[0].value == title


@pytest.mark.parametrize(
    ("place", "title"), [*OURS, ("train/new_run", "New run"), ("train/runs", "Runs"), ("train/runs#One run", "Runs")]
)
def test_view_with_data(app, finished_run, place, title):
    test = view(app, place)
    assert not test.exception
    assert not test.error
    assert test.title[0].value == title


def test_every_page_is_in_the_menu_once_and_its_tabs_are_those_it_draws():
    listed = navigation.pages()
    assert len(listed) <= 22
    scripts = {"home.py", *(f"{section}/{path.name}" for section in SECTIONS for path in (PAGES / section).glob("*.py"))}
    assert sorted(page.path for page in listed) == sorted(scripts)
    for page in listed:
        drawn = re.findall(r'^        "(.+)": \w+\.show,$', (PAGES / page.path).read_text(), re.M)
        assert tuple(drawn) == page.tabs, page.path


@pytest.mark.parametrize("address", sorted(menu.MOVED))
def test_an_address_of_before_leads_to_a_page_and_tab_that_exist(address):
    page, tab = menu.MOVED[address]
    assert f"{page.removesuffix('.py')}{'#' if tab else ''}{tab}" in navigation.places()


def test_views_import_no_tensorflow(tmp_path):
    script = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.environ["FER_WORKSPACE"] = {str(tmp_path)!r}
from fer_core.datasets import synthetic
synthetic.create_synthetic("Drawn", 60, 0)
from streamlit.testing.v1 import AppTest
test = AppTest.from_file({str(ROOT / "pages" / "frame.py")!r}, default_timeout=60).run()
for view in {[view.partition("#")[0] + ".py" for view, _ in OURS]!r}:
    test.switch_page(view).run()
    assert not test.exception and not test.error, view
assert "Drawn" in test.selectbox[0].value
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("False")


class TestPickers:
    def test_defaults_and_address(self, app, small_dataset, make_run):
        write_other("Other")
        older = make_run(small_dataset, name="older", state="finished", model=True)
        make_run(small_dataset, name="newer, no model", state="failed")
        test = view(app)
        assert test.selectbox[0].value == "Other"
        assert test.selectbox[1].value == older.id
        assert test.query_params["dataset"] == "Other"
        assert test.query_params["run"] == older.id

    def test_choice_is_kept_on_another_page(self, app, small_dataset):
        write_other("Other")
        test = view(app)
        test.selectbox[0].select("Small").run()
        assert test.query_params["dataset"] == "Small"
        show(test, "data/overview")
        assert test.selectbox[0].value == "Small"
        assert test.query_params["dataset"] == "Small"

    def test_address_wins_at_the_start(self, app, small_dataset):
        write_other("Other")
        test = view(app, dataset="Small")
        assert test.selectbox[0].value == "Small"
        assert not test.toast

    def test_what_is_gone_falls_back_with_a_note(self, app, small_dataset):
        test = AppTest.from_file(app, default_timeout=60)
        test.query_params["dataset"] = "Gone"
        test.run()
        assert test.selectbox[0].value == "Small"
        assert test.toast[0].value == "Data set 'Gone' is not there any more; 'Small' is shown instead."

    def test_new_and_deleted_sets_appear_without_restart(self, app, small_dataset):
        test = view(app)
        assert test.selectbox[0].options == ["Small"]
        write_other("Other")
        assert test.run().selectbox[0].options == ["Other", "Small"]
        assert test.selectbox[0].value == "Small"
        store.delete_dataset("Small")
        assert test.run().selectbox[0].value == "Other"
        assert test.query_params["dataset"] == "Other"

    def test_nothing_to_choose(self, app, started_workspace):
        test = view(app)
        assert next(box.disabled for box in test.selectbox)
        assert test.selectbox[0].value == "There is no data set yet."


class TestFirstStart:
    @pytest.fixture
    def made(self, monkeypatch):
        calls = []

        def create():
            calls.append("Synthetic faces")
            return write_other("Synthetic faces")

        monkeypatch.setattr(prepared, "create_prepared", create)
        return calls

    def test_makes_synthetic_faces_once(self, app, workspace, made):
        test = view(app)
        assert made == ["Synthetic faces"]
        assert test.title[0].value == "Home", "the view stands at once"
        assert test.selectbox[0].value == "Synthetic faces"
        store.delete_dataset("Synthetic faces")
        test.run()
        assert len(made) == 1
        assert store.dataset_names() == []

    def test_not_when_there_is_a_data_set(self, app, small_dataset, made):
        view(app)
        assert made == []

    def test_failure_is_one_sentence_and_the_app_stays_usable(self, app, workspace, monkeypatch):
        def fail():
            raise DatasetError("The disk is full.")

        monkeypatch.setattr(prepared, "create_prepared", fail)
        test = view(app)
        assert [error.value for error in test.error] == ["The disk is full."]
        test.run()
        assert not test.error
        assert test.title[0].value == "Home"

    def test_can_be_asked_for_again(self, app, started_workspace, made):
        test = view(app, "data/overview")
        assert made == []
        test.button(key="first-start-again").click().run()
        assert made == ["Synthetic faces"]
        assert test.metric[0].value == "6"


def test_fixture_run_answers_as_it_says(finished_run: Run, small_dataset: Dataset):
    test = finished_run.predictions(small_dataset.meta.fingerprint, "test")
    logits = test[[f"logit_{label}" for label in FIVE]].to_numpy()
    answers = [FIVE[index] for index in logits.argmax(axis=1)]
    wrong = [(label, answer) for label, answer in zip(test["label"], answers, strict=True) if label != answer]
    assert wrong == [("fear", "angry"), ("fear", "angry")]


def chip_stops(at: AppTest) -> list:
    return [button for button in at.button if str(button.key).startswith("chip-stop")]


@pytest.fixture
def training(small_dataset, hold):
    run = runs.create(preset_config(small_dataset.name, "frozen"), name="My *first*")
    here = Stage(phase="full", epoch=3, epochs=4, batch=1, batches=2, seconds_left=95.0)
    run.write(Status(state="running", created=2.0, pid=os.getpid(), progress=here))
    hold(run)
    return run


def test_nothing_at_work_no_chip(app, small_dataset):
    at = AppTest.from_file(app, default_timeout=60).run()
    assert not at.exception
    assert not chip_stops(at)
    assert not at.get("popover")


@pytest.mark.parametrize("place", ["data/faces", "train/studies", "learn/explore"])
def test_a_training_is_shown_on_every_page_and_can_be_stopped(app, training, place):
    at = show(AppTest.from_file(app, default_timeout=60).run(), place)
    assert not at.exception
    assert "**My \\*first\\***" in words(at)
    chip_stops(at)[0].click().run()
    assert training.stopping
    assert [button.disabled for button in chip_stops(at)] == [True]


def test_work_of_the_app_is_listed_until_it_ends(app, small_dataset):
    work = progress.Work("Searching [faces]")
    at = AppTest.from_file(app, default_timeout=60)
    with progress.listed(work):
        work(0.5, "half")
        at.run()
        assert "Searching \\[faces\\]" in words(at)
        assert len(chip_stops(at)) == 1
    assert not chip_stops(at.run())


def test_a_long_queue_is_cut(app, small_dataset, hold):
    for number in range(work_chip.MOST + 2):
        run = runs.create(preset_config(small_dataset.name, "frozen"), name=f"Run {number}")
        run.write(Status(state="queued", created=float(number), pid=os.getpid()))
        hold(run)
    at = AppTest.from_file(app, default_timeout=60).run()
    assert len(chip_stops(at)) == work_chip.MOST
    assert "2 more wait." in [caption.value for caption in at.caption]
