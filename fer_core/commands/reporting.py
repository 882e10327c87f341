"""Commands that write about runs: report."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core.commands.output import Add
from fer_core.commands.progress_line import ProgressLine
from fer_core.files import require_places, write_output


def register(add: Add) -> None:
    """Add these commands to the parser."""
    report = add("report", _report, "Write a run's model card as HTML or Markdown.")
    report.add_argument("run", metavar="RUN")
    report.add_argument("--out", type=Path, required=True, metavar="FILE.html|FILE.md")
    report.add_argument("--with-pictures", action="store_true", help="add example faces of the data set")


def _report(given: argparse.Namespace) -> int:
    from fer_core.report.card import make_card, require_format, write_card
    from fer_core.runs import open_run

    require_format(given.out.suffix)
    require_places(given.out)
    with ProgressLine() as bar:
        card = make_card(open_run(given.run), with_pictures=given.with_pictures, progress=bar.show)
    text = write_card(card, given.out.suffix)
    write_output(given.out, lambda path: path.write_text(text, encoding="utf-8"))
    print(f"{given.out}: {len(text.encode()):,} bytes")
    return 0
