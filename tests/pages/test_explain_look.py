"""The page Where it looks, opened through the frame, with a tiny network that really answers."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import button, checked, component, show, view, words

from fer_core import runs
from fer_core.explain.methods import METHODS, Method
from fer_core.labels import FIVE
from fer_core.runs import Run
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status
from pages.explain.parts import method_maps

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


def maps(at: AppTest) -> list[str]:
    """Names of the methods whose cards are drawn."""
    cards = next(block.proto.body for block in at.get("html") if "fer-methods" in block.proto.body)
    return [part.split("</h4>")[0] for part in cards.split("<h4>")[1:]]


def test_one_face(app, run, monkeypatch):
    at = checked(view(app, "explain/look#All methods"))
    assert maps(at) == ["Grad-CAM", "Grad-CAM++", "Layer-CAM", "SmoothGrad", "Integrated gradients"]

    made: list[tuple[str, int, int | None]] = []
    explain = method_maps.explain_faces

    def watched(predictor, faces, **how):
        made.append((how["method"], *how["targets"].tolist(), how["against"]))
        return explain(predictor, faces, **how)

    monkeypatch.setattr(method_maps, "explain_faces", watched)
    at.button_group("methods").set_value(["occlusion", "gradcam"])
    at.selectbox("explain_target").select("happy")
    checked(at.selectbox("explain_against").select("neutral").run())
    # The order is that of the methods; the slow one is made last. Happy is class 3, neutral class 4.
    assert maps(at) == ["Grad-CAM", "Occlusion"]
    assert made == [("gradcam", 3, 4), ("occlusion", 3, 4)]
    checked(at.slider("explain_strength").set_value(20).run())
    assert len(made) == 2
    # The class that is explained is not offered to be compared with itself.
    assert "Happy" not in at.selectbox("explain_against").options


def test_while_a_run_trains_the_view_opens_with_one_map(app, run):
    training = runs.create(preset_config("Small"))
    assert training.status().state == "queued"
    at = checked(view(app, "explain/look#All methods"))
    assert maps(at) == ["Grad-CAM"]
    training.write(Status(state="finished"))
    assert maps(checked(at.run())) == ["Grad-CAM"]


def test_a_face_is_chosen_by_its_picture(app, run, small_dataset):
    at = checked(view(app, "explain/look#All methods"))
    assert component(at, "close_pick_grid")["cells"].count("<img") == 12
    assert [field.label for field in at.number_input] == ["Page of 3", "Faces"]
    at.session_state["close_pick"] = 5
    # The classes come by turns: the sixth face is the second angry one.
    test = small_dataset.split("test")
    sample = int(test.loc[test["label"] == "angry", "id"].iloc[1])
    assert any(text.value.startswith(f"Sample {sample} ") for text in checked(at.run()).caption)


def test_many_faces(app, run, small_dataset):
    at = checked(view(app, "explain/look#All methods"))
    at.selectbox("many_label").select("fear")
    checked(at.selectbox("many_question").select("contrast").run())
    checked(button(at, "Make 2 maps").click().run())
    assert "Grad-CAM, why this answer and not the label: 2 faces of Small, test, class fear, any answer" in [
        text.value.strip("*") for text in at.markdown
    ]
    made = at.session_state["_many_maps"]
    test = small_dataset.split("test")
    assert made.rows["id"].tolist() == test[test["label"] == "fear"]["id"].tolist()[::2]
    np.testing.assert_array_equal(made.faces, small_dataset.images[made.rows["id"].to_numpy()])
    # Angry is class 0, fear class 2.
    assert [(one.target, one.against) for one in made.explanations] == [(0, 2)] * 2
    assert {button.label for button in at.get("download_button")} >= {"These maps (PNG)", "These maps as numbers (NPZ)"}


def test_cells_need_stored_answers(app, run):
    at = checked(view(app, "explain/look#All methods"))
    checked(at.selectbox("many_split").select("train").run())
    assert any("has not answered the train split yet" in text.value for text in at.markdown)
    assert not [button for button in at.button if button.label.startswith("Make ")]


def test_a_new_method_is_offered_and_drawn(app, run, monkeypatch):
    def lower_half(model, face, weights):
        evidence = np.zeros(face.shape, np.float32)
        evidence[24:] = 1
        return evidence

    row = Method(
        name="dummy",
        title="Lower half",
        description="Always the lower half.",
        function=lower_half,
        closed_form=None,
        on_layer=False,
        together=False,
        needs_gradients=False,
        seconds=0.01,
        channels=None,
    )
    monkeypatch.setitem(METHODS, "dummy", row)
    at = checked(view(app, "explain/look#All methods"))
    assert at.button_group("methods").options[-1] == "Lower half"
    assert maps(at)[-1] == "Lower half"
    assert at.selectbox("many_method").options[-1] == "Lower half"
    cards = next(block.proto.body for block in at.get("html") if "fer-methods" in block.proto.body)
    assert "<p>Always the lower half.</p>" in cards
    checks = show(at, "explain/faithfulness")
    assert checked(checks).selectbox("close_method").options[-1] == "Lower half"
