"""One journey through the app, step by step, on one server: each step needs the steps before it."""

import json
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core import numbers, runs
from fer_core.datasets import store
from fer_core.datasets.synthetic import make_faces
from fer_core.errors import NotFoundError
from fer_core.labels import FIVE, display_name
from fer_core.runs import Run

from .conftest import App

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("in_order"), pytest.mark.timeout(900)]

PHOTO = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"
ZIPPED = "Zipped faces"
MARKERS = ".st-key-curves-loss .scatterlayer path.point"
SHORT, LONG = "Short run", "Long run"
LATER = 300_000
"""Milliseconds that training or drawing may take."""
SOON = 15_000
"""Milliseconds within which a press of a button is seen to have worked."""


@pytest.fixture(scope="module")
def app(browser, tmp_path_factory):
    """An app of the journey's own, at first with nothing in its workspace; after it, the app ends."""
    server = App(tmp_path_factory.mktemp("journey"))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(autouse=True)
def same_workspace(app, monkeypatch):
    """What this process asks of `runs` and `store` is about the app's workspace."""
    monkeypatch.setenv("FER_WORKSPACE", str(app.workspace))


@pytest.fixture(scope="module")
def faces():
    """400 drawn faces, of which every fifth is for the test split: images, labels, test (bool)."""
    drawn = make_faces(400, 7)
    return drawn.images, drawn.labels, np.arange(400) % 5 == 0


def kaggle_zip(path: Path, images: np.ndarray, labels: list[str], test: np.ndarray) -> Path:
    """An archive as Kaggle has it: `archive/train/CLASS/*.png` and `archive/test/CLASS/*.png`."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            split = "test" if test[number] else "train"
            archive.writestr(f"archive/{split}/{label}/im{number}.png", cv2.imencode(".png", image)[1].tobytes())
    return path


def metric(page, label: str):
    """The box of a figure, by its label."""
    return page.get_by_test_id("stMetric").filter(has=page.get_by_test_id("stMetricLabel").get_by_text(label, exact=True))


def picker(page, label: str):
    """One of the two pickers at the top of the page."""
    return page.get_by_test_id("stMain").get_by_role("combobox", name=label, exact=True)


def badge(page, word: str):
    """The badge that names a run's state."""
    return page.get_by_test_id("stMain").locator(".stMarkdownBadge").get_by_text(word, exact=False)


def choose(page, box, option: str) -> None:
    """Open a select box and take an option; a list that closes because the view was just redrawn is opened again."""
    from playwright.sync_api import TimeoutError as NotThere

    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(5):
        box.click()
        with suppress(NotThere):
            wanted.click(timeout=5000)
            return
    wanted.click()


def press(button, seen: Callable[[], None]) -> None:
    """Press a button until `seen` asserts no more; a press is lost when the view is redrawn between mouse down and up."""
    for _ in range(4):
        button.click()
        with suppress(AssertionError):
            seen()
            return
    seen()


def set_number(page, app, field: str, value: int) -> None:
    """Type a value into a field of the recipe."""
    box = page.locator(f'[class*="st-key-recipe_"][class*="_{field}"]:not([class*="_start_"]) input')
    box.fill(str(value))
    box.press("Enter")
    app.settle(page)


def start_training(page, app, name: str, **fields: int) -> Run:
    """Start a run on the zipped faces through the form: preset frozen with some fields changed."""
    from playwright.sync_api import expect

    app.open(page, "train", dataset=ZIPPED)
    expect(page.get_by_role("radio", name="Quick")).to_be_checked()
    page.get_by_test_id("stRadio").get_by_text("Frozen", exact=True).click()
    app.settle(page)
    for title in ("Phases", "Optimiser and stopping", "Faces and labels"):
        page.get_by_test_id("stExpander").get_by_text(title, exact=True).click()
    for field, value in fields.items():
        set_number(page, app, field, value)
    named = page.get_by_label("Name of the run")
    named.fill(name)
    named.press("Enter")
    app.settle(page)
    names = ", ".join(sorted(field.replace("_", " ") for field in fields))
    expect(page.get_by_text(f"Changed from frozen: {names}.")).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(f"{name}, trained on")).to_be_visible()
    return the_run(name)


def the_run(name: str) -> Run:
    return next(run for run in runs.list_runs() if run.about().name == name)


