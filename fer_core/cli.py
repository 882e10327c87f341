"""The command line: the same functions as the pages. Scripts depend on the names and JSON keys here."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from fer_core.commands import (
    auditing,
    classroom,
    data,
    editing,
    experiments,
    explaining,
    exporting,
    filming,
    predicting,
    pretrained,
    reporting,
    robustness,
    scoring,
    studying,
    training,
)
from fer_core.commands.output import Handler
from fer_core.commands.progress_line import clear_line
from fer_core.errors import FerError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 2 for an error of the user's, with one line on stderr."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = _parser().parse_args(arguments)
    handler: Handler = parsed.handler
    try:
        return handler(parsed)
    except FerError as error:
        clear_line()
        print(str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        clear_line()
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_core", description="Facial-expression recognition by transfer learning.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, handler: Handler, summary: str, *, json: bool = False) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=summary, description=summary)
        parser.set_defaults(handler=handler)
        if json:
            parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")
        return parser

    for subject in (
        data,
        auditing,
        editing,
        training,
        pretrained,
        studying,
        experiments,
        scoring,
        robustness,
        predicting,
        filming,
        explaining,
        reporting,
        exporting,
        classroom,
    ):
        subject.register(add)
    return parser
