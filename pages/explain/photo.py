import pandas as pd
import streamlit as st

from fer_core.figures import theme
from fer_core.labels import display_name
from fer_core.predictor import Answer
from fer_core.settings import settings
from pages.ui import loaders
from pages.ui.answer_card import answer_card, answers, controls, explanations, short_answer
from pages.ui.empty import needs_model
from pages.ui.heading import heading
from pages.ui.notices import about_run, promise
from pages.ui.uploaded import Photo, photos, results, split_by_photo, use_whole_picture


def show_photo(number: int, photo: Photo, given: list[Answer]) -> None:
    left, right = st.columns([1, 1] if photo.wide else [2, 5], gap="medium", vertical_alignment="center")
    left.image(photo.preview, width="stretch", alt=f"{photo.name} with numbered faces")
    with right:
        st.markdown(f"**{photo.name}**")
        if photo.whole:
            st.markdown("No face was found, so the middle of the picture is taken for one. Do not expect much of the answer.")
        elif not photo.faces:
            st.markdown("No face was found in this photo. A larger or brighter one helps, or a face that looks at the camera.")
            st.button(
                "Use the whole picture",
                icon=":material/crop_free:",
                key=f"whole_{number}",
                on_click=use_whole_picture,
                args=(photo.digest,),
            )
        for place, answer in enumerate(given, start=1):
            st.markdown(f"Face {place}: {short_answer(answer)}")


def show_table(table: pd.DataFrame, classes: tuple[str, ...]) -> None:
    st.subheader("All faces", anchor=False)
    shares = {f"p_{name}": display_name(name) for name in classes}
    st.dataframe(
        table.assign(answer=table["answer"].map(display_name)).style.format(theme.percent, subset=list(shares)),
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
        table.to_csv(index=False).encode(),
        file_name="answers.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


heading("Your photo", "Every face in your photos: which expression the network sees in it, and where it looked.")
run = needs_model()
files = st.file_uploader(
    "Photos",
    accept_multiple_files=True,
    key="photos",
    help="JPEG, PNG, WEBP, BMP, GIF or TIFF; several at once.",
    max_upload_size=settings().max_photo_bytes // 1_000_000,
)
promise()
about_run(run)
with st.spinner("Faces are being looked for …"):
    found = photos(files)
faces = [face.grey for photo in found for face in photo.faces]
predictor = loaders.predictor(run) if faces else None
if predictor:
    look = controls(predictor)
    with st.spinner("The network looks at the faces …"):
        given = answers(predictor, faces)
        maps = explanations(predictor, faces, given, look)
by_photo = split_by_photo(found, given) if predictor else [[] for _ in found]

position = 0
for number, photo in enumerate(found):
    if photo.error:
        st.error(photo.error, icon=":material/broken_image:")
        continue
    with st.container(border=True):
        show_photo(number, photo, by_photo[number])
        for place, (face, answer) in enumerate(zip(photo.faces, by_photo[number], strict=True), start=1):
            st.markdown(f"###### Face {place}")
            answer_card(
                face.grey,
                answer,
                maps[position],
                look,
                key=f"photo_{number}_{place}",
                name=f"{photo.name.rsplit('.', 1)[0]}-{place}",
                crop=face.crop_rgb,
                notes=face.quality,
            )
            position += 1
if predictor:
    show_table(results(found, by_photo, predictor.classes), predictor.classes)
