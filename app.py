"""FER Lab: start it with `streamlit run app.py`."""

from streamlit.starlette import App

app = App("pages/frame.py")
