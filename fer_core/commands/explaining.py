"""Where a run looks in a photo: the command explain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.commands.output import Add, import_tensorflow
from fer_core.explain.methods import METHODS
from fer_core.files import npy, require_places, write_output

if TYPE_CHECKING:
    import keras


def register(add: Add) -> None:
    """Add the command to the parser."""
    explain = add("explain", _explain, "Show where a run looks in the first face of a photo.")
    explain.add_argument("photo", type=Path)
    explain.add_argument("--model", required=True, metavar="RUN")
    explain.add_argument("--method", required=True, help=", ".join(METHODS))
    explain.add_argument("--target", help="class to explain (default: the answer)")
    explain.add_argument("--against", metavar="CLASS", help="why the target and not this class: the difference of the two logits")
    explain.add_argument(
        "--layer", help="layer whose map is used (default: the last one finer than 3x3); not used by methods on the pixels"
    )
    explain.add_argument(
        "--save-map",
        type=Path,
        metavar="FILE.npy",
        help="also write the map: (S, S) float32, 0 to 1, S as the run's faces",
    )
    explain.add_argument("--out", type=Path, required=True, metavar="FILE.png")


def _explain(given: argparse.Namespace) -> int:
    from fer_core.explain.photo import explain_file
    from fer_core.models import classifier
    from fer_core.predictor import load_predictor
    from fer_core.runs import open_run

    def load(path: Path) -> keras.Model:
        import_tensorflow()
        return classifier.load(path)

    require_places(given.out, given.save_map)
    predictor = load_predictor(open_run(given.model), load=load)
    explanation = explain_file(
        given.photo, predictor, method=given.method, target=given.target, layer=given.layer, against=given.against
    )
    if given.save_map is not None:
        write_output(given.save_map, lambda path: path.write_bytes(npy(explanation.saliency)))
    write_output(given.out, explanation.save)
    print(f"{given.method} for {explanation.words}: {given.out}")
    return 0
