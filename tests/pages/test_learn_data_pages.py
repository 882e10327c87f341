"""Transfer, Data and Limits, opened through the frame."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import checked, html, show, view, words

from fer_core.evaluation import suspects
from fer_core.labels import FIVE
from fer_core.lesson import shift
from fer_core.lesson.quiz import draw, draw_synthetic
from fer_core.settings import ASSETS
from fer_core.studies import records
from pages.learn.parts import neighbours, quiz_board
from pages.learn.parts import quiz as quiz_part

pytestmark = pytest.mark.usefixtures("no_bundled_run")


@pytest.fixture(autouse=True)
def no_recorded_comparison(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(records, "RECORDED", tmp_path / "none.json")
    monkeypatch.setattr(shift, "RECORDED", tmp_path / "none.json")


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


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
