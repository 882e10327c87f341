"""A video: its faces followed over time, what the run sees in them, and where it looks in the frame under the cursor."""

from __future__ import annotations

import streamlit as st

from fer_core.escape import markdown
from fer_core.evaluation.video import SMOOTHING, VideoAnswers, answer_video
from fer_core.photos.video import Video
from fer_core.predictor import Predictor
from pages.try_it.parts import film, intake
from pages.try_it.parts.film import Film
from pages.try_it.parts.notices import about_run, promise, run_for_photos
from pages.try_it.parts.video_answers import cursor, rows_table
from pages.ui import loaders
from pages.ui.answer_card import identity
from pages.ui.empty import needs_model
from pages.ui.heading import lead
from pages.ui.work import progress_bar

STEPS = {1: "every frame", 2: "every 2nd", 5: "every 5th", 10: "every 10th"}
"""Which frames are looked at."""


def show() -> None:
    """Draw the tab."""
    lead("Every face of a video, followed over time: which expression the network sees in each frame, and where it looked.")
    answered, asked = st.columns([5, 2], gap="large")
    with asked:
        run = run_for_photos(needs_model())
        film.uploader()
        every = st.selectbox("Look at", list(STEPS), format_func=lambda step: STEPS[step], key="video_every")
        held = film.film()
        st.button(
            "Forget everything",
            icon=":material/delete_forever:",
            key="forget_video",
            disabled=held is None,
            help="Drops the video, all photos, faces, answers and maps of this page at once.",
            on_click=intake.forget,
        )
    with answered:
        if held is None:
            _offer_sample()
        elif held.video is None:
            st.error(markdown(held.error), icon=":material/broken_image:")
        else:
            predictor = loaders.predictor(run)
            answers = _answers(held, held.video, predictor, every)
            for note in answers.notes if answers else ():
                st.warning(markdown(note), icon=":material/info:")
            if answers is not None and not answers.rows.empty:
                cursor(held.video, answers, predictor)
                rows_table(answers, held.name)
    _how()
    promise("Videos")
    about_run(run)


def _offer_sample() -> None:
    st.markdown("**Choose a video, or try a drawn one: two faces, three seconds.**")
    st.image(film.poster(), width=480, alt="Two drawn faces side by side")
    st.button("Drawn clip", icon=":material/movie:", key="video_sample", on_click=film.show_sample)


def _answers(held: Film, video: Video, predictor: Predictor, every: int) -> VideoAnswers | None:
    """The answers that are known, or new ones behind a bar and a Stop; None when the viewer has stopped the work."""
    key = (*identity(predictor), every)
    if key not in held.answers:
        if held.stopped:
            st.info("Stopped: nothing of this video is answered yet.", icon=":material/stop:")
            st.button("Start again", icon=":material/play_arrow:", key="video_again", on_click=film.go_on)
            return None
        place = st.empty()
        # A click ends this run of the script, and the work with it: nothing goes on when the page is closed, either.
        place.button("Stop", icon=":material/stop:", key="video_stop", on_click=film.stop)
        with progress_bar("The faces are followed") as report:
            # Over what the run before has left below.
            st.empty()
            held.answers[key] = answer_video(video, predictor, every=every, progress=report)
        place.empty()
    return held.answers[key]


def _how() -> None:
    with st.expander("How this works", icon=":material/info:"):
        st.markdown(
            "YuNet looks for faces in each frame, and again around the place of a face that it misses; while there is none, the "
            "frame is searched as a photo is, once a second. Every box was found in its own frame. A box joins the track that it "
            "overlaps, or is nearest to, where that is expected to go. A track has a number, no name: nobody is recognised, and "
            "who is away for more than a second gets a new number. Faces are cropped and answered as those of photos.\n\n"
            f"Smoothed answers are a running mean that forgets with a time constant of {SMOOTHING:g} s. Times are those that the "
            "file gives its frames, also where its rate varies. In frames with more than 640 pixels in their longer side, faces "
            "narrower than about 1 in 60 of it may be missed.\n\n"
            "The command `python -m fer_core video` does the same for long files, and writes the video with its answers drawn in."
        )
