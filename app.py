"""FER Lab: start it with `streamlit run app.py`."""

from streamlit.starlette import App

from pages.parts import join
from pages.parts.serving import MIDDLEWARE, lifespan
from pages.try_it.parts import live_files

app = App(
    "pages/frame.py", routes=[*live_files.routes(), *join.routes(live_files.addresses)], middleware=MIDDLEWARE, lifespan=lifespan
)
