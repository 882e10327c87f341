"""FER Lab: start it with `streamlit run app.py`."""

from streamlit.starlette import App

from pages.parts.serving import MIDDLEWARE, lifespan

app = App("pages/frame.py", middleware=MIDDLEWARE, lifespan=lifespan)
