from pages.evaluate.parts import corruptions, subtle
from pages.ui.navigation import tabs

tabs(
    {
        "Corruptions": corruptions.show,
        "Subtle expressions": subtle.show,
    }
)
