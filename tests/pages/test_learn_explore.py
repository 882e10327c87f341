"""The page Explore, opened through the frame."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate2d
from streamlit.testing.v1 import AppTest
from views import button, checked, component, html, show, view, words

from fer_core.datasets.synthetic import draw_face
from fer_core.evaluation import suspects
from fer_core.labels import FIVE
from fer_core.lesson import shift
from fer_core.lesson.kernels import KERNELS, small_face
from fer_core.lesson.quiz import draw, draw_synthetic
from fer_core.models.inference import model_forward
from fer_core.predictor import load_predictor
from fer_core.runs import BUNDLED, open_run
from fer_core.settings import ASSETS
from fer_core.studies import records
from pages.learn.parts import neighbours, quiz_board
from pages.learn.parts import quiz as quiz_part
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


@pytest.fixture(autouse=True)
def no_recorded_comparison(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(records, "RECORDED", tmp_path / "none.json")
    monkeypatch.setattr(shift, "RECORDED", tmp_path / "none.json")


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


@pytest.mark.usefixtures("no_bundled_run")
class TestTransfer:
    def test_without_a_data_set(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Transfer"))
        assert "- 13 look for light and dark,\n- 8 look for colour,\n- 11 see nothing" in words(at)
        assert "**A filter for colour**" in words(at)
        at.number_input("filter_chosen").set_value(1).run()
        assert "**This filter sees nothing**" in words(at)
        assert metrics(at) == {"Trainable": "1,598,981", "Stages trained": "2 of 14", "One epoch, about": "–"}
        at.select_slider("freeze_place_mobilenet").set_value("head").run()
        assert metrics(checked(at))["Trainable"] == "5,125"
        assert "There is no comparison yet." in words(at)
        at.toggle("neighbours_look").set_value(True).run()
        assert "There is no data set yet." in words(checked(at))

    def test_neighbours_of_kept_features(self, app, small_dataset, monkeypatch, tmp_path):
        at = checked(view(app, "learn/explore#Transfer"))
        assert "faces, copies too" in next(metric.delta for metric in at.metric if metric.label == "One epoch, about")
        monkeypatch.setattr(neighbours, "features_file", lambda data: tmp_path / "features.npy")
        at.toggle("neighbours_look").set_value(True).run()
        assert any(button.label == "Compute the features" for button in at.button)
        # Each class has a direction of its own, so that all neighbours are of the class.
        places = [FIVE.index(label) for label in small_dataset.samples["label"]]
        made = np.eye(5, dtype=np.float16)[places]
        (tmp_path / "features.npy").touch()
        monkeypatch.setattr(neighbours, "kept_features", lambda data, file: made)
        at.run()
        shown = words(checked(at))
        assert "**6 of 6** are labelled Happy" in shown
        # 4 of disgust have only three neighbours of their class, the fourth and fifth are others: 0.96 + 0.04 * 0.6.
        assert "**98.4%** have the same label" in shown
        assert "faces drawn at random would give 26.7%" in shown


@pytest.mark.usefixtures("no_bundled_run")
class TestQuiz:
    def test_two_rounds_of_drawn_faces(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Data"))
        labels = draw_synthetic(1)[1]
        assert "There is no data set, so these faces are drawn." in words(at)
        assert "Face 1 of 10, to be guessed" in html(at)
        for label in labels:
            assert f'alt="Face 1: label {label}' not in html(at)
            at.button(f"quiz-answer-{label}").click().run()
        assert metrics(checked(at)) == {"Class and label": "100%"}
        assert [part.delta for part in at.metric] == ["72% to 100%, n = 10, few"]
        at.button("quiz-again").click().run()
        assert "Face 1 of 10, to be guessed" in html(at)
        at.button("quiz-answer-happy").click().run()
        assert "Face 2 of 10, to be guessed" in html(at)
        at.button("quiz-back").click().run()
        assert "Face 1 of 10, to be guessed" in html(at)
        quiz_board.hand_in(quiz_board.key("drawn", 1), (*labels[:5], *["happy"] * 5))
        at.button("quiz-see").click().run()
        found = metrics(checked(at))
        assert found["Class and label"] == f"{(15 + labels[5:].count('happy')) / 20:.0%}"
        assert found["Class with itself"].startswith("κ 0.")
        quiz_board.clear()
        at.run()
        assert "No answers have been handed in" in words(checked(at))

    def test_a_second_press_is_no_second_answer(self, app, started_workspace, monkeypatch):
        """Two presses of one button come from one face: what the browser sent for it twice is taken once."""
        at = checked(view(app, "learn/explore#Data"))
        asked, take = {}, quiz_part._take

        def twice(quiz, name, place):
            take(quiz, name, place)
            take(quiz, name, place)
            asked["quiz"] = quiz

        monkeypatch.setattr(quiz_part, "_take", twice)
        at.run()
        for number in range(2, 11):
            at.button("quiz-answer-happy").click().run()
            assert f"Face {number} of 10, to be guessed" in html(at)
        at.button("quiz-answer-happy").click().run()
        assert quiz_board.rounds(asked["quiz"].key) == (("happy",) * 10,)
        at.button("quiz-again").click().run()
        assert "Face 1 of 10, to be guessed" in html(at)

    def test_a_reload_keeps_the_answers(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Data"))
        for name in ("happy", "fear"):
            at.button(f"quiz-answer-{name}").click().run()
        kept = at.query_params[quiz_part.ADDRESS]
        for given, face in ((kept, 3), ([kept[0].replace("-", "-9")], 1), ([kept[0][::-1]], 1)):
            again = view(app)
            again.query_params[quiz_part.ADDRESS] = given
            assert f"Face {face} of 10, to be guessed" in html(checked(show(again, "learn/explore#Data")))

    def test_a_run_beside_the_class(self, app, small_dataset, make_run):
        run = make_run(small_dataset, name="With a model", state="finished", model=True)
        voted = small_dataset.samples.assign(**{f"votes_{name}": np.int8(3 * (name == "neutral")) for name in FIVE})
        for name in FIVE:
            voted.loc[voted["label"] == name, f"votes_{name}"] += 7
        voted.to_parquet(small_dataset.path / "samples.parquet")
        # A data set is written once; this one is another of the same name and time.
        quiz_part._rows.clear()
        quiz_board.hand_in(quiz_board.key(small_dataset.meta.fingerprint, 1), ("angry",) * 10)
        at = checked(view(app, "learn/explore#Data"))
        at.button("quiz-see").click().run()
        found = metrics(checked(at))
        asked = draw(small_dataset.samples, FIVE, 1)
        answers = run.predictions(small_dataset.meta.fingerprint, "test").set_index("sample").loc[asked["id"]]
        called_angry = int((answers["logit_angry"] > 1).sum())
        assert 2 <= called_angry <= 4  # two are labelled so, and up to two faces of fear are called so
        assert found["Class and label"] == "20%"
        assert found["Class and run"] == f"{called_angry / 10:.0%}"
        assert found["Run and label"] == f"{(12 - called_angry) / 10:.0%}"
        # Seven of ten votes for eight faces, ten for the two that are neutral.
        assert found["FER+ and label"] == "76%"
        assert "Neutral 10" in at.dataframe[0].value["votes"].tolist()
        quiz_board.clear()


@pytest.mark.usefixtures("no_bundled_run")
def test_from_accuracy_to_macro_f1(app, small_dataset, make_run):
    make_run(small_dataset, name="With a model", state="finished", model=True)
    at = checked(view(app, "learn/explore#Data"))
    # 25 test faces: 2 of 4 faces of fear are called angry; happy is the most frequent class with 10.
    assert metrics(at)["Accuracy"] == "92.0%"
    assert metrics(at)["Always the most frequent class"] == "40.0%"
    assert "Of 25 faces 10 are Happy, only 1 are Disgust." in words(at)
    at.slider("imbalance_place").set_value(100).run()
    # F1 of 10/12 for angry and 4/6 for fear, 1 for the others; the constant answer has 20/35 for one class of five.
    assert metrics(checked(at))["Macro F1"] == "90.0%"
    assert metrics(at)["Always the most frequent class"] == "11.4%"


@pytest.mark.usefixtures("no_bundled_run")
class TestLimits:
    def test_without_anything(self, app, started_workspace):
        at = checked(view(app, "learn/explore#Limits"))
        shown = words(at)
        for part in (
            "**Judge nobody by this.**",
            "Article 5(1)(f) prohibits",
            "There is no run that could be tested",
            "no data set",
        ):
            assert part in shown
        assert "*There are no words here" not in shown

    def test_a_run_at_home_and_what_is_not_known(self, app, small_dataset, make_run, monkeypatch):
        make_run(small_dataset, name="With a model", state="finished", model=True)
        monkeypatch.setattr(suspects, "kept_file", lambda data: small_dataset.path / "none.parquet")
        at = checked(view(app, "learn/explore#Limits"))
        assert "**With a model**, trained on photographs" in words(at)
        table = at.dataframe[0].value
        assert table["accuracy"].tolist() == [92.0]
        assert table["baseline"].tolist() == [40.0]
        assert not any(button.label == "Let it answer" for button in at.button)
        assert "have not been looked for yet" in words(at)

    @pytest.mark.parametrize("damaged", [False, True])
    def test_recorded_cells_where_there_are_no_runs(self, app, started_workspace, monkeypatch, tmp_path, damaged):
        file = tmp_path / "shift.json"
        whole = (ASSETS / "domain_shift.json").read_bytes()
        file.write_bytes(whole[:500] if damaged else whole)
        monkeypatch.setattr(shift, "RECORDED", file)
        at = checked(view(app, "learn/explore#Limits"))
        assert ("Trained on photographs, a run goes from" in words(at)) is not damaged
        assert ("The same with runs of this workspace" in words(at)) is not damaged
        assert ("Recorded" in words(at)) is not damaged
        assert "There is no run that could be tested" in words(at)
