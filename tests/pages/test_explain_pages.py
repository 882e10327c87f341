"""The Explain views, opened through app.py, with a tiny network that really answers."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.datasets.store import Dataset
from fer_core.labels import FIVE
from fer_core.runs import Run

PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


@pytest.fixture(autouse=True)
def no_bundled_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runs, "ASSETS", tmp_path / "assets")


@pytest.fixture
def run(small_dataset: Dataset, make_run: Callable[..., Run], tiny_model: bytes) -> Run:
    """Ended, with a network; 2 of its 25 stored answers on the test split are wrong: fear called angry."""
    made = make_run(small_dataset, name="Finished run", state="finished", model=True)
    made.model_file.write_bytes(tiny_model)
    return made


@pytest.fixture
def portrait() -> tuple[str, bytes, str]:
    if not PORTRAIT.is_file():
        pytest.skip("needs the portrait in tests/fixtures, which is not there")
    return "astronaut.jpg", PORTRAIT.read_bytes(), "image/jpeg"


def view(app: str, name: str) -> AppTest:
    at = AppTest.from_file(app, default_timeout=120).run()
    at = at.switch_page(f"pages/explain/{name}.py").run()
    assert not at.exception
    return at


def upload(at: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    at = at.file_uploader[0].set_value(list(files)).run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.subheader]
    return "\n".join(str(part.value) for part in parts)


def headlines(at: AppTest) -> list[str]:
    return [part.value for part in at.markdown if part.value.startswith("####") and "Face" not in part.value]


def pictures(at: AppTest) -> list[str]:
    return [caption for image in at.image for caption in image.captions if caption]


def flat(size: tuple[int, int] = (300, 200)) -> tuple[str, bytes, str]:
    """A picture without a face."""
    file = io.BytesIO()
    Image.new("RGB", size, (40, 90, 160)).save(file, "PNG")
    return "sky.png", file.getvalue(), "image/png"


def test_sample_of_a_damaged_model(app, run):
    run.model_file.write_bytes(b"not a model")
    assert [error.value for error in view(app, "sample").error] == [
        "The model file model.keras cannot be read; train the run again or choose another one."
    ]


def test_sample(app, run):
    at = view(app, "sample")
    assert len(headlines(at)) == 1
    assert pictures(at)[0] == "What the network gets"
    assert pictures(at)[1].startswith("Evidence for ")
    assert len(at.get("plotly_chart")) == 1
    assert at.selectbox("explain_layer").options == ["12×12 · late", "24×24 · early"]
    assert [button.label for button in at.get("download_button")] == ["Overlay (PNG)"]


@pytest.mark.parametrize("target", FIVE)
def test_sample_evidence_for_any_class(app, run, target):
    at = view(app, "sample")
    at.selectbox("explain_target").select(target).run()
    assert not at.exception
    assert pictures(at)[1] == f"Evidence for {target}"


def test_an_empty_map_is_said(app, run):
    at = view(app, "sample")
    # The tiny network's weights for disgust are negative and all its features positive.
    at.selectbox("explain_target").select("disgust").run()
    assert "The map is empty: at this layer nothing in the face speaks for disgust." in words(at)


def test_sample_filters(app, run):
    at = view(app, "sample")
    at.selectbox("face_class").select("fear").run()
    assert "Page of 1" in [number.label for number in at.number_input]
    assert len(at.get("button_group")[0].options) == 4
    at.toggle("face_wrong").set_value(True).run()
    assert len(at.get("button_group")[0].options) == 2
    at.selectbox("face_class").select("happy").run()
    assert "No face answers to this filter." in words(at)


def test_mistakes_only_needs_predictions(app, run):
    at = view(app, "sample")
    assert not at.toggle("face_wrong").disabled
    at.selectbox("face_split").select("train").run()
    assert at.toggle("face_wrong").disabled


def test_random_face_is_in_the_filtered_pages(app, run, monkeypatch):
    monkeypatch.setattr("random.randrange", lambda total: total - 1)
    at = view(app, "sample")
    next(button for button in at.button if button.label == "Random face").click().run()
    # 25 test faces, 22 a page: the last one is the third of page 2.
    assert at.number_input("face_page").value == 2
    assert at.get("button_group")[0].value == 2
    assert not at.exception


def test_photo_begins_with_its_promise(app, run):
    at = view(app, "photo")
    assert "**Photos stay in memory.**" in words(at)
    assert "names an expression, never what a person feels" in words(at)
    assert "inferring the emotions of pupils or employees" in words(at)
    assert headlines(at) == []


def test_photo_of_one_face(app, run, portrait):
    at = upload(view(app, "photo"), portrait)
    assert len(headlines(at)) == 1
    assert pictures(at)[:2] == ["Cropped", "What the network gets"]
    table = at.dataframe[0].value
    assert table["file"].tolist() == ["astronaut.jpg"]
    assert table[[f"p_{name}" for name in FIVE]].sum(axis=1).tolist() == [pytest.approx(1, abs=1e-5)]
    assert [button.label for button in at.get("download_button")] == ["Overlay (PNG)", "Download the answers (CSV)"]


def test_a_bad_file_does_not_stop_the_others(app, run, portrait):
    heic = ("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic")
    at = upload(view(app, "photo"), heic, portrait, ("notes.txt", b"hello", "text/plain"))
    assert [error.value for error in at.error] == [
        "phone.heic is an HEIC picture, which cannot be read here; export it as JPEG and try again.",
        "notes.txt is not a picture that can be read here; choose a JPEG, PNG, WEBP, BMP, GIF or TIFF file.",
    ]
    assert len(headlines(at)) == 1


def test_no_face_offers_the_whole_picture(app, run):
    at = upload(view(app, "photo"), flat())
    assert "No face was found in this photo." in words(at)
    assert headlines(at) == []
    next(button for button in at.button if button.label == "Use the whole picture").click().run()
    assert not at.exception
    assert "the middle of the picture is taken for one" in words(at)
    assert len(headlines(at)) == 1


@pytest.mark.parametrize(("threshold", "sure"), [(0.0, True), (1.0, False)])
def test_below_the_threshold_the_run_is_not_sure(app, run, portrait, threshold, sure):
    run.write(run.calibration().model_copy(update={"threshold": threshold}))
    at = upload(view(app, "photo"), portrait)
    assert headlines(at)[0].startswith("#### Not sure") is not sure
    assert at.dataframe[0].value["sure"].tolist() == [sure]


def test_a_photo_taken_away_is_forgotten(app, run, portrait):
    at = upload(view(app, "photo"), portrait)
    assert len(at.session_state["_uploaded_photos"]) == 1
    assert len(at.session_state["_answers_and_maps"]) == 2
    at.file_uploader[0].clear().run()
    assert at.session_state["_uploaded_photos"] == {}
    assert "_answers_and_maps" not in at.session_state


def test_maps_are_made_once(app, run, portrait, monkeypatch):
    from pages.ui import answer_card

    made: list[int] = []
    explain_all = answer_card.explain_all
    monkeypatch.setattr(
        answer_card, "explain_all", lambda model, faces, **kw: made.append(len(faces)) or explain_all(model, faces, **kw)
    )
    at = upload(view(app, "photo"), portrait)
    at.slider("explain_strength").set_value(20).run()
    assert made == [1]
    at.selectbox("explain_layer").select("early").run()
    assert made == [1, 1]


def test_the_photo_view_says_what_the_run_was_trained_on(app, run):
    assert "was trained on Small and knows only what is in it." in words(view(app, "photo"))


def test_strength_decides_how_much_of_the_face_is_covered(app, run):
    at = view(app, "sample")
    plain, covered = (image.value for image in at.image)
    assert plain != covered
    at.slider("explain_strength").set_value(0).run()
    # Pictures are served under the hash of their pixels.
    assert [image.value for image in at.image] == [plain, plain]
