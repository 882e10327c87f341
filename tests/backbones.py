"""The backbones as parameters of tests: `make test` takes those that stand for the others, `make test-all` every one."""

import pytest

from fer_core.backbones import BACKBONES

USUAL = ("mobilenet", "vgg16")
"""The course's network, and one without batch normalisation."""

EVERY = [pytest.param(name, marks=() if name in USUAL else pytest.mark.slow) for name in BACKBONES]
