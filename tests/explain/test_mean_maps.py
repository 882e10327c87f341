"""Mean maps of cells whose maps are known, their shares, and what is kept of them."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import InputError
from fer_core.explain import mean_maps
from fer_core.explain.mean_maps import MeanMapRequest, cell_shares, chosen_faces, make_mean_maps, mean_face, shares_by_class
from fer_core.explain.regions import REGIONS, region_masks
from fer_core.explain.saliency import Explanation
from fer_core.runs import Run
from fer_core.runs.records import Training

CLASSES = ("fear", "happy", "neutral")
ANSWERS = pd.DataFrame(
    {
        "sample": [0, 1, 2, 3, 4, 5, 6],
        "label": ["fear", "fear", "happy", "happy", "fear", "sad", "fear"],
        "predicted": ["neutral", "neutral", "happy", "happy", "fear", "happy", "neutral"],
    }
)
REQUEST = MeanMapRequest(split="test", method="gradcam", layer="late", faces=2)
MOUTH, EYES = (region_masks()[REGIONS.index(name)].astype(np.float32) for name in ("mouth", "eyes"))


def explain(faces: np.ndarray, targets: np.ndarray) -> list[Explanation]:
    """Evidence for neutral lies in the mouth of faces of even number and in the eyes of odd ones; for happy there is none."""
    maps = [
        np.zeros_like(MOUTH) if target == 1 else EYES if face[0, 0] % 2 else MOUTH
        for face, target in zip(faces, targets, strict=True)
    ]
    return [
        Explanation(saliency=heat, layer="late", target=int(target), method="gradcam", size=(6, 6), empty=not heat.any())
        for heat, target in zip(maps, targets, strict=True)
    ]


@pytest.fixture
def made():
    images = np.repeat(np.arange(7, dtype=np.uint8), 48 * 48).reshape(7, 48, 48)
    said: list[float] = []
    result = make_mean_maps(images, ANSWERS, CLASSES, explain, REQUEST, progress=lambda share, text: said.append(share))
    assert said == [1.0]
    return result


def test_at_most_so_many_faces_of_a_cell():
    rows = chosen_faces(ANSWERS, CLASSES, REQUEST)
    assert rows.groupby(["true", "answered"]).size().to_dict() == {(0, 0): 1, (0, 2): 2, (1, 1): 2}
    assert set(rows["sample"]) <= {0, 1, 2, 3, 4, 6}
    with pytest.raises(InputError, match="a class that this run knows"):
        chosen_faces(ANSWERS, ("angry",), REQUEST)


def test_cells(made):
    assert made.counts.tolist() == [[1, 0, 3], [0, 2, 0], [0, 0, 0]]
    # Happy's maps are empty, so none was averaged.
    assert made.used.tolist() == [[1, 0, 2], [0, 0, 0], [0, 0, 0]]
    odd = sum(sample % 2 for sample in made.cell(0, 2))
    assert made.maps[0, 2] == pytest.approx((odd * EYES + (2 - odd) * MOUTH) / 2)
    assert made.maps[0, 0] == pytest.approx(MOUTH)
    assert not made.maps[1, 1].any()


def test_where_the_evidence_lies(made):
    eyes = sum(sample % 2 for sample in made.cell(0, 2)) / 2
    table = shares_by_class(made, CLASSES)
    assert table["class"].unique().tolist() == ["fear", "neutral"]
    shares = table.set_index(["class", "region"])["share"]
    assert shares["neutral"].to_dict() == pytest.approx({"brows": 0, "eyes": eyes, "nose": 0, "mouth": 1 - eyes, "rest": 0})
    # By the true class: fear answered fear counts 1 (mouth), fear answered neutral 3, though only 2 of them were explained.
    by_label = shares_by_class(made, CLASSES, of="true").set_index(["class", "region"])["share"]
    assert by_label["fear", "eyes"] == pytest.approx(3 / 4 * eyes)
    assert cell_shares(made, 0, 2)["share"].sum() == pytest.approx(1)
    assert cell_shares(made, 2, 2).empty


def test_mean_face():
    images = np.stack([np.full((48, 48), value, np.uint8) for value in (10, 20, 200)])
    assert (mean_face(images, np.array([0, 1])) == 15).all()
    with pytest.raises(InputError, match="at least one face"):
        mean_face(images, np.array([], np.int64))


def test_what_is_kept(workspace, made):
    run = Run(id="kept", path=workspace / "kept", own=workspace / "kept")
    run.path.mkdir(parents=True)
    run.model_file.write_bytes(b"network")
    run.write(
        Training(dataset="Any", fingerprint="print", classes=CLASSES, counts={}, weights="imagenet", parameters=1, phases=[])
    )
    data = SimpleNamespace(meta=SimpleNamespace(fingerprint="print", n=7))
    assert mean_maps.kept_mean_maps(run, data, REQUEST) is None
    mean_maps.keep_mean_maps(run, data, REQUEST, made)
    kept = mean_maps.kept_mean_maps(run, data, REQUEST)
    assert kept is not None
    assert kept.samples.tolist() == made.samples.tolist()
    assert mean_maps.kept_mean_maps(run, data, REQUEST.model_copy(update={"method": "layercam"})) is None
    file = next((run.own / "explanations").iterdir())
    file.write_bytes(file.read_bytes()[:100])
    assert mean_maps.kept_mean_maps(run, data, REQUEST) is None
    # Maps of another number of classes are not of this run.
    mean_maps.keep_mean_maps(run, data, REQUEST, dataclasses.replace(made, maps=made.maps[:2, :2]))
    assert mean_maps.kept_mean_maps(run, data, REQUEST) is None
