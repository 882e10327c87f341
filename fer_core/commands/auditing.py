"""Commands that look for what is wrong with a data set: audit."""

from __future__ import annotations

import argparse
from typing import Any

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine


def register(add: Add) -> None:
    """Add these commands to the parser."""
    audit = add("audit", _audit, "Find copies, leaks between splits and pictures that show too little.", json=True)
    audit.add_argument("dataset", metavar="NAME")
    audit.add_argument("--suspects", action="store_true", help="also look for suspected labels; takes minutes")
    audit.add_argument("--faceless", action="store_true", help="also look for pictures without a face; takes minutes")


def _audit(given: argparse.Namespace) -> int:
    from fer_core.datasets.audit import audit
    from fer_core.datasets.store import open_dataset
    from fer_core.datasets.subjects import persons_in_two_splits

    dataset = open_dataset(given.dataset)
    with ProgressLine() as bar:
        result = audit(dataset, progress=bar.show).to_dict()
        if "subject" in dataset.samples:
            result["persons"] = persons_in_two_splits(dataset.samples)
        if given.suspects:
            from fer_core.evaluation.suspects import suspects_in_process

            result["suspects"] = suspects_in_process(dataset, progress=bar.show).to_dict()
        if given.faceless:
            from fer_core.datasets.faceless import find_faceless

            result["faceless"] = {"images": len(find_faceless(dataset, progress=bar.show))}
    if given.json:
        return print_json(result)
    _say(dataset.name, result)
    return 0


def _say(name: str, result: dict[str, Any]) -> None:
    from fer_core.datasets.audit import ISSUES

    total = max(1, result["images"])
    print(f"{name}: {result['images']:,} images")
    same = result["exact_duplicates"]
    print(f"  copies, pixel by pixel: {same['groups']:,} groups, {same['extra_copies']:,} beyond the first of each")
    for direction, count in result["cross_split"].items():
        source, target = direction.split("/")
        if count:
            print(f"  samples of {target} whose pixels are in {source}, too: {count:,}")
    print(f"  the same picture under two labels: {result['conflicting_labels']['groups']:,} groups")
    near = result["near_duplicates"]
    print(f"  pairs that are alike but not equal (at most {near['distance']} of 64 bits differ): {near['pairs']:,}")
    for issue in ISSUES:
        count = result[issue.name]["images"]
        side = "above" if issue.above else "below"
        print(f"  {issue.title.lower()} ({issue.measure} {side} {issue.limit:g}): {count:,} ({count / total:.2%})")
    for pair, count in (result["persons"] or {}).items():
        print(f"  persons in {pair.replace('/', ' and ')}: {count:,}")
    if result["suspects"] is not None:
        print(f"  suspected labels: {result['suspects']['images']:,} of {result['suspects']['of']:,}")
    if result["faceless"] is not None:
        count = result["faceless"]["images"]
        print(f"  the detector finds no face: {count:,} ({count / total:.2%})")
