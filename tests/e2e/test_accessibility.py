"""No page breaks a serious rule of accessibility by markup of our own (axe-core, WCAG 2 A and AA, and best practices)."""

import pytest

from .test_looks import views

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


@pytest.fixture(scope="module")
def windows(profile, app):
    """A profile for each scheme, after the first start."""
    made = {scheme: profile(viewport={"width": 1280, "height": 800}, color_scheme=scheme) for scheme in SCHEMES}
    page = made["light"].new_page()
    app.open(page)
    page.close()
    return made


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("view", views())
def test_no_serious_violation_of_our_own(view, scheme, windows, app, new_page):
    from axe_playwright_python.sync_playwright import Axe

    page = new_page(windows[scheme])
    app.open(page, view, dataset="Synthetic faces", run="bundled")
    page.wait_for_function("() => !document.querySelector('.stPlotlyChart:not(:has(.main-svg))')")
    response = Axe().run(page).response
    assert response["passes"], "axe-core looked at nothing"
    grave = [violation for violation in response["violations"] if violation["impact"] in GRAVE]
    widgets = WIDGETS | ({"color-contrast": WIDGETS["color-contrast"] + DARK} if scheme == "dark" else {})
    assert page.evaluate(OURS, [grave, widgets]) == []
