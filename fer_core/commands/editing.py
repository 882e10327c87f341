"""Commands about the viewer's decisions: edits."""

from __future__ import annotations

import argparse
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core import numbers
from fer_core.commands.output import Add, print_json
from fer_core.errors import InputError
from fer_core.files import read_regular, require_places, write_output
from fer_core.settings import settings

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset


def register(add: Add) -> None:
    """Add these commands to the parser."""
    edits = add("edits", _edits, "Count the decisions made on a data set, export, import or compare them.", json=True)
    edits.add_argument("dataset", metavar="NAME")
    way = edits.add_mutually_exclusive_group()
    way.add_argument("--out", type=Path, metavar="FILE", help="write them to this file, .csv or .jsonl")
    way.add_argument("--import", dest="source", type=Path, metavar="FILE", help="apply decisions that were exported, by pixels")
    way.add_argument(
        "--compare",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="how far two annotators agree: the decisions of this file and those made here, or those of two files",
    )


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
    compared = None if given.compare is None else _compare(dataset, given.compare)
    if given.json:
        refused = None if taken is None else {"applied": taken.applied, "refused": taken.refused}
        return print_json({"name": dataset.name, **counts, "imported": refused, "compared": compared})
    if taken is not None:
        print(taken.sentence)
    if compared is not None:
        low, high = compared["kappa_ci95"]
        print(
            f"{compared['first']} and {compared['second']} agree on {numbers.percent(compared['share'])} of "
            f"{numbers.count(compared['n'])} faces ({numbers.interval(*compared['share_ci95'])}); Cohen's kappa "
            f"{numbers.decimal(compared['kappa'], 2)} ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)}); "
            f"{numbers.count(len(compared['disputed']))} faces are disputed."
        )
    print(f"{dataset.name}: {counts['relabel']:,} relabelled, {counts['exclude']:,} excluded, {counts['keep']:,} kept")
    return 0


def _compare(dataset: Dataset, files: list[Path]) -> dict[str, Any]:
    from fer_core.datasets.edit_exchange import opinions_in, own_opinions
    from fer_core.evaluation.two_annotators import two_annotators

    if len(files) > 2:
        raise InputError(f"Two annotators are compared; got {len(files)} files.")
    given = [opinions_in(dataset, _read(file), name=file.name) for file in files]
    first, second = given if len(given) == 2 else (own_opinions(dataset, dataset.edits(), name=dataset.name), given[0])
    agreement = two_annotators(first.labels, second.labels, dataset.meta.classes)
    kappa = None if isnan(agreement.kappa) else agreement.kappa
    return {
        "first": first.name,
        "second": second.name,
        "n": agreement.n,
        "share": agreement.share,
        "share_ci95": list(agreement.share_ci95),
        "kappa": kappa,
        "kappa_ci95": [None, None] if kappa is None else list(agreement.kappa_ci95),
        "disputed": agreement.disputed.to_dict("records"),
    }


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, most=settings().max_file_bytes)
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}); choose decisions that were exported here.") from error
