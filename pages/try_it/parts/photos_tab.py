"""Photos: every face in them, its answer, and where the network looked."""

import streamlit as st

from fer_core.predictor import Answer, Predictor
from pages.try_it.parts.intake import chosen_face, intake
from pages.try_it.parts.notices import about_run, promise, run_for_photos
from pages.try_it.parts.photo_answers import photo_block, results, results_table, split_by_photo
from pages.try_it.parts.sample_photos import offer_samples
from pages.ui import loaders
from pages.ui.answer_card import answer_card, answers, controls, explanations
from pages.ui.empty import needs_model
from pages.ui.faces import Caption, face_picker
from pages.ui.heading import lead
from pages.ui.uploaded import Photo, photos

PICK = "photo_face"


def closer_look(uploads: list[Photo], by_photo: list[list[Answer]], predictor: Predictor) -> None:
    """Where the network looked, for one face of all photos."""
    st.subheader("Where it looked", anchor=False)
    every = [(photo, number) for photo in uploads for number in range(len(photo.faces))]
    given = [answer for answers in by_photo for answer in answers]
    position = 0
    if len(every) > 1:
        captions = [
            Caption(label=answer.label, detail=f"{photo.name}, face {number + 1}")
            for (photo, number), answer in zip(every, given, strict=True)
        ]
        crops = [photo.faces[number].crop_rgb for photo, number in every]
        position = face_picker(crops, captions, key=PICK, size=92) or 0
    photo, number = every[position]
    face = photo.faces[number]
    seen = predictor.fitted_face(face)
    chosen_face(photo.id, number)
    look = controls(predictor)
    with st.spinner("The map is being made …"):
        maps = explanations(predictor, [seen], [given[position]], look)
    with st.container(border=True):
        answer_card(
            seen,
            given[position],
            maps[0],
            look,
            key="photo",
            name=f"{photo.stem}-{number + 1}",
            crop=face.crop_rgb,
            notes=face.quality,
        )


def show() -> None:
    """Draw the tab."""
    lead("Every face in your photos: which expression the network sees in it, and where it looked.")
    answered, asked = st.columns([5, 2], gap="large")
    with asked:
        run = run_for_photos(needs_model())
        intake()
    uploads = photos()
    with answered:
        if not uploads:
            offer_samples()
        predictor = loaders.predictor(run) if any(photo.faces for photo in uploads) else None
        by_photo: list[list[Answer]] = [[] for _ in uploads]
        if predictor:
            with st.spinner("Predicting the faces …"):
                faces = [predictor.fitted_face(face) for photo in uploads for face in photo.faces]
                by_photo = split_by_photo(uploads, answers(predictor, faces, quick=True))
        for photo, given in zip(uploads, by_photo, strict=True):
            photo_block(photo, given, predictor)
    if predictor:
        closer_look(uploads, by_photo, predictor)
        results_table(results(uploads, by_photo, predictor.classes), predictor.classes)
    promise()
    about_run(run)
