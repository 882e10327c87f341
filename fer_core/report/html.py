"""A card as one HTML file: no script, nothing fetched, light or dark as the reader's system is."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from fer_core.report.blocks import Block, Bullets, Card, Charts, Figures, Heading, Pictures, Table, Text

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2430;--line:#ccd3dc;--tint:10,105,160;--warn:#9a4a00}
@media (prefers-color-scheme:dark){:root{--paper:#11161d;--ink:#e8edf2;--line:#3a4552;--tint:53,133,192;--warn:#f0a35e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:980px;margin:0 auto;padding:24px 18px 60px}
h1{font-size:1.7rem;line-height:1.25;margin:.4em 0;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2em 0 .5em;padding-top:.5em;border-top:1px solid var(--line)}
p,li{max-width:74ch;overflow-wrap:anywhere}
.strong{border-left:4px solid var(--warn);padding:2px 0 2px 12px;font-weight:600}
.wide{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;font-size:.92rem}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums;
vertical-align:top}
td{white-space:nowrap}
th{font-weight:600}
th:first-child,td:first-child{text-align:left}
.words th,.words td{text-align:left;padding-right:24px;white-space:normal}
.words tr>:first-child{overflow-wrap:normal;white-space:nowrap}
.cells td{padding:7px 12px;text-align:center}
.cells td:first-child{text-align:left;padding-left:0}
.figures{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));margin:14px 0}
.figures div{border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.figures b{display:block;font-size:1.6rem;line-height:1.3}
.figures span{font-size:.85rem}
.charts,.faces{display:flex;flex-wrap:wrap;gap:18px;margin:12px 0}
.charts figure{margin:0;flex:1 1 320px;max-width:470px}
.charts svg{width:100%;height:auto;display:block}
figcaption{font-size:.9rem;font-weight:600}
.faces figure{margin:0;width:132px}
.faces img{width:132px;height:132px;border-radius:6px;image-rendering:auto}
.faces figcaption{font-size:.8rem;font-weight:400;line-height:1.35}
summary{cursor:pointer;font-size:.9rem}
@media print{main{max-width:none}details{display:none}}
"""


def to_html(card: Card) -> str:
    """The whole file."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(card.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(card.title)}</h1>\n{to_part(card)}\n</main>\n</body>\n</html>\n"
    )


def to_part(card: Card) -> str:
    """What follows its title, to be put into another document that has `STYLE`."""
    return "\n".join(_block(block) for block in card.blocks)


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h2>{escape(block.text)}</h2>"
        case Text():
            look = ' class="strong"' if block.strong else ""
            return f"<p{look}>{escape(block.text)}</p>"
        case Bullets():
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case Figures():
            cells = (
                f"<div>{escape(label)}<b>{escape(value)}</b><span>{escape(note)}</span></div>"
                for label, value, note in block.items
            )
            return f'<div class="figures">{"".join(cells)}</div>'
        case Table():
            return _table(block)
        case Charts():
            drawn = "".join(
                f"<figure><figcaption>{escape(chart.title)}</figcaption>{chart.svg}</figure>" for chart in block.charts
            )
            numbers = f"<details><summary>The same as numbers</summary>{_table(block.table)}</details>"
            return f'<div class="charts">{drawn}</div>{numbers}'
        case Pictures():
            return f'<div class="faces">{"".join(_picture(png, text) for png, text in block.items)}</div>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    head = f"<thead><tr>{head}</tr></thead>" if any(table.columns) else ""
    rows = "".join(f"<tr>{_cells(row, table.tints[number] if table.tints else ())}</tr>" for number, row in enumerate(table.rows))
    look = ' class="cells"' if table.tints else ' class="words"' if table.words else ""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(table.title)}">'
        f"<table{look}>{head}<tbody>{rows}</tbody></table></div>"
    )


def _cells(row: Sequence[str], tints: Sequence[float]) -> str:
    cells = [f"<td>{escape(row[0])}</td>"]
    for number, cell in enumerate(row[1:]):
        tint = f' style="background:rgba(var(--tint),{0.6 * tints[number]:.2f})"' if tints else ""
        cells.append(f"<td{tint}>{escape(cell)}</td>")
    return "".join(cells)


def _picture(png: bytes, text: str) -> str:
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(text)}"><figcaption>{escape(text)}</figcaption></figure>'
    )
