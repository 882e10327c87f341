"""Data sets on disk: a folder each, opened memory-mapped, listed and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError

from fer_core.datasets import crowd, staging
from fer_core.datasets.chosen_faces import ChosenFaces
from fer_core.datasets.edits import EditLog, overlay, read
from fer_core.datasets.meta import SPLITS, DatasetMeta
from fer_core.datasets.naming import is_name
from fer_core.datasets.subjects import person_keys
from fer_core.datasets.traits import known
from fer_core.errors import DatasetError, InputError, NotFoundError
from fer_core.photos.frame import Frame
from fer_core.settings import settings

Labels = Literal["imported", "edited"]

IMAGES, SAMPLES, META, EDITS = "images.npy", "samples.parquet", "dataset.json", "edits.jsonl"
"""Files of a data set's folder."""


@dataclass(frozen=True)
class Dataset:
    """One data set; images and samples are read when they are first asked for.

    Attributes:
        name: the data set's name.
        path: its folder.
        meta: what `dataset.json` says.
    """

    name: str
    path: Path
    meta: DatasetMeta

    @cached_property
    def images(self) -> np.ndarray:
        """All faces, (N, S, S) or (N, S, S, 3) uint8, read-only and memory-mapped: row i belongs to the sample with id i.

        Raises:
            DatasetError: the file is missing or damaged.
        """
        try:
            images = np.load(self.path / IMAGES, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(self.name, IMAGES) from error
        if images.shape != (self.meta.n, *self.meta.frame.shape) or images.dtype != np.uint8:
            raise _damaged(self.name, IMAGES)
        return images

    def faces(self, ids: np.ndarray, frame: Frame | None = None) -> ChosenFaces:
        """Some faces by their ids, read when they are asked for; in another frame than that of the data set where one is given.

        Raises:
            DatasetError: the images are damaged.
        """
        return ChosenFaces(self.images, np.asarray(ids, np.int64), frame or self.meta.frame)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row a sample, in order of id; not to be changed in place.

        Columns: id int64, label str, split str, usage str (the source's word for the split), file str (name at the source),
        hash str (of the stored pixels), signature uint64 (perceptual), brightness and contrast float32 (mean and standard
        deviation in grey levels 0 to 255), sharpness float32 (variance of the Laplacian); intensity float32 when drawn;
        trait_NAME int8 where a trait is known, see `traits.PREFIX`; votes_NAME int8, one a name, where annotators' votes were
        imported; subject and angle str where the source tells them
        (empty for a face of which it does not), and then person str, the same in every data set of that source.

        Raises:
            DatasetError: the file is missing or damaged.
        """
        try:
            samples = pd.read_parquet(self.path / SAMPLES)
        except (OSError, ValueError) as error:
            raise _damaged(self.name, SAMPLES) from error
        if len(samples) != self.meta.n or "label" not in samples or "split" not in samples:
            raise _damaged(self.name, SAMPLES)
        if "subject" in samples:
            samples["person"] = person_keys(samples, kind=self.meta.kind, source=self.meta.source)
        return samples

    @property
    def stored_fingerprint(self) -> str:
        """Fingerprint of what lies in its folder, under which edits and features are kept there."""
        return self.meta.fingerprint

    @property
    def edits_file(self) -> Path:
        """`edits.jsonl`: the viewer's decisions, one a line; may not exist."""
        return self.path / EDITS

    def edits(self) -> EditLog:
        """The viewer's decisions as they stand now.

        Raises:
            DatasetError: the samples are damaged.
        """
        return read(self.edits_file, self.samples, fingerprint=self.stored_fingerprint)

    def traits(self) -> pd.DataFrame:
        """What is known of each sample, by the renderer or by the viewer's tags: index id, columns as from `traits.known`.

        Raises:
            DatasetError: the samples are damaged.
        """
        return known(self.samples, self.edits().tags)

    def split(self, name: str, labels: Labels | Literal["crowd"] = "imported") -> pd.DataFrame:
        """Rows of one split, in order of id, index from 0.

        Args:
            name: "train", "validation" or "test".
            labels: "imported"; "edited": relabelled samples have their new label, excluded ones are out; or `crowd.favourites`.

        Raises:
            InputError: no such split, no such kind of labels, or no votes that the crowd's labels could be of.
            DatasetError: the samples are damaged, or one is relabelled as something that is no class of the data set.
        """
        if name not in SPLITS:
            raise InputError(f"A split is one of {', '.join(SPLITS)}; got '{name}'.")
        if labels not in ("imported", "edited", "crowd"):
            raise InputError(f"Labels are 'imported', 'edited' or 'crowd'; got '{labels}'.")
        samples = crowd.favourites(self.samples, self.meta.classes) if labels == "crowd" else self.samples
        if labels == "edited":
            samples = overlay(samples, self.edits())
            self._require_classes(samples)
        return samples[samples["split"] == name].reset_index(drop=True)

    def _require_classes(self, samples: pd.DataFrame) -> None:
        strange = samples[~samples["label"].isin(self.meta.classes)]
        if len(strange):
            first = strange.iloc[0]
            raise DatasetError(
                f"Sample {first['id']} of '{self.name}' is relabelled as '{first['label']}', which is none of its classes "
                f"({', '.join(self.meta.classes)}); relabel it as one of these, exclude it, or train on the imported labels."
            )


def dataset_names() -> list[str]:
    """Names of the data sets in the workspace, alphabetically; damaged ones too."""
    root = settings().datasets
    if not root.is_dir():
        return []
    staging.restore(root)
    return sorted((path.parent.name for path in root.glob(f"*/{META}") if is_name(path.parent.name)), key=str.casefold)


def list_datasets() -> list[DatasetMeta]:
    """What `dataset.json` says of every data set, alphabetically; damaged ones are left out."""
    metas = []
    for name in dataset_names():
        try:
            metas.append(open_dataset(name).meta)
        except (DatasetError, NotFoundError):
            continue
    return metas


def open_dataset(name: str) -> Dataset:
    """The data set of this name.

    Raises:
        NotFoundError: there is none.
        DatasetError: a file of it is missing or damaged.
    """
    path = settings().datasets / name
    if not is_name(name) or not path.is_dir():
        names = dataset_names()
        if name in names:
            return open_dataset(name)
        known = f"there are: {', '.join(names)}" if names else "import one, or make the synthetic faces"
        raise NotFoundError(f"There is no data set '{name}'; {known}.")
    try:
        meta = DatasetMeta.model_validate_json((path / META).read_bytes())
    except (OSError, ValidationError) as error:
        raise _damaged(name, META) from error
    if not (path / IMAGES).is_file() or not (path / SAMPLES).is_file():
        raise _damaged(name, SAMPLES if (path / IMAGES).is_file() else IMAGES)
    return Dataset(name=name, path=path, meta=meta.model_copy(update={"name": name}))


def delete_dataset(name: str) -> None:
    """Delete a data set, a damaged one too.

    Raises:
        NotFoundError: there is none of this name.
        DatasetError: a run is using it.
    """
    if name not in dataset_names():
        raise NotFoundError(f"There is no data set '{name}' to delete.")
    staging.remove(settings().datasets, name)


def _damaged(name: str, file: str) -> DatasetError:
    return DatasetError(f"The data set '{name}' is damaged ({file} is missing or not readable); delete it and import it again.")
