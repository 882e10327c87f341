"""What each phase of a run trains of its network, counted without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.backbones import BACKBONES
from fer_core.runs.config import Phase, RunConfig, phases


@dataclass(frozen=True)
class PhasePlan:
    """What one phase trains.

    Attributes:
        phase: name, epochs, learning rate.
        blocks: trained blocks of the backbone, from the input up; empty for the head alone.
        layers: trained layers with weights, the head's included.
        trainable: parameters that gradients change.
        total: all parameters of the classifier.
    """

    phase: Phase
    blocks: tuple[str, ...]
    layers: int
    trainable: int
    total: int


def phase_plan(config: RunConfig, classes: int) -> list[PhasePlan]:
    """Count what each phase that the config asks for trains: blocks, layers and parameters, in order.

    Args:
        config: the run's configuration.
        classes: number of classes.
    """
    backbone = BACKBONES[config.backbone]
    head = backbone.features * classes + classes
    total = backbone.parameters + head
    plans = []
    for phase in phases(config):
        trained = () if phase.first_block is None else backbone.table[backbone.blocks.index(phase.first_block) :]
        norm = config.batch_norm == "adapt"
        parameters = sum(block.kernels + (block.affine if norm else 0) for block in trained)
        layers = sum(block.layers for block in trained)
        plans.append(PhasePlan(phase, tuple(block.name for block in trained), layers + 1, parameters + head, total))
    return plans
