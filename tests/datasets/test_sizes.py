"""Data sets of any size and colour: what an import chooses, what it keeps, and what comes back from an export."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.datasets import harvest, store
from fer_core.datasets.exporting import export_dataset
from fer_core.datasets.importer import import_source
from fer_core.datasets.signature import NEAR_DISTANCE, hamming
from fer_core.datasets.synthetic import draw_face
from fer_core.errors import InputError

TINT = np.array([1.0, 0.8, 0.6])


def face(seed: int, size: int, *, coloured: bool) -> np.ndarray:
    """A drawn face, (size, size) or (size, size, 3) RGB uint8."""
    grey = draw_face(seed, ("happy", "fear")[seed % 2], 1.0, size=size)
    return np.rint(grey[..., None] * TINT).astype(np.uint8) if coloured else grey


def folder(root: Path, pictures: list[tuple[int, bool]]) -> Path:
    """Class folders with a PNG for each (size, coloured)."""
    for seed, (size, coloured) in enumerate(pictures):
        path = root / f"train/{('happy', 'fear')[seed % 2]}/{seed:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        made = face(seed, size, coloured=coloured)
        cv2.imwrite(str(path), made[..., ::-1] if coloured else made)
    return root


@pytest.mark.parametrize(
    ("pictures", "given", "shape", "enlarged"),
    [
        ([(48, False)] * 6, {}, (48, 48), 0),
        ([(112, True)] * 6, {}, (112, 112, 3), 0),
        ([(120, True)] * 9 + [(50, True)], {}, (112, 112, 3), 1),
        ([(120, True)] * 8 + [(50, True)] * 2, {}, (48, 48, 3), 0),
        ([(300, False)] * 4, {}, (224, 224), 0),
        ([(20, False)] * 4, {}, (48, 48), 4),
        ([(64, True)] * 3 + [(64, False)] * 3, {}, (64, 64), 0),
        ([(64, True)] * 4 + [(64, False)] * 2, {}, (64, 64, 3), 0),
        ([(100, True)] * 4, {"size": 100}, (100, 100, 3), 0),
        ([(100, True)] * 4, {"colour": "grey"}, (96, 96), 0),
        ([(100, False)] * 4, {"size": 224, "colour": "rgb"}, (224, 224, 3), 4),
    ],
)
def test_size_and_colour(
    workspace: Path, tmp_path: Path, pictures: list, given: dict, shape: tuple[int, ...], enlarged: int
) -> None:
    report = import_source(folder(tmp_path / "x", pictures), "Mine", **given)
    dataset = store.open_dataset("Mine")
    assert dataset.images.shape == (len(pictures), *shape)
    assert dataset.meta.frame.shape == shape
    assert (report.size, report.colour) == (shape[0], "rgb" if len(shape) == 3 else "grey")
    assert report.enlarged == dataset.meta.enlarged == enlarged
    assert dataset.meta.mean_face("happy").shape == (min(64, shape[0]), min(64, shape[0]), *shape[2:])
    said = " ".join(dataset.meta.decisions)
    assert (f"{enlarged:,} were smaller and are enlarged" in said) is (enlarged > 0)
    assert ("Faces are stored as" in said) is (shape != (48, 48))


def test_faces_that_fit_keep_their_pixels(workspace: Path, tmp_path: Path) -> None:
    import_source(folder(tmp_path / "x", [(112, True)] * 4), "Mine")
    dataset = store.open_dataset("Mine")
    for row in dataset.samples.itertuples():
        np.testing.assert_array_equal(dataset.images[row.id], face(int(Path(row.file).stem), 112, coloured=True))


@pytest.mark.parametrize("size", [47, 225])
def test_a_size_out_of_range_is_refused_before_anything_is_read(workspace: Path, size: int) -> None:
    with pytest.raises(InputError, match=f"48 to 224 pixels a side; got {size}"):
        import_source(Path("/nowhere"), "Mine", size=size)


@pytest.mark.parametrize("pictures", [[(112, True)] * 6, [(130, True)] * 5 + [(60, False)]])
def test_many_faces_pass_through_a_file_and_are_the_same(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: list
) -> None:
    source = folder(tmp_path / "x", pictures)
    import_source(source, "Memory", size=112)
    monkeypatch.setattr(harvest, "_IN_MEMORY", 50_000)
    monkeypatch.setattr(harvest, "_AT_ONCE", 2)
    import_source(source, "File", size=112)
    first, second = store.open_dataset("Memory"), store.open_dataset("File")
    assert first.meta.fingerprint == second.meta.fingerprint
    assert not list((workspace / "datasets").glob("tmp*"))


@pytest.mark.parametrize("ending", [".zip", ".parquet"])
@pytest.mark.parametrize("size", [100, 224])
def test_an_export_comes_back_the_same(workspace: Path, tmp_path: Path, ending: str, size: int) -> None:
    import_source(folder(tmp_path / "x", [(size, True)] * 5), "Mine", size=size)
    made = export_dataset("Mine", tmp_path / f"mine{ending}")
    assert made.card.origin.frame.words == f"{size}x{size} RGB"
    import_source(made.path, "Again")
    first, again = store.open_dataset("Mine"), store.open_dataset("Again")
    assert again.meta.fingerprint == first.meta.fingerprint
    assert again.meta.frame == first.meta.frame
    assert again.samples["label"].tolist() == first.samples["label"].tolist()


def test_a_picture_is_recognised_in_another_size_and_colour(workspace: Path, tmp_path: Path) -> None:
    source = folder(tmp_path / "x", [(112, True)] * 6)
    import_source(source, "Fine")
    import_source(source, "Coarse", size=48, colour="grey")
    fine, coarse = (store.open_dataset(name).samples for name in ("Fine", "Coarse"))
    assert not fine["hash"].isin(coarse["hash"]).any()
    apart = hamming(fine["signature"].to_numpy(), coarse["signature"].to_numpy())
    assert apart.max() <= NEAR_DISTANCE
    assert np.abs(fine["brightness"] - coarse["brightness"]).max() < 1


def test_chosen_faces_are_read_and_converted_part_by_part(workspace: Path, tmp_path: Path) -> None:
    import_source(folder(tmp_path / "x", [(96, True)] * 6), "Mine")
    dataset = store.open_dataset("Mine")
    faces = dataset.faces(np.array([4, 1, 5]), dataset.meta.frame)
    assert (len(faces), faces.nbytes) == (3, 3 * 96 * 96 * 3)
    np.testing.assert_array_equal(faces[1:], dataset.images[[1, 5]])
    np.testing.assert_array_equal(faces[np.array([2, 0])], dataset.images[[5, 4]])
