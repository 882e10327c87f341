"""Colours of classes: an emotion keeps its own, other names differ within a data set, and colour-blind eyes tell them apart."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from fer_core.labels import SEVEN, colour, colours

# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as it is seen with each kind of colour blindness.
SEEN = {
    "all cones": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
# Ottosson (2020), "A perceptual color space for image processing".
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

# Okabe and Ito (2008), "Color Universal Design".
OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")

TWELVE = ("bored", "eager", "dazed", "shy", *SEVEN, "contempt")


def oklab(tone: str, seen: np.ndarray) -> np.ndarray:
    rgb = np.array([int(tone[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_CONES @ np.clip(seen @ linear, 0, 1))


def nearest_of_the_palette(kind: str) -> float:
    """Distance of the two nearest of Okabe and Ito's eight colours, made for colour-blind eyes, as such eyes see them."""
    seen = [oklab(tone, SEEN[kind]) for tone in OKABE_ITO]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))


@pytest.mark.parametrize("kind", SEEN)
def test_twelve_classes_can_be_told_apart(kind: str) -> None:
    places = {name: oklab(tone, SEEN[kind]) for name, tone in colours(TWELVE).items()}
    distances = {pair: float(np.linalg.norm(places[pair[0]] - places[pair[1]])) for pair in combinations(TWELVE, 2)}
    # Eyes with all cones tell more apart than the bound, which is that of the colour-blind who tell least.
    bound = nearest_of_the_palette(kind) if kind != "all cones" else min(nearest_of_the_palette(one) for one in SEEN)
    assert min(distances.values()) >= bound - 1e-9, min(distances, key=distances.__getitem__)


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_class_fades_into_the_page(kind: str, theme: str) -> None:
    config = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text())
    page = oklab(config["theme"][theme]["backgroundColor"], SEEN[kind])
    bound = 2 * nearest_of_the_palette(kind) if kind != "all cones" else nearest_of_the_palette(kind)
    for name, tone in colours(TWELVE).items():
        assert np.linalg.norm(oklab(tone, SEEN[kind]) - page) > bound, name


def test_an_emotion_has_one_colour_in_every_data_set() -> None:
    assert colour("happy") == colours(("happy", "bored"))["happy"] == colours(TWELVE)["happy"] == "#E69F00"


@pytest.mark.parametrize("names", [("smile", "other"), TWELVE, tuple("abcdefghijkl"), ("happy", *"abcdefghijk")])
def test_classes_of_a_data_set_differ_in_any_order(names: tuple[str, ...]) -> None:
    tones = colours(names)
    assert list(tones) == list(names)
    assert len(set(tones.values())) == len(names)
    assert colours(names[::-1]) == tones


def test_a_part_of_a_data_set_keeps_its_colours() -> None:
    assert colour("other", ("smile", "other")) == colours(("smile", "other"))["other"]
    assert len(set(colours(tuple("abcdefghijklmn")).values())) == 12, "more than twelve come again"
