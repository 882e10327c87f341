"""Some faces of a data set in one frame, read when they are asked for: all together may be more than memory holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_core.photos.frame import Frame, converted


@dataclass(frozen=True)
class ChosenFaces:
    """Faces, read part by part: `faces[a:b]` or `faces[numbers]` is an array (N, S, S) or (N, S, S, 3) uint8.

    Attributes:
        images: all faces of the data set, memory-mapped.
        ids: (N,) which of them, in order.
        frame: size and colour that they are converted to.
    """

    images: NDArray[np.uint8]
    ids: NDArray[np.int64]
    frame: Frame

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice | NDArray[np.integer]) -> NDArray[np.uint8]:
        return np.asarray(converted(np.asarray(self.images[self.ids[part]]), self.frame))

    @property
    def nbytes(self) -> int:
        """Bytes of all of them."""
        return len(self.ids) * int(np.prod(self.frame.shape))
