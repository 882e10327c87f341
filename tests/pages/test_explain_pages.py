"""The view of a sample, opened through the frame, with a tiny network that really answers."""

import pytest
from streamlit.testing.v1 import AppTest
from views import button, show, view, words

from fer_core.labels import FIVE
from fer_core.runs import Run

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def run(answering_run: Run) -> Run:
    """Ended, with a network; 2 of its 25 stored answers on the test split are wrong: fear called angry."""
    return answering_run


def headlines(at: AppTest) -> list[str]:
    return [part.value for part in at.markdown if part.value.startswith("####") and "Face" not in part.value]


def pictures(at: AppTest) -> list[str]:
    return [caption for image in at.image for caption in image.captions if caption]


def test_sample_of_a_damaged_model(app, run):
    run.model_file.write_bytes(b"not a model")
    assert [error.value for error in view(app, "explain/look").error] == [
        "The model file model.keras cannot be read; train the run again or choose another one."
    ]


def test_sample(app, run):
    at = view(app, "explain/look")
    assert len(headlines(at)) == 1
    assert pictures(at)[0] == "What the network gets"
    assert pictures(at)[1].startswith("Evidence for ")
    assert len(at.get("plotly_chart")) == 1
    assert at.selectbox("explain_layer").options == ["12×12 · late", "24×24 · early"]
    assert [button.label for button in at.get("download_button")] == ["Overlay (PNG)"]


@pytest.mark.parametrize("target", FIVE)
def test_sample_evidence_for_any_class(app, run, target):
    at = view(app, "explain/look")
    at.selectbox("explain_target").select(target).run()
    assert not at.exception
    assert pictures(at)[1] == f"Evidence for {target}"


def test_an_empty_map_is_said(app, run):
    at = view(app, "explain/look")
    # The tiny network's weights for disgust are negative and all its features positive.
    at.selectbox("explain_target").select("disgust").run()
    assert "The map is empty: at this layer nothing in the face speaks for disgust." in words(at)


def faces_to_choose(at: AppTest) -> int:
    return at.get("bidi_component")[0].proto.json.count("data-place")


def test_sample_filters(app, run):
    at = view(app, "explain/look")
    at.selectbox("face_class").select("fear").run()
    assert "Page of 1" in [number.label for number in at.number_input]
    assert faces_to_choose(at) == 4
    at.toggle("face_wrong").set_value(True).run()
    assert faces_to_choose(at) == 2
    at.selectbox("face_class").select("happy").run()
    assert "No face matches this filter." in words(at)


def test_mistakes_only_needs_predictions(app, run):
    at = view(app, "explain/look")
    assert not at.toggle("face_wrong").disabled
    at.selectbox("face_split").select("train").run()
    assert at.toggle("face_wrong").disabled


def test_random_face_is_in_the_filtered_pages(app, run, monkeypatch):
    monkeypatch.setattr("random.randrange", lambda total: total - 1)
    at = view(app, "explain/look")
    button(at, "Random face").click().run()
    # 25 test faces, 22 a page: the last one is the third of page 2.
    assert at.number_input("face_page").value == 2
    assert at.session_state["face_pick"] == 2
    assert not at.exception


def test_strength_decides_how_much_of_the_face_is_covered(app, run):
    at = view(app, "explain/look")
    plain, covered = (image.value for image in at.image)
    assert plain != covered
    at.slider("explain_strength").set_value(0).run()
    # Pictures are served under the hash of their pixels.
    assert [image.value for image in at.image] == [plain, plain]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("explain/look", "Labelled"),
        ("explain/look#All methods", "Sample {} ("),
        ("try_it/disturb", "Sample {} of Small"),
    ],
)
def test_a_face_chosen_elsewhere_is_shown(app, run, small_dataset, place, shown):
    sample = int(small_dataset.split("validation")["id"].iloc[3])
    at = AppTest.from_file(app, default_timeout=120).run()
    at.session_state["face"] = ("Small", sample)
    at = show(at, place)
    assert not at.exception
    drawn = words(at) + "".join(str(element.proto.body) for element in at.get("html"))
    assert shown.format(sample) in drawn
    if place == "explain/look":
        assert (at.selectbox("face_split").value, at.session_state["face_pick"]) == ("validation", 13)


def test_a_face_picked_on_one_view_is_the_one_that_the_next_view_shows(app, run, small_dataset):
    at = view(app, "explain/look")
    at.session_state["face_pick"] = 5
    at = show(at.run(), "try_it/disturb")
    # The classes come by turns: the sixth face is the second angry one.
    test = small_dataset.split("test")
    sample = int(test.loc[test["label"] == "angry", "id"].iloc[1])
    assert f"Sample {sample} of Small" in "".join(str(element.proto.body) for element in at.get("html"))


def test_the_drawer_leaves_a_page_whose_tab_stands_in_the_address(app, run, small_dataset):
    sample = int(small_dataset.split("validation")["id"].iloc[3])
    at = show(AppTest.from_file(app, default_timeout=120).run(), "evaluate/errors#Mistakes")
    at.session_state["_open_face"] = ("Small", sample)
    at = at.run()
    at = at.button("drawer-Disturb").click().run()
    assert not at.exception
    assert f"Sample {sample} of Small" in "".join(str(element.proto.body) for element in at.get("html"))
