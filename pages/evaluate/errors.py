from pages.evaluate.parts import confusion, mistakes
from pages.ui.navigation import tabs

tabs(
    {
        "Confusion": confusion.show,
        "Mistakes": mistakes.show,
    }
)
