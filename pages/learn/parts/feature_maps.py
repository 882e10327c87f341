"""A face on its way through MobileNet: who looks at it, which face, and the strongest channels of every stage as pictures."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets.synthetic import draw_face
from fer_core.escape import markdown
from fer_core.figures import theme
from fer_core.labels import FIVE, colours, display_name
from fer_core.lesson.feature_maps import CEILING, Journey, StageMaps, journey
from fer_core.models.saved_network import before_training
from fer_core.models.weights import BUNDLED_MOBILENET
from fer_core.photos.frame import FER
from fer_core.predictor import frame_of_run
from fer_core.runs import BUNDLED, Run
from pages.ui import loaders
from pages.ui.faces import png_uri
from pages.ui.state import selected_dataset, selected_run

TRAINED, IMAGENET = "trained", "imagenet"
COMMON, OWN = "0 to 6 in every picture", "each picture on its own"
_ROW, _LABEL, _SEED = "map_row", "map_label", "map_seed"
_NEGATIVE, _ZERO, _POSITIVE = (
    np.array([int(tone[start : start + 2], 16) for start in (1, 3, 5)], np.float32)
    for tone in (theme.PAIR[1], "#F5F5F5", theme.PAIR[0])
)

_STYLE = """
.fer-maps{margin:0 0 12px}
.fer-maps .row{display:grid;gap:6px;grid-template-columns:repeat(auto-fill,minmax(var(--side),1fr));margin:3px 0 10px}
.fer-maps img{width:100%;aspect-ratio:1;display:block;border-radius:4px;image-rendering:pixelated}
.fer-maps .scale{display:flex;gap:8px;align-items:center;font-size:.88rem;margin:2px 0 8px}
.fer-maps .scale img{width:180px;max-width:40vw;height:14px;aspect-ratio:auto}
.fer-maps .note{font-size:.88rem}
.fer-maps h6{margin:0;font-size:.95rem}
"""


def choose_face() -> np.ndarray:
    """A stored face of the chosen data set, or where there is none a drawn one, as fine as the chosen run takes; uint8."""
    data = selected_dataset()
    classes = data.meta.classes if data else FIVE
    if st.session_state.get(_LABEL) not in classes:
        st.session_state[_LABEL] = "happy" if "happy" in classes else classes[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox("Expression", classes, format_func=display_name, key=_LABEL, width=150)
        st.button("Another face", icon=":material/shuffle:", on_click=_another)
    seed = st.session_state.setdefault(_SEED, 0)
    if data is None:
        st.caption("There is no data set, so this face is drawn.")
        run = selected_run()
        size = (FER if run is None else frame_of_run(run)).size
        return draw_face(seed % 1000, label, 0.0 if label == "neutral" else 1.0, size=size)
    rows = data.samples[data.samples["label"] == label]
    rows = data.samples if rows.empty else rows
    return np.asarray(data.images[int(rows["id"].iloc[seed % len(rows)])])


def choose_network() -> tuple[Run, str]:
    """The run whose MobileNet looks, the chosen one or the one that ships; and whether it is as it was before training.

    Raises:
        NotFoundError: no run ships.
    """
    run = selected_run()
    if run is None or not run.model_file.is_file() or run.config().backbone != "mobilenet":
        run = runs.open_run(BUNDLED)
    names = {IMAGENET: "Before training", TRAINED: "After training"}
    chosen = st.segmented_control(
        "Which network",
        list(names),
        format_func=names.__getitem__,
        default=TRAINED,
        required=True,
        key="map_network",
        help=f"The network of the run “{markdown(run.about().name)}”; before training it has ImageNet's weights.",
    )
    return run, str(chosen)


def look(run: Run, chosen: str, face: np.ndarray) -> Journey:
    """What the network makes of the face."""
    return _looked(*loaders.answers_key(run), chosen, face.tobytes(), face.shape, run)


def answers(run: Run, chosen: str, way: Journey) -> list[tuple[str, str, float]]:
    """(class, colour, probability) of a face's logits; none before training, when nobody has told the network the classes."""
    if chosen == IMAGENET:
        return []
    predictor = loaders.predictor(run)
    shares = predictor.probabilities(way.logits[None])[0]
    tones = colours(predictor.classes)
    return [(name, tones[name], float(share)) for name, share in zip(predictor.classes, shares, strict=True)]


