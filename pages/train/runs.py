from pages.train.parts import all_runs, one_run
from pages.ui.navigation import tabs

tabs(
    {
        "All runs": all_runs.show,
        "One run": one_run.show,
    }
)
