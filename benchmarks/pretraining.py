"""Archives and weights for trials that take more than one run or source: other classes, teachers, private test, votes.

    python -m benchmarks.pretraining archive FER2013.zip --dataset NAME --out seven.zip
    python -m benchmarks.pretraining folds FER2013.zip --dataset NAME --parts 3 --out FOLDER
    python -m benchmarks.pretraining private FER2013.zip --dataset NAME --table fer2013.csv --split train --out wider.zip
    python -m benchmarks.pretraining others FER2013.zip --dataset NAME --runs A,B --out others.zip
    python -m benchmarks.pretraining votes --dataset NAME --table fer2013new.csv --pictures FOLDER --out voted.zip
    python -m benchmarks.pretraining crowd VOTES.parquet --dataset NAME --out voted.parquet
    python -m benchmarks.pretraining weights RUN --out backbone.weights.h5

`archive` copies FER2013's archive and moves the pictures that validate data set NAME (imported from the same archive) to a folder
`validation`, so that no network trained on the copy has met them. `folds` writes as many such archives as it is asked for, and
each leaves another part of the training faces out: runs on them teach with `--set teachers=A,B,C --set teacher_faces=unmet`, each
only the faces that it has not met. `private` takes the faces of FER2013's private test, which the archive has not, from the
original table: as training faces more, in the place of the archive's test, or beside it. `others` puts the training faces whose
classes the data set has not (sad and surprise) into those of its classes that the named runs answer most, so that there are more
training faces to learn the teachers' answers on. `votes` exports a data set with the votes of FER+ beside its pictures: FOLDER
has the pictures that FER+ names (its `generate_training_data.py` writes them from fer2013.csv). They are looked up by their
pixels, since the archive's are JPEG and have other names. Imported, the export keeps the data set's fingerprint, and runs on it
may use `--set teacher_votes=true`. `crowd` copies a table of pictures and votes with a validation split: the training faces that
validate data set NAME, found by their pixels, so that a run on the copy may begin with the weights of a run on NAME, and a tenth
of those whose classes NAME has not. `weights` writes the backbone of a MobileNet run without its head; a run starts from it with
`--set weights_file=FILE`.
"""

from __future__ import annotations

import argparse
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import cv2
import numpy as np

from benchmarks.voted_pictures import validate_as, write_votes
from fer_core.datasets.codings import CODINGS
from fer_core.datasets.images import decode
from fer_core.datasets.readers.pixel_tables import csv_records
from fer_core.datasets.splits import split_of
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.labels import canonical
from fer_core.photos.frame import FER
from fer_core.predictor import load_predictor
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
    private = actions.add_parser("private")
    private.add_argument("source", type=Path)
    private.add_argument("--dataset", required=True, metavar="NAME")
    private.add_argument("--table", type=Path, required=True)
    private.add_argument("--split", choices=("train", "test", "both"), required=True)
    others = actions.add_parser("others")
    others.add_argument("source", type=Path)
    others.add_argument("--dataset", required=True, metavar="NAME")
    others.add_argument("--runs", required=True, metavar="A,B")
    votes = actions.add_parser("votes")
    votes.add_argument("--dataset", required=True, metavar="NAME")
    votes.add_argument("--table", type=Path, required=True)
    votes.add_argument("--pictures", type=Path, required=True, metavar="FOLDER")
    crowd = actions.add_parser("crowd")
    crowd.add_argument("source", type=Path)
    crowd.add_argument("--dataset", required=True, metavar="NAME")
    for action in (archive, weights, folds, private, others, votes, crowd):
        action.add_argument("--out", type=Path, required=True, metavar="FILE")
    given = parser.parse_args()
    if given.action == "archive":
        moved = hold_out(given.source, set(open_dataset(given.dataset).split("validation")["file"]), given.out)
        print(f"{given.out.name}: {moved:,} pictures are in its folder validation.")
    elif given.action == "folds":
        for path, left_out in write_folds(given.source, open_dataset(given.dataset), given.parts, given.out):
            print(f"{path.name}: {left_out:,} training pictures are left out.")
    elif given.action == "private":
        added = add_private(given.source, open_dataset(given.dataset), given.table, given.split, given.out)
        print(f"{given.out.name}: {added:,} pictures of the private test are in it.")
    elif given.action == "others":
        named = name_others(given.source, open_dataset(given.dataset), given.runs.split(","), given.out)
        print(f"{given.out.name}: " + ", ".join(f"{count:,} {label}" for label, count in sorted(named.items())) + ".")
    elif given.action == "votes":
        voted, count = write_votes(open_dataset(given.dataset), given.table, given.pictures, given.out)
        print(f"{given.out.name}: {voted:,} of {count:,} pictures have votes.")
    elif given.action == "crowd":
        print(f"{given.out.name}: {validate_as(given.source, open_dataset(given.dataset), given.out):,} faces are validation.")
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


