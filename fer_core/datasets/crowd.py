"""Labels that annotators' votes give: shares of the votes to learn from, and the crowd's favourite to judge by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.datasets.tables import VOTES
from fer_core.datasets.votes import summarise


def favourites(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The rows of which the crowd's favourite is one of the classes, with it as their label.

    A row is left out where the most votes are shared, or where another name, unknown or no face has at least as many.

    Args:
        samples: columns label and votes_NAME.
        classes: class names.

    Raises:
        InputError: `samples` has no votes.
    """
    crowd = summarise(samples)["crowd"]
    crowd = crowd[crowd.isin(list(classes))]
    return samples.loc[crowd.index].assign(label=crowd)


def vote_shares(samples: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.float32]:
    """Votes for each of the classes as a share of all votes on the face.

    Args:
        samples: columns votes_NAME.
        classes: class names; one that was not voted for has 0.

    Returns:
        (N, classes) float32; a row's sum is the share of votes that name one of the classes, 0 without votes.
    """
    names = [name for name in samples.columns if name.startswith(VOTES)]
    total = samples[names].to_numpy(np.float32).sum(axis=1, keepdims=True)
    counts = samples.reindex(columns=[VOTES + name for name in classes], fill_value=0).to_numpy(np.float32)
    return counts / np.maximum(total, 1)


def learnable(samples: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The rows with a vote for one of the classes, labelled with the class that has most votes, the first where it is shared.

    Such a label counts the faces of a class; what is learned of a face are its `vote_shares`.
    """
    shares = vote_shares(samples, classes)
    voted = shares.sum(axis=1) > 0
    return samples[voted].assign(label=np.array(classes, object)[shares[voted].argmax(axis=1)])
