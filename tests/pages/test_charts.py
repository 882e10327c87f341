"""Charts of all pages: one call, a description each, and colours that the browser can replace."""

import ast
import re
from pathlib import Path

import pytest

from fer_core.figures import theme
from pages.ui import chart

ROOT = Path(__file__).resolve().parents[2]
CALLS = [
    (f"{path.relative_to(ROOT)}:{node.lineno}", node)
    for path in sorted((ROOT / "pages").rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call)
]


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_charts_are_drawn_by_one_call() -> None:
    places = [place.split(":")[0] for place, node in CALLS if called(node) == "plotly_chart"]
    assert places == ["pages/ui/chart.py"]


def test_every_chart_is_described_in_words_of_its_own() -> None:
    described = [
        ast.unparse(keyword.value)
        for _, node in CALLS
        if called(node) == "chart"
        for keyword in node.keywords
        if keyword.arg == "alt"
    ]
    assert len(described) > 40
    assert all(len(words.split()) >= 2 for words in described), "a name alone is no description"


@pytest.mark.parametrize(
    ("placeholder", "replaced"), [(theme.INK, "currentColor"), (theme.PAPER, "light-dark(#FFFFFF,#11161D)")], ids=["ink", "paper"]
)
def test_the_style_sheet_replaces_the_placeholders(placeholder: str, replaced: str) -> None:
    red, green, blue = (int(placeholder[start : start + 2], 16) for start in (1, 3, 5))
    for name in ("fill", "stroke"):
        rule = f'.stPlotlyChart [style*="{name}: rgb({red}, {green}, {blue})"]{{{name}:{replaced}!important}}'
        assert re.sub(r"\s+(?=[{}])", "", rule) in chart.STYLE
