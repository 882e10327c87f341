"""Parts of the view about MobileNet: its plan as the viewer asks for it, the picture, one stage opened, and the table."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core import numbers
from fer_core.figures import theme
from fer_core.figures.network import network
from fer_core.models import architecture
from fer_core.models.architecture import Layer, Stage, shape_words
from pages.ui.chart import chart
from pages.ui.heading import Figure, figures_row
from pages.ui.state import selected_dataset

STAGE, CHART = "network_stage", "network_chart"
_FIRST_OPENED = "block_2"

_DOES = {
    "convolution": "slides {k}×{k} kernels over all channels at once",
    "depthwise": "slides one {k}×{k} kernel over each channel alone",
    "pointwise": "mixes the channels at each place: a weighted sum for every new channel",
    "normalisation": "brings each channel to a known mean and spread",
    "relu6": "cuts off below 0 and above 6",
    "pooling": "takes each channel's mean over all places",
    "dense": "a weighted sum of all features for each class",
}
_NAMES = {
    "convolution": "Convolution {k}×{k}",
    "depthwise": "Depthwise {k}×{k}",
    "pointwise": "Pointwise 1×1",
    "normalisation": "Batch norm",
    "relu6": "ReLU6",
    "pooling": "Average pooling",
    "dense": "Dense",
}

_STYLE = """
.fer-flow{display:flex;flex-wrap:wrap;gap:10px 6px;align-items:stretch;margin:4px 0}
.fer-flow .box{flex:1 1 132px;min-width:124px;max-width:220px;border:1px solid color-mix(in srgb,currentColor 30%,transparent);
border-radius:8px;padding:8px 10px;font-size:.88rem;line-height:1.35}
.fer-flow .box.works{border-left:5px solid var(--tone)}
.fer-flow .box b{display:block;font-size:1rem}
.fer-flow .box .shape{font-weight:600;white-space:nowrap}
.fer-flow .box .does{opacity:.8;margin-top:3px}
.fer-flow .arrow{align-self:center;opacity:.7}
"""


@dataclass(frozen=True)
class Asked:
    """What the viewer asks for, and the network that follows from it."""

    size: int
    alpha: float
    last_stride: bool
    stages: tuple[Stage, ...]


def ask() -> Asked:
    """The row of settings."""
    data = selected_dataset()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=230):
            size = st.slider(
                "Input, pixels per side",
                architecture.SMALLEST,
                architecture.LARGEST,
                architecture.LARGEST,
                key="network_size",
                persist_state="session",
            )
        alpha = st.segmented_control(
            "Alpha (width)",
            architecture.ALPHAS,
            default=1.0,
            required=True,
            key="network_alpha",
            persist_state="session",
            help="Every number of channels is multiplied by it.",
        )
        classes = st.number_input(
            "Classes",
            2,
            1000,
            len(data.meta.classes) if data else 5,
            key="network_classes",
            persist_state="session",
            width=130,
            help="Outputs of the head. ImageNet has 1,000.",
        )
        last_stride = st.toggle(
            "Last stride",
            True,
            key="network_stride",
            persist_state="session",
            help="Block 12 halves the map. Without it the last map is finer, and blocks 12 and 13 cost four times as much.",
        )
    return Asked(size, alpha, last_stride, architecture.stages(size, alpha, last_stride=last_stride, classes=int(classes)))


def totals(stages: Sequence[Stage]) -> None:
    """The sums, in one row."""
    last = stages[-2].before
    macs = sum(stage.macs for stage in stages)
    figures_row(
        [
            Figure("Parameters", numbers.count(sum(stage.parameters for stage in stages))),
            Figure("Multiply-adds", f"{macs / 1e6:,.0f} million", help=f"For one face: {macs:,}"),
            Figure("Last map", shape_words(last)),
            Figure("Features for the head", numbers.count(last[2])),
        ]
    )


def placeholders(asked: Asked) -> dict[str, str]:
    """What the words may refer to as {name}."""
    macs = architecture.macs_by_kind(asked.stages)
    total = sum(macs.values())
    head = asked.stages[-1].parameters
    parameters = sum(stage.parameters for stage in asked.stages)
    slides = list(architecture.halved(architecture.stages()).values())
    own = architecture.halved(asked.stages)
    return {
        "size": str(asked.size),
        "first_map": shape_words(asked.stages[0].shape),
        "last_map": shape_words(asked.stages[-2].before),
        "features": numbers.count(asked.stages[-2].shape[2]),
        "classes": numbers.count(asked.stages[-1].shape[2]),
        "pointwise_share": numbers.percent(macs["pointwise"] / total),
        "depthwise_share": numbers.percent(macs["depthwise"] / total),
        "head_parameters": numbers.count(head),
        "head_share": numbers.percent(head / parameters),
        "slide_first": shape_words(slides[0]),
        "slide_last": shape_words(slides[-1]),
        "slide_shapes": ", ".join(f"{shape_words(shape)} ({_title(name)})" for name, shape in own.items()),
    }


def pick(stages: Sequence[Stage]) -> Stage:
    """The picture and the select box; both choose the stage that is opened."""
    if st.session_state.get(STAGE) not in [stage.name for stage in stages]:
        st.session_state[STAGE] = _FIRST_OPENED
    chart(
        network(stages, selected=st.session_state[STAGE]),
        key=CHART,
        on_select=_take_click,
        alt="The stages of the network: the map becomes smaller, its channels become more",
    )
    st.caption(
        "A slab is as high as its map and as wide as its channels, both on a square-root scale. S is the stem, 1 to 13 are the "
        "blocks, P is the pooling, H the head. Click a slab, or choose it below."
    )
    titles = {stage.name: f"{stage.title}, {shape_words(stage.shape)}" for stage in stages}
    chosen = st.selectbox(
        "Open a stage", list(titles), format_func=titles.__getitem__, key=STAGE, persist_state="session", width=340
    )
    return next(stage for stage in stages if stage.name == chosen)


def opened(stage: Stage) -> None:
    """One stage from what comes in to what goes out, layer by layer."""
    boxes = [f'<div class="box"><b>Comes in</b><span class="shape">{shape_words(stage.before)}</span></div>']
    boxes += [_box(layer, stage.stride) for layer in stage.layers]
    st.html(f'<div class="fer-flow"><style>{_STYLE}</style>{"<span class=arrow aria-hidden=true>→</span>".join(boxes)}</div>')
    if stage.stride == 2:
        zeros = " A row of zeros below and a column of zeros on the right make room for the last step."
        zeros = "" if stage.name == "stem" else zeros
        st.caption(f"Stride 2: the kernel moves two places at a time, so both sides of the map are halved.{zeros}")


def table(stages: Sequence[Stage]) -> None:
    """All stages, with the share that each has in the multiply-adds and in the parameters."""
    macs, parameters = (sum(getattr(stage, name) for stage in stages) for name in ("macs", "parameters"))
    frame = pd.DataFrame(
        {
            "stage": [stage.title for stage in stages],
            "before": [shape_words(stage.before) for stage in stages],
            "middle": [shape_words(stage.layers[0].shape) if stage.name.startswith("block") else "" for stage in stages],
            "after": [shape_words(stage.shape) for stage in stages],
            "parameters": [stage.parameters for stage in stages],
            "parameter_share": [100 * stage.parameters / parameters for stage in stages],
            "macs": [stage.macs for stage in stages],
            "mac_share": [100 * stage.macs / macs for stage in stages],
        }
    )
    top = float(frame[["parameter_share", "mac_share"]].to_numpy().max())
    share = {"format": "%.1f%%", "min_value": 0.0, "max_value": top}
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={
            "stage": st.column_config.TextColumn("Stage", pinned=True),
            "before": "Comes in",
            "middle": st.column_config.TextColumn("After depthwise", help="Before the pointwise convolution."),
            "after": "Goes out",
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "parameter_share": st.column_config.ProgressColumn("of all", **share),
            "macs": st.column_config.NumberColumn("Multiply-adds", format="localized"),
            "mac_share": st.column_config.ProgressColumn("of all ", **share),
        },
    )
    st.caption(
        "Multiply-adds of convolutions and of the head, for one face. Batch normalisation is counted with its "
        "four parameters per channel, two of which gradients train, and with no multiply-adds: it is "
        "folded into the convolution before it."
    )


def _take_click() -> None:
    points = st.session_state[CHART].selection.points
    if points:
        st.session_state[STAGE] = points[0]["customdata"][0]


def _title(name: str) -> str:
    return name.replace("_", " ")


def _box(layer: Layer, stride: int) -> str:
    name, does = (words[layer.kind].format(k=architecture.KERNEL) for words in (_NAMES, _DOES))
    steps = f", stride {stride}" if layer.kind in ("convolution", "depthwise") else ""
    tone = {"depthwise": theme.VALIDATION, "pointwise": theme.TRAINING}.get(layer.kind, theme.SERIES[2])
    facts = [f"{layer.parameters:,} parameters"] if layer.parameters else []
    facts += [f"{layer.macs:,} multiply-adds"] if layer.macs else []
    works = f' works" style="--tone:{tone}' if layer.macs else ""
    return (
        f'<div class="box{works}"><b>{html.escape(name)}{steps}</b><span class="shape">{shape_words(layer.shape)}</span>'
        + "".join(f"<div>{fact}</div>" for fact in facts)
        + f'<div class="does">{html.escape(does)}</div></div>'
    )