def takeaway(way: Journey, answers: Sequence[tuple[str, str, float]]) -> str:
    """What the way comes to, in one sentence of Markdown."""
    first, last = way.stages[0], way.stages[-1]
    shapes = [f"{maps.maps.shape[1]}×{maps.maps.shape[1]} places in {maps.total:,} channels" for maps in (first, last)]
    start = f"**Places become fewer, channels more**: {shapes[0]} become {shapes[1]}"
    if not answers:
        return f"{start}. Nobody has told this network what an expression is, so it has no answer."
    name, _, share = max(answers, key=lambda row: row[2])
    return f"{start}, and these answer **{markdown(display_name(name))}, {numbers.percent(share, 0)}**."


def show_stage(maps: StageMaps, title: str, scale: str) -> None:
    """One stage in large pictures: depthwise kernels, what they find, and what the pointwise convolution makes of it."""
    parts = [_bar(scale)]
    if maps.filters is not None and maps.depthwise is not None and maps.depthwise_channels is not None:
        channels = [f"channel {int(channel)}" for channel in maps.depthwise_channels]
        parts += [
            "<h6>Depthwise kernels of the strongest channels</h6>",
            "<div class=note>Purple is below 0, white 0, green above 0; each kernel up to its own largest weight.</div>",
            _row([_kernel(kernel) for kernel in maps.filters], [f"Kernel of {name}" for name in channels], 84),
            "<h6>What these kernels find in their channels, after batch norm and ReLU6</h6>",
            _row([_picture(plane, scale) for plane in maps.depthwise], channels, 84),
            "<h6>After the pointwise convolution: the strongest of its new channels</h6>",
        ]
    parts.append(_row([_picture(plane, scale) for plane in maps.maps], [f"{title}, channel {int(n)}" for n in maps.channels], 84))
    st.html(_framed(parts))


def show_all(every: Sequence[StageMaps], titles: dict[str, str], scale: str) -> None:
    """The strongest channels of all stages, one row a stage."""
    parts = [_bar(scale), "<div class=note>Strongest are the channels that differ most from place to place.</div>"]
    for maps in every:
        title = titles[maps.stage]
        side = maps.maps.shape[1]
        silent = f", {numbers.percent(maps.silent, 0)} of the channels silent" if maps.silent >= 0.005 else ""
        parts.append(f"<h6>{title}: {side}×{side}, {len(maps.channels)} of {maps.total:,} channels{silent}</h6>")
        parts.append(
            _row([_picture(plane, scale) for plane in maps.maps], [f"{title}, channel {int(n)}" for n in maps.channels], 72)
        )
    st.html(_framed(parts))


@st.cache_resource(max_entries=4, show_spinner=False)
def _traveller(folder: str, version: str, chosen: str, _run: Run) -> Callable[[np.ndarray], Journey]:
    network = loaders.predictor(_run).network
    return journey(network if chosen == TRAINED else before_training(network, BUNDLED_MOBILENET))


@st.cache_data(max_entries=24, show_spinner="The network looks at the face …")
def _looked(folder: str, version: str, chosen: str, face: bytes, shape: tuple[int, ...], _run: Run) -> Journey:
    return _traveller(folder, version, chosen, _run)(np.frombuffer(face, np.uint8).reshape(shape))


def _another() -> None:
    st.session_state[_SEED] = random.randrange(1_000_000)


def _picture(plane: np.ndarray, scale: str) -> np.ndarray:
    top = CEILING if scale == COMMON else max(float(plane.max()), 1e-6)
    grey = np.clip(plane / top * 255, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(grey, cv2.COLORMAP_CIVIDIS)[..., ::-1]


def _kernel(weights: np.ndarray) -> np.ndarray:
    share = (weights / max(float(np.abs(weights).max()), 1e-9))[..., None]
    tone = np.where(share < 0, _NEGATIVE, _POSITIVE)
    return np.rint(_ZERO + np.abs(share) * (tone - _ZERO)).astype(np.uint8)


def _row(pictures: Sequence[np.ndarray], names: Sequence[str], side: int) -> str:
    cells = "".join(
        f'<img src="{png_uri(picture)}" alt="{name}" title="{name}">' for picture, name in zip(pictures, names, strict=True)
    )
    return f'<div class="row" style="--side:{side}px">{cells}</div>'


def _bar(scale: str) -> str:
    ramp = _picture(np.tile(np.linspace(0, CEILING, 120, dtype=np.float32), (8, 1)), COMMON)
    top = f"{CEILING:g} (the most that ReLU6 lets through)" if scale == COMMON else "the picture's largest value"
    bar = f'<img src="{png_uri(ramp)}" alt="from dark to bright">'
    return f'<div class="scale"><span>0 (nothing found)</span>{bar}<span>{top}</span></div>'


def _framed(parts: Sequence[str]) -> str:
    return f'<div class="fer-maps"><style>{_STYLE}</style>{"".join(parts)}</div>'
