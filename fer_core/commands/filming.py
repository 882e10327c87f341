"""A video to a table of answers: the command video."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.errors import InputError
from fer_core.files import require_places, write_output

if TYPE_CHECKING:
    from fer_core.evaluation.video import VideoAnswers

_TABLES = (".csv", ".parquet")


def register(add: Add) -> None:
    """Add the command to the parser."""
    video = add("video", _video, "Follow the faces of a video and name their expressions over time.", json=True)
    video.add_argument("file", metavar="FILE", help="a video, such as MP4, MOV or WebM")
    video.add_argument("--model", required=True, metavar="RUN")
    video.add_argument("--out", required=True, type=Path, metavar="TABLE", help="one row per face and frame: .csv or .parquet")
    video.add_argument("--annotated", type=Path, metavar="FILE.mp4", help="also write the video with its answers drawn in")
    video.add_argument("--every", type=int, default=1, metavar="N", help="look at every Nth frame only")


def _video(given: argparse.Namespace) -> int:
    from fer_core.evaluation.video import answer_video
    from fer_core.photos.video import open_file
    from fer_core.photos.video_writing import write_annotated
    from fer_core.predictor import load_predictor
    from fer_core.progress import part
    from fer_core.runs import open_run

    _require(given)
    predictor = load_predictor(open_run(given.model))
    with open_file(Path(given.file)) as video, ProgressLine() as bar:
        share = 0.7 if given.annotated else 1.0
        answers = answer_video(video, predictor, every=given.every, progress=part(bar.show, 0, share))
        if given.annotated:
            write_annotated(video, answers.marks(), given.annotated, every=given.every, progress=part(bar.show, share, 1))
    write_output(given.out, lambda path: _write_table(answers, path))
    if given.json:
        return print_json(_document(given, answers))
    print("\n".join(_lines(given, answers)))
    return 0


def _require(given: argparse.Namespace) -> None:
    if given.every < 1:
        raise InputError(f"--every must be at least 1; got {given.every}.")
    if given.out.suffix.lower() not in _TABLES:
        raise InputError(f"--out must end in .csv or .parquet; got '{given.out.name}'.")
    if given.annotated is not None and given.annotated.suffix.lower() != ".mp4":
        raise InputError(f"--annotated must end in .mp4; got '{given.annotated.name}'.")
    require_places(given.out, given.annotated)
    source = Path(given.file).absolute()
    for option, path in (("--out", given.out), ("--annotated", given.annotated)):
        if path is not None and path.exists() and source.exists() and path.samefile(source):
            raise InputError(f"{option} must be another file than the video itself.")


def _write_table(answers: VideoAnswers, path: Path) -> None:
    if path.suffix.lower() == ".csv":
        path.write_text(answers.csv(), encoding="utf-8", newline="")
    else:
        answers.rows.to_parquet(path, index=False)


def _document(given: argparse.Namespace, answers: VideoAnswers) -> dict[str, Any]:
    facts = answers.facts
    return {
        "file": given.file,
        "width": facts.width,
        "height": facts.height,
        "rotation": facts.rotation,
        "every": answers.every,
        "frames": answers.looked,
        "seconds": answers.seconds,
        "rows": len(answers.rows),
        "tracks": answers.tracks().to_dict("records"),
        "peaks": {name: asdict(peak) for name, peak in answers.peaks().items()},
        "notes": list(answers.notes),
    }


def _lines(given: argparse.Namespace, answers: VideoAnswers) -> Iterator[str]:
    tracks = answers.tracks()
    yield (
        f"{answers.facts.name}: {answers.looked:,} frames, {answers.seconds:.1f} s, {len(tracks)} tracks of faces, "
        f"{len(answers.rows):,} rows in {given.out}"
    )
    for track in tracks.itertuples():
        yield f"track {track.track}: {track.first:.2f} s to {track.last:.2f} s, {track.rows:,} rows, mostly {track.label}"
    for name, peak in answers.peaks().items():
        yield f"{name} is most probable at {peak.seconds:.2f} s (frame {peak.frame}, track {peak.track}): {peak.probability:.2f}"
    yield from answers.notes
