from pages.explain.parts import all_methods, one_face
from pages.ui.navigation import tabs

tabs(
    {
        "One face": one_face.show,
        "All methods": all_methods.show,
    }
)
