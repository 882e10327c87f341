"""Open a page, or one of its tabs, and read what it says."""

import json
from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from pages.ui.navigation import VIEW

PROSE = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success", "code")
"""Elements that hold sentences."""


def show(at: AppTest, place: str) -> AppTest:
    """Go to a page or a tab, such as `evaluate/errors#Mistakes`, and run it.

    Args:
        at: the app; it has run, or its session and address were set for its first run.
        place: as `navigation.link` takes it.
    """
    page, _, tab = place.partition("#")
    at.switch_page(f"{page}.py")
    if tab:
        at.query_params[VIEW] = tab
    elif VIEW in at.query_params:
        del at.query_params[VIEW]
    return at.run()


def view(app: str, place: str = "home", **query: str) -> AppTest:
    """Open the app, and go to a page or a tab of it that shows no exception.

    Args:
        app: path of the frame.
        place: as `navigation.link` takes it.
        query: what stands in the address besides.
    """
    at = AppTest.from_file(app, default_timeout=120)
    at.query_params.update(query)
    # The frame names its pages when it is run: before that, a session cannot begin on one of them.
    at.run()
    if place != "home":
        show(at, place)
    assert not at.exception
    return at


def checked(at: AppTest) -> AppTest:
    """Return a view that shows neither an exception nor an error."""
    assert not at.exception
    assert [error.value for error in at.error] == []
    return at


def words(at: AppTest) -> str:
    """Return all sentences of a view, one element a line."""
    return "\n".join(str(part.value) for kind in PROSE for part in getattr(at, kind))


def html(at: AppTest) -> str:
    """Return the markup of our own in a view."""
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def component(at: AppTest, key: str) -> Any:
    """Return what Python gave to a component of our own with this key."""
    found = [part.proto for part in at.get("bidi_component") if part.proto.id.endswith(f"-{key}")]
    assert len(found) == 1, f"{len(found)} components {key!r}"
    return json.loads(found[0].json)


def button(at: AppTest, name: str) -> Button:
    """Return the button whose key or label this is, or the first whose label holds it."""
    holding = [one for one in buttons(at) if name == one.key or name in one.label]
    assert holding, f"no button {name!r} among {[one.label for one in buttons(at)]}"
    return next((one for one in holding if name in (one.key, one.label)), holding[0])


def by_label(elements: Iterable[Any], label: str) -> Any:
    """Return the first element of this label."""
    return next(element for element in elements if element.label == label)


def metrics(at: AppTest) -> dict[str, tuple[str, str]]:
    """Return the figures of a view, {label: (value, note)}."""
    return {metric.label: (metric.value, metric.delta) for metric in at.metric}


def press(at: AppTest, name: str) -> AppTest:
    """Press a button, after which the view shows neither an exception nor an error."""
    return checked(button(at, name).click().run())


def buttons(at: AppTest) -> list[Button]:
    """Return the buttons of the page itself: the frame's search, and the stops of what is at work, are none of them."""
    return [one for one in at.button if one.key != "search_open" and not str(one.key).startswith("chip-")]
