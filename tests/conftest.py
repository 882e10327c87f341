"""Fixtures that every test may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace that the settings point at."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("FER_WORKSPACE", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real input; tests that need it are skipped where it is not."""
    if not (SHARED / "data" / "fer2013.zip").is_file():
        pytest.skip("needs ../shared with the real FER2013 archive, which is not on this machine")
    return SHARED
