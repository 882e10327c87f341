from pages.try_it.parts import photos_tab, video_tab
from pages.ui.navigation import tabs

tabs(
    {
        "Photos": photos_tab.show,
        "Video": video_tab.show,
    }
)
