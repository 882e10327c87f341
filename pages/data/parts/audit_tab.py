"""Show what is wrong with the pictures."""

import streamlit as st

from fer_core import numbers
from fer_core.datasets.audit import ISSUES
from pages.data.parts import audit
from pages.data.parts.audit import CONFLICTS, COPIES, CROSSING, FACELESS, NEAR, PERSONS
from pages.ui.empty import needs_dataset
from pages.ui.heading import lead

FINDING = "finding"
"""Session key, and query parameter, of what is looked at."""


def show() -> None:
    """Show what is wrong with the pictures."""
    lead("Find copies, leaks between splits, and pictures that show too little. Nothing is changed.")
    data = needs_dataset()
    report = audit.audited(data)
    counted = audit.findings(data, report)
    by_title = {issue.title: issue for issue in ISSUES}
    if st.session_state.get(FINDING) not in counted:
        asked = st.query_params.get(FINDING)
        telling = next((name for name, figure in counted.items() if figure.value not in ("0", numbers.DASH)), COPIES)
        st.session_state[FINDING] = asked if asked in counted else telling
    # Bound to the address, it would stand there with its count.
    chosen = st.pills(
        "Look at",
        list(counted),
        format_func=lambda name: f"{name} **{counted[name].value}**",
        required=True,
        key=FINDING,
        on_change=audit.first_page,
        label_visibility="collapsed",
    )
    st.query_params[FINDING] = chosen
    shown = counted[chosen]
    share = f" ({shown.note})" if shown.note else ""
    st.markdown(f"**{shown.label}: {shown.value}{share}.** :gray[{shown.help}]")
    if chosen == COPIES:
        audit.show_copies(data, report)
    elif chosen == CROSSING:
        audit.show_crossings(data, report)
    elif chosen == PERSONS:
        audit.show_persons(data)
    elif chosen == CONFLICTS:
        audit.show_conflicts(data, report)
    elif chosen == NEAR:
        audit.show_near(data, report)
    elif chosen == FACELESS:
        audit.show_faceless(data)
    else:
        audit.show_issue(data, report, by_title[chosen])
