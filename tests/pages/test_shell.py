import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from views import show, view

from fer_core import numbers
from fer_core.datasets import prepared, store
from fer_core.datasets.store import Dataset
from fer_core.errors import DatasetError
from fer_core.labels import FIVE
from fer_core.runs import Run
from pages.data.parts import sample_order
from pages.parts import menu
from pages.ui import faces, navigation, work

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "pages"
SECTIONS = ("data", "train", "evaluate", "explain", "try_it", "learn")
OURS = [
    ("home", "Home"),
    ("data/overview", "Overview"),
    ("data/faces", "Faces"),
    ("data/overview#Mean faces", "Overview"),
    ("data/import_export", "Import and export"),
]


def write_other(name: str) -> Dataset:
    images = np.random.default_rng(1).integers(0, 255, (6, 48, 48)).astype(np.uint8)
    rows = pd.DataFrame({"label": ["happy", "angry"] * 3, "split": ["train"] * 4 + ["test"] * 2})
    return store.write_dataset(name, images, rows, classes=("angry", "happy"), kind="folders", source=name)


@pytest.mark.parametrize(("place", "title"), OURS)
def test_view_without_anything(app, started_workspace, place, title):
    test = view(app, place)
    assert not test.exception
    assert test.title[0].value == title


@pytest.mark.parametrize(("place", "title"), OURS)
def test_view_with_data(app, finished_run, place, title):
    test = view(app, place)
    assert not test.exception
    assert not test.error
    assert test.title[0].value == title


def test_every_page_is_in_the_menu_once_and_its_tabs_are_those_it_draws():
    listed = navigation.pages()
    assert len(listed) <= 22
    scripts = {"home.py", *(f"{section}/{path.name}" for section in SECTIONS for path in (PAGES / section).glob("*.py"))}
    assert sorted(page.path for page in listed) == sorted(scripts)
    for page in listed:
        drawn = re.findall(r'^        "(.+)": \w+\.show,$', (PAGES / page.path).read_text(), re.M)
        assert tuple(drawn) == page.tabs, page.path


@pytest.mark.parametrize("address", sorted(menu.MOVED))
def test_an_address_of_before_leads_to_a_page_and_tab_that_exist(address):
    page, tab = menu.MOVED[address]
    assert f"{page.removesuffix('.py')}{'#' if tab else ''}{tab}" in navigation.places()


def test_views_import_no_tensorflow(tmp_path):
    script = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.environ["FER_WORKSPACE"] = {str(tmp_path)!r}
from fer_core.datasets import synthetic
synthetic.create_synthetic("Drawn", 60, 0)
from streamlit.testing.v1 import AppTest
test = AppTest.from_file({str(ROOT / "pages" / "frame.py")!r}, default_timeout=60).run()
for view in {[view.partition("#")[0] + ".py" for view, _ in OURS]!r}:
    test.switch_page(view).run()
    assert not test.exception and not test.error, view
assert "Drawn" in test.selectbox[0].value
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("False")


class TestPickers:
    def test_defaults_and_address(self, app, small_dataset, make_run):
        write_other("Other")
        older = make_run(small_dataset, name="older", state="finished", model=True)
        make_run(small_dataset, name="newer, no model", state="failed")
        test = view(app)
        assert test.selectbox[0].value == "Other"
        assert test.selectbox[1].value == older.id
        assert test.query_params["dataset"] == "Other"
        assert test.query_params["run"] == older.id

    def test_choice_is_kept_on_another_page(self, app, small_dataset):
        write_other("Other")
        test = view(app)
        test.selectbox[0].select("Small").run()
        assert test.query_params["dataset"] == "Small"
        show(test, "data/overview")
        assert test.selectbox[0].value == "Small"
        assert test.query_params["dataset"] == "Small"

    def test_address_wins_at_the_start(self, app, small_dataset):
        write_other("Other")
        test = view(app, dataset="Small")
        assert test.selectbox[0].value == "Small"
        assert not test.toast

    def test_what_is_gone_falls_back_with_a_note(self, app, small_dataset):
        test = AppTest.from_file(app, default_timeout=60)
        test.query_params["dataset"] = "Gone"
        test.run()
        assert test.selectbox[0].value == "Small"
        assert test.toast[0].value == "Data set 'Gone' is not there any more; 'Small' is shown instead."

    def test_new_and_deleted_sets_appear_without_restart(self, app, small_dataset):
        test = view(app)
        assert test.selectbox[0].options == ["Small"]
        write_other("Other")
        assert test.run().selectbox[0].options == ["Other", "Small"]
        assert test.selectbox[0].value == "Small"
        store.delete_dataset("Small")
        assert test.run().selectbox[0].value == "Other"
        assert test.query_params["dataset"] == "Other"

    def test_nothing_to_choose(self, app, started_workspace):
        test = view(app)
        assert next(box.disabled for box in test.selectbox)
        assert test.selectbox[0].value == "There is no data set yet."


