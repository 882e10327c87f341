"""What both kinds of convolution cost: the formula with the viewer's numbers, and the time that this machine takes."""

import streamlit as st

from fer_core import numbers
from fer_core.figures import convolution as figures
from fer_core.lesson.convolution import Cost
from fer_core.lesson.timing import Timing, measure, refusal, verdict
from fer_core.models import architecture
from pages.ui.chart import chart
from pages.ui.work import progress_bar

BLOCK, TIMED = "cost_block", "cost_timed"
_KEYS = {"kernel": "cost_kernel", "inputs": "cost_inputs", "outputs": "cost_outputs", "side": "cost_side"}
_OWN = "own"
_FIRST = "block_6"


def choose_cost() -> Cost:
    """D_K, M, N and D_F: those of a block of MobileNet, or the viewer's own."""
    blocks = {stage.name: stage for stage in architecture.stages() if stage.name.startswith("block")}
    if BLOCK not in st.session_state:
        st.session_state[BLOCK] = _FIRST
    if _KEYS["side"] not in st.session_state:
        _take_block()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Numbers of",
            [*blocks, _OWN],
            format_func=lambda name: "your own" if name == _OWN else f"MobileNet, {blocks[name].title.lower()}",
            key=BLOCK,
            on_change=_take_block,
            width=190,
        )
        kernel = st.number_input("D_K, kernel", 1, 11, key=_KEYS["kernel"], on_change=_own, width=115)
        inputs = st.number_input("M, channels in", 1, 2048, key=_KEYS["inputs"], on_change=_own, width=125)
        outputs = st.number_input("N, channels out", 1, 2048, key=_KEYS["outputs"], on_change=_own, width=125)
        side = st.number_input("D_F, side of the map", 1, 224, key=_KEYS["side"], on_change=_own, width=145)
    return Cost(int(kernel), int(inputs), int(outputs), int(side))


def show_cost(cost: Cost) -> None:
    """Work as bars, the ratio as a curve, and the formula."""
    st.markdown(f"Separable: {_times_less(cost)}")
    left, right = st.columns(2, gap="medium")
    with left:
        chart(figures.work(cost), key="cost_work", alt="Multiply-adds of both kinds")
    with right:
        chart(figures.ratio(cost), key="cost_ratio", alt="Share of the work against the channels that go out")
    with st.expander("The formula, with these numbers", icon=":material/function:"):
        _formula(cost)


def _formula(cost: Cost) -> None:
    k, m, n, f = cost.kernel, cost.inputs, cost.outputs, cost.side
    st.markdown(
        f"- Standard: $D_K^2 M N D_F^2$ = {k}² · {m} · {n} · {f}² = **{cost.standard:,}** multiply-adds\n"
        f"- Depthwise: $D_K^2 M D_F^2$ = {k}² · {m} · {f}² = **{cost.depthwise:,}**\n"
        f"- Pointwise: $M N D_F^2$ = {m} · {n} · {f}² = **{cost.pointwise:,}**\n"
        f"- Separable, both together: **{cost.separable:,}**"
    )
    st.markdown(
        rf"$\dfrac{{\text{{separable}}}}{{\text{{standard}}}} = \dfrac{{1}}{{N}} + \dfrac{{1}}{{D_K^2}} = "
        rf"\dfrac{{1}}{{{n}}} + \dfrac{{1}}{{{k}^2}} = {cost.ratio:.3f}$"
    )


def show_time(cost: Cost) -> None:
    """A button that measures, and what it measured."""
    too_large = refusal(cost)
    if too_large:
        st.caption(too_large)
    if st.button("Measure on this machine", icon=":material/timer:", disabled=too_large is not None):
        with progress_bar("Both kinds are being timed; the first time TensorFlow has to be loaded") as report:
            st.session_state[TIMED] = measure(cost, progress=report)
    timing = st.session_state.get(TIMED)
    if not isinstance(timing, Timing):
        return
    timed = timing.cost
    st.markdown(verdict(timing))
    chart(figures.times(timing), key="cost_times", alt="Median time of both kinds")
    st.caption(
        f"D_K {timed.kernel}, M {timed.inputs}, N {timed.outputs}, D_F {timed.side}; one picture, float32, warm, the median of "
        f"{len(timing.standard)} passes of each kind by turns. Other work on this machine, such as a run in training, slows both."
    )
    if timed != cost:
        st.caption("These times are of earlier numbers; measure again for the ones above.")


def placeholders(cost: Cost) -> dict[str, str]:
    """What the words may refer to as {name}."""
    network, heavy = architecture.stages(), architecture.stages(separable=False)
    macs = [sum(stage.macs for stage in stages) for stages in (network, heavy)]
    return {
        "share": numbers.percent(cost.ratio),
        "network_separable": f"{macs[0] / 1e6:,.0f} million",
        "network_standard": f"{macs[1] / 1e6:,.0f} million",
        "network_times": f"{macs[1] / macs[0]:.1f}",
    }


def _times_less(cost: Cost) -> str:
    if cost.ratio > 1:
        return f"it costs **{cost.ratio:.2f} times as much**. With so few channels, or so small a kernel, splitting does not pay."
    return f"{numbers.percent(cost.ratio)} of the work, **{1 / cost.ratio:.1f} times less**."


def _take_block() -> None:
    name = st.session_state[BLOCK]
    stage = next((stage for stage in architecture.stages() if stage.name == name), None)
    if stage is None:
        return
    # The standard convolution that the block stands for puts out the map that the block does.
    values = {"kernel": architecture.KERNEL, "inputs": stage.before[2], "outputs": stage.shape[2], "side": stage.shape[0]}
    for part, value in values.items():
        st.session_state[_KEYS[part]] = value


def _own() -> None:
    st.session_state[BLOCK] = _OWN
