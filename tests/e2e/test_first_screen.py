"""What each page is about lies inside a window of 1280 by 720, before anything is scrolled."""

import pytest

from .test_looks import views

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WINDOW = {"width": 1280, "height": 720}
POINTS = (
    ".stPlotlyChart",
    ".fer-grid",
    ".stHtml svg",
    "img",
    "table",
    "canvas",
    "form",
    "iframe",
    '[data-testid="stForm"]',
    '[data-testid="stDataFrame"]',
    '[data-testid="stTable"]',
    '[data-testid="stFileUploader"]',
    '[data-testid^="stBidiComponent"]',
    '[class*="st-key-recipe_"]',
)
"""Selectors of what a page can be about: a picture, a chart, a table, or a form."""
ENOUGH, SMALLEST = 150, 40
"""Pixels of its top that have to be seen (all of it when it is lower), and its least width and height."""

WITHOUT: dict[str, str] = {
    "labels#Annotators": "nobody has voted on the drawn faces: it says where votes are found",
    "import#Import": "a form of single fields",
    "import#Export": "a form of single fields",
    "share#Export": "a form of single fields",
    "studies#My studies": "what a study is for, and a form of single fields, while there is no study",
    "lesson": "the plan and the checks before class, in words, before the lesson is begun",
    "explore#Glossary": "words",
    "exercises": "questions with a field each",
}
"""{view: why none of these stands on its first screen}"""

TOPS = """([points, smallest]) => [...document.querySelector('[data-testid="stMain"]').querySelectorAll(points)]
  .filter((node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .map((node) => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.width >= smallest && box.height >= smallest && box.top >= 0 && box.right > 0 && box.left < innerWidth)
  .map(([node, box]) => [Math.round(box.top), Math.round(box.height), node.dataset.testid || node.className || node.tagName])
  .sort((one, other) => one[0] - other[0])"""


@pytest.fixture(scope="module")
def windows(profile, app):
    """A profile for all views, after the first start: the prepared faces and the run that ships are what a newcomer sees."""
    context = profile(viewport=WINDOW)
    page = context.new_page()
    app.open(page)
    page.close()
    return context


@pytest.mark.parametrize("view", views())
def test_the_first_screen_shows_what_the_page_is_about(view, windows, app, new_page):
    page = new_page(windows)
    app.open(page, view, dataset="Synthetic faces", run="bundled")
    page.wait_for_function("() => !document.querySelector('.stPlotlyChart:not(:has(.main-svg))')")
    found = page.evaluate(TOPS, [", ".join(POINTS), SMALLEST])
    inside = [point for point in found if point[0] + min(point[1], ENOUGH) <= WINDOW["height"]]
    if view in WITHOUT:
        assert not inside, f"{view} shows {inside[0]}: it is no exception any more"
    else:
        assert inside, f"the first of {view} lie at {found[:3]} (top, height, what)"


def test_exceptions_are_views():
    assert set(WITHOUT) <= set(views())
