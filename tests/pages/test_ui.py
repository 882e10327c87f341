"""What the views share: faces, charts, long work, loaders, the error boundary."""

import ast
import gc
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from views import view

from fer_core.figures import theme
from pages.ui import chart, faces, loaders, work


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


ROOT = Path(__file__).resolve().parents[2]


CALLS = [
    (f"{path.relative_to(ROOT)}:{node.lineno}", node)
    for path in sorted((ROOT / "pages").rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call)
]


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_charts_are_drawn_by_one_call() -> None:
    places = [place.split(":")[0] for place, node in CALLS if called(node) == "plotly_chart"]
    assert places == ["pages/ui/chart.py"]


def test_every_chart_is_described_in_words_of_its_own() -> None:
    described = [
        ast.unparse(keyword.value)
        for _, node in CALLS
        if called(node) == "chart"
        for keyword in node.keywords
        if keyword.arg == "alt"
    ]
    assert len(described) > 40
    assert all(len(words.split()) >= 2 for words in described), "a name alone is no description"


@pytest.mark.parametrize(
    ("placeholder", "replaced"), [(theme.INK, "currentColor"), (theme.PAPER, "light-dark(#FFFFFF,#11161D)")], ids=["ink", "paper"]
)
def test_the_style_sheet_replaces_the_placeholders(placeholder: str, replaced: str) -> None:
    red, green, blue = (int(placeholder[start : start + 2], 16) for start in (1, 3, 5))
    for name in ("fill", "stroke"):
        rule = f'.stPlotlyChart [style*="{name}: rgb({red}, {green}, {blue})"]{{{name}:{replaced}!important}}'
        assert re.sub(r"\s+(?=[{}])", "", rule) in chart.STYLE


@pytest.mark.parametrize(("more", "freezes"), [(0, 1), (5, 1), (200, 2)])
def test_what_is_loaded_is_spared_once_and_again_when_much_has_come(monkeypatch, more, freezes):
    calls = []
    monkeypatch.setattr(loaders, "_spared", 0)
    monkeypatch.setattr(gc, "freeze", lambda: calls.append(1))
    loaders.spare_modules()
    for number in range(more):
        monkeypatch.setitem(sys.modules, f"made_up_{number}", ModuleType("made_up"))
    loaders.spare_modules()
    loaders.spare_modules()
    assert len(calls) == freezes
