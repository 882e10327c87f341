"""Open a page, or one of its tabs, and read what it says."""

from streamlit.testing.v1 import AppTest

from pages.ui.navigation import VIEW


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


def buttons(at: AppTest) -> list:
    """Return the buttons of the page itself: the frame's search is none of them."""
    return [button for button in at.button if button.key != "search_open"]
