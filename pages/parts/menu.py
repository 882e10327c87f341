"""The menu of the frame, and where each address of before leads now."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.ui.navigation import SECTIONS, VIEW

MOVED: dict[str, tuple[str, str]] = {
    "samples": ("data/faces.py", "Grid"),
    "pixels": ("data/overview.py", "Mean faces"),
    "audit": ("data/labels.py", "Audit"),
    "feature-map": ("data/faces.py", "Projection"),
    "agreement": ("data/labels.py", "Annotators"),
    "compare-sets": ("data/overview.py", "Two data sets"),
    "suspects": ("data/labels.py", "Suspected labels"),
    "edits": ("data/labels.py", "My edits"),
    "export-set": ("data/import_export.py", "Export"),
    "monitor": ("train/runs.py", "One run"),
    "transfer": ("train/studies.py", ""),
    "confusion": ("evaluate/errors.py", "Confusion"),
    "mistakes": ("evaluate/errors.py", "Mistakes"),
    "calibration": ("evaluate/scores.py", "Calibration"),
    "robustness": ("evaluate/stress.py", "Corruptions"),
    "subtle": ("evaluate/stress.py", "Subtle expressions"),
    "compare-runs": ("evaluate/compare.py", "Runs"),
    "report": ("evaluate/share.py", "Report"),
    "export-model": ("evaluate/share.py", "Export"),
    "explain-sample": ("explain/look.py", "One face"),
    "methods": ("explain/look.py", "All methods"),
    "mean-maps": ("explain/averages.py", "Mean maps"),
    "expects": ("explain/averages.py", "What it expects"),
    "learn-mobilenet": ("learn/explore.py", "MobileNet"),
    "learn-convolution": ("learn/explore.py", "Convolution"),
    "learn-transfer": ("learn/explore.py", "Transfer"),
    "learn-data": ("learn/explore.py", "Data"),
    "learn-limits": ("learn/explore.py", "Limits"),
}
"""{address of before: (page, tab)}: links, bookmarks and printed sheets go on working."""


def menu() -> dict[str, list[st.Page]]:
    """What `st.navigation` gets: the menu, and a hidden page for every address that has moved."""
    entries = {
        section: [
            st.Page(page.path, title=page.title, icon=f":material/{page.icon}:", url_path=page.address, default=not page.address)
            for page in listed
        ]
        for section, listed in SECTIONS.items()
    }
    entries[""] += [
        st.Page(partial(_go, *target), title=address, url_path=address, visibility="hidden") for address, target in MOVED.items()
    ]
    return entries


def _go(page: str, tab: str) -> None:
    kept = {name: values for name in st.query_params if (values := st.query_params.get_all(name))}
    st.switch_page(page, query_params={**kept, **({VIEW: tab} if tab else {})})
