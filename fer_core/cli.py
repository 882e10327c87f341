"""The command line: the same functions as the pages. Scripts depend on the names and JSON keys here."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.errors import FerError, InputError
from fer_core.output_files import npy, require_places, write_output
from fer_core.progress_line import ProgressLine, clear_line

if TYPE_CHECKING:
    from fer_core.predictor import Predictor
    from fer_core.runs import Run

Handler = Callable[[argparse.Namespace], int]


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

    def add(name: str, handler: Handler, summary: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=summary)
        made.set_defaults(handler=handler)
        return made

    new = add("import", _import, "Import a zip, folder, fer2013.csv or parquet file as a data set.")
    new.add_argument("source", type=Path)
    new.add_argument("--name", required=True)
    new.add_argument("--classes", default="five", help="five, seven, all or names separated by commas (default: five)")
    new.add_argument("--overwrite", action="store_true", help="replace a data set of that name")
    drawn = add("synthetic", _synthetic, "Draw a data set of synthetic faces.")
    drawn.add_argument("--name", required=True)
    drawn.add_argument("--count", type=int, default=3000)
    drawn.add_argument("--seed", type=int, default=0)
    train = add("train", _train, "Train; waits, shows progress, and prints the run's id last.")
    train.add_argument("dataset", metavar="NAME")
    train.add_argument("--preset", default="standard", help="quick, standard or full (default: standard)")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; may be repeated")
    evaluate = add("evaluate", _evaluate, "Score a run on a split of a data set.")
    evaluate.add_argument("run", metavar="RUN")
    evaluate.add_argument("--dataset", required=True)
    evaluate.add_argument("--split", required=True)
    evaluate.add_argument("--predictions", type=Path, help="also write one row a sample to this parquet file")
    predict = add("predict", _predict, "Find the faces in photos and name their expressions.")
    predict.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    predict.add_argument("--model", required=True, metavar="RUN")
    explain = add("explain", _explain, "Show where a run looks in the first face of a photo.")
    explain.add_argument("photo", type=Path)
    explain.add_argument("--model", required=True, metavar="RUN")
    explain.add_argument("--method", required=True)
    explain.add_argument("--target", help="class to explain (default: the answer)")
    explain.add_argument("--layer", help="layer whose map is used (default: the last one finer than 3x3)")
    explain.add_argument("--save-map", type=Path, metavar="FILE.npy", help="also write the map: (48, 48) float32, 0 to 1")
    explain.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    listing = [add("datasets", _datasets, "List the data sets."), add("runs", _runs, "List the runs.")]
    for command in (new, drawn, evaluate, predict, *listing):
        command.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")
    return parser


def _import(given: argparse.Namespace) -> int:
    from fer_core.datasets.importer import import_source
    from fer_core.labels import parse_classes

    with ProgressLine() as bar:
        report = import_source(
            given.source, given.name, classes=parse_classes(given.classes), overwrite=given.overwrite, progress=bar.show
        )
    if given.json:
        return _print_json(report.to_dict())
    print(f"{report.name}: {report.images:,} images")
    for split, counts in report.classes.items():
        print(f"  {split}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    if report.skipped:
        print("  skipped (classes not chosen): " + ", ".join(f"{name} {count:,}" for name, count in report.skipped.items()))
    for refusal in report.rejected:
        print(f"  rejected {refusal['file']}: {refusal['reason']}")
    return 0


def _synthetic(given: argparse.Namespace) -> int:
    from fer_core.datasets.synthetic import create_synthetic

    with ProgressLine() as bar:
        meta = create_synthetic(given.name, given.count, given.seed, progress=bar.show).meta
    if given.json:
        return _print_json({"name": meta.name, "images": meta.n, "classes": meta.counts, "skipped": {}, "rejected": []})
    print(f"{meta.name}: {meta.n:,} drawn faces")
    return 0


def _datasets(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import list_datasets

    rows = [
        {"name": meta.name, "images": meta.n, "classes": meta.counts, "kind": meta.kind, "fingerprint": meta.fingerprint}
        for meta in list_datasets()
    ]
    if given.json:
        return _print_json(rows)
    for row in rows:
        print(f"{row['name']}: {row['images']:,} images, {row['kind']}, {row['fingerprint']}")
    if not rows:
        print("There is no data set yet; make one with `synthetic` or `import`.")
    return 0


def _train(given: argparse.Namespace) -> int:
    from fer_core.training import jobs
    from fer_core.training.config import preset_config

    changes = {}
    for pair in given.set:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise InputError(f"--set expects KEY=VALUE; got '{pair}'.")
        changes[key.strip()] = value.strip()
    run = jobs.start(preset_config(given.dataset, given.preset, **changes))
    with ProgressLine() as bar:
        try:
            status = _follow(run, bar)
        except KeyboardInterrupt:
            jobs.stop(run)
            bar.show(0.0, "stopping; the best epoch so far is kept")
            status = _follow(run, bar)
    if status.state == "failed":
        raise InputError(f"Run {run.id} failed: {status.error}")
    if status.best_score is not None:
        print(f"{status.state}: best epoch {status.best_epoch}, validation {run.config().monitor} {status.best_score:.4f}")
    print(run.id)
    return 0


def _follow(run: Any, bar: ProgressLine) -> Any:
    from fer_core.runs import ACTIVE
    from fer_core.training import jobs

    while (status := run.status()).state in ACTIVE:
        jobs.reap()
        progress = status.progress
        position = progress.epoch - 1 + progress.batch / max(1, progress.batches)
        done = position / max(1, progress.epochs) if progress.epoch else 0.0
        place = jobs.place(run)
        words = [status.state if place is None else f"place {place} in the queue", progress.note or progress.phase]
        if progress.epoch:
            words.append(f"epoch {progress.epoch}/{progress.epochs}")
        if progress.images_per_second:
            words.append(f"{progress.images_per_second:.0f} images/s")
        bar.show(done, ", ".join(word for word in words if word), seconds_left=progress.seconds_left)
        time.sleep(0.5)
    return status


def _runs(given: argparse.Namespace) -> int:
    from fer_core.runs import list_runs

    rows = []
    for run in list_runs():
        status, training = run.status(), run.training()
        rows.append(
            {
                "id": run.id,
                "name": run.about().name,
                "state": status.state,
                "dataset": training.dataset if training else None,
                "best_epoch": status.best_epoch,
                "best_score": status.best_score,
                "error": status.error,
            }
        )
    if given.json:
        return _print_json(rows)
    for row in rows:
        score = "" if row["best_score"] is None else f", best {row['best_score']:.4f} in epoch {row['best_epoch']}"
        trouble = f" ({row['error']})" if row["error"] else ""
        print(f"{row['id']}: {row['state']}, {row['dataset'] or 'no data set yet'}{score}{trouble}")
    if not rows:
        print("There is no run yet; start one with `train`.")
    return 0


def _evaluate(given: argparse.Namespace) -> int:
    from fer_core.evaluation.assessment import assess

    require_places(given.predictions)
    with ProgressLine() as bar:
        found = assess(
            given.run, given.dataset, given.split, progress=lambda share: bar.show(share, "predicting"), load=_predictor
        )
    if given.predictions is not None:
        write_output(given.predictions, lambda path: found.predictions.to_parquet(path, index=False))
    scores = found.evaluation
    if given.json:
        return _print_json(scores.to_dict())
    low, high = scores.accuracy_ci95
    print(f"accuracy {scores.accuracy:.4f} (95 % interval {low:.4f} to {high:.4f}, n {scores.n:,})")
    print(f"majority baseline {scores.majority_baseline:.4f}")
    print(f"macro F1 {scores.macro_f1:.4f}, balanced accuracy {scores.balanced_accuracy:.4f}")
    for name, row in scores.to_dict()["per_class"].items():
        precision = "–" if row["precision"] is None else f"{row['precision']:.3f}"
        print(f"  {name}: precision {precision}, recall {row['recall']:.3f}, F1 {row['f1']:.3f}, n {row['n']:,}")
    without = "–" if scores.accuracy_without_leaked is None else f"{scores.accuracy_without_leaked:.4f}"
    print(f"leaked from training: {scores.leaked['exact']} exact, {scores.leaked['near']} near; accuracy without them {without}")
    return 0


def _predict(given: argparse.Namespace) -> int:
    from fer_core.answers import answer_file
    from fer_core.runs import open_run

    predictor = _predictor(open_run(given.model))
    answers = [answer_file(path, predictor) for path in given.photos]
    if given.json:
        return _print_json(answers)
    for answer in answers:
        if answer["error"]:
            print(f"{answer['file']}: {answer['error']}")
        for number, face in enumerate(answer["faces"], start=1):
            ranked = sorted(face["probabilities"].items(), key=lambda item: -item[1])
            named = ", ".join(f"{name} {value:.2f}" for name, value in ranked)
            notes = f" [{', '.join(face['quality'])}]" if face["quality"] else ""
            print(f"{answer['file']}, face {number}: {face['label'] if face['sure'] else 'not sure'} ({named}){notes}")
    return 0


def _explain(given: argparse.Namespace) -> int:
    from fer_core.explain.photo import explain_file
    from fer_core.runs import open_run

    require_places(given.out, given.save_map)
    predictor = _predictor(open_run(given.model))
    made = explain_file(given.photo, predictor, method=given.method, target=given.target, layer=given.layer)
    if given.save_map is not None:
        write_output(given.save_map, lambda path: path.write_bytes(npy(made.map)))
    write_output(given.out, made.save)
    print(f"{given.method} for {made.target} on {made.layer}: {given.out.name}")
    return 0


def _predictor(run: Run) -> Predictor:
    """A run's predictor; TensorFlow's chatter at its import does not reach stderr, where scripts expect our sentence alone."""
    from fer_core.predictor import load_predictor

    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            import tensorflow  # noqa: F401
        finally:
            os.dup2(kept, 2)
            os.close(kept)
    return load_predictor(run)


def _print_json(value: Any) -> int:
    print(json.dumps(value, ensure_ascii=False))
    return 0
