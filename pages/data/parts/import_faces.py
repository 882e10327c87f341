"""What a source's faces will look like: found in their pictures or taken as they are, and in which size and colour."""

from typing import Any

import streamlit as st

from fer_core.datasets.framing import Framing
from fer_core.datasets.survey import Found, Survey
from fer_core.photos.frame import USUAL, Frame
from pages.ui.faces import Caption, face_grid

_COLOURS = {"rgb": "RGB", "grey": "Grey"}
_FACES: dict[Framing, str] = {"as-is": "Whole pictures", "find": "Found faces"}
_SIDE, _STRIP = 84, 60


def ask_faces(survey: Survey) -> dict[str, Any]:
    """What was chosen, as an order takes it: faces, size and colour; these last are left to the import where nobody chose."""
    shown, asked = st.columns([3, 1], gap="medium")
    with asked:
        faces = _ask_framing(survey)
        proposed = survey.found_frame if faces == "find" else survey.frame
        sides = sorted({*USUAL, proposed.size})
        # Each way has its own size and colour, and keeps what was chosen for it.
        end = "-found" if faces == "find" else ""
        size = st.selectbox("Pixels a side", sides, index=sides.index(proposed.size), key=f"import-size{end}")
        colour = st.segmented_control(
            "Colour",
            list(_COLOURS),
            default=proposed.colour,
            required=True,
            format_func=_COLOURS.get,
            key=f"import-colour{end}",
        )
    frame = Frame(size, colour)
    with shown:
        st.markdown(f"**Its faces are stored as {frame.words}.** So they look then:")
        _pictures(survey, faces, frame)
    if faces == "as-is" and frame == survey.frame:
        return {"faces": faces}
    return {"faces": faces, "size": frame.size, "colour": frame.colour}


def _ask_framing(survey: Survey) -> Framing:
    """Whether faces are looked for; not, where none was found in the pictures that were searched."""
    if not survey.found:
        return "as-is"
    chosen: Framing = st.radio(
        "Faces", list(_FACES), index=list(_FACES).index(survey.proposed), format_func=_FACES.__getitem__, key="import-faces"
    )
    return chosen


def _pictures(survey: Survey, faces: Framing, frame: Frame) -> None:
    """Some pictures as they will be stored, below them as they are where faces were found in them."""
    if not survey.found:
        captions = [Caption(detail=f"from {face.width}x{face.height}") for face in survey.stored]
        face_grid([face.fitted(frame) for face in survey.stored], captions, size=_SIDE)
        st.caption("Each picture is scaled whole, after the ends of its longer side are cut off. Faces are not looked for.")
        return
    whole = [Caption(detail=f"{pair.before.width}x{pair.before.height}", alt="a picture of the source") for pair in survey.strip]
    face_grid([pair.whole(2 * _STRIP) for pair in survey.strip], whole, size=_STRIP)
    face_grid([pair.stored(faces, frame) for pair in survey.strip], [_stored(pair, faces) for pair in survey.strip], size=_STRIP)
    sentence = (
        f"A face was found in {survey.found:,} of {survey.searched:,} pictures; as FER2013 frames it, it takes {survey.room:.0%} "
        "of the picture's side (median). "
    )
    if faces == "find":
        st.caption(
            sentence
            + "The largest face of each picture, or the one in its box, is set upright and cropped so. Pictures in which none "
            "is found are listed and left out."
        )
    else:
        st.caption(sentence + "Each picture is scaled whole, after the ends of its longer side are cut off.")


def _stored(pair: Found, faces: Framing) -> Caption:
    if faces == "as-is":
        return Caption(detail="as it is", alt="the same as it will be stored")
    if pair.after is None:
        return Caption(detail="no face")
    return Caption(detail=f"{pair.after.width}x{pair.after.height}", alt="its face as it will be stored")
