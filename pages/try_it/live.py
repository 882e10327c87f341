from pages.try_it.parts import live_tab, teach_tab
from pages.ui.navigation import tabs

tabs(
    {
        "Live": live_tab.show,
        "Teach it": teach_tab.show,
    }
)
