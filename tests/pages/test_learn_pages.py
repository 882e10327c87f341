"""The Learn views, opened through the frame."""

import numpy as np
import pytest
from scipy.signal import correlate2d
from views import button, checked, component, view, words

from fer_core.datasets.synthetic import draw_face
from fer_core.lesson.kernels import KERNELS, small_face
from fer_core.models.inference import model_forward
from fer_core.predictor import load_predictor
from fer_core.runs import BUNDLED, open_run
from pages.learn.parts import words as lesson_words


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
        at.segmented_control("network_alpha").set_value(0.25).run()
        assert [metric.value for metric in at.metric][2:] == ["6×6×256", "256"]
        at.selectbox("network_stage").select("head").run()
        # 256 features and a bias for each of five classes.
        assert "1,285 parameters" in words(at)

    def test_a_face_travels_through_the_run_that_ships(self, app, started_workspace):
        at = checked(view(app, "learn/explore"))
        assert "There is no data set, so this face is drawn." in words(at)
        assert "48×48 places in 32 channels become 6×6 places in 1,024 channels" in words(at)
        data = component(at, "travel")
        stops = data["stops"]
        assert [stop["short"] for stop in stops] == ["Face", "S", *map(str, range(1, 14)), "P", "H"]
        assert all(stop["title"] and stop["shape"] and stop["words"] for stop in stops)
        assert all(alt for stop in stops[:-1] for _, alt in stop["pictures"])
        predictor = load_predictor(open_run(BUNDLED))
        face = draw_face(0, "happy", 1.0, size=48)
        logits = model_forward(predictor.model)(face[None])
        shares = predictor.probabilities(logits)[0]
        assert [row[0] for row in stops[-1]["rows"]] == [name.capitalize() for name in predictor.classes]
        assert [row[2] for row in stops[-1]["rows"]] == pytest.approx(logits[0].tolist(), abs=1e-3)
        assert [row[3] for row in stops[-1]["rows"]] == pytest.approx(shares.tolist(), abs=1e-4)
        best = predictor.classes[int(shares.argmax())].capitalize()
        assert f"answer **{best}, {shares.max():.0%}**" in words(at)
        assert data["label"] == f"A face travels through the 14 stages of MobileNet, and answers {best}"
        drawn = [part.proto.body for part in at.get("html")]
        assert any("Block 13: 6×6, 8 of 1,024 channels" in part for part in drawn)

    def test_before_training_there_is_no_answer(self, app, small_dataset):
        at = view(app, "learn/explore")
        at.get("button_group")[0].set_value("imagenet").run()
        assert "it has no answer" in words(checked(at))
        assert component(at, "travel")["stops"][-1]["short"] == "P"


class TestConvolution:
    def test_a_kernel_moves_over_the_face(self, app, small_dataset):
        at = checked(view(app, "learn/explore#Convolution"))
        face = small_face(np.asarray(small_dataset.images[small_dataset.samples["label"].eq("happy").to_numpy().argmax()]))
        for kernel in KERNELS:
            at.get("button_group")[0].set_value(kernel.name).run()
            data = component(at, "kernel")
            assert data["picture"] == face.tolist()
            assert np.allclose(data["map"], correlate2d(face.astype(float), kernel.array, mode="valid"))
            assert data["label"] == f"The kernel {kernel.name} moves over a face"
            assert f"it finds {kernel.finds}" in words(at)

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
