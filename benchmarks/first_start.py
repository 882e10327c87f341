"""Make what a first start shows: the packed synthetic faces, and what the views compute of them and of the bundled run.

    python -m fer_core synthetic --name "Synthetic faces"
    python -m benchmarks.first_start pack
    python -m benchmarks.first_start record
    python -m benchmarks.first_start time [ADDRESS]

`record` opens each view that has to be asked in a workspace of its own, with the faces that ship and the bundled run, asks for
what stands in `QUESTIONS`, and takes what was kept into `fer_core/assets`: what is kept is thus what the views look for. It takes
some minutes. FER2013's pictures play no part in it. `time` prints the seconds from opening an address (Home, when none is named)
to the first picture of a face, with an empty workspace and a server that has just started, and once more; Chromium must be
installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from benchmarks.page_times import switch
from benchmarks.screenshots import browser_program, serve_app
from fer_core.datasets import prepared
from fer_core.datasets.store import Dataset, dataset_names, open_dataset
from fer_core.datasets.synthetic import NAME_DEFAULT
from fer_core.evaluation.suspects import features_file
from fer_core.explain.kept import keep
from fer_core.explain.neighbours import all_neighbours
from fer_core.features.projection import source_features
from fer_core.lesson.neighbours import write_neighbours
from fer_core.runs import BUNDLED, open_run
from fer_core.settings import ASSETS, PROJECT, settings
from pages.explain.parts.expectation import NEIGHBOURS

OF_RUN = ("predictions", "robustness", "explanations")
"""Folders of a run with what it was asked."""

OF_FACES = ("maps", "suspects", "audit", "features")
"""Folders of a data set with what was computed of it."""

_FACE = """() => [...document.querySelectorAll('[data-testid="stMain"] img')].some(
    (image) => image.complete && image.naturalWidth >= 40 && image.getBoundingClientRect().width >= 40)"""


@dataclass(frozen=True)
class Question:
    """What a view is asked for.

    Attributes:
        view: page, and its tab behind a `#`.
        button: the button that asks begins so; some views ask for much alone.
        chosen: what its widgets are set to {key: value}.
    """

    view: str
    button: str
    chosen: Mapping[str, Any] = field(default_factory=dict)


QUESTIONS = (
    *(
        Question("evaluate/scores", "Predict them now", {"evaluate_on": f"data/{split}"})
        for split in ("test", "validation", "train")
    ),
    *(Question("explain/averages", "Make the mean maps", {"mean_evidence": name}) for name in ("answer", "label")),
    *(
        Question("explain/averages#What it expects", "Make the pictures", {"expect_start": start})
        for start in ("The mean face", "This face", "Plain grey")
    ),
    Question("explain/faithfulness", "Compare with random maps", {"faithful_check": "One face"}),
    Question("explain/faithfulness", "Compare 20 maps with random maps", {"faithful_check": "Many faces"}),
    Question("explain/faithfulness", "Make the weights random", {"faithful_check": "Random weights"}),
    *(
        Question("data/faces#Projection", "Make the map", {"map-source": source, "map-method": method})
        for source in ("backbone", BUNDLED)
        for method in ("pca", "tsne")
    ),
    Question("data/faces#Projection", "Show them before and after"),
    Question("explain/averages#What it expects", "Compute the features"),
    Question("learn/explore#Transfer", "Compute the features", {"neighbours_look": True}),
    Question("data/labels", "Find suspected labels"),
    Question("data/labels#Audit", "Search for faces", {"finding": "No face"}),
    Question("evaluate/stress", "Measure", {"robustness_size_test": 600}),
)


def main() -> None:
    """Pack the faces, or record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pack", "record", "time"))
    parser.add_argument("address", nargs="?", default="", help="time: of a view, such as faces")
    parser.add_argument("--workspace", type=Path, help="record: a folder that keeps the answers, to go on with after a break")
    given = parser.parse_args()
    if given.what == "time":
        for visit, seconds in zip(("first", "second"), first_picture(given.address), strict=True):
            print(f"{visit} visit: {seconds:.1f} s")
        return
    if given.what == "pack":
        prepared.pack(open_dataset(NAME_DEFAULT))
    elif given.workspace:
        record(given.workspace)
    else:
        with tempfile.TemporaryDirectory() as folder:
            record(Path(folder))
    for path in sorted([*(ASSETS / "synthetic").rglob("*"), *(ASSETS / BUNDLED).rglob("*")]):
        if path.is_file():
            print(f"{path.stat().st_size:>10,}  {path.relative_to(ASSETS)}")


