"""The files that the Live page fetches beside its scripts: a run's network, what is said about it, and the face detector."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from fer_core import runs
from fer_core.errors import FerError
from fer_core.exporting import browser
from fer_core.runs import Run
from fer_core.runs.version import version

FOLDER = "live-files"
"""First part of their addresses, below that of the app."""

NETWORKS = {"network-int8.onnx": True, "network.onnx": False}
"""{file: whether its numbers have 8 bits}"""

FEATURES = {"features.onnx": False, "features-imagenet.onnx": True}
"""{file of a network without its head: whether it has the weights of ImageNet}"""

_HEADERS = {
    # Their addresses hold a version, so that a browser may keep them for good.
    "cache-control": "private, max-age=31536000, immutable",
    "cross-origin-resource-policy": "same-origin",
    # Weights hardly get smaller: this spares packing megabytes at each request.
    "content-encoding": "identity",
}


def routes() -> list[Route]:
    """The routes of the app, to be handed to the server."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    start = f"/{base}/{FOLDER}" if base else f"/{FOLDER}"
    return [
        Route(f"{start}/detector/{{version}}.onnx", _detector),
        Route(f"{start}/{{run}}/{{version}}/{{name}}", _of_run),
    ]


def addresses(run: Run, *, int8: bool) -> dict[str, str]:
    """Where the page finds what it needs for a run, relative to the address of the app: about, network, detector."""
    network = next(name for name, small in NETWORKS.items() if small == int8)
    return {**_common(run), "network": f"{_folder(run)}/{network}"}


def teaching_addresses(run: Run, *, imagenet: bool) -> dict[str, str]:
    """Where Teach it finds what it needs for a run, likewise: about, features, detector."""
    network = next(name for name, start in FEATURES.items() if start == imagenet)
    return {**_common(run), "features": f"{_folder(run)}/{network}"}


def _folder(run: Run) -> str:
    return f"{FOLDER}/{run.id}/{version(run)}"


def _common(run: Run) -> dict[str, str]:
    return {
        "about": f"{_folder(run)}/about.json",
        "detector": f"{FOLDER}/detector/{browser.detector_version()}.onnx",
    }


# No `async`: Starlette then calls these in a thread, as writing a network takes about a second.
def _detector(request: Request) -> Response:
    if request.path_params["version"] != browser.detector_version():
        return _gone("The face detector has been replaced")
    return Response(browser.detector_file(), headers=_HEADERS, media_type="application/octet-stream")


def _of_run(request: Request) -> Response:
    asked = request.path_params
    try:
        run = runs.open_run(asked["run"])
        if version(run) != asked["version"]:
            return _gone("The run answers otherwise now")
        if asked["name"] == "about.json":
            return JSONResponse(browser.about(run), headers=_HEADERS)
        if asked["name"] in NETWORKS:
            content = _network(str(run.path), asked["version"], run.id, NETWORKS[asked["name"]])
            return Response(content, headers=_HEADERS, media_type="application/octet-stream")
        if asked["name"] in FEATURES:
            content = browser.features_file(run, imagenet=FEATURES[asked["name"]])
            return Response(content, headers=_HEADERS, media_type="application/octet-stream")
    except FerError as error:
        return PlainTextResponse(str(error), status_code=404)
    return _gone("There is no such file")


def _gone(why: str) -> Response:
    return PlainTextResponse(f"{why}; reload the page.", status_code=404)


@lru_cache(maxsize=2)
def _network(folder: str, version: str, run_id: str, int8: bool) -> bytes:
    """A run's network, kept for whoever comes next; folder and version key the cache."""
    return browser.network_file(runs.open_run(run_id), int8=int8)
