"""What `benchmarks.video` prints, and the clip that it draws."""

from pathlib import Path

from benchmarks.video import Timing, report, write_clip
from fer_core.photos.video import open_file


def test_the_report_names_both_sides_and_the_clip_of_a_minute():
    both = {"ours": [Timing(2.0, 115, 115), Timing(3.0, 115, 115)], "fer": [Timing(5.0, 115, 80), Timing(6.0, 115, 80)]}
    lines = list(report("clip.mp4", both, Timing(61.0, 1500, 1500)))
    assert lines[3:5] == ["| ours | 2.50 (2.00 to 3.00) | 115 | 115 |", "| fer | 5.50 (5.00 to 6.00) | 115 | 80 |"]
    assert lines[5] == "\n2.2 times as fast (reaches 2)."
    assert lines[6] == "A clip of 60 s at 640x480 with 1,500 frames takes 61.0 s: slower than real time."


def test_the_clip_is_as_it_is_said(tmp_path: Path):
    with open_file(write_clip(tmp_path / "two.mp4", 1)) as video:
        assert (video.facts.width, video.facts.height, video.facts.frames, video.facts.rate) == (640, 480, 25, 25.0)