class TestFirstStart:
    @pytest.fixture
    def made(self, monkeypatch):
        calls = []

        def create():
            calls.append("Synthetic faces")
            return write_other("Synthetic faces")

        monkeypatch.setattr(prepared, "create_prepared", create)
        return calls

    def test_makes_synthetic_faces_once(self, app, workspace, made):
        test = view(app)
        assert made == ["Synthetic faces"]
        assert test.title[0].value == "Home", "the view stands at once"
        assert test.selectbox[0].value == "Synthetic faces"
        store.delete_dataset("Synthetic faces")
        test.run()
        assert len(made) == 1
        assert store.dataset_names() == []

    def test_not_when_there_is_a_data_set(self, app, small_dataset, made):
        view(app)
        assert made == []

    def test_failure_is_one_sentence_and_the_app_stays_usable(self, app, workspace, monkeypatch):
        def fail():
            raise DatasetError("The disk is full.")

        monkeypatch.setattr(prepared, "create_prepared", fail)
        test = view(app)
        assert [error.value for error in test.error] == ["The disk is full."]
        test.run()
        assert not test.error
        assert test.title[0].value == "Home"

    def test_can_be_asked_for_again(self, app, started_workspace, made):
        test = view(app, "data/overview")
        assert made == []
        test.button(key="first-start-again").click().run()
        assert made == ["Synthetic faces"]
        assert test.metric[0].value == "6"


class TestErrorBoundary:
    @pytest.mark.parametrize(
        ("error", "shown"),
        [
            ('InputError("Say what to import.")', "Say what to import."),
            ('ZeroDivisionError("secret detail")', "Something unexpected went wrong in this view;"),
        ],
    )
    def test_one_sentence(self, error, shown, caplog):
        test = AppTest.from_string(
            "import streamlit as st\n"
            "from fer_core.errors import InputError\n"
            "from pages.ui.boundary import error_boundary\n"
            f"with error_boundary():\n    raise {error}\n"
            "st.write('never')\n"
        ).run()
        assert not test.exception
        assert len(test.error) == 1
        assert test.error[0].value.startswith(shown)
        assert "secret" not in test.error[0].value
        assert not test.markdown
        assert ("secret detail" in caplog.text) == ("secret" in error)

    def test_damaged_data_set(self, app, small_dataset):
        (small_dataset.path / "samples.parquet").write_bytes(b"nonsense")
        test = view(app, "data/faces")
        assert not test.exception
        assert len(test.error) == 1
        assert "damaged" in test.error[0].value


class TestFaceGrid:
    def test_escapes_and_names(self):
        test = AppTest.from_string(
            "import numpy as np\n"
            "from pages.ui.faces import Caption, face_grid\n"
            "face_grid(np.zeros((1, 48, 48), 'uint8'), [Caption(label='happy', answer='fear', detail='<b>&\"x')], numbers=True)\n"
        ).run()
        body = test.get("html")[0].proto.body
        assert "<b>" not in body
        assert "&lt;b&gt;&amp;&quot;x" in body
        assert "background:#E69F00" in body
        assert "background:#CC79A7" in body
        assert 'alt="Face 1: happy, answered fear,' in body

    @pytest.mark.parametrize("shape", [(48, 48), (20, 30, 3)])
    def test_png_uri_keeps_the_pixels(self, shape):
        import base64

        import cv2

        image = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
        data = base64.b64decode(faces.png_uri(image).removeprefix("data:image/png;base64,"))
        back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(back if back.ndim == 2 else back[..., ::-1], image)

    def test_picker(self):
        test = AppTest.from_string(
            "import numpy as np\n"
            "import streamlit as st\n"
            "from pages.ui.faces import Caption, face_picker\n"
            "st.write('chosen', face_picker(np.zeros((3, 48, 48), 'uint8'), [Caption(label='happy')] * 3, key='pick'))\n"
        ).run()
        assert test.markdown[0].value == "chosen `0`"
        test.session_state["pick"] = 2
        assert test.run().markdown[0].value == "chosen `2`"


