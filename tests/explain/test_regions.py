"""Regions of the face: where the landmarks fall, and shares that are known by hand."""

import numpy as np
import pytest

from fer_core.errors import InputError
from fer_core.explain.regions import REGIONS, area_shares, evidence_shares, region_masks


@pytest.mark.parametrize(
    ("x", "y", "region"),
    [
        *[(15, 19, "eyes"), (33, 19, "eyes"), (15, 12, "brows"), (33, 12, "brows"), (24, 28, "nose"), (24, 36, "mouth")],
        *[(17, 36, "mouth"), (31, 36, "mouth"), (2, 2, "rest"), (24, 46, "rest"), (8, 30, "rest")],
    ],
)
def test_what_lies_where(x, y, region):
    assert REGIONS[int(region_masks()[:, y, x].argmax())] == region


def test_every_pixel_is_in_one_region_and_both_halves_are_alike():
    masks = region_masks()
    assert (masks.sum(axis=0) == 1).all()
    assert area_shares().sum() == pytest.approx(1)
    # The template is symmetric about x = 24, and pixel x about 23.5: a column at an edge may fall on either side.
    assert (masks != masks[:, :, ::-1]).mean() < 0.02


def test_shares_of_evidence():
    masks = region_masks()
    maps = np.stack(
        [np.ones((48, 48)), masks[3], np.where(masks[1], 3 / masks[1].sum(), masks[2] / masks[2].sum()), 0 * masks[0]]
    )
    expected = [area_shares(), [0, 0, 0, 1, 0], [0, 0.75, 0.25, 0, 0], [np.nan] * 5]
    assert evidence_shares(maps) == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.parametrize(("maps", "said"), [(np.zeros((48, 48)), "48, 48"), (-np.ones((1, 48, 48)), "0 or more")])
def test_wrong_maps(maps, said):
    with pytest.raises(InputError, match=said):
        evidence_shares(maps)
