"""From a run to logits and calibrated probabilities for faces; which applies flip, prior, temperature, threshold alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_core.datasets.chosen_faces import ChosenFaces
from fer_core.errors import RunError
from fer_core.models import saved_network
from fer_core.models.inference import Forward, feature_map_forward, int8_forward, network_forward
from fer_core.models.saved_network import Network
from fer_core.photos.faces import Face
from fer_core.photos.frame import FER, Frame, converted, converted_one
from fer_core.progress import Progress, silent
from fer_core.runs import Run, version
from fer_core.runs.records import Calibration

if TYPE_CHECKING:
    import keras

BATCH = 128
"""Most pictures that go through the network at once; a face and its mirror image are two."""

NEAR_MARGIN, NEAR_THRESHOLD = 0.7, 0.2
"""A photo's face is mirrored, too, where its two largest probabilities lie less than the first apart, or the largest less than
the second from the threshold of sure answers: elsewhere the mirror image changes no answer.

On 2,070 validation faces of FER2013 class and sureness are then for at least 99.9 % what they are with all faces mirrored, for
thresholds from 0 to 0.95; of `bundled`'s faces 36 % are mirrored, of `bundled-crowd`'s 17 %
(`python -m benchmarks.near_answers`).
"""
Loader = Callable[[Path], "keras.Model"]


@dataclass(frozen=True)
class Answer:
    """What a run answers for one face.

    Attributes:
        label: class with the largest probability.
        sure: False when that probability is below the run's threshold.
        probabilities: {class: calibrated probability}, sums to 1.
    """

    label: str
    sure: bool
    probabilities: dict[str, float]


class Predictor:
    """A run's network, ready to answer.

    Args:
        run: where the network comes from.
        network: it, as it was read from the run's file.
        classes: names of its logits.
        calibration: temperature, threshold and flip to apply.
        forward: from faces in the run's frame to (N, C) float32 logits, where another pass than the network's own is to answer.
        int8: whether photos are answered by the same network quantised to int8.
        load: reads the network as a Keras model, when one is asked for.
    """

    def __init__(
        self,
        run: Run,
        network: Network,
        classes: tuple[str, ...],
        calibration: Calibration,
        *,
        forward: Forward | None = None,
        int8: bool = False,
        load: Loader | None = None,
    ) -> None:
        self.run, self.network, self.classes, self.calibration = run, network, classes, calibration
        self._forward, self._int8 = forward or network_forward(network), int8
        self._load, self._model = load or _load_model, version.model_digest(run.model_file)

    @property
    def version(self) -> str:
        """Of its answers, as `runs.version.version` names those of its run."""
        return version.answers_version(self._model, self.calibration, int8=self._int8)

    @property
    def frame(self) -> Frame:
        """Size and colour of the faces that its network takes."""
        return self.network.frame

    def fitted(self, faces: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Faces in the run's frame: what its network gets of (N, S, S) or (N, S, S, 3) uint8; see `frame.converted`.

        Raises:
            InputError: the array has another shape or dtype.
        """
        return np.asarray(converted(faces, self.frame))

    def fitted_face(self, face: Face) -> NDArray[np.uint8]:
        """What the network gets of a face in a photo: the grey face where it takes such, else the coloured crop converted."""
        return face.grey if self.frame == FER else converted_one(face.crop_rgb, self.frame)

    @cached_property
    def quick(self) -> Forward | None:
        """The pass that answers photos, by the network quantised to int8; None where photos are answered as all else is."""
        return int8_forward(self.network) if self._int8 else None

    @cached_property
    def feature_maps(self) -> Forward:
        """From faces in the run's frame to the feature maps that are averaged for the answer, (N, K, rows, columns) float32.

        Raises:
            RunError: the network has no such layer (`Network.pooled_layer`).
        """
        layer = self.network.pooled_layer
        if layer is None:
            raise RunError(f"The network of run '{self.run.about().name}' does not answer from the mean of feature maps.")
        return feature_map_forward(self.network, layer)

    @cached_property
    def model(self) -> keras.Model:
        """The run's network for Keras, whose gradients explain answers; the first in a process imports TensorFlow, for seconds.

        Raises:
            RunError: the run's file is damaged, or is not the one any more that the answers are of.
        """
        if version.model_digest(self.run.model_file) != self._model:
            raise RunError(f"The model of run '{self.run.about().name}' has been replaced; reload the page.")
        return self._load(self.run.model_file)

    def logits(
        self, faces: NDArray[np.uint8] | ChosenFaces, *, quick: bool = False, progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Logits of faces, the prior taken off: those whose largest names the answer. Arguments and errors of `raw_logits`."""
        return corrected(self.raw_logits(faces, quick=quick, progress=progress), self.calibration)

    def raw_logits(
        self, faces: NDArray[np.uint8] | ChosenFaces, *, quick: bool = False, progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Logits as the network gives them; with flip, the mean of the face's and its mirror's; for photos only where it matters.

        Args:
            faces: (N, S, S) or (N, S, S, 3) uint8, or such as are read part by part; those of another size or colour than the
                run's are converted (`fitted`).
            quick: for photos: by the network quantised to int8, and with the mirror image of those faces alone whose answer is
                near to another one (`NEAR_MARGIN`), where that answers nearly the same (`Run.int8_agreement`). What is scored
                or counted is always answered in floats.
            progress: called after each batch.

        Returns:
            (N, C) float32.

        Raises:
            InputError: the array has another shape or dtype.
            RunError: the network answers with what is not a number.
        """
        logits = np.empty((len(faces), len(self.classes)), np.float32)
        size = BATCH // 2 if self.calibration.flip else BATCH
        for start in range(0, len(faces), size):
            logits[start : start + size] = self._logits(self.fitted(faces[start : start + size]), self.quick if quick else None)
            done = min(start + size, len(faces))
            progress(done / len(faces), f"{done:,} of {len(faces):,} faces")
        if not np.isfinite(logits).all():
            raise RunError(
                f"The network of run '{self.run.about().name}' answers with what is not a number, as its training diverged; "
                "choose another run, or train it again with a smaller learning rate."
            )
        return logits

    def _logits(self, faces: NDArray[np.uint8], quick: Forward | None) -> NDArray[np.float32]:
        """Logits of at most a batch, by the pass for photos if there is one; faces and mirror images go through together."""
        if not self.calibration.flip:
            return (quick or self._forward)(faces)
        if quick is not None:
            logits = quick(faces)
            near = self.near(corrected(logits, self.calibration))
            if near.any():
                logits[near] = (logits[near] + quick(faces[near, :, ::-1])) / np.float32(2)
            return logits
        both = self._forward(np.concatenate([faces, faces[:, :, ::-1]]))
        return (both[: len(faces)] + both[len(faces) :]) / np.float32(2)

    def near(self, logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of (N, C) corrected logits lie so near to another class, or the threshold, that a mirror image may matter."""
        ranked = np.sort(self.probabilities(logits), axis=1)
        from_threshold = np.abs(ranked[:, -1] - self.calibration.threshold)
        return np.asarray((ranked[:, -1] - ranked[:, -2] < NEAR_MARGIN) | (from_threshold < NEAR_THRESHOLD))

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities softmax(logits / temperature) of corrected logits: (N, C) in, (N, C) float32 out."""
        return probabilities(logits, self.calibration)

    def answers(self, faces: NDArray[np.uint8], *, quick: bool = False) -> list[Answer]:
        """The run's answer for each of some faces; arguments as for `logits`."""
        answers = []
        for row in self.probabilities(self.logits(faces, quick=quick)):
            best = int(row.argmax())
            named = {name: float(value) for name, value in zip(self.classes, row, strict=True)}
            answers.append(Answer(self.classes[best], bool(row[best] >= self.calibration.threshold), named))
        return answers


def corrected(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Take the prior of the training faces off raw logits, (N, C) in and out; the very same where none is to be taken off."""
    shift = calibration.prior_shift
    return logits - np.array(shift, logits.dtype) if shift else logits


def probabilities(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Turn corrected logits into probabilities softmax(logits / temperature): (N, C) in, (N, C) float32 out."""
    scaled = logits.astype(np.float64) / calibration.temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def frame_of_run(run: Run) -> Frame:
    """Size and colour of the faces that a run takes, as its folder says."""
    training = run.training()
    return Frame(training.size, training.colour) if training else FER


def conversion_words(stored: Frame, asked: Frame) -> str:
    """What is done to faces of a data set before a run with another frame is asked, in a sentence; empty where nothing is."""
    if stored == asked:
        return ""
    return f"The faces are {stored.words}, and this run takes {asked.words}: they are converted before it is asked."


def probability_words(calibration: Calibration) -> str:
    """What kind of probabilities a run's are, for the views that show them."""
    prior = f", {calibration.prior_tau:.2f} of the training prior taken off" if calibration.prior_tau else ""
    if calibration.temperature == 1:
        return f"probabilities as the network says them, not calibrated{prior}"
    return f"calibrated probabilities (temperature {calibration.temperature:.2f}{prior})"


def load_predictor(run: Run, *, load: Loader | None = None) -> Predictor:
    """The predictor of a run, without TensorFlow.

    Args:
        run: the run.
        load: reads its network as a Keras model, when an explanation asks for one.

    Raises:
        RunError: the run has no model yet, or its files are damaged.
    """
    classes = run.classes()
    if not run.model_file.is_file() or not classes:
        raise RunError(f"Run '{run.about().name}' has no trained model yet; wait for its first epoch or choose another run.")
    network = saved_network.read(run.model_file)
    if network.answers != len(classes):
        raise RunError(f"Run '{run.about().name}' names {len(classes)} classes, but its model answers {network.answers}.")
    calibration = run.calibration()
    if calibration.prior_tau and len(calibration.prior) != len(classes):
        raise RunError(
            f"Run '{run.about().name}' names {len(classes)} classes, but its calibration.json has another number; "
            "set the prior back to 0 on the page Calibration."
        )
    return Predictor(run, network, classes, calibration, int8=version.answers_in_int8(run), load=load)


def _load_model(path: Path) -> keras.Model:
    from fer_core.models import classifier

    return classifier.load(path)


def answer_faces(faces: list[Face], predictor: Predictor) -> list[Answer]:
    """The run's answer for each face, in the same order."""
    return predictor.answers(np.stack([predictor.fitted_face(face) for face in faces]), quick=True) if faces else []
