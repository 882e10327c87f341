from pages.data.parts import agreement, audit_tab, edits, suspects
from pages.ui.navigation import tabs

tabs(
    {
        "Suspected labels": suspects.show,
        "Audit": audit_tab.show,
        "Annotators": agreement.show,
        "My edits": edits.show,
    }
)
