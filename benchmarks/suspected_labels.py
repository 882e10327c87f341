"""How plausible the suspected labels of FER2013 are: `python -m benchmarks.suspected_labels NAME FER2013.csv.gz FER2013NEW.csv`.

NAME is the data set, imported from the picture folders; the two files are rows of the original table and of FER+ (Barsoum et al.
2016, arXiv:1608.01041), in the same order. Faces are matched by signature. Prints how often the crowd's favourite is another
class than the label, for suspected and other training faces and down the queue, and how often it is the suggestion.
"""

import argparse
import sys

import numpy as np
import pandas as pd

from fer_core.commands.progress_line import ProgressLine
from fer_core.datasets.signature import signatures
from fer_core.datasets.store import open_dataset
from fer_core.evaluation.suspects import suspects

VOTES = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprise": "surprise",
    "contempt": "contempt",
    "unknown": "unknown",
    "NF": "not a face",
}
DEPTHS = (50, 100, 200, 400)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("table")
    parser.add_argument("votes")
    given = parser.parse_args()
    dataset = open_dataset(given.name)
    with ProgressLine() as bar:
        found = suspects(dataset, progress=bar.show)
    favourite = crowd(given.table, given.votes)
    rows = found.table[found.table["split"] == "train"]
    rows = rows.assign(crowd=dataset.samples["signature"].iloc[rows["sample"]].map(favourite).to_numpy())
    known = rows[rows["crowd"].notna()]
    print(f"{int(rows['suspected'].sum()):,} of {len(rows):,} training labels are suspected; votes are known for {len(known):,}")
    for title, part in (("suspected", known[known["suspected"]]), ("others", known[~known["suspected"]])):
        print(f"  {title}: n {len(part):,}, crowd against the label {(part['crowd'] != part['label']).mean():.3f}")
    queue = known[known["suspected"]]
    for depth in DEPTHS:
        part = queue.head(depth)
        against, same = (part["crowd"] != part["label"]).mean(), (part["crowd"] == part["suggestion"]).mean()
        print(f"  first {depth} of the queue: crowd against the label {against:.3f}, crowd for the suggestion {same:.3f}")
    return 0


def crowd(table: str, votes: str) -> dict[int, str]:
    """{signature: class with the most votes}; the first of equals."""
    pixels = pd.read_csv(table)["pixels"]
    faces = np.stack([np.array(text.split(), np.uint8) for text in pixels]).reshape(-1, 48, 48)
    most = pd.read_csv(votes)[list(VOTES)].to_numpy().argmax(axis=1)
    names = list(VOTES.values())
    return {int(signature): names[position] for signature, position in zip(signatures(faces), most, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
