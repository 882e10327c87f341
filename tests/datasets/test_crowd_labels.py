"""The crowd's favourite as the label: who is taken, who is left out, and that it is counted."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_sources import face, png, tree

from fer_core import cli
from fer_core.datasets import store
from fer_core.datasets.crowd import favourite
from fer_core.datasets.importer import import_source
from fer_core.errors import ImportRefusedError

NAMES = ("neutral", "happiness", "contempt", "unknown", "NF")


@pytest.mark.parametrize(
    ("votes", "label", "reason"),
    [
        ((6, 4, 0, 0, 0), "neutral", ""),
        ((0, 9, 0, 1, 0), "happy", ""),
        ((0, 0, 6, 2, 2), "contempt", ""),
        ((5, 5, 0, 0, 0), "", "the most votes are shared"),
        ((4, 0, 0, 4, 0), "", "unknown or no face has at least as many votes as any class"),
        ((4, 0, 0, 1, 5), "", "unknown or no face has at least as many votes as any class"),
        ((3, 2, 0, 2, 2), "neutral", ""),
        ((0, 0, 0, 0, 0), "", "no votes"),
    ],
)
def test_favourite(votes: tuple[int, ...], label: str, reason: str) -> None:
    assert favourite(NAMES, votes) == (label, reason)


VOTES = [(6, 4, 0, 0), (0, 9, 1, 0), (5, 5, 0, 0), (3, 0, 4, 3), (0, 8, 0, 2), (9, 0, 1, 0)]
LABELS = [3, 3, 6, 0, 3, 6]


def table_and_votes(folder: Path) -> tuple[Path, Path]:
    rows = "".join(f"{label},{' '.join(map(str, face(number).ravel()))},Training\n" for number, label in enumerate(LABELS))
    votes = "".join(f"Training;fer{number:07}.png;{';'.join(map(str, cast))}\n" for number, cast in enumerate(VOTES))
    tree(folder, {"fer2013.csv": f"emotion,pixels,Usage\n{rows}".encode()})
    tree(folder, {"new.csv": f"Usage;Image name;neutral;happiness;unknown;NF\n{votes}".encode()})
    return folder / "fer2013.csv", folder / "new.csv"


def test_votes_beside_a_table(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source, votes = table_and_votes(tmp_path)
    words = ["import", str(source), "--votes", str(votes), "--labels", "crowd", "--name", "Mine", "--classes", "all"]
    assert cli.main(words) == 0
    assert (
        "2 faces were left out (1: the most votes are shared; 1: unknown or no face has at least as many votes as any class)"
        in capsys.readouterr().out
    )
    samples = store.open_dataset("Mine").samples
    assert list(samples["label"]) == ["neutral", "happy", "happy", "neutral"]
    assert list(samples["source_label"]) == ["happy", "happy", "happy", "neutral"]
    assert list(samples["votes_happy"]) == [4, 9, 8, 0]
    np.testing.assert_array_equal(store.open_dataset("Mine").images[2], face(4))


def test_votes_in_a_parquet_file(workspace: Path, tmp_path: Path) -> None:
    columns = {
        f"votes_{name}": [cast[place] for cast in VOTES] for place, name in enumerate(("neutral", "happy", "unknown", "nf"))
    }
    cells = {"image": [png(number) for number in range(6)], "label": [str(label) for label in LABELS], **columns}
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    import_source(tmp_path / "a.parquet", "Mine", classes=None, labels="crowd")
    assert list(store.open_dataset("Mine").samples["label"]) == ["neutral", "happy", "happy", "neutral"]


def test_without_votes_there_is_no_crowd(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="has no annotators' votes"):
        import_source(tree(tmp_path / "x", {"happy/1.png": png(1), "sad/1.png": png(2)}), "Mine", labels="crowd")
