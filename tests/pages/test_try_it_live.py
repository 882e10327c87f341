"""The Live page: what the browser is told, what its routes give, and what it may hand back."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from views import view, words

from fer_core.datasets import store
from fer_core.errors import InputError
from fer_core.runs import BUNDLED, Run
from fer_core.runs.version import version
from fer_core.settings import PROJECT
from fer_core.training import executors
from pages.parts import serving
from pages.try_it.parts import live_component, live_files, teach_component

STATIC = PROJECT / "pages" / "static"
JPEG = "data:image/jpeg;base64,"


@pytest.fixture
def run(answering_run: Run) -> Run:
    return answering_run


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Headers
    content: bytes


@pytest.fixture
def get() -> Callable[[str], Reply]:
    """`get(path)`: what the server answers."""
    server = Starlette(routes=live_files.routes(), middleware=serving.MIDDLEWARE)

    async def ask(path: str) -> list[dict]:
        said: list[dict] = []
        scope = {
            "type": "http",
            "method": "GET",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"localhost:8501")],
            "scheme": "http",
            "client": ("127.0.0.1", 5000),
            "server": ("localhost", 8501),
            "root_path": "",
        }

        async def receive() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict) -> None:
            said.append(message)

        await server(scope, receive, send)
        return said

    def make(path: str) -> Reply:
        start, *parts = asyncio.run(ask(path))
        return Reply(start["status"], Headers(raw=start["headers"]), b"".join(part.get("body", b"") for part in parts))

    return make


def test_the_page_opens_without_a_camera_being_asked(app, run):
    at = view(app, "try_it/live", run=run.id)
    assert "Frames stay in this browser" in words(at)
    assert "never what a person feels" in words(at)
    assert not at.camera_input


def test_without_cameras_no_page_offers_one(app, run, monkeypatch):
    monkeypatch.setenv("FER_CAMERA", "off")
    assert "This app was started without cameras" in words(view(app, "try_it/live", run=run.id))
    assert live_component.told(run, int8=False)["camera"] is False
    photo = view(app, "try_it/photo", run=run.id)
    assert "photo_camera_on" not in [toggle.key for toggle in photo.toggle]


@pytest.mark.parametrize(("camera", "expected"), [("on", None), ("off", "camera=()")])
def test_a_browser_gives_no_camera_where_there_is_to_be_none(get, monkeypatch, camera, expected):
    monkeypatch.setenv("FER_CAMERA", camera)
    assert get("/live-files/detector/0.onnx").headers.get("permissions-policy") == expected


def test_the_files_of_a_run(get, run):
    files = live_component.told(run, int8=False)["files"]
    about = get(f"/{files['about']}")
    assert [entry["name"] for entry in json.loads(about.content)["classes"]] == list(run.classes())
    network = get(f"/{files['network']}")
    assert (network.status, network.headers["cross-origin-resource-policy"]) == (200, "same-origin")
    assert network.content[:2] == b"\x08\x08"
    assert "immutable" in network.headers["cache-control"]
    assert get(f"/{files['detector']}").status == 200


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nobody/0/about.json", "There is no run 'nobody'"),
        ("..%2Fruns/0/about.json", ""),
        ("{run}/0/about.json", "The run answers otherwise now"),
        ("{run}/{version}/model.keras", "There is no such file"),
        ("{run}/{version}/network-int8.onnx", "Only a MobileNet can be quantised"),
        ("detector/0.onnx", "The face detector has been replaced"),
    ],
)
def test_what_is_not_there_is_a_sentence(get, run, path, said):
    answer = get("/live-files/" + path.format(run=run.id, version=version(run)))
    assert answer.status == 404
    assert said in answer.content.decode()


def test_teach_it_opens_and_is_told_what_it_may_do(app, run, monkeypatch):
    at = view(app, "try_it/live#Teach it", run=run.id)
    assert "Teach it classes of your own in two minutes" in words(at)
    assert "never what a person feels" in words(at)
    told = teach_component.told(run, "run")
    assert told["files"]["features"].endswith("/features.onnx")
    assert teach_component.told(run, "imagenet")["files"]["features"].endswith("/features-imagenet.onnx")
    assert (told["camera"], told["mayKeep"]) == (True, True)
    assert told["colours"]["named"]["happy"] == "#E69F00"
    assert len(set(told["colours"]["others"])) == 8
    assert [entry["shown"] for entry in told["drawn"]["expressions"]] == ["Neutral", "Happy", "Fear", "Angry", "Disgust"]
    monkeypatch.setenv("FER_CAMERA", "off")
    monkeypatch.setenv("FER_ACCESS", "read")
    told = teach_component.told(run, "run")
    assert (told["camera"], told["mayKeep"]) == (False, False)
    assert "This app was started without cameras" in words(view(app, "try_it/live#Teach it", run=run.id))


def test_features_are_given_for_the_run_and_for_imagenet(get, run):
    assert get(f"/{teach_component.told(run, 'run')['files']['features']}").content[:2] == b"\x08\x08"
    refused = get(f"/{teach_component.told(run, 'imagenet')['files']['features']}")
    assert (refused.status, "this network's backbone" in refused.content.decode()) == (404, True)


KEPT = {
    "consent": True,
    "name": "My classes",
    "drawn": True,
    "classes": ["<b>smile</b>", "frown"],
    "faces": [
        [label, part, place, base64.b64encode(bytes([40 * label + place] * 2304)).decode()]
        for label in (0, 1)
        for part in ("learn", "judge")
        for place in range(6)
    ],
}


def test_faces_are_kept_with_consent_alone_and_start_a_run(run, workspace, monkeypatch):
    begun = []
    monkeypatch.setattr(executors, "start", lambda config: begun.append(config) or run)
    for changes, said in (
        ({"consent": "yes"}, "only with the consent of everyone"),
        ({"name": "../x"}, "data set's name"),
        ({"faces": []}, "got 0"),
    ):
        with pytest.raises(InputError, match=said):
            teach_component.keep(KEPT | changes, run, "run")
    monkeypatch.setenv("FER_ACCESS", "read")
    with pytest.raises(InputError, match="look on here"):
        teach_component.keep(KEPT, run, "run")
    assert ("My classes" in store.dataset_names(), begun) == (False, [])
    monkeypatch.setenv("FER_ACCESS", "local")
    assert teach_component.keep(KEPT, run, "run") == ("My classes", run)
    data = store.open_dataset("My classes")
    assert data.meta.counts["train"] == {"<b>smile</b>": 5, "frown": 5}
    assert data.meta.counts["test"] == {"<b>smile</b>": 6, "frown": 6}
    (config,) = begun
    assert (config.dataset, config.preset, config.weights_file) == ("My classes", "frozen", str(run.model_file.resolve()))


@pytest.mark.parametrize("sent", [None, 5, "", "data:image/png;base64,AAAA", JPEG + "&", "data:text/html;base64,PGI+"])
def test_only_a_jpeg_is_taken_for_a_snapshot(sent):
    with pytest.raises(InputError):
        live_component.snapshot_bytes(sent)


def test_a_snapshot_is_no_larger_than_a_photo(monkeypatch):
    monkeypatch.setenv("FER_MAX_PHOTO_BYTES", "1000")
    assert live_component.snapshot_bytes(JPEG + base64.b64encode(bytes(900)).decode()) == bytes(900)
    with pytest.raises(InputError, match="no larger than a photo"):
        live_component.snapshot_bytes(JPEG + base64.b64encode(bytes(1100)).decode())


def test_the_files_of_the_browser_are_small_and_whole():
    sizes = {path.relative_to(STATIC): path.stat().st_size for path in STATIC.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 5_000_000
    runtime = {path.name for path in (STATIC / "onnxruntime-web-1.30.0").iterdir()}
    assert runtime == {"ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm.gz"}
    assert "pages/static/onnxruntime-web-1.30.0" in (PROJECT / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", sorted((STATIC / "live").glob("*.mjs")), ids=lambda path: path.name)
def test_scripts_are_short_and_load_nothing_from_elsewhere(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert text.startswith("// "), "a module says at its top what it is for"
    assert "http:" not in text
    assert "https:" not in text


def test_files_whose_path_names_their_version_are_kept_for_good():
    assert "immutable" in serving._kept("/app/static/onnxruntime-web-1.30.0/ort.wasm.min.mjs")
    assert serving._kept("/base/app/static/live/main.mjs") == "no-cache"


def test_the_run_that_ships_is_told_in_8_bits(app):
    from fer_core import runs

    files = live_component.told(runs.open_run(BUNDLED), int8=True)["files"]
    assert files["network"].endswith("/network-int8.onnx")
