"""What is shown of a source before it is imported."""

from pathlib import Path

import pytest
from dataset_sources import archive, left_behind, png, tree

from fer_core.datasets.codings import choose
from fer_core.datasets.survey import look
from fer_core.photos.frame import FER, Frame


def numbered(low: int, high: int, size: int = 48) -> dict[str, bytes]:
    return {f"train/{n}/{k}.png": png(100 * n + k, size) for n in range(low, high + 1) for k in range(7)}


@pytest.mark.parametrize(
    ("files", "coding", "numbers", "first", "stored", "frame"),
    [
        (numbered(1, 7), "", tuple(range(1, 8)), "rafdb", 7, FER),
        (numbered(0, 7, 96), "", tuple(range(8)), "affectnet", 8, Frame(96)),
        (numbered(1, 7), "rafdb", (), None, 7, FER),
        ({"happy/1.png": png(1), "sad/1.png": png(2)}, "", (), None, 2, FER),
        ({"happy/1.png": png(1, 100), "sad/1.png": b"no picture"}, "", (), None, 1, Frame(96)),
    ],
)
def test_look(
    workspace: Path, tmp_path: Path, files: dict, coding: str, numbers: tuple, first: str | None, stored: int, frame: Frame
) -> None:
    survey = look(archive(tmp_path / "x.zip", files), choose(coding))
    assert survey.numbers == numbers
    assert (survey.codings[0].name if survey.codings else None) == first
    assert all(len(label.faces) == min(label.n, 5) for label in survey.labels if label.written != "sad")
    assert (len(survey.stored), survey.frame) == (stored, frame)
    assert all(face.fitted(frame).shape == frame.shape for face in survey.stored)
    assert survey.asks is bool(numbers or frame != FER)
    assert left_behind(workspace) == []


def test_the_number_that_a_layout_does_not_have_asks_for_all(tmp_path: Path) -> None:
    pixels = " ".join(["7"] * 2304)
    source = tree(tmp_path, {"a.csv": f"emotion,pixels\n0,{pixels}\n7,{pixels}\n".encode()}) / "a.csv"
    survey = look(source)
    assert survey.numbers == (0, 7)
    assert [(label.written, label.n, label.name, len(label.faces)) for label in survey.labels] == [
        ("0", 1, "angry", 1),
        ("7", 1, "", 1),
    ]
    assert [coding.name for coding in survey.codings] == ["affectnet", "ckplus", "ckextended", "ferplus", "affwild2"]
