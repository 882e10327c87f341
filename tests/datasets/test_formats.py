"""The table of layouts: one row and one reader are all that a layout needs."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from dataset_sources import face, tree

from fer_core import cli
from fer_core.datasets import formats, store
from fer_core.datasets.codings import CODINGS
from fer_core.datasets.formats import FORMATS, Format
from fer_core.datasets.images import Loaded
from fer_core.datasets.source import Listing, Record, Source

ROW = {
    "name": "dummy",
    "title": "Dummies",
    "looks": "a file named faces.dummy",
    "recognise": lambda listing: bool(listing.ending(".dummy")),
    "read": lambda listing: read_dummy(listing),
    "coding": "",
    "licence": "",
    "link": "",
}


def read_dummy(listing: Listing) -> Source:
    """Ten faces, half of them happy and half sad."""
    records = (Record("happy" if n % 2 else "sad", "", f"face {n}", lambda n=n: Loaded(face(n), 48, 48)) for n in range(10))
    return Source("dummy", listing.files.name, records, listing.position)


def test_a_layout_is_one_row_and_one_reader(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(formats, "FORMATS", (Format(**ROW), *FORMATS))
    source = tree(tmp_path / "x", {"faces.dummy": b""})
    assert cli.main(["import", str(source), "--name", "Mine", "--classes", "all", "--json"]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["classes"]["train"] == {"happy": 4, "sad": 4}
    assert "Read as: Dummies." in output.err
    assert store.open_dataset("Mine").meta.kind == "dummy"
    with pytest.raises(SystemExit):
        cli.main(["import", "--formats"])
    assert capsys.readouterr().out.splitlines()[0] == "Dummies: a file named faces.dummy"


@pytest.mark.parametrize("forgotten", [field.name for field in fields(Format)])
def test_a_forgotten_field_is_an_error(forgotten: str) -> None:
    with pytest.raises(TypeError, match=forgotten):
        Format(**{key: value for key, value in ROW.items() if key != forgotten})


def test_the_table_is_sound() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    assert all(one.coding in ("", *CODINGS) for one in FORMATS)
    assert all(one.title and one.looks for one in FORMATS)
    assert all(one.link.startswith(("https://", "http://")) for one in FORMATS if one.licence), (
        "a licence is read where it stands"
    )
