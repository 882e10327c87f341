"""Commands about the viewer's decisions: edits."""

from __future__ import annotations

import argparse
from pathlib import Path

from fer_core.commands.output import Add, print_json
from fer_core.errors import InputError
from fer_core.files import read_regular, require_places, write_output
from fer_core.settings import settings


def register(add: Add) -> None:
    """Add these commands to the parser."""
    edits = add("edits", _edits, "Count the decisions made on a data set, export them, or bring exported ones in.", json=True)
    edits.add_argument("dataset", metavar="NAME")
    way = edits.add_mutually_exclusive_group()
    way.add_argument("--out", type=Path, metavar="FILE", help="write them to this file, .csv or .jsonl")
    way.add_argument("--import", dest="source", type=Path, metavar="FILE", help="apply decisions that were exported, by pixels")


def _edits(given: argparse.Namespace) -> int:
    from fer_core.datasets import edit_exchange
    from fer_core.datasets.store import open_dataset

    require_places(given.out)
    if given.out is not None and given.out.suffix not in (".csv", ".jsonl"):
        raise InputError(f"Decisions are written as .csv or .jsonl; got '{given.out.name}'.")
    dataset = open_dataset(given.dataset)
    taken = None
    if given.source is not None:
        taken = edit_exchange.bring_in(dataset, _read(given.source), name=given.source.name)
    if given.out is not None:
        content = edit_exchange.export(dataset, "csv" if given.out.suffix == ".csv" else "jsonl")
        write_output(given.out, lambda path: path.write_bytes(content))
    actions = [edit.action for edit in dataset.edits().in_force.values()]
    counts = {action: actions.count(action) for action in ("keep", "relabel", "exclude")}
    if given.json:
        refused = None if taken is None else {"applied": taken.applied, "refused": taken.refused}
        return print_json({"name": dataset.name, **counts, "imported": refused})
    if taken is not None:
        print(taken.sentence)
    print(f"{dataset.name}: {counts['relabel']:,} relabelled, {counts['exclude']:,} excluded, {counts['keep']:,} kept")
    return 0


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, most=settings().max_file_bytes)
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}); choose decisions that were exported here.") from error
