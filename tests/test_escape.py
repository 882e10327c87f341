"""Names from outside are shown as they are: what each writer makes of them, and that plain names stay plain."""

import pytest

from fer_core import escape

JOINER = "\u2060"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FER2013, five classes (test)", "FER2013, five classes (test)"),
        ("Quick 28 Nov 12:30", "Quick 28 Nov 12:30"),
        ("92.0%", "92.0%"),
        ("1-own.md", "1-own.md"),
        ("head_epochs", "head_epochs"),
        ("_happy_", r"\_happy\_"),
        ("two\nlines\t here", "two lines here"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("=== ", r"\==="),
        ("**bold** `code` ~~gone~~ $x$", r"\*\*bold\*\* \`code\` \~\~gone\~\~ \$x\$"),
        ("# big", r"\# big"),
        ("a|b", r"a\|b"),
        ("&lt;", r"\&lt;"),
        ("<img src=x>", r"\<img src=x\>"),
        ("![x](http://a.b/c)", rf"!\[x\](http:{JOINER}//a.b/c)"),
        ("www.a.b", f"www{JOINER}.a.b"),
        ("me@a.b", f"me@{JOINER}a.b"),
        (":material/home: :red[x] :smile:", rf":{JOINER}material/home: :{JOINER}red\[x\] :{JOINER}smile:"),
    ],
)
def test_markdown(text, expected):
    assert escape.markdown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("happy", "happy"), ("<a href='x'>y</a> & z", "&lt;a href='x'&gt;y&lt;/a&gt; &amp; z"), ("%{x}", f"%{JOINER}{{x}}")],
)
def test_chart(text, expected):
    assert escape.chart(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a.png", "a.png"), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("", "")],
)
def test_cell(text, expected):
    assert escape.cell(text) == expected


@pytest.mark.parametrize("text", ["happy", "=1+1", "'=1+1", "''=1+1", "'quoted'", "-", "@x", "", "'"])
def test_what_a_cell_held_comes_back(text):
    held = escape.cell(text)
    assert not held.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert escape.plain(held) == text
