"""Parts of the view about separable convolution: the kernels that the learner edits, and each step with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.lesson import convolution
from fer_core.lesson.convolution import CHANNELS, KERNEL, OUTPUTS, POSITIONS
from pages.learn.parts.number_grid import grid, number, pair, show, sign

_STORE = "convolution_kernels"


@dataclass(frozen=True)
class Kernels:
    """What the learner has set.

    Attributes:
        depthwise: (3, 3, 3), the last axis is the channel.
        pointwise: (3, 2).
        standard: (3, 3, 3, 2).
    """

    depthwise: np.ndarray
    pointwise: np.ndarray
    standard: np.ndarray


@dataclass(frozen=True)
class Step:
    """Where the kernel is, and which kernel it is; all counted from 0."""

    position: int
    channel: int
    output: int


def choose_step() -> Step:
    """Slider through the positions, and the choice of a kernel."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width=300):
            position = st.slider(f"Position of the kernel, 1 to {POSITIONS}", 1, POSITIONS, 6, key="convolution_position")
        channel = _choice("Input channel", CHANNELS, "convolution_channel")
        output = _choice("Output channel", OUTPUTS, "convolution_output")
    return Step(position - 1, channel, output)


def edit_kernels(step: Step) -> Kernels:
    """Editors of the kernels of the chosen channels; what is edited is kept while the session lasts."""
    kept = st.session_state.setdefault(_STORE, _first())
    with st.expander("Change the kernels", icon=":material/edit:"):
        st.button("As at first", icon=":material/restart_alt:", on_click=_reset)
        one, two, three = st.columns(3, gap="medium")
        with one:
            st.markdown(f"**Depthwise** kernel of channel {step.channel + 1}")
            kept["depthwise"][:, :, step.channel] = _edited("depthwise", str(step.channel), kept["depthwise"][:, :, step.channel])
        with two:
            st.markdown("**Pointwise** weights: a row for each channel in, a column for each out")
            kept["pointwise"][:] = _edited("pointwise", "", kept["pointwise"])
        with three:
            follows = st.toggle(
                "Standard kernels do the same", True, key="convolution_follows", help="Each is depthwise times pointwise."
            )
            if follows:
                kept["standard"] = convolution.combined(kept["depthwise"], kept["pointwise"])
                _begin_anew("standard")
            else:
                st.markdown(f"**Standard** kernel from channel {step.channel + 1} to {step.output + 1}")
                part = kept["standard"][:, :, step.channel, step.output]
                part[:] = _edited("standard", f"{step.channel} {step.output}", part)
    return Kernels(kept["depthwise"], kept["pointwise"], kept["standard"])


def standard_step(image: np.ndarray, kernels: Kernels, step: Step) -> None:
    """The standard convolution at one position: all channels under one kernel, one sum."""
    out = convolution.standard_convolution(image, kernels.standard)[:, :, step.output]
    place = convolution.window(step.position)
    parts, sums = [], []
    for channel in range(CHANNELS):
        kernel = kernels.standard[:, :, channel, step.output]
        sums.append(float((_patch(image, place)[:, :, channel] * kernel).sum()))
        parts.append(
            pair(
                [
                    grid(image[:, :, channel], f"Channel {channel + 1}", framed=_cells(place)),
                    sign("·"),
                    grid(kernel, "Kernel"),
                    sign(f"= {number(sums[-1])}"),
                ]
            )
        )
    parts.append(pair([sign("Σ"), grid(out, f"Out {step.output + 1}", framed=[place], known=step.position + 1)]))
    show(parts)
    products = KERNEL**2 * CHANNELS
    added = _sum([number(value) for value in sums])
    st.markdown(
        f"One step: {KERNEL}×{KERNEL}×{CHANNELS} = **{products} products**, added up: {added} = **{number(float(out[place]))}**."
    )


def depthwise_step(image: np.ndarray, kernels: Kernels, step: Step) -> None:
    """The first half of the separable convolution: one channel under its own kernel."""
    maps = convolution.depthwise_convolution(image, kernels.depthwise)
    place = convolution.window(step.position)
    kernel = kernels.depthwise[:, :, step.channel]
    parts = [
        pair(
            [
                grid(image[:, :, step.channel], f"Channel {step.channel + 1}", framed=_cells(place)),
                sign("·"),
                grid(kernel, "Kernel"),
                sign("="),
            ]
        )
    ]
    for channel in range(CHANNELS):
        known = None if channel < step.channel else step.position + 1 if channel == step.channel else 0
        parts.append(
            grid(maps[:, :, channel], f"Map {channel + 1}", framed=[place] if channel == step.channel else (), known=known)
        )
    show(parts)
    products = [
        f"{number(float(a))}·{_factor(float(b))}"
        for a, b in zip(_patch(image, place)[:, :, step.channel].ravel(), kernel.ravel(), strict=True)
    ]
    st.markdown(
        f"One step: {KERNEL}×{KERNEL} = **{len(products)} products**: {' + '.join(products)} "
        f"= **{number(float(maps[place][step.channel]))}**."
    )


