"""The page Can it be believed?, opened through the frame with a network that is a few lines of numpy."""

import pytest
from views import press, view, words

from fer_core.runs import Run

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture
def run(looking_run: Run) -> Run:
    return looking_run


def test_faithfulness(app, run):
    at = view(app, "explain/faithfulness")
    assert len(at.get("plotly_chart")) == 2
    assert words(at).count("Area under the curve") == 2
    at.session_state["faithful_check"] = "Many faces"
    at = press(at.run(), "Compare 20 maps with random maps")
    assert "faces they are better" in words(at)
    assert "of 20 faces" in words(at)
    # Twenty are too many for the five test faces of a class.
    at.selectbox("face_class").select("angry").run()
    assert "Compare 5 maps with random maps" in [button.label for button in at.button]
    at.selectbox("face_class").select("all").run()
    at.session_state["faithful_check"] = "Random weights"
    at = press(at.run(), "Make the weights random")
    assert len(at.get("plotly_chart")) == 1
    assert "n = 8, with 95% intervals over 8 faces" in words(at)


@pytest.mark.parametrize(
    ("check", "button"),
    [
        ("One face", ""),
        ("Many faces", "Compare 20 maps with random maps"),
        ("Random weights", "Make the weights random"),
    ],
)
def test_what_was_weighed_is_kept_and_can_be_made_anew(app, run, check, button):
    at = view(app, "explain/faithfulness")
    at.session_state["faithful_check"] = check
    before = set() if check == "One face" else set((run.own / "explanations").iterdir())
    at = press(at.run(), button) if button else at.run()
    charts = len(at.get("plotly_chart"))
    assert charts
    later = view(app, "explain/faithfulness")
    later.session_state["faithful_check"] = check
    later.run()
    assert button not in [one.label for one in later.button]
    assert len(later.get("plotly_chart")) == charts
    (file,) = set((run.own / "explanations").iterdir()) - before
    file.unlink()
    press(later, "Make it anew")
    assert file.is_file()
    assert len(later.get("plotly_chart")) == charts
