"""What it takes to add a method: one row and one function."""

import numpy as np
import pytest

from fer_core.cli import main
from fer_core.errors import InputError
from fer_core.explain import methods
from fer_core.explain.methods import METHODS, Method
from fer_core.settings import PROJECT

PORTRAIT = PROJECT / "tests" / "fixtures" / "astronaut.jpg"


def lower_half(model, face, weights):
    evidence = np.zeros(face.shape, np.float32)
    evidence[24:] = 1
    return evidence


ROW = {
    "name": "dummy",
    "title": "Lower half",
    "description": "Always the lower half.",
    "function": lower_half,
    "closed_form": None,
    "on_layer": False,
    "together": False,
    "needs_gradients": False,
    "seconds": 0.01,
    "channels": None,
}


def test_the_command_line_knows_a_new_method(monkeypatch, workspace, tmp_path, capsys) -> None:
    monkeypatch.setitem(METHODS, "dummy", Method(**ROW))
    words = ["explain", str(PORTRAIT), "--model", "bundled", "--method", "dummy", "--target", "fear"]
    assert main([*words, "--save-map", str(tmp_path / "map.npy"), "--out", str(tmp_path / "face.png")]) == 0
    assert capsys.readouterr().out == f"dummy for fear on the pixels: {tmp_path / 'face.png'}\n"
    np.testing.assert_array_equal(np.load(tmp_path / "map.npy"), np.repeat([0, 1], 24)[:, None] * np.ones(48))
    with pytest.raises(SystemExit):
        main(["explain", "--help"])
    assert "dummy" in capsys.readouterr().out


@pytest.mark.parametrize("field", list(ROW))
def test_a_row_has_every_field(field) -> None:
    with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{field}'"):
        Method(**{name: value for name, value in ROW.items() if name != field})


@pytest.mark.parametrize("name", ["tea-leaves", "", "dummy"])
def test_an_unknown_method_is_refused(name) -> None:
    allowed = "gradcam, gradcam++, layercam, scorecam, smoothgrad, integrated-gradients, occlusion"
    with pytest.raises(InputError) as error:
        methods.find_method(name)
    assert str(error.value) == f"The method must be one of {allowed}; got '{name}'."
