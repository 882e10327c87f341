"""Show what is wrong with the pictures."""

import streamlit as st

from fer_core.datasets.audit import ISSUES
from pages.data.parts import audit
from pages.ui.empty import needs_dataset
from pages.ui.heading import figures_row, lead

COPIES, CROSSING, CONFLICTS, NEAR, FACELESS = "Copies", "In two splits", "Two labels", "Near copies", "No face"


def show() -> None:
    """Show what is wrong with the pictures."""
    lead("Find copies, leaks between splits, and pictures that show too little. Nothing is changed.")
    data = needs_dataset()
    found = audit.audited(data)
    figures_row(audit.findings(data, found), width=157)
    by_title = {issue.title: issue for issue in ISSUES}
    chosen = st.pills(
        "Look at",
        [COPIES, CROSSING, CONFLICTS, NEAR, *by_title, FACELESS],
        default=COPIES,
        required=True,
        key="finding",
        bind="query-params",
        on_change=audit.first_page,
    )
    if chosen == COPIES:
        audit.show_copies(data, found)
    elif chosen == CROSSING:
        audit.show_crossings(data, found)
    elif chosen == CONFLICTS:
        audit.show_conflicts(data, found)
    elif chosen == NEAR:
        audit.show_near(data, found)
    elif chosen == FACELESS:
        audit.show_faceless(data)
    else:
        audit.show_issue(data, found, by_title[chosen])
