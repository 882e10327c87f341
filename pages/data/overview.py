from pages.data.parts import balance, pixels, two_data_sets
from pages.ui.navigation import tabs

tabs(
    {
        "Class balance": balance.show,
        "Mean faces": pixels.show,
        "Two data sets": two_data_sets.show,
    }
)
