"""The view that lays the methods side by side, opened through the frame, with a tiny network that really answers."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import button, checked, show, view

from fer_core import runs
from fer_core.explain.methods import METHODS, Method
from fer_core.runs.config import preset_config
from fer_core.runs.records import Status
from pages.explain.parts import method_maps

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def run(answering_run):
    """Ended, with a network; 2 of its 25 stored answers on the test split are wrong: fear called angry."""
    return answering_run


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


def test_a_face_is_found_by_its_number(app, run, small_dataset):
    at = checked(view(app, "explain/look#All methods"))
    sample = int(small_dataset.split("validation")["id"].iloc[3])
    checked(at.number_input("method_sample").set_value(sample).run())
    assert at.selectbox("face_split").value == "validation"
    assert at.number_input("method_face").value == 14
    assert any(text.value.startswith(f"Sample {sample} ") for text in at.caption)


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