class TestProgress:
    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (1230, "20 min"), (3600, "1 h"), (3900, "1 h 5 m")],
    )
    def test_duration(self, seconds, shown):
        assert numbers.duration(seconds) == shown

    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [
            (0, "some seconds"),
            (10, "some seconds"),
            (11, "about 20 s"),
            (60, "about 1 min"),
            (61, "about 2 min"),
            (716, "about 15 min"),
            (3299, "about 55 min"),
            (3301, "about 1 h"),
            (9000, "about 3 h"),
        ],
    )
    def test_estimates_are_rounded(self, seconds, shown):
        assert numbers.roughly(seconds) == shown

    @pytest.mark.parametrize(
        ("share", "text", "seconds", "shown"),
        [
            (0.0, "", 0.0, "Importing, 0%"),
            (0.25, "Reading", 10.0, "Reading, 25%, about 30 s left"),
            (0.25, "", 0.5, "Importing, 25%"),
            (1.0, "Writing", 10.0, "Writing, 100%"),
        ],
    )
    def test_sentence(self, share, text, seconds, shown):
        assert work.sentence("Importing", share, text, seconds) == shown

    def test_work_reports_and_ends(self):
        started = work.start_work("test", "Counting", lambda report: report(2.0, "over") or 7)
        while not started.done:
            pass
        assert (started.share, started.text, started.result) == (1.0, "over", 7)
        assert work.start_work("test", "Again", lambda report: 8) is started
        work.collect_work("test")
        assert work.current_work("test") is None


SAMPLES = pd.DataFrame(
    {
        "id": [0, 1, 2, 3],
        "label": ["happy", "angry", "happy", "fear"],
        "split": ["train", "train", "test", "test"],
        "file": ["b/X_1.png", "a/x_2.png", "c/y.png", "d/(z).png"],
        "brightness": [10.0, 40.0, 20.0, 30.0],
        "contrast": [1.0, 2.0, 3.0, 4.0],
        "sharpness": [4.0, 3.0, 2.0, 1.0],
    }
)


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({}, [0, 3, 1, 2]),
        ({"order": "Stored order"}, [0, 1, 2, 3]),
        ({"split": "test"}, [3, 2]),
        ({"label": "happy"}, [0, 2]),
        ({"split": "test", "label": "happy"}, [2]),
        ({"text": "x_"}, [0, 1]),
        ({"text": "(z"}, [3]),
        ({"text": "nowhere"}, []),
        ({"order": "File name"}, [1, 0, 2, 3]),
        ({"order": "Darkest first"}, [0, 2, 3, 1]),
        ({"order": "Brightest first"}, [1, 3, 2, 0]),
    ],
)
def test_matching(choice, ids):
    assert sample_order.matching(SAMPLES, **choice)["id"].tolist() == ids


def test_orders_need_their_column():
    assert "Weakest expression first" not in sample_order.orders(SAMPLES)
    assert "Weakest expression first" in sample_order.orders(SAMPLES.assign(intensity=0.5))


def test_fixture_run_answers_as_it_says(finished_run: Run, small_dataset: Dataset):
    test = finished_run.predictions(small_dataset.meta.fingerprint, "test")
    logits = test[[f"logit_{label}" for label in FIVE]].to_numpy()
    answers = [FIVE[index] for index in logits.argmax(axis=1)]
    wrong = [(label, answer) for label, answer in zip(test["label"], answers, strict=True) if label != answer]
    assert wrong == [("fear", "angry"), ("fear", "angry")]
