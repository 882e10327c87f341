"""The page Photo, opened through the frame, with a tiny network that really answers."""

import asyncio
import io
import re
import shutil
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest
from views import button, html, press, show, view, words

from fer_core.labels import FIVE
from fer_core.runs import BUNDLED, BUNDLED_CROWD, SHIPPED, Run
from fer_core.runs.records import About, Int8Agreement
from pages.try_it.parts import intake

pytestmark = pytest.mark.usefixtures("no_bundled_run")


PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


@pytest.fixture
def run(answering_run: Run) -> Run:
    """Ended, with a network; temperature 1.5, threshold 0.3, flip."""
    return answering_run


@pytest.fixture
def portrait() -> tuple[str, bytes, str]:
    if not PORTRAIT.is_file():
        pytest.skip("needs the portrait in tests/fixtures, which is not there")
    return "astronaut.jpg", PORTRAIT.read_bytes(), "image/jpeg"


def upload(at: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    at = at.file_uploader[0].set_value(list(files)).run()
    assert not at.exception
    return at


def headlines(at: AppTest) -> list[str]:
    return [part.value for part in at.markdown if part.value.startswith("####")]


def pictures(at: AppTest) -> list[str]:
    return [caption for image in at.image for caption in image.captions if caption]


def saved(picture: Image.Image, name: str) -> tuple[str, bytes, str]:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return name, file.getvalue(), "image/png"


def flat() -> tuple[str, bytes, str]:
    """A picture without a face."""
    return saved(Image.new("RGB", (300, 200), (40, 90, 160)), "sky.png")


def test_the_view_says_what_it_does_and_what_the_answers_are(app, run):
    shown = words(view(app, "try_it/photo"))
    assert "**Photos stay in memory.**" in shown
    assert "names an expression, never what a person feels" in shown
    assert "inferring the emotions of pupils or employees" in shown
    assert "was trained on Small and knows only what is in it." in shown
    assert "Calibrated probabilities (temperature 1.50), each the mean of a face and its mirror image." in shown


def test_photo_of_one_face(app, run, portrait):
    at = upload(view(app, "try_it/photo"), portrait)
    assert len(headlines(at)) == 1
    assert pictures(at)[:2] == ["Cropped", "What the network gets"]
    table = at.dataframe[0].value
    assert table["file"].tolist() == ["astronaut.jpg"]
    assert table[[f"p_{name}" for name in FIVE]].sum(axis=1).tolist() == [pytest.approx(1, abs=1e-5)]
    labels = [button.label for button in at.get("download_button")]
    assert labels == ["Picture with answers", "Overlay (PNG)", "Download the answers (CSV)"]
    assert html(at).count('class="fer-card"') == 1


@pytest.mark.parametrize("name", ["astronaut.jpg", "drawn-happy.png", "drawn-fear.png"])
def test_a_sample_photo_is_answered_in_one_click(app, run, name):
    at = view(app, "try_it/photo").button(f"sample_{name}").click().run()
    assert not at.exception
    assert at.dataframe[0].value["file"].tolist() == [name]
    assert not [button for button in at.button if button.key and button.key.startswith("sample_")]
    at = press(at, "Remove")
    assert not at.dataframe


def test_several_faces_of_several_photos(app, run, portrait):
    picture = Image.open(io.BytesIO(portrait[1])).convert("RGB").resize((256, 256))
    row = Image.new("RGB", (768, 256))
    for number in range(3):
        row.paste(picture if number < 2 else picture.resize((130, 130)), (256 * number, 0))
    at = upload(view(app, "try_it/photo"), portrait, saved(row, "row.png"))
    table = at.dataframe[0].value
    assert list(zip(table["file"], table["face"], strict=True)) == [
        ("astronaut.jpg", 1),
        ("row.png", 1),
        ("row.png", 2),
        ("row.png", 3),
    ]
    assert html(at).count('class="fer-card"') == 4
    # The third face of the row is 22 pixels wide.
    assert [quality.startswith("small") for quality in table["quality"]] == [False, False, False, True]
    assert html(at).count("Careful: few pixels") == 1
    assert "Careful: few pixels" not in words(at)
    at.session_state["photo_face"] = 3
    at.run()
    assert "Careful: few pixels" in words(at)
    drawn = [button for button in at.get("download_button") if button.label == "Picture with answers"]
    assert len(drawn) == 2


def test_a_bad_file_does_not_stop_the_others(app, run, portrait, monkeypatch):
    monkeypatch.setattr("fer_core.photos.reading.heic_is_read", lambda: False)
    heic = ("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic")
    at = upload(view(app, "try_it/photo"), heic, portrait, ("notes.txt", b"hello", "text/plain"))
    assert [error.value for error in at.error] == [
        "phone.heic is an HEIC picture, which cannot be read here; export it as JPEG and try again.",
        "notes.txt is not a picture that can be read here; choose a JPEG, PNG, WEBP, BMP, GIF or TIFF file.",
    ]
    assert len(headlines(at)) == 1


def test_no_face_offers_the_whole_picture(app, run):
    at = upload(view(app, "try_it/photo"), flat())
    assert "No face was found in this photo." in words(at)
    assert headlines(at) == []
    at = press(at, "Use the whole picture")
    assert "the middle of the picture is used instead" in words(at)
    assert len(headlines(at)) == 1


def test_below_the_threshold_the_run_is_not_sure(app, run, portrait):
    at = view(app, "try_it/photo")
    for threshold, sure in ((0.0, True), (1.0, False)):
        run.write(run.calibration().model_copy(update={"threshold": threshold}))
        at = upload(at, portrait)
        assert headlines(at)[0].startswith("#### Not sure") is not sure
        assert ("1 · not sure" in html(at)) is not sure
        assert ("“?” in the picture" in words(at)) is not sure
        assert at.dataframe[0].value["sure"].tolist() == [sure]


def test_a_photo_taken_away_is_forgotten(app, run, portrait):
    at = upload(view(app, "try_it/photo"), portrait, flat())
    assert at.dataframe[0].value["file"].tolist() == ["astronaut.jpg"]
    at = upload(at, flat())
    assert not at.dataframe
    assert "_answers_and_maps" not in at.session_state or len(at.session_state["_answers_and_maps"]) == 1
    at = press(at, "Remove")
    assert at.session_state["_photo_desk"].photos == {}
    assert "_answers_and_maps" not in at.session_state


def test_photos_are_still_there_after_a_look_at_another_view(app, run, portrait):
    at = upload(view(app, "try_it/photo"), portrait)
    at = show(at, "home")
    at = show(at, "try_it/photo")
    assert at.dataframe[0].value["file"].tolist() == ["astronaut.jpg"]
    at = upload(at, flat())
    assert [photo.name for photo in at.session_state["_photo_desk"].photos.values()] == ["astronaut.jpg", "sky.png"]


def test_the_camera_waits_for_its_switch(app, run, portrait):
    at = view(app, "try_it/photo")
    assert not at.camera_input
    at = at.toggle("photo_camera_on").set_value(True).run()
    assert "it is written to no disk, and gone with “Forget everything”" in words(at)
    at = at.camera_input[0].set_value(("shot.jpg", portrait[1], "image/jpeg")).run()
    assert not at.exception
    assert re.fullmatch(r"camera-\d\d-\d\d-\d\d\.jpg", at.dataframe[0].value["file"].item())
    at = at.camera_input[0].set_value(None).run()
    assert not at.dataframe


@pytest.mark.parametrize(("agreement", "said"), [(0.991, True), (0.97, False)])
def test_the_page_says_when_photos_are_answered_in_8_bits(app, run, agreement, said):
    run.write(Int8Agreement(n=1234, agreement=agreement, mean=0.004, largest=0.1))
    words = " ".join(caption.value for caption in view(app, "try_it/photo").caption)
    sentence = "of 1,234 validation faces 99.1% get the same class as from the network itself, and probabilities differ by 0.4"
    assert (sentence in words) is said
    assert ("int8" in words) is said


def test_forget_empties_the_session(app, run, portrait, monkeypatch):
    dropped: set[str] = set()
    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", lambda _, session_id, file_id: dropped.add(file_id))
    at = upload(view(app, "try_it/photo"), portrait)
    at = at.toggle("photo_camera_on").set_value(True).run()
    at = at.camera_input[0].set_value(("shot.jpg", portrait[1], "image/jpeg")).run()
    ids = set(at.session_state["_photo_desk"].photos)
    assert len(ids) == 2
    dropped.clear()
    at = press(at, "Forget everything")
    assert dropped >= ids
    assert not at.camera_input
    assert not at.dataframe
    assert not at.file_uploader[0].value
    assert button(at, "Forget everything").disabled
    held = at.session_state._state.filtered_state
    assert (held["_photo_desk"].photos, held["_photo_desk"].waiting, held["_photo_desk"].chosen) == ({}, [], ("", 0))
    pixels = [key for key, value in held.items() if isinstance(value, (bytes, np.ndarray)) or key == "_answers_and_maps"]
    assert pixels == []


def test_maps_are_made_once(app, run, portrait, monkeypatch):
    from pages.ui import answer_card

    made: list[int] = []
    explain_faces = answer_card.explain_faces
    monkeypatch.setattr(
        answer_card, "explain_faces", lambda run, faces, **kw: made.append(len(faces)) or explain_faces(run, faces, **kw)
    )
    at = upload(view(app, "try_it/photo"), portrait)
    at.slider("explain_strength").set_value(20).run()
    assert made == [1]
    at.selectbox("explain_layer").select("early").run()
    assert made == [1, 1]


@pytest.mark.parametrize(("bytes_sent", "on_disk"), [(5_000_000, False), (35_000_000, False), (40_000_000, True)])
def test_uploads_of_photos_are_not_spooled_to_disk(monkeypatch: pytest.MonkeyPatch, bytes_sent: int, on_disk: bool) -> None:
    """The server's parser of uploads, with and beyond the size that a photo or a video may have."""
    monkeypatch.setenv("FER_MAX_VIDEO_BYTES", "35000000")
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1_000_000)
    intake.keep_in_memory()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'

    async def body() -> AsyncIterator[bytes]:
        yield head
        for _ in range(bytes_sent // 1_000_000):
            yield b"a" * 1_000_000
        yield b"\r\n--x--\r\n"

    async def rolled() -> bool:
        form = await MultiPartParser(Headers({"content-type": "multipart/form-data; boundary=x"}), body()).parse()
        file = form["file"]
        assert not isinstance(file, str)
        assert file.size == bytes_sent
        return bool(file.file._rolled)

    assert asyncio.run(rolled()) is on_disk


def test_photos_are_answered_by_the_run_that_learned_votes_unless_it_is_turned_off(app: str, run: Run, tmp_path: Path) -> None:
    names = {BUNDLED: "Course", BUNDLED_CROWD: "Crowd"}
    for run_id in SHIPPED:
        folder = tmp_path / "assets" / run_id
        shutil.copytree(run.path, folder)
        Run(id=run_id, path=folder, own=folder).write(About(name=names[run_id]))
    shutil.rmtree(run.path)
    at = view(app, "try_it/photo")
    assert (at.toggle[0].label, at.toggle[0].value) == ("Use the run for photos", True)
    assert "The run “Crowd” learned from the votes of ten people on each picture of FER2013" in words(at)
    at = at.toggle[0].set_value(False).run()
    assert "The run “Course” was trained on FER2013" in words(at)


def test_a_run_that_was_chosen_answers_itself(app: str, run: Run) -> None:
    assert [toggle.label for toggle in view(app, "try_it/photo").toggle if toggle.label == "Use the run for photos"] == []


def encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", b"\0" * 100)
    return file.getvalue()


def test_bad_photos_beside_a_good_one(app, small_dataset, make_run, tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr("fer_core.runs.store.ASSETS", tmp_path / "assets")
    make_run(small_dataset, name="Finished run", state="finished", model=True).model_file.write_bytes(tiny_model)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
    bad = {
        "empty.png": (b"", "empty.png is empty; choose another file."),
        "<b>half</b>.jpg": (
            encoded(noise, "JPEG")[:2000],
            "b\\>.jpg is damaged or cut off; export it again as JPEG and try again.",
        ),
        "zip.jpg": (
            zipped(),
            "zip.jpg is an archive or office document, which cannot be read here; export it as JPEG and try again.",
        ),
        "../ü.svg": (
            b"<svg onload='alert(1)'/>",
            "ü.svg is an SVG drawing, which cannot be read here; export it as JPEG and try again.",
        ),
        "x" * 300 + ".png": (encoded(Image.new("1", (1, 9)), "PNG"), f"{'x' * 40}…{'x' * 15}.png has only 1 x 9 pixels;"),
    }
    at = AppTest.from_file(app, default_timeout=120).run()
    at = show(at, "try_it/photo")
    good = ("astronaut.jpg", PORTRAIT.read_bytes(), "image/jpeg")
    at = at.file_uploader[0].set_value([*((name, data, "image/png") for name, (data, _) in bad.items()), good]).run()
    assert not at.exception
    assert len(at.error) == len(bad)
    for shown, (_, sentence) in zip(at.error, bad.values(), strict=True):
        assert shown.value.startswith(sentence)
    assert "**astronaut.jpg**" in [part.value for part in at.markdown]
    assert at.dataframe[0].value["file"].tolist() == ["astronaut.jpg"]