def add_private(source: Path, dataset: Dataset, table: Path, split: str, target: Path) -> int:
    """Copy an archive with the faces of FER2013's private test; returns how many these are, of all seven classes.

    The pictures that validate the data set are in the folder `validation`, as `hold_out` puts them.

    Args:
        source: the archive.
        dataset: imported from it.
        table: fer2013.csv, with columns emotion, pixels and Usage.
        split: `train`, which adds them to the training faces; `test`, which has them replace those that the archive tests on; or
            `both`, which tests on all of them.
        target: the copy.

    Raises:
        SystemExit: the table has no private test.
    """
    with table.open("rb") as stream:
        private = [record for record in csv_records(stream, table.name) if record.usage == "PrivateTest"]
    if not private:
        raise SystemExit(f"{table.name} has no row whose Usage is PrivateTest.")
    with zipfile.ZipFile(source) as old:
        replaced = {name for name in old.namelist() if split == "test" and split_of(name.partition("/")[0]) == "test"}
    hold_out(source, set(dataset.split("validation")["file"]), target, left_out=replaced)
    folder = "train" if split == "train" else "test"
    with zipfile.ZipFile(target, "a") as made:
        for number, record in enumerate(private):
            png = cv2.imencode(".png", record.load().fitted(FER))[1].tobytes()
            made.writestr(f"{folder}/{CODINGS['fer2013'][int(record.label)]}/PrivateTest_{number}.png", png)
    return len(private)


def name_others(source: Path, dataset: Dataset, names: Sequence[str], target: Path) -> Counter[str]:
    """Copy an archive with the training faces of classes that the data set has not put into some that it has.

    Each goes where the mean of the runs' probabilities is largest; its file's name begins with its class of before. The pictures
    that validate the data set are in the folder `validation`, as `hold_out` puts them.

    Args:
        source: the archive.
        dataset: imported from it.
        names: runs that know the data set's classes.
        target: the copy.

    Returns:
        How many faces have come to each class.

    Raises:
        SystemExit: a run knows other classes.
    """
    with zipfile.ZipFile(source) as old:
        members = [name for name in old.namelist() if not name.endswith("/") and split_of(name.partition("/")[0]) == "train"]
        members = [name for name in members if canonical(name.split("/")[1]) not in dataset.meta.classes]
        faces = np.stack([decode(old.read(name), max_pixels=10_000).fitted(FER) for name in members])
        total = np.zeros((len(faces), len(dataset.meta.classes)), np.float32)
        for run in names:
            predictor = load_predictor(open_run(run))
            if predictor.classes != dataset.meta.classes:
                raise SystemExit(f"Run {run} does not know the classes of {dataset.name}.")
            total += predictor.probabilities(predictor.logits(faces))
        labels = [dataset.meta.classes[place] for place in total.argmax(axis=1)]
        hold_out(source, set(dataset.split("validation")["file"]), target, left_out=set(members))
        with zipfile.ZipFile(target, "a") as made:
            for name, label in zip(members, labels, strict=True):
                folder, before, file = name.split("/")
                made.writestr(f"{folder}/{label}/{before}-{file}", old.read(name))
    return Counter(labels)


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
