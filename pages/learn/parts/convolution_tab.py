"""Show separable convolution by hand, its cost and its time."""

import streamlit as st

from fer_core.lesson.convolution import CHANNELS, KERNEL, OUTPUTS, POSITIONS, SIDE, Cost, example_image
from fer_core.lesson.kernels import KERNELS, small_face
from pages.learn.parts import convolution, convolution_cost, feature_maps
from pages.learn.parts.moving_kernel import moving_kernel
from pages.learn.parts.words import say
from pages.ui.boundary import error_boundary
from pages.ui.heading import lead

WORDS = "convolution"


@st.fragment
def by_itself(*, big: bool = False) -> None:
    """Let a kernel move over a face."""
    with error_boundary():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            face = feature_maps.choose_face()
            kernels = {kernel.name: kernel for kernel in KERNELS}
            name = st.segmented_control("Kernel", list(kernels), default=KERNELS[0].name, required=True, key="moving_kernel")
        kernel = kernels[str(name)]
        st.markdown(f"**One kernel, the same {kernel.array.size} weights at every place, makes a map**: it finds {kernel.finds}.")
        moving_kernel(small_face(face), kernel, key="kernel", big=big)
        if not big:
            st.caption("In the map green is above 0, purple below, white is 0; each map up to its own largest sum.")


@st.fragment
def step_by_step() -> None:
    with error_boundary():
        small = Cost(KERNEL, CHANNELS, OUTPUTS, round(POSITIONS**0.5))
        image = example_image()
        step = convolution.choose_step()
        kernels = convolution.edit_kernels(step)
        with st.container(border=True):
            st.subheader("Standard", anchor=False)
            say(WORDS, "Standard")
            convolution.standard_step(image, kernels, step)
        with st.container(border=True):
            st.subheader("Separable, first step: depthwise", anchor=False)
            say(WORDS, "Depthwise")
            convolution.depthwise_step(image, kernels, step)
        with st.container(border=True):
            st.subheader("Separable, second step: pointwise", anchor=False)
            say(WORDS, "Pointwise")
            convolution.pointwise_step(image, kernels, step)
        st.info(convolution.compare(image, kernels), icon=":material/compare_arrows:")
        sides = f"{SIDE}×{SIDE}×{CHANNELS} to {small.side}×{small.side}×{OUTPUTS}"
        st.markdown(
            f"For this whole picture, {sides}: **{small.standard} products** the standard way, "
            f"**{small.depthwise} + {small.pointwise} = {small.separable}** the separable way."
        )


@st.fragment
def cost() -> None:
    with error_boundary():
        asked = convolution_cost.choose_cost()
        numbers = convolution_cost.placeholders(asked)
        convolution_cost.show_cost(asked)
        say(WORDS, "Cost", **numbers)
        st.subheader("Time", anchor=False)
        say(WORDS, "Time", **numbers)
        convolution_cost.show_time(asked)


def show() -> None:
    """Show separable convolution by hand, its cost and its time."""
    lead("A kernel moves over the picture; then depthwise and pointwise, the one idea of MobileNet, in numbers to follow.")
    by_itself()
    st.subheader("Two ways to count", anchor=False)
    say(WORDS, "The idea")
    step_by_step()
    st.subheader("Cost", anchor=False)
    cost()
