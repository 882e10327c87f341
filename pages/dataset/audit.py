import streamlit as st

from fer_core.datasets.audit import ISSUES
from pages.ui import audit_parts
from pages.ui.empty import needs_dataset
from pages.ui.heading import figures_row, heading

COPIES, CROSSING, CONFLICTS, NEAR, FACELESS = "Copies", "In two splits", "Two labels", "Near copies", "No face"

heading("Audit", "What is wrong with the pictures: copies, leaks, and those that show too little. Nothing is changed by looking.")
data = needs_dataset()
found = audit_parts.audited(data)
figures_row(audit_parts.findings(data, found), width=157)

by_title = {issue.title: issue for issue in ISSUES}
chosen = st.pills(
    "Look at",
    [COPIES, CROSSING, CONFLICTS, NEAR, *by_title, FACELESS],
    default=COPIES,
    required=True,
    key="finding",
    bind="query-params",
    on_change=audit_parts.first_page,
)
if chosen == COPIES:
    audit_parts.show_copies(data, found)
elif chosen == CROSSING:
    audit_parts.show_crossings(data, found)
elif chosen == CONFLICTS:
    audit_parts.show_conflicts(data, found)
elif chosen == NEAR:
    audit_parts.show_near(data, found)
elif chosen == FACELESS:
    audit_parts.show_faceless(data)
else:
    audit_parts.show_issue(data, found, by_title[chosen])
