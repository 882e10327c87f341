"""The renderer's parameters in words of `fer_core.datasets.traits`."""

from fer_core.datasets.drawing.identity import Identity
from fer_core.datasets.drawing.scene import Scene

_BEARDS = {"none": "no beard", "stubble": "stubble", "moustache": "moustache", "goatee": "beard", "full": "beard"}
_YEARS = (20, 65)
"""Age in years of parameter 0, and the years from there to 1."""

_LIGHT, _MEDIUM = 0.57, 0.42
"""Reflectances from which skin counts as light, and as medium: half-way between the renderer's tones."""

_ASIDE = 0.5
"""Sideways part of the direction of the light, of length 1, from which it comes from the side: 30 degrees and more."""

_DIM = 0.85
"""Exposure below which a picture is dim."""


def traits_of(who: Identity, scene: Scene) -> dict[str, str]:
    """{trait: value} of a drawn face."""
    years = _YEARS[0] + _YEARS[1] * who.age
    dim = "dim" if scene.exposure < _DIM else "even"
    return {
        "glasses": "no glasses" if who.glasses == "none" else "glasses",
        "beard": _BEARDS[who.beard],
        "age": "under 40" if years < 40 else "40 to 60" if years < 60 else "over 60",
        "skin": "light" if who.skin >= _LIGHT else "medium" if who.skin >= _MEDIUM else "dark",
        "light": "from the side" if abs(scene.light[0]) > _ASIDE else dim,
    }
