"""Archives and weights for trials that take more than one run: seven classes first, or teachers that have not met a face.

    python -m benchmarks.pretraining archive FER2013.zip --dataset NAME --out seven.zip
    python -m benchmarks.pretraining folds FER2013.zip --dataset NAME --parts 3 --out FOLDER
    python -m benchmarks.pretraining weights RUN --out backbone.weights.h5

`archive` copies FER2013's archive and moves the pictures that validate data set NAME (imported from the same archive) to a
folder `validation`, so that no network trained on the copy has met them. `folds` writes as many such archives as it is asked for,
and each leaves another part of the training faces out: runs on them teach with `--set teachers=A,B,C --set teacher_faces=unmet`,
each only the faces that it has not met. `weights` writes the backbone of a MobileNet run without
its head; a run starts from it with `--set weights_file=FILE`.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path

from fer_core.datasets.store import Dataset, open_dataset
from fer_core.runs import open_run


def main() -> None:
    """Write the archive or the weights, and say how much was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    archive = actions.add_parser("archive")
    archive.add_argument("source", type=Path)
    archive.add_argument("--dataset", required=True, metavar="NAME")
    weights = actions.add_parser("weights")
    weights.add_argument("run")
    folds = actions.add_parser("folds")
    folds.add_argument("source", type=Path)
    folds.add_argument("--dataset", required=True, metavar="NAME")
    folds.add_argument("--parts", type=int, default=3)
    for action in (archive, weights, folds):
        action.add_argument("--out", type=Path, required=True, metavar="FILE")
    given = parser.parse_args()
    if given.action == "archive":
        moved = hold_out(given.source, set(open_dataset(given.dataset).split("validation")["file"]), given.out)
        print(f"{given.out.name}: {moved:,} pictures are in its folder validation.")
    elif given.action == "folds":
        for path, left_out in write_folds(given.source, open_dataset(given.dataset), given.parts, given.out):
            print(f"{path.name}: {left_out:,} training pictures are left out.")
    else:
        print(f"{given.out.name}: {backbone_weights(given.run, given.out):,} parameters.")


def write_folds(source: Path, dataset: Dataset, parts: int, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write `fold-1.zip` and so on into a folder; gives each file and how many training pictures it leaves out.

    The training pictures are dealt out at random, class by class, always in the same way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = set(dataset.split("validation")["file"])
    train = dataset.split("train").sample(frac=1, random_state=0).sort_values("label", kind="stable")
    for number in range(parts):
        left_out = set(train["file"].iloc[number::parts])
        path = folder / f"fold-{number + 1}.zip"
        hold_out(source, held, path, left_out=left_out)
        yield path, len(left_out)


def hold_out(source: Path, held: set[str], target: Path, *, left_out: Set[str] = frozenset()) -> int:
    """Copy an archive with the named members moved from their first folder to `validation`; returns how many were moved.

    Args:
        source: the archive.
        held: members to move.
        target: the copy.
        left_out: members that the copy does not get.

    Raises:
        SystemExit: a named member is not in the archive.
    """
    with zipfile.ZipFile(source) as old:
        missing = (held | left_out) - set(old.namelist())
        if missing:
            raise SystemExit(f"{source.name} has no {min(missing)}: the data set was imported from another source.")
        with zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                if name in left_out:
                    continue
                new.writestr(f"validation/{name.partition('/')[2]}" if name in held else name, old.read(name))
    return len(held)


def backbone_weights(run: str, target: Path) -> int:
    """Write the weights of a MobileNet run's backbone as `weights_file` wants them; returns the number of parameters.

    Raises:
        SystemExit: the run has another backbone.
    """
    import keras

    from fer_core.models import classifier

    source = open_run(run)
    if source.config().backbone != "mobilenet":
        raise SystemExit(f"Run {run} has the backbone {source.config().backbone}; only MobileNet's is written.")
    values = classifier.load(source.model_file).get_weights()
    plain = keras.applications.MobileNet(include_top=False, weights=None, input_shape=(224, 224, 3))
    # The head's kernel and bias come last; the layers before the backbone have no weights.
    plain.set_weights(values[:-2])
    plain.save_weights(target)
    return int(plain.count_params())


if __name__ == "__main__":
    main()
