"""A class: one teacher, two students in the app, one on the plain page of a phone on which the app does not connect."""

import json
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PHOTO = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"
KEY = "a-key-of-a-test-that-is-long-enough-to-be-one"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def joined(browser, new_page, address: str, name: str, **options):
    """A student who has read the notice and joined."""
    context = browser.new_context(**options)
    page = new_page(context)
    page.goto(address)
    page.get_by_text("Article 5(1)(f)").wait_for()
    page.get_by_label("A nickname").fill(name)
    page.get_by_role("button", name="join").click()
    page.get_by_text("You are in").wait_for()
    return page


def test_a_lesson_with_three_students(own_app, browser, new_page):
    from playwright.sync_api import expect

    app = own_app(FER_ACCESS="class", FER_KEY=KEY, FER_HOST="localhost")
    app.start()
    lesson = app.workspace / "classroom" / "lesson.jsonl"
    code = json.loads(lesson.read_text().splitlines()[0])["code"]
    address = f"{app.url}/join/{code}"

    teacher = new_page(browser.new_context(viewport={"width": 1280, "height": 720}))
    teacher.goto(f"{app.url}/lesson?view=Class&key={KEY}")
    teacher.get_by_role("button", name="I have read this").click()
    expect(teacher.locator(".fer-door")).to_contain_text(code)
    assert KEY not in teacher.url

    ada, bob = (joined(browser, new_page, address, name) for name in ("Ada", "Bob"))
    phone = joined(browser, new_page, address, "Cleo", **PHONE)
    phone.context.route_web_socket("**", lambda socket: socket.close())
    for student in (ada, bob):
        student.get_by_role("link", name="Look around in the app").click()
        app.settle(student)
        student.get_by_text("You are in a class").wait_for()
    app.open(ada, "lesson#Class")
    expect(teacher.get_by_text("3 students are here: Ada, Bob, Cleo")).to_be_visible()

    stranger = new_page(browser.new_context())
    stranger.goto(f"{app.url}/overview")
    stranger.get_by_text("Code of the class").wait_for()
    assert stranger.goto(f"{app.url}/join/WRONG2").status == 404

    teacher.get_by_role("button", name="Play").first.click()
    board = teacher.locator("[data-answers]")
    expect(board).to_have_attribute("data-answers", "0")
    ada.get_by_role("button", name="Happy").click()
    phone.get_by_role("button", name="Fear").click()
    expect(phone.get_by_text("Counted: Fear.")).to_be_visible()
    expect(board).to_have_attribute("data-answers", "2")
    phone.get_by_role("button", name="Happy").tap()
    expect(phone.get_by_text("Counted: Happy.")).to_be_visible()

    # Bob looks around elsewhere, until the teacher calls everybody.
    assert "view=Class" not in bob.url
    teacher.get_by_text("The class follows").click()
    bob.get_by_role("button", name="Neutral").click()
    expect(board).to_have_attribute("data-answers", "3")
    teacher.get_by_role("button", name="Show answers").click()
    expect(teacher.get_by_role("img", name="Votes of the class")).to_have_accessible_name(
        "Votes of the class: Angry 0, Disgust 0, Fear 0, Happy 2, Neutral 1"
    )
    teacher.get_by_role("button", name="Freeze").click()
    expect(phone.get_by_text("No answers are taken now.")).to_be_visible()
    expect(phone.get_by_role("button", name="Fear")).to_be_disabled()
    teacher.get_by_role("button", name="Reveal").click()
    label = re.compile(r"Label: ?\w+")
    for student in (ada, bob, phone):
        expect(student.get_by_text(label)).to_be_visible()
    for _ in range(10):
        face = teacher.locator("h3").inner_text()
        teacher.keyboard.press("ArrowRight")
        expect(teacher.locator("h3")).not_to_have_text(face)
    expect(teacher.get_by_text("Who agrees with whom?")).to_be_visible()
    expect(teacher.locator(".fer-kappas")).to_contain_text("The class and the label")
    expect(phone.get_by_text("The results are on the board")).to_be_visible()
    assert all(name not in lesson.read_text() for name in ("Ada", "Bob", "Cleo"))

    teacher.get_by_role("button", name="End lesson").click()
    teacher.get_by_role("button", name="End it").click()
    expect(teacher.get_by_text("The lesson has ended")).to_be_visible()
    expect(phone.get_by_text("There is no class with this code")).to_be_visible()
    expect(ada.get_by_text("The lesson has ended, or you have not joined it")).to_be_visible()
    assert not lesson.parent.exists()


def test_a_phone_without_scripts_answers_by_forms(own_app, browser, new_page):
    app = own_app(FER_ACCESS="class", FER_KEY=KEY)
    app.start()
    lesson = app.workspace / "classroom" / "lesson.jsonl"
    code = json.loads(lesson.read_text().splitlines()[0])["code"]
    teacher = new_page(browser.new_context())
    teacher.goto(f"{app.url}/lesson?view=Class&key={KEY}")
    teacher.get_by_role("button", name="I have read this").click()
    teacher.get_by_role("button", name="Grant").click()
    teacher.get_by_text("Camera and photos").click()
    teacher.keyboard.press("Escape")
    phone = joined(browser, new_page, f"{app.url}/join/{code}", "", java_script_enabled=False, **PHONE)
    teacher.get_by_role("button", name="Play").first.click()
    teacher.locator("[data-answers]").wait_for()
    phone.reload()
    phone.get_by_role("button", name="Angry").click()
    phone.get_by_text("Counted: Angry.").wait_for()
    teacher.locator('[data-answers="1"]').wait_for()

    sent: list[str] = []
    camera = new_page(browser.new_context(**PHONE))
    camera.goto(f"{app.url}/join/{code}")
    camera.get_by_role("button", name="join").click()
    camera.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    camera.get_by_text("Take a photo").click()
    camera.locator("#photo:enabled").wait_for(state="attached")
    camera.set_input_files("#photo", PHOTO)
    assert camera.locator("#faces li").first.inner_text().startswith("Happy")
    assert sent == [], "the photo stays on the phone"
