from pages.data.parts import grid, projection_tab, similar
from pages.ui.navigation import tabs

tabs(
    {
        "Grid": grid.show,
        "Projection": projection_tab.show,
        "Similar faces": similar.show,
    }
)
