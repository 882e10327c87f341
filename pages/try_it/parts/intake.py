"""Where photos come in: the uploader, the camera behind its switch, and the button that forgets everything."""

import hashlib
import time
from dataclasses import replace

import cv2
import numpy as np
import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer_core.errors import PhotoError
from fer_core.photos.faces import find_faces, whole_picture
from fer_core.photos.reading import read_photo
from fer_core.progress import Progress
from fer_core.settings import settings
from pages.ui import memory, uploaded
from pages.ui.access import may_send_pictures, may_use_camera
from pages.ui.uploaded import SIDE, Desk, Photo, photos
from pages.ui.work import progress_bar

CAMERA = "photo_camera_on"

FILM = "_film"
"""Key of the session's video."""

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
    if not may_send_pictures():
        st.caption(":material/no_photography: In a class no photo is sent; where it is granted, Live answers in your browser.")
        return
    keep_in_memory()
    key = widget_key("photos")
    with st.container(key=_HOME):
        st.file_uploader(
            "Photos",
            accept_multiple_files=True,
            key=key,
            help="JPEG, PNG, WEBP, BMP, GIF or TIFF; several at once, with several faces each.",
            max_upload_size=max(1, settings().max_photo_bytes // 1_000_000),
            on_change=receive,
            args=(key,),
        )
    _drop_anywhere(key="photo_drop")
    in_step(key)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        on = may_use_camera() and st.toggle(
            "Use the camera", key=CAMERA, help="Your browser is asked for the camera only while this switch is on."
        )
        forgetting = st.container(width="content")
    if on:
        _camera()
    if waiting():
        with progress_bar("Faces are being looked for") as report:
            read_waiting(report)
    # Drawn last: only now is it known whether there is something to forget.
    forgetting.button(
        "Forget everything",
        icon=":material/delete_forever:",
        key="forget_photos",
        disabled=not photos(),
        help="Drops all photos, the camera's picture, faces, answers and maps of this page at once, and turns the camera off.",
        on_click=forget,
    )


def forget() -> None:
    """Empty the session of photos, video, camera's picture and all that was made from faces, and turn the camera off.

    A callback.
    """
    desk = uploaded.desk()
    for upload in {*desk.photos, *(file[0] for file in desk.waiting), *set().union(*desk.shown.values())}:
        drop_bytes(upload)
    uploaded.put_desk(Desk(round=desk.round + 1 + max(desk.renewed.values(), default=0)))
    memory.forget()
    st.session_state.pop(FILM, None)
    st.session_state[CAMERA] = False
    st.toast("All photos, the video and what was made from them are forgotten.", icon=":material/check:")


def _camera() -> None:
    st.caption(
        "The photo that you take stays in the memory of the computer that runs the app; it is written to no disk, and gone with "
        "“Forget everything”, or some minutes after the page is closed. Ask everyone in the picture first."
    )
    key = widget_key("camera")
    st.camera_input("Camera", key=key, resolution="720p", width=560, on_change=receive, args=(key, SNAPSHOT))
    in_step(key)


def waiting() -> int:
    """How many files wait to be read."""
    return len(uploaded.desk().waiting)


def widget_key(name: str) -> str:
    """Key of an uploader or camera; another one after something was forgotten, so that the widget begins anew."""
    desk = uploaded.desk()
    return f"{name}_{desk.round + desk.renewed.get(name, 0)}"


def keep_in_memory() -> None:
    """Have the server hold photos and videos in memory; left to itself it spools uploads of more than a megabyte to disk."""
    limits = settings()
    most = max(limits.max_photo_bytes, limits.max_video_bytes) + 1_000_000
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, most)


def receive(key: str, name: str = "") -> None:
    """Callback of an uploader or camera: note what is new, and drop what the viewer took away there.

    Args:
        key: of the widget.
        name: given to what is new, as strftime writes the time into it; the file's own when empty.
    """
    desk = uploaded.desk()
    given = _given(key)
    ids = {file.file_id for file in given}
    before = desk.shown.get(key, set())
    for gone in before - ids:
        remove(gone)
    for file in given:
        if file.file_id not in before and isinstance(file, UploadedFile):
            # Browsers write a quotation mark of a file's name so.
            own = file.name.replace("%22", '"')
            desk.waiting.append((file.file_id, time.strftime(name) if name else own, file.getvalue()))
    desk.shown[key] = ids


def add(name: str, data: bytes) -> None:
    """Take in a picture that did not come through a widget; a callback.

    Args:
        name: of the file; one of the same name that was added before is replaced.
        data: the file.
    """
    uploaded.desk().waiting.append((f"added {name}", name, data))


def in_step(key: str) -> None:
    """To be called after an uploader or camera was drawn: one that is drawn anew shows nothing, and takes nothing away."""
    uploaded.desk().shown[key] = {file.file_id for file in _given(key)}


def read_waiting(progress: Progress) -> None:
    """Look for faces in all files that wait; their bytes are dropped.

    Args:
        progress: called before each file.
    """
    desk = uploaded.desk()
    total = len(desk.waiting)
    while desk.waiting:
        done = total - len(desk.waiting)
        upload, name, data = desk.waiting.pop(0)
        progress(done / total, f"Photo {done + 1} of {total}")
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        known = next((photo for photo in desk.photos.values() if photo.digest == digest), None)
        desk.photos[upload] = replace(known, id=upload, name=name) if known else _look(upload, name, digest, data)
        drop_bytes(upload)


def remove(upload: str) -> None:
    """Take one photo away, and all that was made from it."""
    desk = uploaded.desk()
    desk.photos.pop(upload, None)
    desk.waiting = [file for file in desk.waiting if file[0] != upload]
    drop_bytes(upload)
    memory.forget()


def take_away(upload: str) -> None:
    """Take one photo away, and its name out of the uploader; a callback of a button."""
    remove(upload)
    renewed = uploaded.desk().renewed
    renewed["photos"] = renewed.get("photos", 0) + 1


def use_whole_picture(upload: str) -> None:
    """Take the whole picture for the face, in a photo without one; a callback."""
    photo = uploaded.desk().photos[upload]
    uploaded.desk().photos[upload] = replace(photo, faces=(whole_picture(photo.pixels()),), whole=True)


def chosen_face(upload: str | None = None, number: int = 0) -> tuple[str, int]:
    """The upload and the number, from 0, of the face that was chosen last; with arguments, choose another one."""
    if upload is not None:
        uploaded.desk().chosen = upload, number
    return uploaded.desk().chosen


def _given(key: str) -> list:
    """What a widget holds: files, and what stands for files whose bytes were dropped."""
    held = st.session_state.get(key)
    return held if isinstance(held, list) else [] if held is None else [held]


def drop_bytes(upload: str) -> None:
    """Have the server forget an upload of this session; the widget goes on naming it."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload)


def _look(upload: str, name: str, digest: str, data: bytes) -> Photo:
    try:
        picture = read_photo(data, name=name)
    except PhotoError as error:
        return Photo(upload, name, digest, error=str(error))
    height, width = picture.shape[:2]
    return Photo(upload, name, digest, jpeg=_jpeg(picture), size=(width, height), faces=tuple(find_faces(picture)))


def _jpeg(picture: np.ndarray) -> bytes:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