def until(met: Callable[[], bool], what: str, *, seconds: float = LATER / 1000) -> None:
    """Wait for something outside of the browser."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.2)


def points(page) -> int:
    """Markers drawn in the loss curves: one for each epoch and split, and the best one's star."""
    return page.locator(MARKERS).count()


def until_more_points(page, seen: int) -> None:
    """Wait until the loss curves have more markers than that."""
    more = "([markers, seen]) => document.querySelectorAll(markers).length > seen"
    page.wait_for_function(more, arg=[MARKERS, seen], timeout=LATER)


def picture(page, image) -> np.ndarray:
    """Pixels of an `img` element, (h, w, 3) uint8."""
    data = page.request.get(image.get_attribute("src")).body()
    return cv2.imdecode(np.frombuffer(BytesIO(data).getvalue(), np.uint8), cv2.IMREAD_COLOR)


def answers_on_test() -> pd.DataFrame:
    """Label and answer of the short run for each test face, from what is on disk."""
    run = the_run(SHORT)
    stored = run.predictions(store.open_dataset(ZIPPED).meta.fingerprint, "test")
    logits = stored[[f"logit_{name}" for name in run.classes()]].to_numpy()
    return pd.DataFrame({"label": stored["label"], "predicted": np.array(run.classes())[logits.argmax(1)]})


def test_first_start_shows_faces_without_a_wait(app, page):
    from playwright.sync_api import expect

    page.goto(app.url)
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.get_by_role("img", name="A drawn face").first).to_be_visible()
    assert not page.get_by_test_id("stProgress").count()
    app.settle(page)
    expect(picker(page, "Data set")).to_have_value("Synthetic faces")
    assert store.open_dataset("Synthetic faces").meta.n == 3000


def test_run_in_the_box_is_there_when_one_is_shipped(app, page):
    from playwright.sync_api import expect

    app.open(page)
    try:
        bundled = runs.open_run(runs.BUNDLED)
    except NotFoundError:
        expect(page.get_by_text("There is no run yet.").last).to_be_visible()
        return
    expect(picker(page, "Run")).to_have_value(bundled.about().name)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("strong").get_by_text(bundled.about().name, exact=True)).to_be_visible()


def test_upload_of_a_zip_in_the_kaggle_layout_is_imported(app, page, faces, tmp_path):
    from playwright.sync_api import expect

    app.open(page, "import")
    page.get_by_text("Upload", exact=True).click()
    page.locator(".st-key-import-upload input[type=file]").set_input_files(kaggle_zip(tmp_path / "archive.zip", *faces))
    expect(page.locator(".st-key-import-upload")).to_contain_text("archive.zip")
    app.settle(page)
    page.get_by_label("Name of the data set").first.fill(ZIPPED)
    page.get_by_role("button", name="Import", exact=False).last.click()
    expect(page.get_by_text(f"{ZIPPED} is imported: 400 faces.")).to_be_visible(timeout=LATER)
    expect(picker(page, "Data set")).to_have_value(ZIPPED)


def test_overview_shows_the_counts_of_the_zip(app, page, faces):
    from playwright.sync_api import expect

    _, labels, test = faces
    counted = Counter(label for label, held in zip(labels, test, strict=True) if held)
    app.open(page, "overview", dataset=ZIPPED)
    expect(metric(page, "Faces")).to_contain_text("400")
    expect(metric(page, "Faces")).to_contain_text("in 5 classes")
    chart = page.locator(".st-key-balance")
    expect(chart).to_contain_text("Test · 80 faces")
    bars = [text for text in chart.locator(".bartext").all_text_contents() if text]
    assert len(bars) == 15
    by_split = {name: sum(counts.values()) for name, counts in store.open_dataset(ZIPPED).meta.counts.items()}
    assert by_split["train"] + by_split["validation"] == 320
    assert sum(map(int, bars)) == 400
    assert Counter(map(int, bars)) >= Counter(counted[name] for name in FIVE)


