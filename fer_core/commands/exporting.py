"""Commands that write runs for other programs: export."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from fer_core.commands.output import Add, print_json, without_chatter
from fer_core.commands.progress_line import ProgressLine
from fer_core.files import require_places


def register(add: Add) -> None:
    """Add these commands to the parser."""
    export = add(
        "export",
        _export,
        "Write a run as one file for other programs, or as a demo for browsers.",
        json=True,
    )
    export.add_argument("run", metavar="RUN")
    export.add_argument("--format", required=True, metavar="keras|tflite|onnx|html")
    export.add_argument("--int8", action="store_true", help="tflite and onnx only: 8-bit numbers, a quarter of the size")
    export.add_argument(
        "--dataset", metavar="NAME", help="whose faces the file is checked on, and 8-bit numbers set by (default: the run's own)"
    )
    export.add_argument("--out", type=Path, required=True, metavar="FILE")


def _export(given: argparse.Namespace) -> int:
    from fer_core.exporting.formats import kind_of, require_suffix
    from fer_core.exporting.making import export_run
    from fer_core.runs import open_run

    kind = kind_of(given.format, int8=given.int8)
    require_suffix(kind, given.out)
    require_places(given.out)
    run = open_run(given.run)
    # A terminal keeps its progress line, and a line of the converter's; a script gets our sentence alone.
    quiet = contextlib.nullcontext() if sys.stderr.isatty() else without_chatter()
    with quiet, ProgressLine() as bar:
        exported = export_run(run, kind, given.out, dataset=given.dataset, progress=bar.show)
    if given.json:
        return print_json(exported.to_dict())
    check = exported.check
    low, high = check.agreement_ci95
    print(f"{exported.path}: {kind.title}, {exported.bytes:,} bytes")
    print(
        f"checked on {check.n} faces ({check.source}): the run's class for {check.agreement:.1%} (95 % interval {low:.1%} to "
        f"{high:.1%}), probabilities differ by {check.mean:.2g} on average, {check.largest:.2g} at most; {check.tolerance}"
    )
    if kind.ranges_from_faces:
        print(f"ranges of the 8-bit numbers set by: {exported.about['quantised_with']}")
    if check.agreement_with_mirror is not None:
        print(
            "the mirror image that the run averages is not in the file; the run with it gives the same class for "
            f"{check.agreement_with_mirror:.1%}"
        )
    return 0
