import streamlit as st

from fer_core.labels import display_name
from pages.ui import loaders
from pages.ui.answer_card import answer_card, answers, controls, explanations
from pages.ui.empty import needs_model
from pages.ui.heading import heading
from pages.ui.notices import about_run, promise
from pages.ui.uploaded import Photo, photos, results, use_whole_picture

heading("Your photo", "Every face in your photos: which expression the network sees in it, and where it looked.")


def show_photo(number: int, photo: Photo) -> None:
    if photo.error:
        st.error(photo.error, icon=":material/broken_image:")
        return
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
    left.image(photo.preview, width="stretch", alt=f"{photo.name} with numbered faces")
    with right:
        st.markdown(f"**{photo.name}**")
        if photo.whole:
            st.markdown(
                "No face was found, so the middle of the whole picture is taken for one. Do not expect much of the answer."
            )
        elif photo.faces:
            st.markdown("One face was found." if len(photo.faces) == 1 else f"{len(photo.faces)} faces were found.")
        else:
            st.markdown("No face was found in this photo. A larger or brighter one helps, or a face that looks at the camera.")
            st.button(
                "Use the whole picture",
                icon=":material/crop_free:",
                key=f"whole_{number}",
                on_click=use_whole_picture,
                args=(photo.digest,),
            )


run = needs_model()
files = st.file_uploader(
    "Photos", accept_multiple_files=True, key="photos", help="JPEG, PNG, WEBP, BMP, GIF or TIFF; several at once."
)
promise()
about_run(run)
if not files:
    photos([])
    st.stop()

with st.spinner("Faces are being looked for …"):
    found = photos(files)
everyone = [face for photo in found for face in photo.faces]
predictor = loaders.predictor(run) if everyone else None
look = controls(predictor) if predictor else None
given = answers(predictor, [face.grey for face in everyone]) if predictor else []
with st.spinner("Maps are being made …"):
    maps = explanations(predictor, [face.grey for face in everyone], given, look) if predictor else []

by_photo, start = [], 0
for number, photo in enumerate(found):
    end = start + len(photo.faces)
    by_photo.append(given[start:end])
    with st.container(border=True):
        show_photo(number, photo)
        for place, face in enumerate(photo.faces, start=1):
            st.divider()
            if len(photo.faces) > 1:
                st.markdown(f"**Face {place}**")
            position = start + place - 1
            answer_card(
                face.crop_rgb,
                given[position],
                maps[position],
                look,
                key=f"photo_{number}_{place}",
                name=f"{photo.name.rsplit('.', 1)[0]}-{place}",
                notes=face.quality,
            )
    start = end

if everyone:
    table = results(found, by_photo, predictor.classes)
    st.subheader("All faces", anchor=False)
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "confidence": st.column_config.NumberColumn(format="percent"),
            **{f"p_{name}": st.column_config.NumberColumn(display_name(name), format="percent") for name in predictor.classes},
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
