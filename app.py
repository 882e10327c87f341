"""FER Lab: start it with `streamlit run app.py`."""

from streamlit.starlette import App

from pages.parts.serving import MIDDLEWARE, lifespan
from pages.try_it.parts.live_files import routes

app = App("pages/frame.py", routes=routes(), middleware=MIDDLEWARE, lifespan=lifespan)
