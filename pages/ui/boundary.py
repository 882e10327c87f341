"""What a viewer sees when something goes wrong: one sentence, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError
from fer_core.escape import markdown

_log = logging.getLogger("fer_lab")


@contextmanager
def error_boundary() -> Iterator[None]:
    """Show an error raised inside as one sentence and stop the rest of the view.

    the frame puts it around every view. Fragments and callbacks run without `app.py`: they need one of their own.
    A FerError is shown as it is; anything else is written with its traceback to the console, and the viewer gets a calm sentence.
    """
    try:
        yield
    except FerError as error:
        st.error(markdown(str(error)), icon=":material/error:")
        st.stop()
    except Exception:
        _log.exception("A view ended with an unexpected error")
        st.error(
            "Something unexpected went wrong in this view; the details are in the console where the app was started. "
            "Reload the page to try again.",
            icon=":material/error:",
        )
        st.stop()
