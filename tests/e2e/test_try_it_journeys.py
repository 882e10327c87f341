"""Three journeys of Try it in a real browser: a video over time, own classes taught, and a demo taken home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fer_core import runs
from fer_core.exporting import demo
from fer_core.photos.faces import find_faces
from fer_core.photos.reading import read_photo
from fer_core.predictor import answer_faces, load_predictor

from .conftest import WAIT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ASTRONAUT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


def wait_for_frames(page: Page, frames: int) -> None:
    """Wait until so many frames were answered; the page's policy lets no test evaluate a condition again and again."""
    for _ in range(WAIT // 200):
        if int(page.locator(".live").get_attribute("data-frames") or 0) >= frames:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"fewer than {frames} frames were answered")


def test_a_demo_from_the_disk_answers_offline_and_asks_nothing(browser, new_page, tmp_path):
    from playwright.sync_api import expect

    run = runs.open_run("bundled")
    file = tmp_path / "demo.html"
    file.write_bytes(demo.document(run, demo.network_file(run), {}))
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = new_page(context)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda message: said.append(message.text[:200]))
    page.on("pageerror", lambda error: said.append(str(error)[:200]))
    page.goto(file.as_uri())
    page.wait_for_selector(".live[data-state=running]")
    wait_for_frames(page, 5)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("heading", name="Limits of use")).to_have_count(1)
    # A photo: the answer that the command gives.
    page.set_input_files(".file", ASTRONAUT)
    page.wait_for_selector(".live[data-source=photo]")
    expect(page.locator(".says")).to_contain_text("Happy")
    (answer,) = answer_faces(find_faces(read_photo(ASTRONAUT.read_bytes(), name=ASTRONAUT.name)), load_predictor(run))
    shares = [int(text.rstrip("%")) / 100 for text in page.locator(".value").all_text_contents()]
    assert shares == pytest.approx(list(answer.probabilities.values()), abs=0.03)
    page.set_input_files(".file", {"name": "notes.txt", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator(".say")).to_contain_text("not a picture that your browser can read")
    # The camera: after the notice, which names nothing that only the app has.
    page.click(".camera")
    notice = page.get_by_role("dialog", name="Before the camera starts")
    expect(notice).to_contain_text("never what anyone feels")
    assert "Snapshot" not in notice.inner_text()
    page.click(".agree")
    page.wait_for_selector(".live[data-source=camera]")
    wait_for_frames(page, 8)
    page.click(".camera")
    page.wait_for_selector(".live[data-source=drawing]")
    assert [url for url in asked if not url.startswith(("file://", "blob:", "data:"))] == []
    assert [url for url in asked if url.startswith("file://")] == [file.as_uri()]
    assert said == []
    context.close()
