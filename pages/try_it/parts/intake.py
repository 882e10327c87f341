"""Where photos come in: the uploader, the camera behind its switch, and the button that forgets everything."""

import streamlit as st

from fer_core.settings import settings
from pages.ui import uploaded
from pages.ui.progress import progress_bar

CAMERA = "photo_camera_on"

SNAPSHOT = "camera-%H-%M-%S.jpg"
"""Name of a snapshot, by the time of day."""

_HOME = "photo_uploader"

# The uploader takes what is dropped on it; this hands it what is dropped elsewhere on the page.
_DROP = """
export default function () {
  const files = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const over = (event) => { if (files(event)) event.preventDefault(); };
  const drop = (event) => {
    const input = document.querySelector('.st-key-HOME input[type=file]');
    if (!files(event) || !input || event.target.closest?.('[data-testid=stFileUploaderDropzone]')) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.addEventListener('dragover', over);
  document.addEventListener('drop', drop);
  return () => { document.removeEventListener('dragover', over); document.removeEventListener('drop', drop); };
}
""".replace("HOME", _HOME)
_drop_anywhere = st.components.v2.component("fer_drop_anywhere", js=_DROP)


def intake() -> None:
    """Draw the uploader, the camera's switch, the camera when it is on, and Forget; and look for faces in what is new."""
    uploaded.keep_in_memory()
    key = uploaded.widget_key("photos")
    with st.container(key=_HOME):
        st.file_uploader(
            "Photos",
            accept_multiple_files=True,
            key=key,
            help="JPEG, PNG, WEBP, BMP, GIF or TIFF; several at once, with several faces each.",
            max_upload_size=max(1, settings().max_photo_bytes // 1_000_000),
            on_change=uploaded.receive,
            args=(key,),
        )
    _drop_anywhere(key="photo_drop")
    uploaded.in_step(key)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        on = st.toggle("Use the camera", key=CAMERA, help="Your browser is asked for the camera only while this switch is on.")
        forgetting = st.container(width="content")
    if on:
        _camera()
    if uploaded.waiting():
        with progress_bar("Faces are being looked for") as report:
            uploaded.read_waiting(report)
    # Drawn last: only now is it known whether there is something to forget.
    forgetting.button(
        "Forget everything",
        icon=":material/delete_forever:",
        key="forget_photos",
        disabled=not uploaded.photos(),
        help="Drops all photos, the camera's picture, faces, answers and maps of this page at once, and turns the camera off.",
        on_click=forget,
    )


def forget() -> None:
    """Empty the session of photos and of all that was made from them, and turn the camera off; a callback."""
    uploaded.forget()
    st.session_state[CAMERA] = False
    st.toast("All photos and what was made from them are forgotten.", icon=":material/check:")


def _camera() -> None:
    st.caption(
        "The photo that you take stays in the memory of the computer that runs the app; it is written to no disk, and gone with "
        "“Forget everything”, or some minutes after the page is closed. Ask everyone in the picture first."
    )
    key = uploaded.widget_key("camera")
    st.camera_input("Camera", key=key, resolution="720p", width=560, on_change=uploaded.receive, args=(key, SNAPSHOT))
    uploaded.in_step(key)
