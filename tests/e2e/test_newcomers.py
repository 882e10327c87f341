"""Three journeys of somebody who has never seen the app, each on a first start, with the presses that they take counted."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from fer_core.datasets.synthetic import draw_face, make_faces
from fer_core.lesson.plan import read_plan
from pages.learn.parts.lesson_state import FOLDER
from pages.learn.parts.lesson_steps import PARTS
from pages.ui.navigation import places

from .conftest import App
from .test_journey import LATER, PHOTO, badge, kaggle_zip, points, until_more_points

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

TO_AN_ANSWER, TO_CURVES = 3, 5
"""Presses from the first page to an answer on a photo, and to curves that move, at most."""

WINDOW = {"width": 1280, "height": 720}


class Newcomer:
    """A visitor of the first page of a fresh app; every press of the pointer on the page is counted, by the browser."""

    def __init__(self, app: App, page: "Page") -> None:
        self.app, self.page, self.presses = app, page, 0
        page.expose_function("counted", self._press)
        page.add_init_script("addEventListener('pointerdown', (event) => event.isTrusted && window.counted(), true)")
        page.set_viewport_size(WINDOW)
        app.open(page)

    def press(self, button: "Locator") -> None:
        """Press something, and wait until the page stands."""
        button.first.click()
        self.app.settle(self.page)

    def choose_file(self, uploader: str, file: Path) -> None:
        """Hand a file to an uploader, which counts as one press: the button that opens the system's dialog."""
        self.page.locator(f"{uploader} input[type=file]").set_input_files(file)
        self.presses += 1
        self.app.settle(self.page)

    def follow(self, name: str) -> None:
        """Follow a link of the page itself."""
        self.press(self.page.get_by_test_id("stMain").get_by_role("link", name=name))

    def menu(self, section: str, title: str) -> None:
        """Open a page by the menu: two presses."""
        self.page.get_by_test_id("stTopNavSection").get_by_text(section, exact=True).click()
        self.press(self.page.get_by_role("menuitem", name=title, exact=True))

    def button(self, name: str) -> "Locator":
        """A button of the page itself."""
        return self.page.get_by_test_id("stMain").get_by_role("button", name=name)

    def _press(self) -> None:
        self.presses += 1


@pytest.fixture
def newcomer(own_app: Callable[..., App], page: "Page") -> Newcomer:
    """A visitor of an app that has never run before."""
    server = own_app()
    (server.workspace / ".first-start").unlink()
    server.start()
    return Newcomer(server, page)


def all_is_well(page: "Page") -> None:
    """No error is shown, and nothing is wider than the window."""
    from playwright.sync_api import expect

    expect(page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]')).to_have_text([])
    inside, across = page.evaluate("(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.documentElement)")
    assert inside <= across


def test_the_lesson_is_walked_to_its_end(newcomer):
    from playwright.sync_api import expect

    page, steps = newcomer.page, read_plan(FOLDER, parts=list(PARTS), views=places())
    newcomer.follow("Open the lesson")
    newcomer.press(newcomer.button("Begin the lesson"))
    assert newcomer.presses == 2
    for number, step in enumerate(steps, start=1):
        expect(page.get_by_role("heading", name=f"{number}. {step.title}", exact=True)).to_be_visible()
        if step.part(0) == "quiz":
            for face in range(1, 11):
                expect(page.get_by_text(f"Face {face} of 10", exact=True)).to_be_visible()
                newcomer.press(newcomer.button("Happy"))
            expect(page.get_by_text(re.compile(r"You \d+ of 10, the network \d+ of 10"))).to_be_visible()
        for stage in range(step.stages):
            all_is_well(page)
            last = number == len(steps) and stage + 1 == step.stages
            before = page.url
            newcomer.press(newcomer.button("End" if last else "Next"))
            page.wait_for_url(lambda url, before=before: url != before)
            newcomer.app.settle(page)
    expect(page.get_by_text("The lesson is over.")).to_be_visible()


