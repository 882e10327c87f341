"""The pages of the app: sections, titles, tabs and addresses, and where each address of before leads now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

VIEW = "view"
"""Query parameter, and session key, of the tab that is open."""


@dataclass(frozen=True)
class Page:
    """One entry of the menu.

    Attributes:
        path: script, relative to the folder `pages`.
        title: in the menu, and at the top of the page.
        icon: name of a Material symbol.
        address: last part of its URL; empty for the first page.
        tabs: names of its tabs, in order; empty where it has none.
    """

    path: str
    title: str
    icon: str
    address: str
    tabs: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The page's script without `.py`, as `link` and `go` take it."""
        return self.path.removesuffix(".py")


SECTIONS: dict[str, tuple[Page, ...]] = {
    "": (Page("home.py", "Home", "home", ""),),
    "Data": (
        Page("data/overview.py", "Overview", "bar_chart", "overview", ("Class balance", "Mean faces", "Two data sets")),
        Page("data/faces.py", "Faces", "grid_view", "faces", ("Grid", "Projection", "Similar faces")),
        Page(
            "data/labels.py", "Labels and audit", "fact_check", "labels", ("Suspected labels", "Audit", "Annotators", "My edits")
        ),
        Page("data/import_export.py", "Import and export", "folder_open", "import", ("Import", "Export")),
    ),
    "Train": (
        Page("train/new_run.py", "New run", "play_circle", "train"),
        Page("train/runs.py", "Runs", "monitoring", "runs", ("All runs", "One run")),
        Page("train/studies.py", "Studies", "trending_up", "studies", ("What transfer buys", "My studies")),
    ),
    "Evaluate": (
        Page("evaluate/scores.py", "Scores", "leaderboard", "scores", ("Scores", "Calibration")),
        Page("evaluate/errors.py", "Errors", "grid_on", "errors", ("Confusion", "Mistakes")),
        Page("evaluate/stress.py", "Stress", "storm", "stress", ("Corruptions", "Subtle expressions")),
        Page("evaluate/compare.py", "Compare", "compare_arrows", "compare", ("Runs", "Across data sets")),
        Page("evaluate/share.py", "Share", "output", "share", ("Report", "Export")),
    ),
    "Explain": (
        Page("explain/look.py", "Where it looks", "center_focus_strong", "look", ("One face", "All methods")),
        Page("explain/averages.py", "Averages and expectations", "layers", "averages", ("Mean maps", "What it expects")),
        Page("explain/faithfulness.py", "Can it be believed?", "verified", "faithfulness"),
    ),
    "Try it": (
        Page("try_it/live.py", "Live", "videocam", "live", ("Live", "Teach it")),
        Page("try_it/photo.py", "Photo", "add_a_photo", "photo", ("Photos", "Video")),
        Page("try_it/disturb.py", "Disturb it", "tune", "disturb"),
    ),
    "Learn": (
        Page("learn/lesson.py", "Lesson", "co_present", "lesson", ("Lesson", "Class")),
        Page(
            "learn/explore.py",
            "Explore",
            "explore",
            "explore",
            ("MobileNet", "Convolution", "Transfer", "Data", "Limits", "Glossary"),
        ),
        Page("learn/exercises.py", "Exercises", "task_alt", "exercises"),
    ),
}


def pages() -> list[Page]:
    """All pages, in the order of the menu."""
    return [page for section in SECTIONS.values() for page in section]


def link(place: str, *, label: str | None = None, icon: str | None = None, help: str | None = None) -> None:
    """Draw a link to a page, or to one of its tabs: `evaluate/errors`, `evaluate/errors#Mistakes`."""
    page, _, tab = place.partition("#")
    st.page_link(f"{page}.py", label=label, icon=icon, help=help, query_params={VIEW: tab} if tab else None)


def go(place: str) -> NoReturn:
    """Open a page, or one of its tabs, in place of the one that is shown."""
    page, _, tab = place.partition("#")
    _let_go_of_address()
    st.switch_page(f"{page}.py", query_params={VIEW: tab} if tab else None)


def _let_go_of_address() -> None:
    """Unbind the widgets of this page from the address: while one is bound, Streamlit refuses to clear it for another page."""
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as address:
        for name in {*address, VIEW}:
            binding = address.get_binding_for_param(name)
            if binding is not None:
                address.unbind_widget(binding.widget_id)


def places() -> frozenset[str]:
    """List where a step of the lesson or an exercise may lead: pages and tabs, such as `evaluate/errors#Mistakes`."""
    return frozenset([page.place for page in pages()] + [f"{page.place}#{tab}" for page in pages() for tab in page.tabs])


def tabs(views: Mapping[str, Callable[[], None]]) -> None:
    """Draw the tabs of a page, and the one view that is open; which one stands in the address.

    Args:
        views: {name of the tab: what draws it}.
    """
    for container, draw in zip(st.tabs(list(views), key=VIEW, bind="query-params"), views.values(), strict=True):
        if container.open:
            with container:
                draw()
