"""A photo with its answers drawn in, what is said about each of its faces, and the table of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.escape import cell, markdown
from fer_core.labels import colour, display_name
from fer_core.photos.annotation import Mark, annotate
from pages.try_it.parts import intake
from pages.try_it.parts.answer_cards import Card, cards
from pages.ui.answer_card import NOTES, identity
from pages.ui.memory import remembered
from pages.ui.uploaded import Photo

if TYPE_CHECKING:
    from fer_core.predictor import Answer, Predictor


def photo_block(photo: Photo, given: Sequence[Answer], predictor: Predictor | None) -> None:
    """Draw one photo in a box: frames and labels on it, a card for each face, and what can be done with it."""
    with st.container(border=True):
        if photo.error:
            st.error(markdown(photo.error), icon=":material/broken_image:")
            _remove_button(photo)
            return
        picture = annotated(photo, given, predictor)
        left, right = st.columns([1, 1] if photo.wide else [2, 3], gap="medium")
        with left:
            st.image(picture, width="stretch", alt=f"{photo.name}: " + _spoken(given))
            with st.container(horizontal=True, vertical_alignment="center"):
                if given:
                    st.download_button(
                        "Picture with answers",
                        # Made on the click: what is given as bytes stays with the server after the page was closed.
                        lambda: picture,
                        file_name=f"{photo.stem}-answers.jpg",
                        mime="image/jpeg",
                        icon=":material/download:",
                        key=f"picture_{photo.id}",
                        on_click="ignore",
                    )
                _remove_button(photo)
        with right:
            st.markdown(f"**{markdown(photo.name)}**")
            _without_face(photo)
            if given:
                cards([_card(photo, number, answer) for number, answer in enumerate(given)])
                if not all(answer.sure for answer in given):
                    st.caption(
                        "“?” in the picture: the most probable expression stays below the run's threshold, so it is not sure."
                    )


def annotated(photo: Photo, given: Sequence[Answer], predictor: Predictor | None) -> bytes:
    """The photo with a labelled frame around each face, as JPEG; remembered by the session."""
    run = identity(predictor) if predictor else ()

    def make(_: list[int]) -> list[bytes]:
        pixels = photo.pixels()
        zoom = pixels.shape[1] / photo.size[0]
        marks = [
            Mark(_scaled(face.box, zoom), _label(number, answer), colour(answer.label, tuple(answer.probabilities)))
            for number, (face, answer) in enumerate(zip(photo.faces, given, strict=True), start=1)
        ]
        drawn = annotate(pixels, marks)
        return [cv2.imencode(".jpg", np.ascontiguousarray(drawn[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()]

    return remembered([("picture", *run, photo.digest, photo.whole)], make)[0]


def split_by_photo(photos: Sequence[Photo], answers: Sequence[Answer]) -> list[list[Answer]]:
    """The answers for all faces, in order, as one list for each photo."""
    rest = iter(answers)
    return [[next(rest) for _ in photo.faces] for photo in photos]


def results(photos: Sequence[Photo], answers: Sequence[Sequence[Answer]], classes: Sequence[str]) -> pd.DataFrame:
    """One row a face: file, face, answer, sure, confidence, p_CLASS, box in pixels of the upright photo, quality."""
    rows = [
        {
            "file": photo.name,
            "face": number,
            "answer": answer.label,
            "sure": answer.sure,
            "confidence": answer.probabilities[answer.label],
            **{f"p_{name}": answer.probabilities[name] for name in classes},
            "box": " ".join(map(str, face.box)),
            "quality": ", ".join(face.quality),
        }
        for photo, given in zip(photos, answers, strict=True)
        for number, (face, answer) in enumerate(zip(photo.faces, given, strict=True), start=1)
    ]
    return pd.DataFrame(rows)


def results_table(table: pd.DataFrame, classes: Sequence[str]) -> None:
    """All faces of all photos in a table, and the same as CSV."""
    st.subheader("All faces", anchor=False)
    shares = {f"p_{name}": display_name(name) for name in classes}
    st.dataframe(
        table.assign(answer=table["answer"].map(display_name)).style.format(numbers.percent, subset=list(shares)),
        hide_index=True,
        column_order=["file", "face", "answer", "sure", *shares, "quality"],
        column_config={
            "file": "File",
            "face": "Face",
            "answer": "Most probable",
            "sure": "Sure",
            "quality": "Quality",
            **shares,
        },
    )
    st.download_button(
        "Download the answers (CSV)",
        lambda: table.assign(file=table["file"].map(cell), answer=table["answer"].map(cell)).to_csv(index=False).encode(),
        file_name="answers.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _remove_button(photo: Photo) -> None:
    st.button(
        "Remove",
        icon=":material/close:",
        key=f"away_{photo.id}",
        help=f"Drops {markdown(photo.name)} and all that was made from it.",
        on_click=intake.take_away,
        args=(photo.id,),
    )


def _without_face(photo: Photo) -> None:
    if photo.whole:
        st.markdown("No face was found, so the middle of the picture is used instead. Do not rely on the answer.")
    elif not photo.faces:
        st.markdown("No face was found in this photo. A larger or brighter one helps, or a face that looks at the camera.")
        st.button(
            "Use the whole picture",
            icon=":material/crop_free:",
            key=f"whole_{photo.id}",
            on_click=intake.use_whole_picture,
            args=(photo.id,),
        )


def _card(photo: Photo, position: int, answer: Answer) -> Card:
    face = photo.faces[position]
    return Card(
        picture=face.crop_rgb,
        label=answer.label,
        before=f"{position + 1}" + ("" if answer.sure else " · not sure"),
        note="Careful: " + "; ".join(NOTES.get(note, note) for note in face.quality) if face.quality else "",
        alt=f"Face {position + 1} of {photo.name}",
        probabilities=answer.probabilities,
    )


def _label(number: int, answer: Answer) -> str:
    """`1 Happy 93%`, or `1 Fear? 31%` when the run is not sure."""
    doubt = "" if answer.sure else "?"
    return f"{number} {display_name(answer.label)}{doubt} {numbers.percent(answer.probabilities[answer.label], 0)}"


def _spoken(given: Sequence[Answer]) -> str:
    return ", ".join(f"face {_label(number, answer)}" for number, answer in enumerate(given, start=1)) or "no face"


def _scaled(box: tuple[int, int, int, int], zoom: float) -> tuple[int, int, int, int]:
    left, top, across, down = (round(value * zoom) for value in box)
    return left, top, across, down