def test_short_training_moves_its_curves_and_survives_a_reload(app, page):
    from playwright.sync_api import expect

    run = start_training(page, app, SHORT, head_epochs=3, full_epochs=20, early_stopping=0, resolution=48)
    assert json.loads((run.path / "config.json").read_text())["preset"] == "frozen"
    until_more_points(page, 1)
    until_more_points(page, points(page))
    worker, epochs = run.status().pid, len(run.epochs())
    assert run.status().state == "running", "the run ended before the page could be reloaded"
    page.reload()
    expect(page.get_by_text(f"{SHORT}, trained on")).to_be_visible()
    until(lambda: len(run.epochs()) > epochs, "another epoch after the reload")
    assert run.status().pid == worker
    expect(badge(page, "Finished")).to_be_visible(timeout=LATER)
    assert run.status().state == "finished"
    assert metric(page, "Epochs").get_by_test_id("stMetricValue").inner_text() == "23"


def test_scores_name_interval_number_and_baseline(app, page):
    from playwright.sync_api import expect

    app.open(page, "scores", dataset=ZIPPED, run=the_run(SHORT).id)
    expect(page.get_by_role("combobox", name="Evaluate on")).to_have_value(f"{ZIPPED} / test")
    answers = answers_on_test()
    right = numbers.percent((answers["label"] == answers["predicted"]).mean())
    expect(metric(page, "Accuracy").get_by_test_id("stMetricValue")).to_have_text(right)
    expect(metric(page, "Accuracy")).to_contain_text(re.compile(r"\d+\.\d% to \d+\.\d%, n = 80"))
    baseline = numbers.percent(answers["label"].value_counts(normalize=True).max())
    expect(metric(page, "Majority baseline").get_by_test_id("stMetricValue")).to_have_text(baseline)


def test_click_on_a_cell_of_the_matrix_shows_its_faces(app, page):
    from playwright.sync_api import expect

    app.open(page, "confusion", dataset=ZIPPED, run=the_run(SHORT).id)
    true, predicted = (page.get_by_test_id("stMain").get_by_role("combobox", name=name) for name in ("True class", "Answer"))
    expect(true).to_have_value(re.compile("."))
    shown = true.input_value(), predicted.input_value()
    cells = {cell: int(n) for cell, n in answers_on_test().value_counts().items()}
    row, column = next(cell for cell in cells if tuple(map(display_name, cell)) != shown)
    box = page.locator(".st-key-confusion_chart .nsewdrag").bounding_box()
    classes = the_run(SHORT).classes()
    page.mouse.click(
        box["x"] + (classes.index(column) + 0.5) / len(classes) * box["width"],
        box["y"] + (classes.index(row) + 0.5) / len(classes) * box["height"],
    )
    expect(true).to_have_value(display_name(row))
    expect(predicted).to_have_value(display_name(column))
    expect(page.locator(".fer-grid img")).to_have_count(min(30, cells[row, column]))
    verb = "rightly answered" if row == column else "answered"
    expect(page.get_by_text(f"were {verb} {display_name(column)}.")).to_contain_text(f"{cells[row, column]} of ")


def test_mistakes_show_their_faces(app, page):
    from playwright.sync_api import expect

    app.open(page, "mistakes", dataset=ZIPPED, run=the_run(SHORT).id)
    answers = answers_on_test()
    wrong = int((answers["label"] != answers["predicted"]).sum())
    assert wrong, "a run this short is bound to err"
    expect(page.get_by_text(f"{wrong} mistakes among 80 faces.")).to_be_visible()
    faces = page.locator(".fer-grid figure")
    expect(faces).to_have_count(min(28, wrong))
    assert faces.locator("img").evaluate_all("images => images.every(image => image.naturalWidth === 48)")


def test_uploaded_portrait_is_answered_and_explained(app, page):
    from playwright.sync_api import expect

    app.open(page, "photo", run=the_run(SHORT).id)
    page.locator(".st-key-photos_0 input[type=file]").set_input_files(PHOTO)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("img", name="Face 1 of astronaut")).to_be_visible(timeout=LATER)
    expect(main.get_by_role("img", name="Face 2 of astronaut")).to_have_count(0)
    chart = page.locator(".st-key-photo_bars")
    expect(chart).to_contain_text("Neutral")
    shares = [float(text.rstrip("%")) for text in chart.locator(".bartext").all_text_contents()]
    assert len(shares) == 5
    assert sum(shares) == pytest.approx(100, abs=0.5)

    evidence = main.get_by_role("img", name=re.compile("^The face of astronaut-1 with the evidence for"))
    expect(evidence).to_be_visible()
    asked = re.search(r"evidence for (\w+)", evidence.get_attribute("alt"))[1]
    first = picture(page, evidence)
    plain = picture(page, main.get_by_role("img", name="The face of astronaut-1 as it came"))
    assert np.abs(first.astype(int) - plain).mean() > 2, "nothing is laid over the face"
    other = "fear" if asked != "fear" else "happy"
    choose(page, main.get_by_role("combobox", name="Evidence for"), display_name(other))
    second = main.get_by_role("img", name=f"The face of astronaut-1 with the evidence for {other}")
    expect(second).to_be_visible()
    app.settle(page)
    assert np.abs(first.astype(int) - picture(page, second)).mean() > 1, "another class has the same map"


