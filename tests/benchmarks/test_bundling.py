"""What the recorded run is made of."""

import json

import numpy as np

from benchmarks import bundle_run


def test_batches_are_thinned_evenly_over_the_epochs(tmp_path):
    """However closely an epoch was written down: here the second ten times as closely as the first."""
    places = np.concatenate([np.linspace(0.1, 1, 10), np.linspace(1.01, 2, 100)])
    source, target = tmp_path / "all.jsonl", tmp_path / "some.jsonl"
    source.write_text("".join(f"{json.dumps({'epoch': place})}\n" for place in places))
    bundle_run.thin_batches(source, target, rows=20)
    kept = [json.loads(line)["epoch"] for line in target.read_text().splitlines()]
    assert (kept[0], kept[-1]) == (0.1, 2.0)
    assert 8 <= sum(place <= 1 for place in kept) <= 11
    assert len(kept) <= 20
