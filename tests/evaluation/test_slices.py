"""Slices, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from fer_core.datasets.traits import TRAITS
from fer_core.errors import InputError
from fer_core.evaluation.intervals import wilson
from fer_core.evaluation.slices import slices
from fer_core.figures.slices import slice_strip

ANSWERS = pd.DataFrame({"sample": range(10, 18), "label": list("aaaabbbb"), "predicted": list("aaabbbaa")})  # Right are yyynyynn.
SAMPLES = pd.DataFrame({"id": range(8, 20), "brightness": [0.0, 0, 80, 70, 60, 50, 40, 30, 20, 10, 99, 99]})


def by_key(found) -> dict[str, tuple[int, int]]:
    return {row["key"]: (row["correct"], row["n"]) for row in found.table.to_dict("records")}


def test_quarters_of_what_was_answered():
    found = slices(ANSWERS, SAMPLES)
    # Samples 10 to 17 have 80, 70, ... 10: the darkest quarter is samples 16 and 17.
    assert by_key(found) == {
        "brightness/darkest (10 to 20)": (0, 2),
        "brightness/third quarter (50 to 60)": (1, 2),
        "brightness/second quarter (30 to 40)": (2, 2),
        "brightness/brightest (70 to 80)": (2, 2),
    }
    assert found.table["accuracy"].tolist() == [0, 0.5, 1, 1]
    assert found.members["brightness/darkest (10 to 20)"].tolist() == [16, 17]
    worst = found.table.iloc[0]
    assert (worst["low"], worst["high"]) == wilson(0, 2)
    assert found.table["baseline"].tolist() == [1, 1, 1, 1]


def test_equal_values_stay_together_and_unknown_ones_are_left_out():
    samples = SAMPLES.assign(brightness=5.0, intensity=[9, 9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, np.nan, 9, 9], sharpness=np.nan)
    assert by_key(slices(ANSWERS, samples)) == {
        "intensity/faintest (0.10 to 0.10)": (5, 6),
        "intensity/strongest (0.90 to 0.90)": (0, 1),
    }


def test_leaks_and_copies():
    exact = [True, True, False, False, False, False, False, False]
    near = [True, False, True, False, False, False, False, False]
    found = slices(ANSWERS, SAMPLES[["id"]], exact=exact, near=near, copies=[False] * 7 + [True])
    assert by_key(found) == {
        "leak/pixel for pixel": (2, 2),
        "leak/nearly": (1, 1),
        "leak/not in training": (2, 5),
        "copies/has a copy": (0, 1),
        "copies/has none": (5, 7),
    }
    assert found.table["key"].tolist()[:2] == ["copies/has a copy", "leak/not in training"]
    assert found.table.set_index("key").loc["leak/not in training", "baseline"] == 0.8
    assert slices(ANSWERS, SAMPLES[["id"]], exact=[False] * 8, near=[False] * 8, copies=[False] * 8).table.empty


def test_suspected_labels():
    found = slices(ANSWERS, SAMPLES[["id"]], suspected=[False] * 5 + [True] * 3)
    assert by_key(found) == {"label/suspected": (1, 3), "label/not suspected": (4, 5)}


def test_agreement_of_annotators():
    crowd = pd.DataFrame({"id": [10, 11, 12, 13, 14], "agree": [5, 6, 8, 10, 4], "votes": [10, 10, 10, 10, 10]})
    assert by_key(slices(ANSWERS, SAMPLES[["id"]], crowd=crowd)) == {
        "annotators/at most 50% agree": (2, 2),
        "annotators/50% to 80% agree": (1, 1),
        "annotators/at least 80% agree": (1, 2),
    }


@pytest.mark.parametrize(
    ("samples", "flags", "reason"),
    [
        (SAMPLES.iloc[:5], None, "one row for every answered sample"),
        (SAMPLES.assign(id=10), None, "one row for every answered sample"),
        (SAMPLES.drop(columns="id"), None, "missing: id"),
        (SAMPLES, [True], r"each of 8 samples; got shape \(1,\)"),
    ],
)
def test_refused(samples, flags, reason):
    with pytest.raises(InputError, match=reason):
        slices(ANSWERS, samples, exact=flags)


def test_figure_marks_the_chosen_slice():
    table = slices(ANSWERS, SAMPLES).table
    dots, baselines = slice_strip(table, overall=5 / 8, chosen=table["key"][1]).data
    assert list(dots.x) == [0, 0.5, 1, 1]
    assert dots.marker.symbol == ("circle", "square", "circle", "circle")
    assert list(baselines.x) == [1, 1, 1, 1]
    assert not slice_strip(table[:0], overall=0.5).data


def test_who_is_failed_by_what_is_known_of_the_faces():
    traits = pd.DataFrame(dict.fromkeys(TRAITS, ""), index=range(20))
    traits.loc[[10, 14, 16, 17], "glasses"] = "glasses"
    traits.loc[[11, 12], "glasses"] = "no glasses"
    traits.loc[[13], "age"] = "child"
    found = slices(ANSWERS, SAMPLES[["id"]], traits=traits)
    assert by_key(found) == {"age/child": (0, 1), "glasses/glasses": (2, 4), "glasses/no glasses": (2, 2)}
    people = found.of_people
    assert people[["subject", "slice"]].to_numpy().tolist() == [
        ["Age", "child"],
        ["Glasses", "glasses"],
        ["Glasses", "no glasses"],
    ]
    titles = [note.text for note in slice_strip(people, overall=0.5).layout.annotations]
    assert "<b>Glasses: glasses  50.0%</b>, n = 4, few" in titles
    assert slices(ANSWERS, SAMPLES[["id"]], traits=traits.assign(glasses="", age="")).of_people.empty
