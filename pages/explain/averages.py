from pages.explain.parts import expects, mean_maps_tab
from pages.ui.navigation import tabs

tabs(
    {
        "Mean maps": mean_maps_tab.show,
        "What it expects": expects.show,
    }
)
