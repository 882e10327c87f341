"""Pictures that move in the browser alone: they play, pause and step by keys, and what they show adds up."""

import re

import numpy as np
import pytest
from scipy.signal import correlate2d

from fer_core.datasets.prepared import read_prepared
from fer_core.lesson.kernels import KERNELS, small_face

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def cells(page, name: str) -> np.ndarray:
    rows = page.locator(f".kernel .{name} tr").all()
    return np.array([[number(cell) for cell in row.locator("td").all_inner_texts()] for row in rows])


def test_a_kernel_moves_by_itself_and_its_products_add_up(app, page):
    from playwright.sync_api import expect

    app.open(page, "explore#Convolution", dataset="Synthetic faces", run="bundled")
    kernel = page.locator(".kernel")
    expect(kernel.locator(".where")).not_to_have_text("Step 1 of 484")
    kernel.locator(".play").click()
    expect(kernel.locator(".play")).to_have_text("Play")
    kernel.focus()
    page.keyboard.press("Home")
    expect(kernel.locator(".where")).to_have_text("Step 1 of 484")
    images, samples = read_prepared()
    face = small_face(images[int((samples["label"] == "happy").to_numpy().argmax())])
    expected = correlate2d(face.astype(float), KERNELS[0].array, mode="valid").ravel()
    for step in range(1, 30):
        products = cells(page, "products")
        assert np.array_equal(products, cells(page, "pixels") * cells(page, "weights"))
        total = number(kernel.locator(".total").inner_text().removeprefix("Sum: "))
        assert total == products.sum() == expected[step - 1]
        page.keyboard.press("ArrowRight")
        expect(kernel.locator(".where")).to_have_text(f"Step {step + 1} of 484")
    page.keyboard.press("End")
    assert number(kernel.locator(".total").inner_text().removeprefix("Sum: ")) == expected[-1]
    expect(kernel.locator(".play")).to_have_text("Again")


def test_a_face_travels_and_stops_at_its_answer(app, page):
    from playwright.sync_api import expect

    app.open(page, "explore#MobileNet", dataset="Synthetic faces", run="bundled")
    travel = page.locator(".travel")
    expect(travel.locator(".where")).to_have_text("Step 1 of 17")
    travel.focus()
    page.keyboard.press("Space")
    expect(travel.locator(".title")).to_have_text("Block 1")
    page.keyboard.press("Space")
    expect(travel.locator(".play")).to_have_text("Play")
    page.keyboard.press("End")
    expect(travel.locator(".title")).to_have_text("The answer")
    best = travel.locator(".row.best span").first.inner_text()
    expect(page.get_by_text(f"answer {best}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(travel.locator(".title")).to_have_text("Pooling")
    page.emulate_media(reduced_motion="reduce")
    app.open(page, "explore#MobileNet", dataset="Synthetic faces", run="bundled")
    expect(travel.locator(".next")).to_be_visible()
    expect(travel.locator(".play")).to_be_hidden()
    travel.locator(".next").click()
    expect(travel.locator(".title")).to_have_text("Stem")
    assert travel.locator(".maps img").first.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_points_move_from_before_to_after_and_a_click_opens_a_face(app, page):
    from playwright.sync_api import expect

    app.open(page, "faces#Projection", dataset="Synthetic faces", run="bundled")
    morph = page.locator(".morph")
    expect(morph.locator(".now")).to_have_text("Before training: ImageNet's features")
    morph.locator(".play").click()
    expect(morph.locator(".now")).to_have_text("After training: the run's features")
    morph.focus()
    page.keyboard.press("ArrowLeft")
    expect(morph.locator(".now")).to_have_text("On the way: straight lines")
    page.keyboard.press("End")
    happy = morph.get_by_role("button", name="Happy")
    happy.click()
    expect(happy).to_have_attribute("aria-pressed", "true")
    label, plane = morph.locator(".names span", has_text="Happy").bounding_box(), morph.locator("canvas").bounding_box()
    middle = (label["x"] + label["width"] / 2 - plane["x"], label["y"] + label["height"] / 2 - plane["y"])
    morph.locator("canvas").click(position={"x": middle[0], "y": middle[1]})
    expect(page.get_by_role("dialog")).to_contain_text("Happy")


def test_faces_that_are_drawn_around_are_relabelled_at_once_and_brought_back(app, page):
    from playwright.sync_api import expect

    app.open(page, "faces#Projection", dataset="Synthetic faces", run="bundled")
    plot = page.locator('[data-testid="stPlotlyChart"]').last
    plot.scroll_into_view_if_needed()
    app.settle(page)
    box = plot.bounding_box()
    x, y = box["x"] + 0.45 * box["width"], box["y"] + 0.4 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    for across, down in ((30, 0), (35, 30), (0, 30), (-5, 10)):
        page.mouse.move(x + across, y + down, steps=4)
    page.mouse.up()
    taken = page.get_by_text(re.compile(r"^\d+ of \d+ faces are taken in"))
    expect(taken).to_be_visible()
    count = int(re.match(r"\d+", taken.inner_text())[0])
    assert count > 5
    page.locator(".fer-grid figure").first.click()
    expect(taken).to_contain_text(f"{count - 1} of {count} faces are taken in")
    page.get_by_role("button", name=f"Exclude {count - 1} faces").click()
    undo = page.get_by_role("button", name=f"Undo: {count - 1} faces excluded")
    expect(undo).to_be_visible()
    undo.click()
    expect(undo).to_have_count(0)
