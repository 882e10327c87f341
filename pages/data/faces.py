from pages.data.parts import grid, projection_tab
from pages.ui.navigation import tabs

tabs(
    {
        "Grid": grid.show,
        "Projection": projection_tab.show,
    }
)
