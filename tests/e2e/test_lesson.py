"""The lesson as a presentation: by the keyboard alone, in type that a room can read, with nothing to scroll."""

import re

import pytest

pytestmark = pytest.mark.timeout(900)

SIZES = {"projector": (1920, 1080), "laptop": (1280, 720)}

MEASURE = """(least) => {
  const inner = (node) => (node.shadowRoot ? all(node.shadowRoot) : []);
  const all = (root) => [...root.querySelectorAll('*')].flatMap((node) => [node, ...inner(node)]);
  const main = document.querySelector('[data-testid=stMain]');
  const small = [];
  for (const node of all(document.querySelector('.stMainBlockContainer'))) {
    const says = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    const box = node.getBoundingClientRect();
    if (!says || ['STYLE', 'SCRIPT', 'TITLE', 'OPTION'].includes(node.tagName) || box.width < 2 || box.height < 2) continue;
    if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const scale = node.ownerSVGElement ? node.ownerSVGElement.getScreenCTM().a : 1;
    const size = scale * parseFloat(getComputedStyle(node).fontSize);
    if (size < least) small.push([node.textContent.trim().slice(0, 30), size]);
  }
  return { down: main.scrollHeight - main.clientHeight, right: main.scrollWidth - main.clientWidth, small };
}"""

PLACE = """() => {
  const at = new URLSearchParams(location.search);
  return [at.get('step'), at.get('stage') ?? '1'];
}"""


def clock(page) -> list[str]:
    """What the clock says, once it says something."""
    page.locator(".clock .now", has_text="Lesson").wait_for()
    return page.locator(".clock .row > *").all_text_contents()


def begun(app, page, size: tuple[int, int], **query: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    app.open(page, "lesson", dataset="Synthetic faces", run="bundled", **query)
    page.get_by_role("button", name="Begin the lesson").click()
    page.wait_for_selector(".st-key-lesson_bar")
    app.settle(page)


def press(app, page, key: str) -> None:
    page.keyboard.press(key)
    page.wait_for_timeout(300)
    app.settle(page)


def walked(app, page, width: int) -> list[tuple[str, str]]:
    """Turn every stage by the keyboard to the end; (step, stage) of each."""
    seen = []
    while page.locator(".st-key-lesson_bar").count():
        place = page.evaluate(PLACE)
        seen.append(tuple(place))
        page.wait_for_timeout(700)
        found = page.evaluate(MEASURE, 27.9 if width >= 1920 else 18.5)
        assert found == {"down": 0, "right": 0, "small": []}, (place, found)
        page.keyboard.press("ArrowRight")
        # A machine that is busy takes its time to turn; the last stage has no bar after it.
        page.wait_for_function(
            f"(was) => String(({PLACE})()) !== was || !document.querySelector('.st-key-lesson_bar')", arg=",".join(place)
        )
        app.settle(page)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_whole_lesson_by_the_keyboard(app, page, size):
    begun(app, page, size)
    assert not page.locator(".stAppHeader").is_visible()
    assert not page.locator(".st-key-context").is_visible()
    for _ in range(10):
        press(app, page, "1")
    page.get_by_text(re.compile(r"You \d+ of 10, the network \d+ of 10")).wait_for()
    seen = walked(app, page, size[0])
    assert len({step for step, _ in seen}) == 12
    assert ("transfer", "4") in seen
    assert len(seen) == len(set(seen)) == 25
    page.get_by_text("The lesson is over.").wait_for()


@pytest.mark.slow
def test_the_short_lesson_by_the_keyboard(app, page):
    begun(app, page, SIZES["laptop"], plan="short")
    seen = walked(app, page, 1280)
    assert list(dict(seen)) == ["guess", "network", "transfer", "training", "scores", "confusion", "look", "limits", "sum"]


@pytest.mark.slow
def test_the_answer_waits_for_the_class_and_the_keys_turn_the_lesson_alone(app, page):
    app.open(page, "lesson", dataset="Synthetic faces", run="bundled", step="confusion")
    page.locator(".guess td button").nth(2).click()
    page.get_by_text("You say:").wait_for()
    press(app, page, "PageDown")
    page.get_by_text("Worst cell:").wait_for()
    assert page.locator(".guess td.said").count() == 1
    assert page.locator(".guess td.worst").count() == 1
    for step, player in (("network", ".travel"), ("training", ".learn")):
        app.open(page, "lesson", dataset="Synthetic faces", run="bundled", step=step, stage="2")
        page.locator(player).wait_for()
        page.locator(f"{player} .play").click()
        before = page.url
        press(app, page, "p")
        assert page.url == before
        press(app, page, "ArrowLeft")
        assert "stage" not in page.url
    press(app, page, "Escape")
    page.get_by_text("Before class").wait_for()


@pytest.mark.slow
def test_the_clock_shows_minutes_of_the_step_and_of_the_lesson(app, page):
    page.clock.install()
    app.open(page, "lesson", step="convolution", clock="p960", since="900")
    page.clock.run_for(2000)
    assert clock(page) == ["Step 1:00 of 4:00", "Lesson 16:00 of 45:00", "paused"]
    page.locator(".st-key-lesson_run button").first.click()
    page.clock.run_for(1500)
    app.settle(page)
    page.clock.run_for(240_000)
    step, lesson, late = clock(page)
    minutes = [int(re.search(r" (\d+):", text)[1]) for text in (step, lesson)]
    assert minutes[0] in (5, 6)
    assert minutes[1] in (20, 21)
    assert re.fullmatch(r"⚠ 2:\d\d late", late)


def test_the_clock_stands_still_when_paused(app, page):
    app.open(page, "lesson", step="network", clock="p75", since="60")
    first = clock(page)
    page.wait_for_timeout(2500)
    assert clock(page) == first == ["Step 0:15 of 5:00", "Lesson 1:15 of 45:00", "paused"]


def test_answers_stick_to_the_bottom_of_a_phone(app, page):
    page.set_viewport_size({"width": 390, "height": 844})
    app.open(page, "lesson", dataset="Synthetic faces", step="guess")
    box = page.locator(".st-key-bottom_quiz").bounding_box()
    assert box["y"] + box["height"] <= 844
    face = page.get_by_alt_text("Face 1 of 10, to be guessed").bounding_box()
    assert face["y"] + face["height"] <= box["y"]


@pytest.mark.slow
def test_the_notes_follow_in_a_second_window(app, page, context):
    app.open(page, "lesson")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Notes in a second window").click()
    notes = opened.value
    page.get_by_role("button", name="Begin the lesson").click()
    notes.get_by_text("Have the class call out").wait_for()
    # The notes may be there before the bar that takes the keys.
    page.wait_for_selector(".st-key-lesson_bar")
    app.settle(page)
    press(app, page, "ArrowRight")
    notes.get_by_text("write what the class says on the board").wait_for()
    notes.close()