def test_faces_are_imported_trained_on_and_their_errors_studied(newcomer, tmp_path):
    from playwright.sync_api import expect

    page = newcomer.page
    drawn = make_faces(400, 11)
    archive = kaggle_zip(tmp_path / "fer2013.zip", drawn.images, drawn.labels, np.arange(400) % 5 == 0)
    newcomer.follow("Import faces")
    path = page.get_by_role("textbox", name="Path of a folder or file")
    path.click()
    path.fill(str(archive))
    path.press("Enter")
    newcomer.app.settle(page)
    newcomer.press(newcomer.button("Import"))
    expect(page.get_by_text("fer2013 is imported: 400 faces.")).to_be_visible(timeout=LATER)
    newcomer.follow("Train on them")
    newcomer.press(newcomer.button("Start training"))
    until_more_points(page, 1)
    until_more_points(page, points(page))
    assert newcomer.presses <= TO_CURVES, "the curves are too far away"
    expect(badge(page, "Finished")).to_be_visible(timeout=LATER)

    newcomer.menu("Evaluate", "Errors")
    expect(page.locator(".st-key-confusion_chart .main-svg").first).to_be_visible()
    expect(page.get_by_text("The most frequent mistake:")).to_be_in_viewport()
    newcomer.press(page.get_by_role("tab", name="Mistakes"))
    mistakes = page.locator(".fer-grid figure")
    expect(mistakes.first).to_be_in_viewport()
    newcomer.press(mistakes)
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("img", name=re.compile("^Evidence for "))).to_be_visible(timeout=LATER)
    for way in ("Explain", "Disturb", "Similar faces", "Its confusion cell", "Relabel", "Picture to share (PNG)"):
        expect(drawer.get_by_role("button", name=way, exact=True)).to_be_visible()
    newcomer.press(drawer.get_by_role("button", name="Disturb", exact=True))
    expect(page.get_by_role("heading", name="Disturb it")).to_be_visible()
    expect(page.locator(".fer-duel img").last).to_be_in_viewport()
    all_is_well(page)


def test_own_photos_are_imported_and_a_new_one_is_asked_about(newcomer, tmp_path):
    from playwright.sync_api import expect

    page = newcomer.page
    newcomer.follow("Try a photo")
    newcomer.choose_file(".st-key-photo_uploader", PHOTO)
    expect(page.locator(".st-key-photo_bars .bartext").first).to_be_visible(timeout=LATER)
    assert newcomer.presses <= TO_AN_ANSWER, "the answer is too far away"
    expect(page.get_by_role("img", name=re.compile("with the evidence for"))).to_be_visible()

    newcomer.menu("Data", "Import and export")
    newcomer.press(page.get_by_text("Upload", exact=True))
    newcomer.choose_file(".st-key-import-upload", photos_by_class(tmp_path / "holidays.zip"))
    newcomer.press(newcomer.button("Import"))
    newcomer.press(newcomer.button("Import it so"))
    expect(page.get_by_text("holidays is imported: 12 faces.")).to_be_visible(timeout=LATER)
    newcomer.follow("See the faces")
    faces = page.locator(".fer-grid figure")
    expect(faces).to_have_count(12)
    expect(faces.first).to_be_in_viewport()
    newcomer.press(faces)
    answered = page.get_by_role("dialog").get_by_role("img", name=re.compile("^Evidence for "))
    expect(answered).to_be_visible(timeout=LATER)
    page.keyboard.press("Escape")
    expect(answered).to_have_count(0)

    newcomer.menu("Try it", "Photo")
    newcomer.press(newcomer.button("Forget everything"))
    before = newcomer.presses
    newcomer.press(page.locator('[class*="st-key-sample_drawn-happy"] button'))
    expect(page.locator(".st-key-photo_bars .bartext").first).to_be_visible(timeout=LATER)
    assert newcomer.presses == before + 1
    all_is_well(page)


def photos_by_class(path: Path) -> Path:
    """An archive of twelve drawn photos in colour, in a folder for each expression."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(12):
            name = ("happy", "angry", "neutral")[number % 3]
            grey = draw_face(number, name, 1.0, size=160)
            archive.writestr(
                f"{name}/IMG_{number}.png", cv2.imencode(".png", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1].tobytes()
            )
    return path