def pointwise_step(image: np.ndarray, kernels: Kernels, step: Step) -> None:
    """The second half: the maps of all channels, mixed at one place."""
    maps = convolution.depthwise_convolution(image, kernels.depthwise)
    out = convolution.pointwise_convolution(maps, kernels.pointwise)[:, :, step.output]
    place = convolution.window(step.position)
    weights = kernels.pointwise[:, step.output]
    parts = []
    for channel in range(CHANNELS):
        parts.append(
            pair(
                [
                    grid(maps[:, :, channel], f"Map {channel + 1}", framed=[place]),
                    sign("·"),
                    grid(weights[channel].reshape(1, 1), "Weight"),
                ]
            )
        )
    parts.append(pair([sign("Σ"), grid(out, f"Out {step.output + 1}", framed=[place], known=step.position + 1)]))
    show(parts)
    products = [f"{number(float(a))}·{_factor(float(b))}" for a, b in zip(maps[place], weights, strict=True)]
    st.markdown(f"One step: **{CHANNELS} products**: {' + '.join(products)} = **{number(float(out[place]))}**.")


def compare(image: np.ndarray, kernels: Kernels) -> str:
    """Whether both ways come to the same numbers here, and whether they could, in sentences."""
    maps = convolution.depthwise_convolution(image, kernels.depthwise)
    separable = convolution.pointwise_convolution(maps, kernels.pointwise)
    if np.allclose(convolution.standard_convolution(image, kernels.standard), separable):
        return (
            "**Both ways come to the same numbers**: each standard kernel here is a depthwise kernel times a pointwise "
            "weight, so the separable way loses nothing."
        )
    if convolution.is_separable(kernels.standard):
        return (
            "The two ways differ now, but **another depthwise and pointwise pair could do what these standard kernels do**: "
            "for each input channel, they are multiples of one kernel."
        )
    return (
        "**No depthwise and pointwise pair can do what these standard kernels do**: for some input channel, the "
        "kernels of the output channels have different shapes. This is what a separable network gives up."
    )


def _choice(label: str, count: int, key: str) -> int:
    return st.segmented_control(
        label, list(range(count)), format_func=lambda place: str(place + 1), default=0, required=True, key=key
    )


def _first() -> dict[str, np.ndarray]:
    depthwise, pointwise = convolution.example_depthwise(), convolution.example_pointwise()
    return {"depthwise": depthwise, "pointwise": pointwise, "standard": convolution.combined(depthwise, pointwise)}


def _reset() -> None:
    st.session_state[_STORE] = _first()
    st.session_state["convolution_follows"] = True
    for name in ("depthwise", "pointwise", "standard"):
        _begin_anew(name)


def _begin_anew(name: str) -> None:
    """Let an editor show the kept table when it is drawn next, not the one that it was given before."""
    base = st.session_state.get(f"convolution_{name}_base")
    if base is not None:
        st.session_state[f"convolution_{name}_base"] = ("", None, base[2])


def _edited(name: str, part: str, current: np.ndarray) -> np.ndarray:
    """An editor of a table. It is given the same table until another part is chosen: a new one would drop what is being typed."""
    key = f"convolution_{name}_base"
    base = st.session_state.get(key)
    if base is None or base[1] is None or base[0] != part:
        base = st.session_state[key] = (part, current.copy(), base[2] + 1 if base else 0)
    frame = pd.DataFrame(base[1], columns=[str(column + 1) for column in range(base[1].shape[1])])
    given = st.data_editor(
        frame,
        hide_index=True,
        key=f"convolution_{name}_{base[2]}",
        column_config={
            column: st.column_config.NumberColumn(min_value=-99, max_value=99, step=0.01, format="%g") for column in frame
        },
    )
    return given.fillna(0.0).to_numpy(np.float64)


def _patch(image: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    row, column = place
    return image[row : row + KERNEL, column : column + KERNEL]


def _cells(place: tuple[int, int]) -> list[tuple[int, int]]:
    row, column = place
    return [(row + down, column + right) for down in range(KERNEL) for right in range(KERNEL)]


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _sum(parts: list[str]) -> str:
    return " + ".join(f"({part})" if part.startswith("−") else part for part in parts)
