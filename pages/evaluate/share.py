from pages.evaluate.parts import export_tab, report_tab
from pages.ui.navigation import tabs

tabs(
    {
        "Report": report_tab.show,
        "Export": export_tab.show,
    }
)
