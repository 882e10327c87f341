"""Parts of the page Can it be believed?: one face, many faces, and the check with random weights."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core import numbers
from fer_core.backbones import BACKBONES
from fer_core.datasets.store import Dataset
from fer_core.evaluation.intervals import mean_interval
from fer_core.explain import faithfulness, randomisation
from fer_core.explain.faithfulness import AreaSummary, Comparison
from fer_core.explain.kept import keep, kept
from fer_core.explain.methods import METHODS
from fer_core.explain.of_run import explain_faces, seconds_per_face
from fer_core.explain.overlay import overlay
from fer_core.explain.randomisation import Cascade
from fer_core.figures.explanation import faithfulness_curves, randomisation_curve
from fer_core.labels import display_name
from fer_core.progress import Progress
from pages.explain.parts.asked_work import asked_for, results_of, work_key
from pages.explain.parts.face_choice import method_words
from pages.ui.chart import chart
from pages.ui.faces import Caption, face_grid

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

RANDOM_MAPS, RANDOM_OF_MANY = 10, 5
Shots = list[tuple[str, np.ndarray]]
KINDS = ("Deletion", "Insertion")
AXES = ("Pixels removed", "Pixels inserted")
SIDE = 144
READING = {
    "Deletion": "Deletion: pixels under the map's peak are made grey first. **The sooner the probability falls, the better.**",
    "Insertion": "Insertion: pixels under the map's peak come first into a blurred face. **The sooner it rises, the better.**",
}
_SHOTS = 4


def one_face(predictor: Predictor, data: Dataset, sample: int, method: str, layer: str, *, again: DeltaGenerator) -> None:
    """Draw the deletion and the insertion curve of one face for the class that the run answers, against ten random maps."""
    face = predictor.fitted(data.images[sample : sample + 1])[0]
    answer = predictor.answers(face[None])[0].label
    targets = np.array([predictor.classes.index(answer)])
    asked = face[None], method, layer, RANDOM_MAPS
    looks = 2 * (faithfulness.STEPS + 1) * (1 + RANDOM_MAPS)

    def work(report: Progress) -> tuple[np.ndarray, Comparison]:
        explained, comparison = faithfulness.measure(
            predictor, face[None], targets=targets, method=method, layer=layer or None, randoms=RANDOM_MAPS, progress=report
        )
        keep(predictor.run, comparison, *asked)
        return explained[0].saliency, comparison

    def kept_before() -> tuple[np.ndarray, Comparison] | None:
        comparison = kept(predictor.run, Comparison, *asked)
        if comparison is None:
            return None
        return explain_faces(predictor, face[None], method=method, targets=targets, layer=layer or None)[0].saliency, comparison

    result = asked_for(
        work_key("faithful-one", predictor, data, sample, method, layer),
        title="Comparing the map with random maps",
        offer=f"The face is shown to the network {looks} times, with more and more "
        f"of it changed in the order of the map of {method_words(method, layer)} and of {RANDOM_MAPS} random maps: some seconds.",
        button="Compare with random maps",
        function=work,
        kept=kept_before,
        again=again,
        seconds=seconds_per_face(predictor, method, layer) + looks / 400,
    )
    if result is None:
        return
    saliency, comparison = result
    _curves(
        comparison,
        band=(comparison.random_deletion[0], comparison.random_insertion[0]),
        shots=_shots(face, saliency, answer),
    )
    name = display_name(answer).lower()
    st.caption(
        f"The curves show the probability of {name}, the run's answer. Grey: mean of {RANDOM_MAPS} random maps as coarse as "
        "this one, and the range from the least to the largest. Deletion ends at plain grey, which the run takes for "
        f"{name} with {numbers.percent(float(comparison.deletion[0, -1]), 0)}."
    )


def many_faces(
    predictor: Predictor, data: Dataset, split: str, rows: pd.DataFrame, method: str, layer: str, *, again: DeltaGenerator
) -> None:
    """Draw deletion and insertion curves averaged over faces that the filter lets through, and all that was measured so."""
    sizes = sorted({min(size, len(rows)) for size in (20, 50, 100)})
    count = _count(sizes, sizes[0], "faithful_faces")
    chosen = rows.sort_values("id").sample(count, random_state=0)["id"].to_numpy(np.int64)
    faces = predictor.fitted(data.images[chosen])
    asked = faces, method, layer, RANDOM_OF_MANY
    seconds = count * (seconds_per_face(predictor, method, layer) + 2 * (faithfulness.STEPS + 1) * 6 / 400)

    def work(report: Progress) -> tuple[AreaSummary, AreaSummary, Comparison]:
        targets = predictor.logits(faces).argmax(axis=1)
        comparison = faithfulness.measure(
            predictor, faces, targets=targets, method=method, layer=layer or None, randoms=RANDOM_OF_MANY, progress=report
        )[1]
        keep(predictor.run, comparison, *asked)
        return *faithfulness.summarise(comparison), comparison

    def kept_before() -> tuple[AreaSummary, AreaSummary, Comparison] | None:
        comparison = kept(predictor.run, Comparison, *asked)
        return None if comparison is None else (*faithfulness.summarise(comparison), comparison)

    prefix = work_key("faithful-many", predictor, data)
    result = asked_for(
        f"{prefix} {split} {method} {layer or '-'} {count} {zlib.crc32(chosen.tobytes())}",
        title=f"Comparing {count} maps with random maps",
        offer=f"{count} faces drawn from the {numbers.count(len(rows))} above, each explained by {method_words(method, layer)} "
        f"for the class that the run answers and compared with {RANDOM_OF_MANY} random maps: "
        f"about {numbers.duration(seconds)} on two idle cores.",
        button=f"Compare {count} maps with random maps",
        function=work,
        kept=kept_before,
        again=again,
    )
    if result is not None:
        deletion, insertion, comparison = result
        _curves(comparison)
        for kind, summary in zip(KINDS, (deletion, insertion), strict=True):
            st.markdown(_sentence(kind, summary))
        st.caption("Bands are 95% intervals over the faces.")
    _table(results_of(prefix), len(prefix))


def random_weights(
    predictor: Predictor, data: Dataset, sample: int, rows: pd.DataFrame, method: str, layer: str, *, again: DeltaGenerator
) -> None:
    """The maps of the trained network beside those of the same network with random weights, from the output down."""
    from fer_core.models import classifier

    sizes = [size for size in (1, 4, 8) if size <= len(rows)]
    count = _count(sizes, sizes[-1] if METHODS[method].quick else 1, "random_faces")
    others = rows[rows["id"] != sample]["id"].sort_values().sample(count - 1, random_state=0)
    faces = predictor.fitted(data.images[np.array([sample, *others], np.int64)])
    blocks = classifier.layer_blocks(predictor.model, BACKBONES[predictor.run.config().backbone])
    steps = 1 + len(randomisation.stages(predictor.model, blocks))
    asked = faces, method, layer

    def work(report: Progress) -> Cascade:
        cascade = randomisation.cascade(
            predictor.model,
            faces,
            predictor.logits(faces).argmax(axis=1),
            method=method,
            layer=layer or None,
            blocks=blocks,
            progress=report,
        ).of_first_face()
        keep(predictor.run, cascade, *asked)
        return cascade

    result = asked_for(
        work_key("random-weights", predictor, data, sample, count, method, layer),
        title="Making the weights random",
        offer=f"{count} maps of {method_words(method, layer)}, made {steps} times: with the trained weights, and while one "
        "stage after the other, from the output down, gets the weights of a network that has learned nothing: about "
        f"{numbers.duration(5 + count * steps * METHODS[method].seconds)} on two idle cores.",
        button="Make the weights random",
        function=work,
        kept=lambda: kept(predictor.run, Cascade, *asked),
        again=again,
    )
    if result is not None:
        _cascade(result, faces[0])


def _count(sizes: list[int], first: int, name: str) -> int:
    """How many faces; another filter may leave fewer than were chosen before."""
    if st.session_state.get(name) not in sizes:
        st.session_state[name] = first
    return st.segmented_control("Faces", sizes, key=name, required=True)


def _cascade(cascade: Cascade, face: np.ndarray) -> None:
    names = [step.replace("_", " ") for step in cascade.steps]
    st.markdown("**The map of the chosen face**: trained, then with all weights random from the output down to …")
    face_grid(
        [overlay(face, saliency, side=SIDE) for saliency in cascade.maps[:, 0]],
        [
            Caption(
                detail=display_name(name),
                alt=f"Map with weights random down to {name}" if number else "Map of the trained network",
            )
            for number, name in enumerate(names)
        ],
        size=84,
    )
    measures = {
        "Structural similarity (SSIM)": (cascade.ssim, cascade.chance_ssim),
        "Rank correlation": (cascade.rank, cascade.chance_rank),
    }
    measure = st.segmented_control("Likeness", list(measures), default=next(iter(measures)), required=True, key="random_measure")
    values, chance = measures[measure]
    limits = mean_interval(values.T)
    chart(
        randomisation_curve(names, limits, chance=float(chance.mean()), measure=measure),
        key="randomisation",
        alt=f"{measure} with the trained network's map: {limits[0][-1]:.2f} when all weights are random",
    )
    count = values.shape[1]
    spread = f", with 95% intervals over {count} faces" if count > 1 else ""
    st.caption(
        f"Likeness with the trained network's map, n = {count}{spread}; 1 is the same map. A map that explains what was "
        "learned falls to the dotted line, the likeness of random maps. One that stays high shows the picture's own edges, "
        "whatever the network knows."
    )


def _shots(face: np.ndarray, saliency: np.ndarray, answer: str) -> tuple[Shots, Shots]:
    """The map and the face on the way of deletion, and the face on the way of insertion."""
    ways = faithfulness.altered(face, saliency, steps=_SHOTS, draw=np.random.default_rng(0))
    shares = np.linspace(0, 1, _SHOTS + 1)
    taken = [
        (f"{numbers.percent(share, 0)} removed", picture) for share, picture in zip(shares[1:-1], ways[0][1:-1], strict=True)
    ]
    put = [(f"{numbers.percent(share, 0)} inserted", picture) for share, picture in zip(shares[:-1], ways[1][:-1], strict=True)]
    return [(f"for {answer}", overlay(face, saliency, side=SIDE)), *taken], put


def _curves(
    comparison: Comparison, *, band: tuple[np.ndarray, np.ndarray] | None = None, shots: tuple[Shots, Shots] | None = None
) -> None:
    own, random = (comparison.deletion, comparison.insertion), (comparison.random_deletion, comparison.random_insertion)
    for place, column in enumerate(st.columns(2, gap="large")):
        curve = mean_interval(own[place])
        rival = mean_interval(random[place].mean(axis=1))
        if band is not None:
            rival = (rival[0], band[place].min(axis=0), band[place].max(axis=0))
        areas = [float(faithfulness.area(comparison.changed, part[0])) for part in (curve, rival)]
        with column:
            st.markdown(READING[KINDS[place]])
            if shots is not None:
                words, pictures = zip(*shots[place], strict=True)
                face_grid(pictures, [Caption(detail=word, alt=word) for word in words], size=68)
            chart(
                faithfulness_curves(comparison.changed, curve, rival, axis=AXES[place]),
                key=f"curve_{KINDS[place]}",
                alt=f"{KINDS[place]}: area {areas[0]:.2f}, random maps {areas[1]:.2f}",
            )
            st.markdown(f"Area under the curve **{areas[0]:.2f}**, random maps {areas[1]:.2f}")


def _sentence(kind: str, summary: AreaSummary) -> str:
    mean, low, high = summary.gain
    verdict = "better than" if low > 0 else "worse than" if high < 0 else "no different from"
    return (
        f"**{kind}**: area {_span(summary.area)}, random maps {_span(summary.random)}. The maps are **{verdict} random ones** by "
        f"{mean:.3f} ({low:.3f} to {high:.3f}); on {summary.better} of {summary.n} faces they are better "
        f"({numbers.interval(*summary.better_interval, 0)})."
    )


def _span(limits: Sequence[float]) -> str:
    return f"{limits[0]:.3f} ({limits[1]:.3f} to {limits[2]:.3f})"


def _table(results: dict[str, tuple[AreaSummary, AreaSummary, Comparison]], skip: int) -> None:
    rows = []
    for name, (deletion, insertion, _) in results.items():
        split, method, layer, *_ = name[skip:].split()
        rows.append(
            {
                "Method": method_words(method, "" if layer == "-" else layer),
                "Split": split,
                "n": deletion.n,
                "Deletion, better than random by": _span(deletion.gain),
                "Insertion, better than random by": _span(insertion.gain),
            }
        )
    if len(rows) > 1:
        st.subheader("Measured so far", anchor=False)
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        st.caption(
            "Differences of areas with 95% intervals over the faces. Each method is compared with random maps as coarse as "
            "its own."
        )
