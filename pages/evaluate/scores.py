from pages.evaluate.parts import calibration_tab, scores
from pages.ui.navigation import tabs

tabs(
    {
        "Scores": scores.show,
        "Calibration": calibration_tab.show,
    }
)
