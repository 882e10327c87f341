"""A training that is played in the browser: curves, confusion matrix and faces move together."""

import pytest

pytestmark = pytest.mark.timeout(600)

LESSON = {"step": "training", "stage": "2", "dataset": "Synthetic faces", "run": "bundled"}


def state(page) -> dict:
    """What the player shows now."""
    return page.evaluate(
        """() => {
          const within = (node, name) => [...node.querySelectorAll('*')].flatMap((one) =>
            [...(one.classList?.contains(name) ? [one] : []), ...(one.shadowRoot ? within(one.shadowRoot, name) : [])]);
          const root = within(document, 'learn')[0];
          return {
            play: root.querySelector('.play').textContent,
            place: Number(root.querySelector('.place').value),
            last: Number(root.querySelector('.place').max),
            grown: Number(root.querySelector('#grown rect').getAttribute('width')),
            answers: [...root.querySelectorAll('.says')].map((one) => one.textContent),
            score: root.querySelector('.score').textContent,
            cells: [...root.querySelectorAll('td')].map((one) => Number(one.textContent)),
          };
        }"""
    )


def opened(app, page, place: str, **query: str):
    app.open(page, place, **query)
    page.wait_for_selector(".learn .curve svg", state="attached")
    return page.locator(".learn")


def test_curves_matrix_and_faces_move_together(app, page):
    app.open(page)
    player = opened(app, page, "runs#One run", dataset="Synthetic faces", run="bundled")
    end = state(page)
    assert (end["play"], end["place"]) == ("Play again", end["last"])
    assert len(end["answers"]) == 12
    assert [round(sum(end["cells"][row * 5 : row * 5 + 5]), -1) for row in range(5)] == [100] * 5
    player.get_by_label("Position in the training").fill("0")
    start = state(page)
    assert start["grown"] < 0.2 * end["grown"]
    assert start["answers"] != end["answers"]
    assert start["score"] != end["score"]
    player.get_by_role("button", name="One step on").click()
    assert state(page)["place"] == 1
    player.locator(".play").click()
    page.wait_for_timeout(5000)
    moving = state(page)
    assert (moving["play"], 1 < moving["place"] < end["last"]) == ("Pause", True)
    assert start["grown"] < moving["grown"] < end["grown"]
    player.locator(".play").click()
    paused = state(page)
    page.wait_for_timeout(1500)
    assert state(page) == paused


@pytest.mark.slow
@pytest.mark.parametrize(("motion", "play"), [("no-preference", "Pause"), ("reduce", "Play again")])
def test_in_the_lesson_it_plays_by_itself_unless_less_motion_is_asked_for(app, browser, new_page, motion, play):
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion=motion)
    page = new_page(context)
    app.open(page)
    opened(app, page, "lesson", **LESSON)
    page.wait_for_timeout(1000)
    assert state(page)["play"] == play
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
