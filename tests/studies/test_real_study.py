"""A study of real, tiny runs through the command line, from the question to the test score."""

import json

import pytest

from fer_core.cli import main


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_settings_with_two_seeds_are_trained_and_one_is_chosen(workspace, capsys):
    assert main(["synthetic", "--name", "Drawn", "--count", "48", "--seed", "3"]) == 0
    recipe = ["--preset", "frozen", "--set", "fine_map=false", "--set", "head_epochs=1", "--set", "batch_size=16"]
    asked = ["--vary", "resolution=32,48", "--seeds", "2"]
    assert main(["study", "create", "Sizes", "--dataset", "Drawn", *recipe, *asked]) == 0
    assert main(["study", "show", "Sizes"]) == 0
    assert "no run yet" in capsys.readouterr().out
    assert main(["study", "run", "Sizes", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(row["values"]["resolution"] for row in found["settings"]) == ["32", "48"]
    runs = [run for row in found["settings"] for run in row["runs"]]
    assert len(set(runs)) == 4
    means = [row["mean"] for row in found["settings"]]
    assert means == sorted(means, reverse=True)
    assert found["chosen"]["values"] == found["settings"][0]["values"]
    assert len(found["chosen"]["test"]["each"]) == 2
    assert {row["n"] for row in found["settings"]} == {found["chosen"]["ahead"]["n"]}

    # The same question again trains nothing: every run is there.
    assert main(["study", "run", "Sizes", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [row["runs"] for row in again["settings"]] == [row["runs"] for row in found["settings"]]
