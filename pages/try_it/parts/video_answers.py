"""What a run answers for a video: where each class peaks, the timeline of a face, and the frame under its cursor."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.evaluation.video import Peak, VideoAnswers
from fer_core.figures.timeline import timeline
from fer_core.labels import display_name
from fer_core.photos.annotation import annotate
from fer_core.photos.faces import Face
from fer_core.photos.video import Frame, Video
from fer_core.predictor import Answer, Predictor
from pages.ui.answer_card import answer_card, controls, explanations, identity
from pages.ui.boundary import error_boundary
from pages.ui.chart import chart
from pages.ui.faces import Caption, face_grid
from pages.ui.memory import remembered

TRACK, SECONDS, PLOT = "video_track", "video_seconds", "video_timeline"

MOST_TRACKS = 12
"""Tracks that can be chosen: those with most rows; the table has all."""

LEAST = 0.1
"""Smoothed probability that a class must reach for its strongest frame to be shown."""

SHOWN_SIDE = 960
"""Longer side in pixels of the frame on the page."""


@st.fragment
def cursor(video: Video, answers: VideoAnswers, predictor: Predictor) -> None:
    """Draw timeline, slider, frame and map; moving the cursor draws this part alone anew."""
    with error_boundary():
        tracks = answers.tracks().sort_values("rows", ascending=False, kind="stable")["track"].tolist()[:MOST_TRACKS]
        peaks = answers.peaks()
        top = max(peaks, key=lambda name: peaks[name].probability)
        if st.session_state.get(TRACK) not in tracks:
            _go_to(peaks[top] if peaks[top].track in tracks else replace(peaks[top], track=tracks[0]))
        _peaks(video, answers, predictor, top)
        if len(tracks) > 1:
            _tracks(video, answers, predictor, sorted(tracks))
        raw = st.toggle("As each frame is answered", key="video_raw", help="Off: smoothed over time.")
        rows = answers.rows[answers.rows["track"] == st.session_state[TRACK]]
        shown, plot = st.columns([2, 3], gap="small")
        with plot:
            place = _timeline(rows, answers, smoothed=not raw)
        _under_cursor(video, place, answers, predictor, shown)


def rows_table(answers: VideoAnswers, name: str) -> None:
    """Offer all rows as CSV, and draw the tracks."""
    st.subheader("All faces", anchor=False)
    table = answers.tracks()
    st.dataframe(
        table.assign(label=table["label"].map(display_name)),
        hide_index=True,
        column_config={
            "track": "Face",
            "rows": "Frames",
            "first": st.column_config.NumberColumn("From (s)", format="%.2f"),
            "last": st.column_config.NumberColumn("To (s)", format="%.2f"),
            "label": "Most probable on average",
        },
    )
    st.download_button(
        f"Download {numbers.count(len(answers.rows))} rows (CSV)",
        lambda: answers.csv().encode(),
        file_name=f"{name.rsplit('.', 1)[0]}-answers.csv",
        mime="text/csv",
        icon=":material/download:",
        key="video_csv",
        on_click="ignore",
    )


def _peaks(video: Video, answers: VideoAnswers, predictor: Predictor, top: str) -> None:
    """A face for each class, where its smoothed probability is largest; a click moves the cursor there."""
    every = answers.peaks()
    peaks = {name: peak for name, peak in every.items() if name == top or peak.probability >= LEAST}
    rare = ", ".join(markdown(display_name(name)) for name in every if name not in peaks)
    st.markdown(
        f"**{markdown(display_name(top))} shows most at {peaks[top].seconds:.1f} s "
        f"({numbers.percent(peaks[top].probability, 0)}).** The strongest frame of each expression; a click goes there."
        + (f" Never above {numbers.percent(LEAST, 0)}: {rare}." if rare else "")
    )
    captions = [
        Caption(label=name, detail=f"{numbers.percent(peak.probability, 0)} at {peak.seconds:.1f} s")
        for name, peak in peaks.items()
    ]
    face_grid(
        _crops(video, answers, predictor, [_place(answers, peak) for peak in peaks.values()]),
        captions,
        size=92,
        key="video_peaks",
        on_open=lambda place: _go_to(list(peaks.values())[place]),
    )


def _tracks(video: Video, answers: VideoAnswers, predictor: Predictor, tracks: list[int]) -> None:
    """The largest picture of each face that was followed; a click has the timeline show that one."""
    largest = answers.rows.groupby("track")["width"].idxmax()

    def choose(place: int) -> None:
        st.session_state[TRACK] = tracks[place]

    st.markdown("Whose timeline?")
    face_grid(
        _crops(video, answers, predictor, [int(largest[track]) for track in tracks]),
        [Caption(detail=f"Face {track}") for track in tracks],
        size=64,
        chosen=tracks.index(st.session_state[TRACK]),
        key="video_tracks",
        on_open=choose,
    )


def _crops(video: Video, answers: VideoAnswers, predictor: Predictor, places: list[int]) -> list[np.ndarray]:
    """The faces of some rows, cropped anew from their frames, (h, w, 3) uint8 RGB; remembered by the session."""

    def make(missing: list[int]) -> list[Face]:
        rows = [(places[number], answers.rows.iloc[places[number]]) for number in missing]
        return [answers.face(place, video.at(int(row["frame"]), float(row["seconds"]))) for place, row in rows]

    run = (*identity(predictor), answers.every, answers.facts.name)
    return [face.crop_rgb for face in remembered([("crop", *run, place) for place in places], make)]


def _timeline(rows: pd.DataFrame, answers: VideoAnswers, *, smoothed: bool) -> int:
    """Draw the timeline of a track and the slider under it; returns the position in the table of the row at the cursor."""
    seconds = rows["seconds"].to_numpy(np.float64)
    low, high = float(seconds[0]), float(seconds[-1])
    if not low <= st.session_state.get(SECONDS, -1.0) <= high:
        peak = rows[[f"smoothed_{name}" for name in answers.classes]].max(axis=1).to_numpy().argmax()
        st.session_state[SECONDS] = float(seconds[peak])
    plot = st.container()
    if high > low:
        step = max(0.01, round((high - low) / max(len(rows) - 1, 1), 3))
        st.slider("Seconds", low, high, step=step, key=SECONDS, format="%.2f s", label_visibility="collapsed")
    at = int(np.abs(seconds - st.session_state[SECONDS]).argmin())
    with plot:
        chart(
            timeline(rows, answers.classes, cursor=float(seconds[at]), smoothed=smoothed),
            key=PLOT,
            alt=f"Probabilities of {len(answers.classes)} expressions over {low:.1f} to {high:.1f} seconds",
            on_select=_clicked,
        )
    return int(rows.index[at])


def _clicked() -> None:
    points = st.session_state[PLOT]["selection"]["points"]
    if points:
        st.session_state[SECONDS] = float(points[0]["x"])


def _go_to(peak: Peak) -> None:
    st.session_state[TRACK], st.session_state[SECONDS] = peak.track, peak.seconds


def _place(answers: VideoAnswers, peak: Peak) -> int:
    rows = answers.rows
    return int(np.flatnonzero((rows["track"] == peak.track) & (rows["frame"] == peak.frame))[0])


def _under_cursor(video: Video, place: int, answers: VideoAnswers, predictor: Predictor, shown: DeltaGenerator) -> None:
    """The frame with its marks where it is to be `shown`, and the face of a row with its answer and map."""
    row = answers.rows.iloc[place]
    number, seconds = int(row["frame"]), float(row["seconds"])

    def make(_: list[int]) -> list[tuple[bytes, Face]]:
        frame = video.at(number, seconds)
        return [(_jpeg(frame, answers), answers.face(place, frame))]

    picture, face = remembered([("frame", *identity(predictor), answers.every, answers.facts.name, place)], make)[0]
    answer = Answer(row["label"], bool(row["sure"]), {name: float(row[f"p_{name}"]) for name in answers.classes})
    shown.image(
        picture,
        width="stretch",
        alt=f"Frame {number} with its faces",
        caption=f"Frame {number} at {seconds:.2f} s",
    )
    look, fitted = controls(predictor), predictor.fitted_face(face)
    answer_card(
        fitted,
        answer,
        explanations(predictor, [fitted], [answer], look)[0],
        look,
        key="video",
        name=f"frame-{number}-face-{row['track']}",
        crop=face.crop_rgb,
        notes=face.quality,
    )


def _jpeg(frame: Frame, answers: VideoAnswers) -> bytes:
    """The frame with its marks as JPEG, smaller where it is large."""
    drawn = annotate(frame.pixels, answers.marks(frame.number).get(frame.number, ()), least_side=SHOWN_SIDE)
    scale = SHOWN_SIDE / max(drawn.shape[:2])
    if scale < 1:
        drawn = np.asarray(cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".jpg", np.ascontiguousarray(drawn[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