def first_picture(address: str) -> list[float]:
    """Seconds until a face is seen, of two visits one after the other to an app that has just been started."""
    from playwright.sync_api import sync_playwright

    seconds = []
    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder)) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(2):
            page = chromium.new_page(viewport={"width": 1280, "height": 720})
            start = time.perf_counter()
            page.goto(f"{url}/{address}")
            page.wait_for_function(_FACE, polling=50, timeout=240_000)
            seconds.append(time.perf_counter() - start)
            page.close()
        chromium.close()
    return seconds


def record(workspace: Path) -> None:
    """Answer all questions anew, and take the answers into the assets.

    Args:
        workspace: where the answers are kept at first; what it holds already is not computed again.
    """
    os.environ["FER_WORKSPACE"] = str(workspace)
    forget()
    faces = open_dataset(NAME_DEFAULT) if NAME_DEFAULT in dataset_names() else prepared.create_prepared()
    for question in QUESTIONS:
        print(question.view, *question.chosen.values(), flush=True)
        test = look(question, timeout=3600)
        if not answered(test, question):
            test = asking(test, question)[0].click().run()
        if test.exception or test.error or not answered(test, question):
            raise SystemExit(f"{question.view} does not answer: {[part.value for part in [*test.exception, *test.error]]}")
    neighbours(faces)
    take(settings().runs / BUNDLED, ASSETS / BUNDLED, OF_RUN)
    take(faces.path, prepared.RECORDED, OF_FACES)


def look(question: Question, *, timeout: float = 60) -> AppTest:
    """Open the view of a question with its widgets set."""
    app = AppTest.from_file(str(PROJECT / "pages" / "frame.py"), default_timeout=timeout).run()
    test = switch(app, question.view).run()
    for key, value in question.chosen.items():
        test.session_state[key] = value
    return test.run()


def asking(test: AppTest, question: Question) -> list[Any]:
    """The buttons of the view that ask for what the question is about."""
    return [button for button in test.main.button if button.label.startswith(question.button)]


def answered(test: AppTest, question: Question) -> bool:
    """Whether the view shows the answer; where robustness was measured, it may be measured again all the same."""
    if question.view == "evaluate/stress":
        return any(part.label.startswith("Measured on 600 of 600 faces") for part in test.main.expander)
    return not asking(test, question)


def neighbours(faces: Dataset) -> None:
    """Find the neighbours of all faces among the features that the maps were made from, which take too much room to ship."""
    run = open_run(BUNDLED)
    features = source_features(faces, BUNDLED)
    keep(
        run, all_neighbours(features, faces.samples, count=NEIGHBOURS, classes=run.classes()), faces.meta.fingerprint, NEIGHBOURS
    )
    write_neighbours(source_features(faces, "backbone"), faces.samples, features_file(faces))


def forget() -> None:
    """Delete what was recorded: all of the faces, and of the run all but its logits on the pictures that it was trained on."""
    shutil.rmtree(prepared.RECORDED, ignore_errors=True)
    training = open_run(BUNDLED).training()
    for name in OF_RUN:
        for file in (ASSETS / BUNDLED / name).glob("*"):
            if training is None or not file.name.startswith(training.fingerprint):
                file.unlink()


def take(source: Path, target: Path, names: tuple[str, ...]) -> None:
    """Copy some folders of what was kept, all but features: they take as much room as the faces."""
    features = shutil.ignore_patterns("*.npy", "*.json") if source.parent == settings().datasets else None
    for name in names:
        shutil.copytree(source / name, target / name, dirs_exist_ok=True, copy_function=shutil.copyfile, ignore=features)


if __name__ == "__main__":
    main()
