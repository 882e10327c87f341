"""Every page with what ships, in light and dark: nothing is wrong, its point is seen, and no rule of accessibility is broken.

The rules are those of axe-core (WCAG 2 A and AA, and best practices), for markup of our own; the point of a page lies inside a
window of 1280 by 720 before anything is scrolled.
"""

from urllib.parse import urlsplit

import pytest

from .test_looks import check, views, watch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCHEMES = ("light", "dark")
GRAVE = ("serious", "critical")

WIDGETS: dict[str, tuple[str, ...]] = {
    "color-contrast": (
        # The keys that open a button, beside its label: 4.2 where 4.5 is asked for.
        'kbd[aria-label^="Shortcut"]',
        # The colours of code: from 2.8.
        '[data-testid="stCode"]',
    ),
}
"""{rule of axe-core: selectors of those elements of Streamlit that break it}"""

DARK = (
    # White on the primary colour (4.0), and that colour on its own tint over the dark paper (4.1): Streamlit takes both from
    # one setting, and no colour can reach 4.5 on both sides.
    '[data-testid^="stBaseButton-primary"]',
    '[data-testid="stButtonGroup"]',
    '[data-testid="stMultiSelect"]',
)
"""Selectors of further elements of Streamlit whose contrast is too low, in the dark scheme alone."""

OURS = """([violations, widgets]) => violations.flatMap(({ id, nodes }) => nodes
  .filter(({ target }) => {
    const inside = target.flat().reduce((root, selector) => {
      const node = root?.querySelector(selector);
      return node?.shadowRoot ?? node;
    }, document);
    const node = inside instanceof ShadowRoot ? inside.host : inside;
    return !(widgets[id] ?? []).some((selector) => node?.closest?.(selector));
  })
  .map(({ html, any, all, none }) => `${id}: ${html.slice(0, 200)} (${[...any, ...all, ...none][0]?.message})`))"""

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
    "import#Import": "a form of single fields",
    "import#Export": "a form of single fields",
    "share#Export": "a form of single fields",
    "lesson#Lesson": "the plan and the checks before class, in words, before the lesson is begun",
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
    """A profile for each scheme, after the first start: the prepared faces and the run that ships are what a newcomer sees."""
    made = {scheme: profile(viewport=WINDOW, color_scheme=scheme) for scheme in SCHEMES}
    page = made["light"].new_page()
    app.open(page)
    page.close()
    return made


@pytest.mark.parametrize("view", views())
def test_a_page_is_whole_and_open_to_everybody_in_both_schemes(view, windows, app, new_page):
    pages = {scheme: new_page(context) for scheme, context in windows.items()}
    wrong = {scheme: watch(page, urlsplit(app.url).netloc) for scheme, page in pages.items()}
    for page in pages.values():
        page.goto(app.address(view, dataset="Synthetic faces", run="bundled"), wait_until="commit")
    for scheme, page in pages.items():
        app.settle(page)
        check(page, views()[view], dark=scheme == "dark")
    assert wrong == {scheme: [] for scheme in SCHEMES}
    assert unseen(pages["light"], view) == ""
    assert {scheme: violations(page, scheme) for scheme, page in pages.items()} == {scheme: [] for scheme in SCHEMES}


def unseen(page, view: str) -> str:
    """What is wrong with the first screen; empty when it shows the point of the page."""
    found = page.evaluate(TOPS, [", ".join(POINTS), SMALLEST])
    inside = [point for point in found if point[0] + min(point[1], ENOUGH) <= WINDOW["height"]]
    if view in WITHOUT:
        return f"{view} shows {inside[0]}: it is no exception any more" if inside else ""
    return "" if inside else f"the first of {view} lie at {found[:3]} (top, height, what)"


def violations(page, scheme: str) -> list[str]:
    """Serious violations of axe-core's rules by markup of our own."""
    from axe_playwright_python.sync_playwright import Axe

    response = Axe().run(page).response
    assert response["passes"], "axe-core looked at nothing"
    grave = [violation for violation in response["violations"] if violation["impact"] in GRAVE]
    widgets = WIDGETS | ({"color-contrast": WIDGETS["color-contrast"] + DARK} if scheme == "dark" else {})
    return page.evaluate(OURS, [grave, widgets])


def test_exceptions_are_views():
    assert set(WITHOUT) <= set(views())
