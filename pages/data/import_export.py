from pages.data.parts import export_tab, import_data
from pages.ui.navigation import tabs

tabs(
    {
        "Import": import_data.show,
        "Export": export_tab.show,
    }
)
