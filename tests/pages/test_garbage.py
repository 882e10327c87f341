import gc
import sys
from types import ModuleType

import pytest

from pages.ui import loaders


@pytest.mark.parametrize(("more", "freezes"), [(0, 1), (5, 1), (200, 2)])
def test_what_is_loaded_is_spared_once_and_again_when_much_has_come(monkeypatch, more, freezes):
    calls = []
    monkeypatch.setattr(loaders, "_spared", 0)
    monkeypatch.setattr(gc, "freeze", lambda: calls.append(1))
    loaders.spare_modules()
    for number in range(more):
        monkeypatch.setitem(sys.modules, f"made_up_{number}", ModuleType("made_up"))
    loaders.spare_modules()
    loaders.spare_modules()
    assert len(calls) == freezes
