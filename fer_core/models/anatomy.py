"""What a backbone is made of, block by block, and what each phase of a run trains; no TensorFlow needed.

The table was read off the networks that `classifier.build` makes, and a test holds it against them.
"""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.backbones import BACKBONES
from fer_core.runs.config import Phase, RunConfig, phases


@dataclass(frozen=True)
class Block:
    """Layers with weights in a block, and its parameters by kind.

    Attributes:
        layers: number of layers that hold weights.
        kernels: parameters of convolutions and their biases.
        affine: scale and offset of batch normalisation.
        moving: moving mean and variance of batch normalisation, never trained by gradient.
    """

    layers: int
    kernels: int
    affine: int
    moving: int


def _numbered(prefix: str, start: int, rows: tuple[tuple[int, int, int], ...]) -> dict[str, Block]:
    return {f"{prefix}{start + i}": Block(n, kernels, affine, affine) for i, (n, kernels, affine) in enumerate(rows)}


_BLOCKS: dict[str, dict[str, Block]] = {
    "mobilenet": {
        "stem": Block(2, 864, 64, 64),
        **_numbered(
            "block_",
            1,
            (
                (4, 2336, 192),
                (4, 8768, 384),
                (4, 17536, 512),
                (4, 33920, 768),
                (4, 67840, 1024),
                (4, 133376, 1536),
                *[(4, 266752, 2048)] * 5,
                (4, 528896, 3072),
                (4, 1057792, 4096),
            ),
        ),
    },
    "mobilenetv2": {
        "stem": Block(2, 864, 64, 64),
        "block_0": Block(4, 800, 96, 96),
        **_numbered(
            "block_",
            1,
            (
                (6, 4704, 432),
                (6, 8208, 624),
                (6, 9360, 640),
                *[(6, 14016, 832)] * 2,
                (6, 20160, 896),
                *[(6, 52608, 1664)] * 3,
                (6, 64896, 1728),
                *[(6, 115776, 2496)] * 2,
                (6, 152640, 2624),
                *[(6, 315840, 4160)] * 2,
                (6, 469440, 4480),
            ),
        ),
        "top": Block(2, 409600, 2560, 2560),
    },
    "mobilenetv3small": {
        "stem": Block(2, 432, 32, 32),
        "block_0": Block(6, 680, 64, 64),
        **_numbered(
            "block_",
            1,
            (
                (6, 3528, 336),
                (6, 5016, 400),
                (8, 13272, 464),
                *[(8, 56224, 1040)] * 2,
                (8, 21392, 576),
                (8, 29128, 672),
                (8, 90504, 1344),
                *[(8, 291600, 2496)] * 2,
            ),
        ),
        "top": Block(2, 55296, 1152, 1152),
    },
    "vgg16": _numbered("block_", 1, ((2, 38720, 0), (2, 221440, 0), (3, 1475328, 0), (3, 5899776, 0), (3, 7079424, 0))),
    "resnet50": {
        "stem": Block(2, 9472, 128, 128),
        **_numbered("stage_2_block_", 1, ((8, 74368, 1280), *[(6, 70016, 768)] * 2)),
        **_numbered("stage_3_block_", 1, ((8, 378112, 2560), *[(6, 279296, 1536)] * 3)),
        **_numbered("stage_4_block_", 1, ((8, 1509888, 5120), *[(6, 1115648, 3072)] * 5)),
        **_numbered("stage_5_block_", 1, ((8, 6034432, 10240), *[(6, 4459520, 6144)] * 2)),
    },
    "efficientnetv2b0": {
        "stem": Block(2, 864, 64, 64),
        **_numbered(
            "block_",
            1,
            ((2, 4608, 32), (8, 52224, 512), (8, 135168, 832), (24, 226236, 4416), (40, 932872, 14176), (64, 4200364, 38016)),
        ),
        "top": Block(2, 245760, 2560, 2560),
    },
}


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


def blocks(backbone: str) -> dict[str, Block]:
    """{block: its layers and parameters} from the input up."""
    return dict(_BLOCKS[backbone])


def phase_plan(config: RunConfig, classes: int) -> list[PhasePlan]:
    """Trainable blocks, layers and parameters of each phase that the config asks for, in order.

    Args:
        config: the run's configuration.
        classes: number of classes.
    """
    backbone = BACKBONES[config.backbone]
    table = _BLOCKS[config.backbone]
    head = backbone.features * classes + classes
    total = backbone.parameters + head
    plans = []
    for phase in phases(config):
        trained = () if phase.first_block is None else backbone.blocks[backbone.blocks.index(phase.first_block) :]
        norm = config.batch_norm == "adapt"
        parameters = sum(table[name].kernels + (table[name].affine if norm else 0) for name in trained)
        layers = sum(table[name].layers for name in trained)
        plans.append(PhasePlan(phase, trained, layers + 1, parameters + head, total))
    return plans
