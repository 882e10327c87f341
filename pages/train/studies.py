from pages.train.parts import study_view, transfer
from pages.ui.navigation import tabs

tabs(
    {
        "What transfer buys": transfer.show,
        "My studies": study_view.show,
    }
)
