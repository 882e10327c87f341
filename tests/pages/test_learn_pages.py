"""The Learn views, opened through the frame."""

import numpy as np
import pytest
from views import button, checked, view, words

from fer_core.lesson.feature_maps import STAGES, StageMaps
from pages.learn.parts import feature_maps
from pages.learn.parts import words as lesson_words

pytestmark = pytest.mark.usefixtures("no_bundled_run")


class TestMobileNet:
    def test_every_stage_and_what_slides_print(self, app, started_workspace):
        at = checked(view(app, "learn/explore"))
        assert [metric.value for metric in at.metric] == ["3,233,989", "568 million", "7×7×1,024", "1,024"]
        table = at.dataframe[0].value
        assert table["stage"].tolist() == ["Stem", *(f"Block {n}" for n in range(1, 14)), "Pooling", "Head"]
        assert table["mac_share"].sum() == pytest.approx(100)
        assert "**Do your slides say 56×56×64 to 7×7×512?**" in words(at)
        assert not [line for line in words(at).split() if line.startswith("{")]

    def test_follows_the_settings(self, app, small_dataset):
        at = checked(view(app, "learn/explore"))
        at.slider("network_size").set_value(96)
        at.toggle("network_stride").set_value(False)
        at.get("button_group")[0].set_value(0.25).run()
        assert [metric.value for metric in at.metric][2:] == ["6×6×256", "256"]
        at.selectbox("network_stage").select("head").run()
        # 256 features and a bias for each of five classes.
        assert "1,285 parameters" in words(at)

    def test_a_face_inside(self, app, started_workspace, monkeypatch):
        asked = []

        def looked(model, face):
            asked.append((model, face.shape))
            plane = np.zeros((2, 1, 1), np.float32)
            kernels = np.ones((2, 3, 3), np.float32)
            return [StageMaps(name, np.array([0, 1]), plane, kernels, plane, np.array([4, 5]), 64, 0.25) for name in STAGES]

        monkeypatch.setattr(feature_maps, "_imagenet", lambda size, last_stride: (size, last_stride))
        monkeypatch.setattr(feature_maps, "feature_maps", looked)
        at = checked(view(app, "learn/explore"))
        assert not asked
        at.toggle("network_look").set_value(True).run()
        assert not at.exception
        assert asked == [((224, True), (48, 48))]
        assert "There is no data set, so this face is drawn." in words(at)
        drawn = [part.proto.body for part in at.get("html")]
        assert any("Block 13: 1×1, 2 of 64 channels, 25% of the channels silent" in part for part in drawn)


class TestConvolution:
    def test_every_step_follows_the_slider(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Convolution"))
        assert "added up: 21 + 23 + 0 = **44**" in words(at)
        assert "**9 products**: 1·(−1) + 1·0 + 8·1 + 1·(−1) + 1·0 + 8·1 + 1·(−1) + 1·0 + 8·1 = **21**" in words(at)
        assert "**3 products**: 21·1 + 23·1 + 4·0 = **44**" in words(at)
        assert "**Both ways come to the same numbers**" in words(at)
        at.slider("convolution_position").set_value(1).run()
        assert "added up: 0 + 23 + 0 = **23**" in words(at)
        assert "**864 products** the standard way, **432 + 96 = 528** the separable way" in words(at)

    def test_an_edited_kernel_may_be_beyond_a_separable_pair(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Convolution"))
        at.toggle("convolution_follows").set_value(False).run()
        kernels = at.session_state["convolution_kernels"]
        kernels["standard"][0, 0, 2, 1] = 7
        kernels["standard"][0, 0, 2, 0] = 7
        at.run()
        assert not at.exception
        assert "**No depthwise and pointwise pair can do what these standard kernels do**" in words(at)
        button(at, "As at first").click().run()
        assert "**Both ways come to the same numbers**" in words(at)

    def test_cost_of_a_block_and_of_own_numbers(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Convolution"))
        assert "11.3% of the work, **8.8 times less**" in words(at)
        assert "569 million multiply-adds" in words(at).replace("\n", " ")
        at.number_input("cost_outputs").set_value(1)
        at.run()
        assert at.selectbox("cost_block").value == "own"
        assert "costs **1.11 times as much**" in words(at)
        at.selectbox("cost_block").select("block_1").run()
        assert at.number_input("cost_side").value == 112
        at.number_input("cost_inputs").set_value(2048)
        at.number_input("cost_outputs").set_value(2048).run()
        assert button(at, "Measure on this machine").disabled


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("Known", "A formula {N} and 7."),
        ("Unknown", "*There are no words here; write them under the heading “## Unknown” in pages/learn/words/mine.md.*"),
    ],
)
def test_words_are_files_that_a_lecturer_edits(tmp_path, monkeypatch, part, shown):
    monkeypatch.setattr(lesson_words, "FOLDER", tmp_path)
    missing = "*The words for this view cannot be read; put them into pages/learn/words/mine.md.*"
    assert lesson_words.words("mine", part) == missing
    (tmp_path / "mine.md").write_text("Notes.\n\n## Known\n\nA formula {N} and {seven}.\n\n## Next\n\nMore.\n")
    assert lesson_words.words("mine", part, seven="7") == shown
