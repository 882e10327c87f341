"""What ships is what the views look for: a first start has nothing to ask and nothing to compute."""

import pytest

from benchmarks.first_start import QUESTIONS, answered, look
from fer_core.datasets.prepared import create_prepared
from fer_core.runs import BUNDLED


@pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda question: " ".join([question.view, *map(str, question.chosen.values())])
)
def test_the_recorded_answer_is_shown_at_once(question, workspace):
    create_prepared()
    test = look(question, timeout=120)
    assert [error.value for error in [*test.exception, *test.error]] == []
    assert answered(test, question)
    anew = any(button.label == "Make it anew" for button in test.main.button)
    assert anew or question.view in ("evaluate/scores", "evaluate/stress")
    own = workspace / "runs" / BUNDLED
    assert sorted(path.name for path in own.rglob("*") if path.is_file()) == ["edition"], "nothing was computed"
