"""Many saliency maps as one picture, or as one file of numbers, to download."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fer_core import numbers
from fer_core.errors import InputError
from fer_core.explain.overlay import enlarged, overlay, scale_image
from fer_core.explain.saliency import Explanation
from fer_core.labels import colour, display_name

_LINE, _GAP, _FONT, _PAPER = 22, 8, cv2.FONT_HERSHEY_SIMPLEX, 255


def sheet(tiles: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int) -> NDArray[np.uint8]:
    """Arrange pictures in rows, each with a line of text above it, and the colour scale below all of them.

    Args:
        tiles: text and picture, (h, w, 3) uint8 RGB, all of one size; at least one.
        columns: how many are side by side.

    Returns:
        (height, width, 3) uint8 RGB on white.

    Raises:
        InputError: there is no picture, or they differ in size.
    """
    shapes = {picture.shape for _, picture in tiles}
    if len(shapes) != 1 or columns < 1:
        raise InputError(f"A sheet needs pictures of one size and at least one column; got {sorted(shapes)} and {columns}.")
    high, wide = tiles[0][1].shape[:2]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    step, across = high + _LINE + _GAP, wide + _GAP
    page = np.full((rows * step + _LINE + _GAP, columns * across + _GAP, 3), _PAPER, np.uint8)
    for number, (text, picture) in enumerate(tiles):
        top, left = number // columns * step, _GAP + number % columns * across
        _write(page, text, left, top + _LINE - 6, wide)
        page[top + _LINE : top + _LINE + high, left : left + wide] = picture
    _legend(page, rows * step)
    return page


def share_card(
    face: NDArray[np.uint8], heat: NDArray[np.floating], probabilities: Mapping[str, float], *, label: str = ""
) -> NDArray[np.uint8]:
    """Draw a face, its saliency map and its answer as one picture to share, with a line on what the answer is not.

    Args:
        face: (h, w) grey or (h, w, 3) RGB uint8.
        heat: (h, w) saliency map, 0 to 1, in the frame of the face.
        probabilities: {class: probability in [0, 1]}, at least one.
        label: the face's label where it is known.

    Returns:
        (540, 1080, 3) uint8 RGB on white.

    Raises:
        InputError: there are no probabilities, or face or map has another shape or dtype.
    """
    if not probabilities:
        raise InputError("A card needs the probability of at least one class; got none.")
    card = Image.new("RGB", (1080, 540), "white")
    for place, picture in enumerate((enlarged(face, side=340), overlay(face, heat, side=340))):
        card.paste(Image.fromarray(picture), (24 + place * 356, 72))
    draw = ImageDraw.Draw(card)
    title, text, small = (ImageFont.load_default(size=size) for size in (30, 20, 16))
    top = max(probabilities, key=lambda name: probabilities[name])
    draw.text((24, 20), f"{display_name(top)} expression, {numbers.percent(probabilities[top], 0)}", fill="black", font=title)
    if label:
        draw.text((740, 30), f"Labelled {display_name(label).lower()}", fill="black", font=text)
    for row, (name, value) in enumerate(sorted(probabilities.items(), key=lambda item: -item[1])[:8]):
        y = 76 + row * 42
        draw.text((740, y), display_name(name)[:14], fill="black", font=small)
        draw.rectangle((850, y + 2, 850 + round(150 * value), y + 18), fill=colour(name))
        draw.text((1008, y), numbers.percent(value, 0), fill="black", font=small)
    draw.text((24, 424), "Left: what the network gets. Right: where the evidence lies.", fill="black", font=small)
    draw.text(
        (24, 452),
        "It names the expression shown in one picture, often wrongly; it does not know what anybody feels.",
        fill="black",
        font=text,
    )
    draw.text((24, 484), "Not to be used to judge people. Made with FER Lab.", fill="black", font=text)
    return np.array(card)


def png(picture: NDArray[np.uint8]) -> bytes:
    """Encode a picture (h, w, 3) uint8 RGB as PNG."""
    return cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes()


def arrays(
    explanations: Sequence[Explanation],
    faces: NDArray[np.uint8],
    *,
    classes: Sequence[str],
    samples: Sequence[int] | None = None,
    **about: str,
) -> bytes:
    """Encode saliency maps as the content of an .npz file.

    It holds `maps` (N, S, S) float32, 0 to 1; `faces` uint8; `method`, `layer`, `target` and `against` as text,
    (N,) each (`against` and `layer` are empty where there is none); `sample` (N,), where the faces are samples of a data set; and
    `about`, a JSON text.

    Args:
        explanations: one per face.
        faces: (N, S, S) or (N, S, S, 3) uint8.
        classes: names of the logits.
        samples: number of each face in its data set.
        about: whatever else a reader should know, such as the run.
    """
    content: dict[str, NDArray[Any]] = {
        "maps": np.stack([one.saliency for one in explanations]),
        "faces": faces,
        "method": np.array([one.method for one in explanations]),
        "layer": np.array([one.layer for one in explanations]),
        "target": np.array([classes[one.target] for one in explanations]),
        "against": np.array(["" if one.against is None else classes[one.against] for one in explanations]),
        "about": np.array(json.dumps(about)),
    }
    if samples is not None:
        content["sample"] = np.asarray(samples, np.int64)
    file = io.BytesIO()
    np.savez_compressed(file, **content)  # type: ignore[arg-type]
    return file.getvalue()


def _write(page: NDArray[np.uint8], text: str, left: int, low: int, wide: int) -> None:
    """Write text in black, smaller where it would be wider than its picture."""
    full = cv2.getTextSize(text, _FONT, 0.5, 1)[0][0]
    cv2.putText(page, text, (left, low), _FONT, 0.5 * min(1.0, wide / max(full, 1)), (0, 0, 0), 1, cv2.LINE_AA)


def _legend(page: NDArray[np.uint8], top: int) -> None:
    words = "no evidence", "most evidence"
    widths = [cv2.getTextSize(word, _FONT, 0.45, 1)[0][0] for word in words]
    room = page.shape[1] - 2 * _GAP - sum(widths) - 2 * _GAP
    if room < 2 * _GAP:
        return
    bar, left = scale_image(width=min(room, 256), height=12), _GAP + widths[0] + _GAP
    page[top + 4 : top + 16, left : left + bar.shape[1]] = bar
    for word, place in zip(words, (_GAP, left + bar.shape[1] + _GAP), strict=True):
        cv2.putText(page, word, (place, top + 15), _FONT, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
