"""What the browser is told of faces before and after training."""

import numpy as np

from fer_core.figures.morph import moving_cloud
from fer_core.labels import FIVE, colours
from fer_core.lesson.morph import Morph, Separation


def test_points_colours_and_words_of_a_cloud():
    morph = Morph(
        dataset="Faces",
        split="test",
        classes=FIVE,
        samples=np.arange(4),
        labels=np.array([0, 0, 3, 3]),
        before=np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [0.5, 0.5]]),
        after=np.array([[-1.0, 0.0], [-0.5, 0.0], [0.25, 0.5], [0.75, 0.5]]),
        explained=np.full((2, 2), 0.25),
        same=np.ones((2, 4)),
    )
    share = (0.5, 0.4, 0.6)
    told = moving_cloud(
        morph, Separation(n=4, count=1, before=share, after=(1.0, 0.9, 1.0), difference=(0.5, 0.3, 0.6), chance=0.5)
    )
    assert told["points"] == [0, 0, -1000, 0, 500, 0, -500, 0, 0, 500, 250, 500, 500, 500, 750, 500]
    assert told["bounds"] == [[0, 500, 0, 500], [-1000, 750, 0, 500]]
    assert told["classes_of"] == [0, 0, 1, 1]
    assert told["classes"] == [[name.title(), colours(FIVE)[name], "2 faces"] for name in ("angry", "happy")]
    assert told["middles"] == [[-750.0, 0.0], [500.0, 500.0]]
    assert told["label"].startswith("4 faces as points")
