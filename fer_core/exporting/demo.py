"""A run as a demo to take home: one HTML file that answers photos and a camera by itself, opened from the disk, offline.

It holds what the Live page fetches: scripts, runtime, face detector and network. Its policy lets it ask nothing of any address.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.exporting import browser
from fer_core.exporting.scripts import LIVE, STATIC, bundled, page
from fer_core.lesson import drawn_people
from fer_core.models.inference import Forward, onnx_forward
from fer_core.predictor import corrected, probabilities
from fer_core.progress import Progress, silent
from fer_core.report.card import make_short_card
from fer_core.report.html import STYLE, to_part
from fer_core.runs import Run
from fer_core.runs.records import Calibration
from fer_core.runs.version import answers_in_int8
from fer_core.settings import settings

DESCRIPTION = "fer_lab.json"
"""Id of the script that holds what the file says of itself."""

_RUNTIME = STATIC / "onnxruntime-web-1.30.0"

# Nothing is fetched, sent, framed or embedded: what the page needs, it is.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src blob:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)


def network_file(run: Run) -> bytes:
    """Write the network that the demo asks: in 8 bits where the run's photos are answered so.

    Raises:
        RunError: a browser cannot ask the run; see `browser.require_frame` and `browser.network_file`.
    """
    browser.require_frame(run)
    return browser.network_file(run, int8=answers_in_int8(run))


def document(run: Run, network: bytes, about: dict[str, Any], *, progress: Progress = silent) -> bytes:
    """Write the demo.

    Args:
        run: the run, which has ended.
        network: as `network_file` writes it.
        about: what the file says of itself, for JSON.
        progress: called while the answers for the model card are counted.

    Returns:
        A whole HTML document, UTF-8.

    Raises:
        RunError: the run is still at work, or is damaged.
    """
    name = run.about().name
    card = to_part(make_short_card(run, progress=progress))
    held = {
        "network": gzip.compress(network, mtime=0),
        "detector": gzip.compress(browser.detector_file(any_size=True), mtime=0),
        "wasm": (_RUNTIME / "ort-wasm-simd-threaded.wasm.gz").read_bytes(),
        "glue": gzip.compress((_RUNTIME / "ort-wasm-simd-threaded.mjs").read_bytes(), mtime=0),
    }
    styles = "\n".join((STYLE, page("live.css"), page("demo.css")))
    title = escape(f"Demo: {name}")
    parts = [
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" '
        f'content="{_POLICY}">\n<meta name="viewport" content="width=device-width,initial-scale=1">\n<meta name="referrer" '
        f'content="no-referrer">\n<title>{title}</title>\n<style>{styles}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n'
        f"<p>It names the expression that a face shows, <b>never what anyone feels</b>, and is often wrong. {_BY_ITSELF}</p>\n"
        f'<div id="page">{page("live.html")}</div>\n<h2 id="card">Model card: {escape(name)}</h2>\n{card}\n</main>',
        _data(DESCRIPTION, about),
        _data("told", _told(run)),
        *(_script("text/plain", base64.b64encode(content).decode(), key=key) for key, content in held.items()),
        _script("text/plain", page("sign.html"), key="sign"),
        _script("text/plain", bundled(LIVE / "worker.mjs"), key="worker"),
        _script("text/javascript", bundled(LIVE / "demo.mjs")),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts).encode("utf-8")


_BY_ITSELF = (
    "All of it is in this one file: it answers photos and a camera in your browser, sends and keeps nothing, and works offline. "
    'What it was made of, how good it is, and its <a href="#card">limits</a> are below.'
)


def forward(network: bytes, calibration: Calibration) -> Forward:
    """Return the demo's answer to upright faces, as its script makes probabilities (N, C) of the network's logits."""
    logits = onnx_forward(network)

    def ask(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        return probabilities(corrected(logits(faces), calibration), calibration)

    return ask


def read_description(content: str) -> dict[str, Any]:
    """What a demo says of itself.

    Raises:
        ValueError: it says nothing.
    """
    match = re.search(f'<script type="application/json" id="{re.escape(DESCRIPTION)}">(.*?)</script>', content, re.DOTALL)
    if match is None:
        raise ValueError("This is no demo.")
    return dict(json.loads(match[1]))


def _told(run: Run) -> dict[str, Any]:
    """What the Live page is told, with pictures in the place of addresses."""
    sheets = [base64.b64encode(drawn_people.sheet_file(person).read_bytes()).decode() for person in drawn_people.PEOPLE]
    return {
        "about": browser.about(run),
        "camera": settings().camera == "on",
        "drawn": {**drawn_people.told(), "sheets": [f"data:image/webp;base64,{sheet}" for sheet in sheets]},
    }


def _data(key: str, value: dict[str, Any]) -> str:
    """JSON in which no name from outside can end the script that holds it."""
    return _script("application/json", json.dumps(value).replace("<", "\\u003c"), key=key)


def _script(kind: str, text: str, *, key: str = "") -> str:
    """A script element; the one thing in a text that would end it stands in no script of this project."""
    if re.search("</script|<!--", text, re.IGNORECASE):
        raise ValueError(f"The script '{key or kind}' would end its own element.")
    named = f' id="{key}"' if key else ""
    return f'<script type="{kind}"{named}>{text}</script>'
