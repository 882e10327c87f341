"""The first address that a fresh server is asked for."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.pages_manager import PagesManager

from pages.ui import first_address

REPLACE = "<script>window.location.replace({} + window.location.search)</script>"


@pytest.mark.parametrize(
    ("fresh", "asked", "sent"),
    [
        (True, "monitor", [REPLACE.format('"monitor"')]),
        (True, "explain-sample", [REPLACE.format('"explain-sample"')]),
        (True, '"</script><b>', [REPLACE.format('"%22%3C%2Fscript%3E%3Cb%3E"')]),
        (True, "", []),
        (False, "monitor", []),
    ],
)
def test_a_view_is_loaded_again_by_its_name_once(
    fresh: bool, asked: str, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    context = SimpleNamespace(pages_manager=SimpleNamespace(intended_page_name=asked))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", fresh)
    monkeypatch.setattr(first_address, "get_script_run_ctx", lambda: context)
    monkeypatch.setattr(first_address.st, "html", lambda body, **_: drawn.append(body))
    first_address.load_again()
    assert drawn == sent
