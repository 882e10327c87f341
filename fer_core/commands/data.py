"""Commands about data sets: import, synthetic, datasets, export-dataset."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.datasets.codings import CODINGS, choose
from fer_core.files import typed_path


def register(add: Add) -> None:
    """Add these commands to the parser."""
    new = add("import", _import, "Import a folder, archive, table or parquet file as a data set.", json=True)
    new.add_argument("--formats", action=_ListFormats, nargs=0, help="list the layouts that are read, and leave")
    new.add_argument("source", type=typed_path)
    new.add_argument("--name", required=True)
    new.add_argument("--classes", default="five", help="five, seven, all or names separated by commas (default: five)")
    new.add_argument(
        "--coding",
        default="",
        metavar="NAME",
        help=f"what class numbers stand for, where classes are numbers: {', '.join(CODINGS)}",
    )
    new.add_argument(
        "--map",
        default="",
        metavar="PAIRS",
        help="classes for numbers or words, skip for none: 1=surprise,2=fear,natural=neutral,8=skip; or a file with a pair per "
        "line, or the dataset.json of a data set",
    )
    new.add_argument(
        "--labels",
        choices=("source", "crowd"),
        default="source",
        help="crowd: the favourite of the annotators' votes; faces on whose favourite they do not agree are left out",
    )
    new.add_argument(
        "--size",
        type=int,
        metavar="PIXELS",
        help="pixels a side of the stored faces, 48 to 224 (default: the largest of 48, 64, 96, 112, 128, 160 and 224 that 90 %% "
        "of the pictures reach)",
    )
    new.add_argument(
        "--colour", choices=("rgb", "grey"), help="of the stored faces (default: rgb where over half the pictures are coloured)"
    )
    new.add_argument(
        "--subject",
        default="",
        metavar="RULE",
        help="how the person is told: name:REGEX (its first group, in the file's path), folder, folder:2 (the second above the "
        "file) or column:NAME; default: what the layout tells",
    )
    new.add_argument(
        "--split-by",
        choices=("source", "subject"),
        default="source",
        help="subject: splits made anew, each person in one of them (about 70, 10 and 20 %% of the faces)",
    )
    new.add_argument(
        "--faces",
        choices=("as-is", "find"),
        default="as-is",
        help="find: look for the largest face of each picture, or the one in its box, set it upright and crop it; pictures "
        "without a face are listed (default: as-is)",
    )
    new.add_argument("--votes", type=typed_path, metavar="FILE", help="fer2013new.csv of FER+, for the rows of fer2013.csv")
    new.add_argument("--overwrite", action="store_true", help="replace a data set of that name")
    drawn = add("synthetic", _synthetic, "Draw a data set of synthetic faces.", json=True)
    drawn.add_argument("--name", required=True)
    drawn.add_argument("--count", type=int, default=3000)
    drawn.add_argument("--seed", type=int, default=0)
    add("datasets", _datasets, "List the data sets.", json=True)
    whole = add("export-dataset", _export, "Write a data set, curated or as imported, into one file.", json=True)
    whole.add_argument("name")
    whole.add_argument("--out", type=Path, required=True, metavar="FILE.zip|FILE.parquet")
    whole.add_argument("--labels", choices=("imported", "edited"), default="imported", help="default: imported")


class _ListFormats(argparse.Action):
    """Prints the table of layouts and ends, as `--help` does."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        """Print and leave."""
        from fer_core.datasets.formats import FORMATS

        for one in FORMATS:
            further = [f"numbers: coding {one.coding}"] if one.coding else []
            further += [text for text in (one.licence, one.link) if text]
            print(f"{one.title}: {one.looks}" + (f" ({'; '.join(further)})" if further else ""))
        parser.exit()


def _import(given: argparse.Namespace) -> int:
    from fer_core.datasets.importer import import_source
    from fer_core.datasets.subjects import parse_rule
    from fer_core.labels import parse_classes
    from fer_core.photos.frame import Frame

    naming = choose(given.coding, given.map)
    with ProgressLine() as bar:
        report = import_source(
            given.source,
            given.name,
            classes=parse_classes(given.classes),
            naming=naming,
            labels=given.labels,
            size=given.size,
            colour=given.colour,
            subject=parse_rule(given.subject),
            split_by=given.split_by,
            faces=given.faces,
            votes_file=given.votes,
            overwrite=given.overwrite,
            progress=bar.show,
        )
    if given.json:
        # Scripts know the keys of the document; what a person should know goes where the document is not.
        for note in report.notes:
            print(note, file=sys.stderr)
        return print_json(report.to_dict())
    persons = f", {report.subjects:,} persons" if report.subjects else ""
    print(f"{report.name}: {report.images:,} images, {Frame(report.size, report.colour).words}{persons}")
    for split, counts in report.classes.items():
        print(f"  {split}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    if report.skipped:
        print("  skipped (classes not chosen): " + ", ".join(f"{name} {count:,}" for name, count in report.skipped.items()))
    for note in report.notes:
        print(f"  {note}")
    for refusal in report.rejected:
        print(f"  rejected {refusal['file']}: {refusal['reason']}")
    return 0


def _synthetic(given: argparse.Namespace) -> int:
    from fer_core.datasets.synthetic import create_synthetic

    with ProgressLine() as bar:
        meta = create_synthetic(given.name, given.count, given.seed, progress=bar.show).meta
    if given.json:
        return print_json({"name": meta.name, "images": meta.n, "classes": meta.counts, "skipped": {}, "rejected": []})
    print(f"{meta.name}: {meta.n:,} drawn faces")
    return 0


def _datasets(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import list_datasets

    rows = [
        {"name": meta.name, "images": meta.n, "classes": meta.counts, "kind": meta.kind, "fingerprint": meta.fingerprint}
        for meta in list_datasets()
    ]
    if given.json:
        return print_json(rows)
    for row in rows:
        print(f"{row['name']}: {row['images']:,} images, {row['kind']}, {row['fingerprint']}")
    if not rows:
        print("There is no data set yet; make one with `synthetic` or `import`.")
    return 0


def _export(given: argparse.Namespace) -> int:
    from fer_core.datasets.exporting import export_dataset

    with ProgressLine() as bar:
        export = export_dataset(given.name, given.out, labels=given.labels, progress=bar.show)
    card = export.card
    if given.json:
        return print_json(
            {
                "file": str(export.path),
                "bytes": export.size,
                "images": card.n,
                "classes": card.counts,
                "labels": card.labels,
                "relabelled": card.relabelled,
                "excluded": card.excluded,
                "fingerprint": card.fingerprint,
            }
        )
    print(f"{export.path}: {card.n:,} images, {export.size:,} bytes; {card.edits}; fingerprint {card.fingerprint}")
    return 0
