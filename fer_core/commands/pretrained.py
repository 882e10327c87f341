"""The command about pretrained weights: weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.backbones import BACKBONES, Backbone
from fer_core.commands.output import Add, print_json
from fer_core.errors import InputError


def register(add: Add) -> None:
    """Add the command to the parser."""
    weights = add("weights", _weights, "List the backbones' ImageNet weights, or take one from a folder.", json=True)
    weights.add_argument("backbone", metavar="BACKBONE", nargs="?", help="one backbone instead of all")
    weights.add_argument("--from", type=Path, dest="place", metavar="PLACE", help="file or folder to take its weights from")


def _weights(given: argparse.Namespace) -> int:
    from fer_core.models.weights import take

    if given.backbone is not None and given.backbone not in BACKBONES:
        raise InputError(f"BACKBONE must be one of {', '.join(BACKBONES)}; got '{given.backbone}'.")
    if given.place is not None:
        if given.backbone is None:
            raise InputError("--from needs the BACKBONE whose weights it is to take.")
        take(BACKBONES[given.backbone], given.place.expanduser())
    rows = [_described(BACKBONES[name]) for name in ([given.backbone] if given.backbone else BACKBONES)]
    if given.json:
        return print_json(rows)
    for row in rows:
        published = f"{row['file']}, {row['bytes']:,} bytes, {row['checksum'] or 'no published checksum'}"
        print(f"{row['backbone']}: {row['sentence']}\n  {published}\n  {row['url'] or row['package']}, {row['licence']}")
    return 0


def _described(backbone: Backbone) -> dict[str, Any]:
    from fer_core.models.weights import plan_of

    plan, file = plan_of(backbone), backbone.weights
    return {
        "backbone": backbone.name,
        "source": plan.source,
        "sentence": plan.sentence,
        "file": file.name,
        "bytes": file.size,
        "checksum": file.checksum,
        "url": file.url,
        "package": file.package[1] if file.package else None,
        "licence": file.licence,
    }
