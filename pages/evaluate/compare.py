from pages.evaluate.parts import across_tab, compare_runs
from pages.ui.navigation import tabs

tabs(
    {
        "Runs": compare_runs.show,
        "Across data sets": across_tab.show,
    }
)
