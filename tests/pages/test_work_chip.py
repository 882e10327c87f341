"""The chip of the context line: there while something is at work, with its progress and a stop, on every page."""

import os

import pytest
from streamlit.testing.v1 import AppTest
from views import show

from fer_core import progress, runs
from fer_core.runs.config import preset_config
from fer_core.runs.records import Stage, Status
from pages.parts import work_chip


def chip_stops(at: AppTest) -> list:
    return [button for button in at.button if str(button.key).startswith("chip-stop")]


def words(at: AppTest) -> str:
    return " ".join(part.value for part in at.markdown)


@pytest.fixture
def training(small_dataset, hold):
    run = runs.create(preset_config(small_dataset.name, "quick"), name="My *first*")
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
        run = runs.create(preset_config(small_dataset.name, "quick"), name=f"Run {number}")
        run.write(Status(state="queued", created=float(number), pid=os.getpid()))
        hold(run)
    at = AppTest.from_file(app, default_timeout=60).run()
    assert len(chip_stops(at)) == work_chip.MOST
    assert "2 more wait." in [caption.value for caption in at.caption]
