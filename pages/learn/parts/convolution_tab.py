"""Show separable convolution by hand, its cost and its time."""

import streamlit as st

from fer_core.lesson.convolution import CHANNELS, KERNEL, OUTPUTS, POSITIONS, SIDE, Cost, example_image
from pages.learn.parts import convolution, convolution_cost
from pages.learn.parts.words import say
from pages.ui.boundary import error_boundary
from pages.ui.heading import lead

WORDS = "convolution"


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
    lead("Depthwise, then pointwise: the one idea of MobileNet, in numbers to follow by hand.")
    step_by_step()
    st.subheader("The idea", anchor=False)
    say(WORDS, "The idea")
    st.subheader("Cost", anchor=False)
    cost()
