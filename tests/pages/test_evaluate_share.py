"""The page Share, opened through the frame: report, and export, whose files are tested in tests/exporting."""

import json
import shutil
import zipfile

import pytest
from views import view, words

from fer_core.errors import RunError
from fer_core.exporting.formats import ENTRY
from pages.evaluate.parts import export_form

pytestmark = pytest.mark.usefixtures("no_bundled_run")


def test_report(app, run, small_dataset):
    at = view(app, "evaluate/share")
    text = words(at)
    assert "# Model card: Finished run" in text
    assert [expander.label for expander in at.expander] == ["The whole card, with every setting"]
    assert at.get("bidi_component")[0].proto.json.count("<svg") == 4
    assert (at.metric[0].label, at.metric[0].value) == ("Accuracy on test", "92.0%")
    assert "| Accuracy, test | 92.0% | 75.0% to 97.8% | 25 | 40.0% |" in text
    assert [button.proto.label.split(" (")[0] for button in at.get("download_button")] == ["HTML, one file", "Markdown"]
    shutil.rmtree(small_dataset.path)
    (small_dataset.path.parent.parent / ".first-start").touch()
    at = at.toggle[0].set_value(True).run()
    assert "need the data set 'Small'" in words(at)


CHECK = {
    "n": 25,
    "source": "Small, test split",
    "largest": 0.12,
    "mean": 0.013,
    "agreement": 0.92,
    "agreement_ci95": [0.75, 0.98],
    "agreement_with_mirror": 0.88,
    "tolerance": "",
}


def test_a_file_is_made_shown_with_its_check_and_deleted(app, run, monkeypatch, workspace):
    asked = []

    def write(made, kind, path, *, dataset, progress):
        asked.append((made.id, kind.name, dataset))
        progress(0.5, "Asking run and file the same faces")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(ENTRY, json.dumps({"check": CHECK, "quantised_with": "Small, train split"}))

    monkeypatch.setattr(export_form, "export_run", write)
    at = view(app, "evaluate/share#Export")
    said = words(at)
    assert "no probability may differ from the run's by more than 0.001" in said
    assert "Small (what the run was trained on)" in at.selectbox("export-model-faces").options
    assert "temperature 1.50" in said
    assert "**the file does not**" in said
    assert f"python -m fer_core export {run.id} --format keras --out {run.id}.keras" in said
    at.radio("export-model-kind").set_value("html").run()
    assert "It asks nothing of any address" in words(at)
    assert f"python -m fer_core export {run.id} --format html --out {run.id}.html" in words(at)
    at.radio("export-model-kind").set_value("tflite-int8").run()
    assert "at least 85% of the faces must get the run's class" in words(at)
    assert "from ai_edge_litert.interpreter import Interpreter" in words(at)
    at.button("export-model-go").click().run()
    assert asked == [(run.id, "tflite-int8", None)]
    assert [(metric.label, metric.value) for metric in at.metric] == [
        ("Same class", "92.0%"),
        ("Mean difference", "0.01"),
        ("Largest difference", "0.1"),
    ]
    assert "8-bit numbers were set with faces of Small, train split" in words(at)
    made = workspace / "exports" / f"{run.id}-int8.tflite"
    assert made.is_file()
    at.button(f"remove-{made.name}").click().run()
    assert not made.exists()


def test_a_refused_file_is_a_sentence(app, run, monkeypatch):
    def refuse(*_, **__):
        raise RunError("The Keras file answers too differently; nothing was written, choose another format.")

    monkeypatch.setattr(export_form, "export_run", refuse)
    at = view(app, "evaluate/share#Export")
    at.button("export-model-go").click().run()
    assert [error.value for error in at.error] == [
        "The Keras file answers too differently; nothing was written, choose another format."
    ]


def test_without_the_data_set_synthetic_faces_are_named(app, run, workspace):
    run.write(run.training().model_copy(update={"dataset": "Gone"}))
    faces = view(app, "evaluate/share#Export").selectbox("export-model-faces")
    assert faces.options[0] == "Synthetic faces, drawn now (Gone is not here)"
