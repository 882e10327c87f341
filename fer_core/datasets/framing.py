"""How a picture becomes a face: taken whole, cut at its box, or with its face found, set upright and cropped."""

from __future__ import annotations

from typing import Literal

from fer_core.datasets.images import MIN_SIDE, Loaded, UnusableError
from fer_core.photos.cropping import crop_face

Framing = Literal["as-is", "find"]

NO_FACE = "no face was found"
NO_FACE_IN_BOX = "no face was found at its box"
"""Reasons why a picture cannot be used when faces are looked for."""

RIVALS = "of several faces that are about as large, of which the largest was taken: see that the label is its"
"""Remark on a picture whose label may be of another face."""


def framed(picture: Loaded, faces: Framing, *, size: int | None = None) -> Loaded:
    """The face of a picture; its width and height are pixels of the picture that it covers.

    Args:
        picture: as a reader gives it, with its box where one is known.
        faces: "as-is" for the whole picture or its box, "find" for the face in it.
        size: pixels a side of a face that is found; None for as fine as it is, 48 to 224.

    Raises:
        UnusableError: there is no face, or its box lies outside.
    """
    if faces == "as-is":
        return picture.cut()
    crop = crop_face(picture.picture, box=picture.box, size=size)
    if crop is None:
        raise UnusableError(NO_FACE if picture.box is None else NO_FACE_IN_BOX)
    if crop.side < MIN_SIDE:
        raise UnusableError(f"its face covers {crop.side} x {crop.side} pixels; at least {MIN_SIDE} x {MIN_SIDE} are needed")
    remarks = [remark for remark in (RIVALS if crop.rivals else "", picture.remark) if remark]
    return Loaded(crop.pixels, crop.side, crop.side, "; ".join(remarks))