def test_camera_is_asked_for_after_its_switch_alone_and_its_picture_is_forgotten(app, page):
    from playwright.sync_api import expect

    page.add_init_script(
        """window.asked = 0; const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
        media.getUserMedia = (...what) => { window.asked += 1; return ask(...what); };"""
    )
    app.open(page, "photo", run=the_run(SHORT).id)
    assert page.evaluate("window.asked") == 0
    page.get_by_text("Use the camera", exact=True).click()
    shutter = page.get_by_role("button", name="Take Photo")
    expect(shutter).to_be_enabled(timeout=LATER)
    assert page.evaluate("window.asked") >= 1
    press(shutter, lambda: expect(shutter).to_have_count(0, timeout=SOON))
    main = page.get_by_test_id("stMain")
    # The test pattern shows no face.
    expect(main.get_by_text("No face was found in this photo.")).to_be_visible(timeout=LATER)
    main.get_by_role("button", name="Forget everything").click()
    expect(main.get_by_text("No face was found in this photo.")).to_have_count(0)
    expect(shutter).to_have_count(0)


def test_ctrl_c_ends_the_app_and_not_the_training(app, page):
    run = start_training(page, app, LONG, head_epochs=0, full_epochs=200, early_stopping=0, resolution=64)
    until(lambda: len(run.epochs()) >= 1, "an epoch")
    worker = run.status().pid
    page.close()
    app.interrupt()
    assert [process.pid for process in app.workers()] == [worker]
    epochs = len(run.epochs())
    until(lambda: len(run.epochs()) > epochs, "an epoch without the app")
    assert run.status().state == "running"


def test_restarted_app_shows_the_training_and_stops_it(app, page):
    from playwright.sync_api import expect

    run = the_run(LONG)
    app.start()
    app.open(page, "monitor", run=run.id)
    expect(page.get_by_text(f"{LONG}, trained on")).to_be_visible()
    expect(badge(page, "Training")).to_be_visible()
    page.get_by_role("button", name="Stop …").click()
    dialog = page.get_by_role("dialog")
    press(dialog.get_by_role("button", name="Stop it"), lambda: expect(dialog).to_have_count(0, timeout=SOON))
    expect(badge(page, "Stopped")).to_be_visible(timeout=LATER)
    assert run.status().state == "stopped"
    assert run.model_file.is_file()
    until(lambda: not app.workers(), "the end of the training process")


def test_pickers_keep_their_choice_over_pages_and_a_reload(app, page):
    from playwright.sync_api import expect

    app.open(page)
    for label, option in (("Data set", "Synthetic faces"), ("Run", SHORT)):
        choose(page, picker(page, label), option)
        expect(picker(page, label)).to_have_value(option)
        app.settle(page)
    for menu, view, shown in (
        ("Data", "Overview", "3,000"),
        ("Data", "Faces", "1 to 60 of 3,000 samples"),
        ("Train", "Runs", SHORT),
    ):
        page.get_by_test_id("stTopNavSection").get_by_text(menu, exact=True).click()
        page.get_by_role("menuitem", name=view, exact=True).click()
        expect(page.get_by_role("heading", name=view, exact=True)).to_be_visible()
        app.settle(page)
        expect(page.get_by_test_id("stMain")).to_contain_text(shown)
        expect(picker(page, "Data set")).to_have_value("Synthetic faces")
        expect(picker(page, "Run")).to_have_value(SHORT)
    page.reload()
    app.settle(page)
    expect(picker(page, "Data set")).to_have_value("Synthetic faces")
    expect(picker(page, "Run")).to_have_value(SHORT)
    expect(page).to_have_url(re.compile(rf"dataset=Synthetic(\+|%20)faces&run={the_run(SHORT).id}"))
