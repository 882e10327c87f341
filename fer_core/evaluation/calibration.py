"""Whether a network is right as often as it says it is."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_core.errors import InputError

ECE_BINS = 15
"""Bins of the expected calibration error, as in Guo et al. (2017), arXiv:1706.04599."""


def expected_calibration_error(probabilities: NDArray[np.floating], correct: ArrayLike, bins: int = ECE_BINS) -> float:
    """Mean distance of confidence and accuracy over equally wide bins of the top probability (Guo et al. 2017, eq. 3).

    Args:
        probabilities: (N, C), rows sum to 1.
        correct: (N,) bool, the most probable class is the label.
        bins: number of bins (low, high] on (0, 1].

    Returns:
        Error in [0, 1], weighted by the samples in each bin.

    Raises:
        InputError: no samples, lengths differ, or `bins` below 1.
    """
    hits = np.asarray(correct, dtype=bool)
    if probabilities.ndim != 2 or len(probabilities) != len(hits) or len(hits) == 0:
        raise InputError(
            f"Calibration needs (N, C) probabilities and N answers, N above 0; got {probabilities.shape}, {len(hits)}."
        )
    if bins < 1:
        raise InputError(f"Bins must be at least 1; got {bins}.")
    confidence = probabilities.max(axis=1)
    index = np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)
    gaps = np.bincount(index, weights=hits.astype(np.float64) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(hits))
