"""A search's figures: the best so far rises, each state has its own mark, and a panel a key has the axis of its values."""

from fer_core.figures.search import trial_dots, trial_slices
from fer_core.studies.search import Trial

ROWS = [
    ("finished", 0.4, {"rate": "0.0001", "weights": "none"}),
    ("finished", 0.6, {"rate": "0.01", "weights": "sqrt"}),
    ("pruned", 0.7, {"rate": "0.002", "weights": "none"}),
    ("finished", 0.5, {"rate": "0.001", "weights": "sqrt"}),
    ("running", None, {"rate": "0.003", "weights": "none"}),
]
TRIALS = [Trial(number=number, values=values, state=state, value=value) for number, (state, value, values) in enumerate(ROWS)]


def test_the_best_so_far_is_of_trials_that_ended():
    figure = trial_dots(TRIALS)
    assert list(figure.data[0].y) == [0.4, 0.6, 0.6, 0.6]
    shown = {trace.name: list(trace.x) for trace in figure.data[1:] if trace.showlegend}
    assert shown == {"Trained to its end": [1, 2, 4], "Pruned": [3]}


def test_a_panel_a_key_with_its_own_axis():
    figure = trial_slices(TRIALS)
    assert (figure.layout.xaxis.type, figure.layout.xaxis2.type) == ("log", "category")
    finished = [trace for trace in figure.data if trace.name == "Trained to its end"]
    assert [list(trace.x) for trace in finished] == [[0.0001, 0.01, 0.001], ["none", "sqrt", "sqrt"]]
    assert all(list(trace.y) == [0.4, 0.6, 0.5] for trace in finished)


def test_without_a_value_both_say_what_will_come():
    for figure in (trial_dots(TRIALS[4:]), trial_slices([])):
        assert not figure.data
        assert figure.layout.annotations
