"""The demo to take home: one HTML file with all that a browser needs, in which no name from outside is more than text."""

import gzip
import json
import re
import shutil
import subprocess
from base64 import b64decode

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets.writing import write_dataset
from fer_core.errors import RunError
from fer_core.exporting import demo, making
from fer_core.exporting.scripts import STATIC, bundled
from fer_core.runs.config import preset_config
from fer_core.runs.records import About, Calibration, Status, Training

NASTY = '</script><img src="x" onerror="alert(1)">'
CLASSES = ("angry", "disgust", NASTY, "happy", "neutral")


@pytest.fixture
def run(workspace, tiny_model):
    """A run with names from outside, on a data set of 60 random faces."""
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"label": [CLASSES[number % 5] for number in range(60)], "split": ["train", "test"] * 30})
    faces = (draw.integers(0, 256, (60, 1, 1)) * draw.random((60, 48, 48))).astype(np.uint8)
    data = write_dataset("Noise", faces, rows, classes=CLASSES, kind="folders", source="noise")
    made = runs.create(preset_config("Noise", "frozen"))
    made.write(Training(dataset="Noise", fingerprint=data.meta.fingerprint, classes=CLASSES))
    made.write(Calibration(temperature=2.0, threshold=0.9, flip=True))
    made.write(About(name=f"Run {NASTY}"))
    made.write(Status(state="finished"))
    made.model_file.write_bytes(tiny_model)
    return made


def held(content: str, key: str) -> str:
    found = re.findall(f'<script type="[^"]+" id="{re.escape(key)}">(.*?)</script>', content, re.DOTALL)
    assert len(found) == 1
    return found[0]


def test_the_command_writes_one_file_with_everything_in_it(run, tmp_path, capsys):
    file = tmp_path / "demo.html"
    assert cli.main(["export", run.id, "--format", "html", "--out", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    content = file.read_text(encoding="utf-8")
    assert said["bytes"] == file.stat().st_size
    assert (said["format"], said["mirror_image"]) == ("html", "averaged, as the run does")
    # In floats file and run are the same network.
    assert (said["check"]["n"], said["check"]["agreement"], said["check"]["agreement_with_mirror"]) == (30, 1.0, None)
    assert making.read_description(file)["check"] == said["check"]
    told = json.loads(held(content, "told"))
    assert [entry["name"] for entry in told["about"]["classes"]] == list(CLASSES)
    assert all(sheet.startswith("data:image/webp;base64,") for sheet in told["drawn"]["sheets"])
    network = gzip.decompress(b64decode(held(content, "network")))
    assert onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"]).get_outputs()[1].name == "maps"
    assert gzip.decompress(b64decode(held(content, "wasm")))[:4] == b"\0asm"
    assert "Limits of use" in content
    assert "Article 5(1)(f)" in content


def test_nothing_in_it_is_fetched_and_no_name_is_markup(run):
    content = demo.document(run, b"network", {"classes": list(CLASSES)}).decode()
    # Outside of scripts, whose text a browser takes as it is, nothing has an address but the sign and the card below.
    page = re.sub(r"<script[^>]*>.*?</script>", "", content, flags=re.DOTALL)
    assert re.findall(r"(?:src|href|action)=\"([^\"]+)\"", page) == ["#card"]
    assert "<img" not in page
    assert "<!-- scene.html -->" not in page
    assert page.count('<canvas class="stage"') == 1
    assert "&lt;/script&gt;&lt;img" in page
    assert "connect-src 'none'" in page
    assert content.count("</script>") == content.count("<script ")
    assert demo.read_description(content) == {"classes": list(CLASSES)}


def test_a_demo_of_an_app_without_cameras_has_none(run, monkeypatch):
    monkeypatch.setenv("FER_CAMERA", "off")
    assert json.loads(held(demo.document(run, b"network", {}).decode(), "told"))["camera"] is False


def test_faces_that_a_browser_does_not_crop_are_refused(run, tmp_path, capsys):
    run.write(Training(dataset="Noise", fingerprint="0", classes=CLASSES, size=96, colour="rgb"))
    assert cli.main(["export", run.id, "--format", "html", "--out", str(tmp_path / "demo.html")]) == 2
    assert "A browser crops faces to 48x48 grey" in capsys.readouterr().err
    assert list(tmp_path.glob("demo*")) == []
    with pytest.raises(RunError):
        demo.network_file(run)


@pytest.mark.parametrize("entry", ["demo.mjs", "worker.mjs"])
def test_modules_become_one_script(entry, tmp_path):
    script = bundled(STATIC / "live" / entry)
    assert re.findall(r"^(?:import|export) .*", script, re.MULTILINE) == []
    assert "import.meta" not in script
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to read scripts")
    file = tmp_path / "script.cjs"
    file.write_text(script, encoding="utf-8")
    subprocess.run([node, "--check", file], check=True, capture_output=True)


def test_names_that_are_changed_on_their_way_are_kept(tmp_path):
    (tmp_path / "a.mjs").write_text(
        "// a\nexport const ONE = 1;\nexport async function two() { return 2; }\nexport class Three {}\n"
    )
    (tmp_path / "b.mjs").write_text("var x=7;export{x as seven,x as default};")
    (tmp_path / "c.mjs").write_text(
        "import { ONE as first,\n  two } from './a.mjs';\nimport * as b from './b.mjs';\nconsole.log(first);\n"
    )
    script = bundled(tmp_path / "c.mjs")
    assert "return {ONE, two, Three};" in script
    assert "return {seven: x};" in script
    assert "const { ONE: first,\n  two } = module_0;" in script
    assert "const b = module_1;" in script
