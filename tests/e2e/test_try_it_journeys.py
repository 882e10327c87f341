"""Three journeys of Try it in a real browser: a video over time, own classes taught, and a demo taken home."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import clips
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from fer_core import runs
from fer_core.datasets.signature import signatures
from fer_core.datasets.synthetic import make_faces
from fer_core.evaluation.intervals import bootstrap_interval, wilson
from fer_core.evaluation.metrics import macro_f1
from fer_core.exporting import browser as browser_files
from fer_core.exporting import demo
from fer_core.photos.faces import find_faces
from fer_core.photos.reading import read_photo
from fer_core.predictor import answer_faces, load_predictor
from fer_core.runs.version import version

from .conftest import WAIT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ASTRONAUT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


def wait_for_frames(page: Page, frames: int) -> None:
    """Wait until so many frames were answered; the page's policy lets no test evaluate a condition again and again."""
    for _ in range(WAIT // 200):
        if int(page.locator(".live").get_attribute("data-frames") or 0) >= frames:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"fewer than {frames} frames were answered")


def test_a_demo_from_the_disk_answers_offline_and_asks_nothing(browser, new_page, tmp_path):
    from playwright.sync_api import expect

    run = runs.open_run("bundled")
    file = tmp_path / "demo.html"
    file.write_bytes(demo.document(run, demo.network_file(run), {}))
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = new_page(context)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda message: said.append(message.text[:200]))
    page.on("pageerror", lambda error: said.append(str(error)[:200]))
    page.goto(file.as_uri())
    page.wait_for_selector(".live[data-state=running]")
    wait_for_frames(page, 5)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("heading", name="Limits of use")).to_have_count(1)
    # A photo: the answer that the command gives.
    page.set_input_files(".file", ASTRONAUT)
    page.wait_for_selector(".live[data-source=photo]")
    expect(page.locator(".says")).to_contain_text("Happy")
    (answer,) = answer_faces(find_faces(read_photo(ASTRONAUT.read_bytes(), name=ASTRONAUT.name)), load_predictor(run))
    shares = [int(text.rstrip("%")) / 100 for text in page.locator(".value").all_text_contents()]
    assert shares == pytest.approx(list(answer.probabilities.values()), abs=0.03)
    page.set_input_files(".file", {"name": "notes.txt", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator(".say")).to_contain_text("not a picture that your browser can read")
    # The camera: after the notice, which names nothing that only the app has.
    page.click(".camera")
    notice = page.get_by_role("dialog", name="Before the camera starts")
    expect(notice).to_contain_text("never what anyone feels")
    assert "Snapshot" not in notice.inner_text()
    page.click(".agree")
    page.wait_for_selector(".live[data-source=camera]")
    wait_for_frames(page, 8)
    page.click(".camera")
    page.wait_for_selector(".live[data-source=drawing]")
    assert [url for url in asked if not url.startswith(("file://", "blob:", "data:"))] == []
    assert [url for url in asked if url.startswith("file://")] == [file.as_uri()]
    assert said == []
    context.close()


# --- what is computed for Teach it ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """60 drawn faces and the number of their class: happy, neutral or angry."""
    made = make_faces(300, 1)
    names = ("happy", "neutral", "angry")
    chosen = np.concatenate([np.flatnonzero(np.array(made.labels) == name)[:20] for name in names])
    return made.images[chosen], np.repeat(np.arange(len(names)), 20)


@pytest.mark.parametrize("network", ["features", "features-imagenet"])
def test_features_and_head_are_those_of_python(app, page, drawn, network):
    faces, labels = drawn
    run = runs.open_run("bundled")
    session = onnxruntime.InferenceSession(browser_files.features_file(run, imagenet="imagenet" in network))
    expected = session.run(None, {"face": faces[..., None].astype(np.float32)})[0].mean(axis=(2, 3))
    page.goto(app.address("app/static/live/sign.html"))
    got = page.evaluate(
        """async (given) => {
        const load = (name) => import(new URL(`/app/static/live/${name}.mjs`, location).href);
        const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const [{ openNetwork, run }, head] = await Promise.all([load('runtime'), load('head')]);
        const session = await openNetwork(given.network);
        const features = [];
        for (const face of given.faces.map(bytes)) {
            const { data, dims } = Object.values(await run(session, Float32Array.from(face), [1, 48, 48, 1]))[0];
            features.push(head.pooled(data, dims[2] * dims[3]));
        }
        const [learn, judge] = [0, 1].map((part) => [...features.keys()].filter((place) => place % 2 === part));
        const made = head.learned(learn.map((place) => features[place]), learn.map((place) => given.labels[place]), 3);
        return [features.map((row) => [...row]), judge.map((place) => head.softmax(head.logits(made, features[place])))];
        }""",
        {
            "faces": [base64.b64encode(face.tobytes()).decode() for face in faces],
            "labels": labels.tolist(),
            "network": f"{app.url}/live-files/bundled/{version(run)}/{network}.onnx",
        },
    )
    features = np.array(got[0], np.float32)
    print(f"{network}: features differ by {np.abs(features - expected).max():.2g} at most")
    np.testing.assert_allclose(features, expected, atol=1e-3)
    learn, judge = slice(0, None, 2), slice(1, None, 2)
    spread = expected[learn].std(axis=0)
    scale = np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0) / np.sqrt(len(spread))
    scaled = (expected - expected[learn].mean(axis=0)) * scale
    head = LogisticRegression(C=3, max_iter=10_000, tol=1e-8).fit(scaled[learn], labels[learn])
    wanted = head.predict_proba(scaled[judge])
    print(f"{network}: probabilities differ by {np.abs(np.array(got[1]) - wanted).max():.2g} at most")
    np.testing.assert_allclose(got[1], wanted, atol=5e-3)
    assert (np.argmax(got[1], axis=1) == wanted.argmax(axis=1)).all()


def test_judging_counts_as_python_does(app, page, drawn):
    faces, _ = drawn
    pairs = [[0, 0]] * 7 + [[0, 1]] * 2 + [[1, 1]] * 5 + [[1, 0]] * 4
    matrix = np.array([[7, 2, 0], [4, 5, 0], [0, 0, 0]])
    page.goto(app.address("app/static/live/sign.html"))
    got = page.evaluate(
        """async (given) => {
        const judging = await import(new URL('/app/static/live/judging.mjs', location).href);
        const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const signed = given.faces.map((face) => ({ signature: judging.signature(bytes(face)) }));
        const burst = [signed[0], signed[1], signed[0], signed[2]];
        const room = (values) => [{ scene: Float32Array.from(values, (value) => value ?? NaN) }];
        const [stripes, light, other, wall, near, far] = given.rooms.map(room);
        return {
            signatures: signed.map(({ signature }) => [...signature]),
            wilson: judging.wilson(7, 9),
            scores: judging.scores(given.pairs, 3),
            none: judging.scores([], 3),
            same: judging.nearlySame(burst, [signed[1]]),
            scenes: [[stripes, light], [stripes, other], [wall, near], [wall, far], [stripes, wall]]
                .map(([one, two]) => judging.sameScene(one, two)),
        };
        }""",
        {
            "faces": [base64.b64encode(face.tobytes()).decode() for face in faces],
            "pairs": pairs,
            "rooms": [
                [None if place < 20 else 40 * (place % 3) for place in range(192)],
                [30 + 50 * (place % 3) for place in range(192)],
                [40 * ((place // 7) % 2) for place in range(192)],
                [96] * 192,
                [100] * 192,
                [150] * 192,
            ],
        },
    )
    bits = np.unpackbits(signatures(faces).astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    # A coefficient beside the limit may fall on either side of it.
    assert (np.array(got["signatures"]) != bits).sum() <= 3
    assert got["wilson"] == pytest.approx(wilson(7, 9))
    scores = got["scores"]
    assert (scores["n"], scores["right"], scores["matrix"], got["none"]) == (18, 12, matrix.tolist(), None)
    assert scores["baseline"] == 0.5
    assert scores["macroF1"] == pytest.approx(float(macro_f1(matrix)))
    assert scores["macroInterval"] == pytest.approx(bootstrap_interval(matrix, macro_f1), abs=0.06)
    assert got["same"] == {"met": [False, True, False, False], "again": [False, False, True, False]}
    assert got["scenes"] == [True, False, True, False, False]


# --- the journeys -----------------------------------------------------------------------------------------------------------


def hold(page: Page, label: int, part: str, faces: int) -> None:
    """Press a button of a class until so many faces are held."""
    button = page.locator(".class").nth(label).locator(f".hold.{part}")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for _ in range(WAIT // 50):
        if held(page, label, part) >= faces:
            break
        page.wait_for_timeout(50)
    page.mouse.up()
    assert held(page, label, part) >= faces


def held(page: Page, label: int, part: str) -> int:
    words = page.locator(".class").nth(label).locator(f".hold.{part}").inner_text()
    return int(words.split()[-1].split("/")[0])


def learned(page: Page, before: int = 0) -> int:
    """Wait until a head was learned from what is held now; returns its number."""
    for _ in range(WAIT // 100):
        turn = int(page.locator(".teach").get_attribute("data-learned") or 0)
        if turn > before and "Learning" not in page.locator(".told").inner_text():
            return turn
        page.wait_for_timeout(100)
    raise AssertionError("nothing was learned")


def test_own_classes_are_taught_judged_apart_and_kept_with_consent_alone(app, filmed):
    from playwright.sync_api import expect

    page = filmed()
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(len(data or b""))))
    app.open(page, "live", view="Teach it", run="bundled")
    page.wait_for_selector(".teach[data-state=running]")
    expect(page.locator(".judged")).to_be_hidden()
    # The camera teaches one class, after the notice; a drawn face the other one.
    page.locator(".class .named").nth(0).fill("<b>on film</b>")
    page.click(".camera")
    expect(page.get_by_role("dialog", name="Before the camera starts")).to_contain_text("gone with it")
    assert page.evaluate("window.tracks.length") == 0
    page.click(".agree")
    page.wait_for_selector(".teach[data-source=camera]")
    hold(page, 0, "learn", 6)
    expect(page.locator(".told")).to_contain_text("Class 2")
    page.click(".camera")
    page.wait_for_selector(".teach[data-source=drawing]")
    page.select_option(".pose", label="Happy")
    hold(page, 1, "learn", 6)
    turn = learned(page)
    expect(page.locator(".judged")).to_contain_text("answers well by heart")
    expect(page.locator(".class").nth(1).locator(".value")).to_contain_text("%")
    # Judged: one class in the same scene, the other by another person in another room.
    page.click(".camera")
    page.click(".agree")
    page.wait_for_selector(".teach[data-source=camera]")
    hold(page, 0, "judge", 4)
    turn = learned(page, turn)
    page.click(".camera")
    page.wait_for_selector(".teach[data-source=drawing]")
    page.select_option(".person", label="Person 2")
    hold(page, 1, "judge", 4)
    learned(page, turn)
    judged = page.locator(".judged")
    expect(judged).to_contain_text("These two bursts are the same scene: <b>on film</b>. ")
    expect(judged.locator(".numbers")).to_contain_text("are nearly another one")
    expect(judged.locator("td")).to_have_count(4)
    counts = [int(text) for text in judged.locator("td b").all_text_contents()]
    assert sum(counts) == held(page, 0, "judge") + held(page, 1, "judge")
    assert judged.locator("td canvas").count() == min(sum(counts), 48)
    assert judged.locator("th b").count() == 0
    # A crop alone would be 3,000 letters.
    assert sum(sent) < 12_000
    folder = app.workspace / "datasets" / "Taught"
    assert not folder.exists()
    page.fill(".keep .name", "Taught")
    expect(page.locator(".store")).to_be_disabled()
    page.check(".consent")
    page.click(".store")
    expect(page.get_by_text("is a data set now")).to_be_visible()
    every = [held(page, label, part) for part in ("learn", "judge") for label in (0, 1)]
    samples = pd.read_parquet(folder / "samples.parquet")
    assert dict(samples["label"].value_counts()) == {"<b>on film</b>": every[0] + every[2], "Class 2": every[1] + every[3]}
    assert (samples["split"] == "test").sum() == every[2] + every[3]
    (config,) = app.workspace.glob("runs/*taught*/config.json")
    assert json.loads(config.read_text())["preset"] == "frozen"
    # Its training is tested in tests/training/test_own_faces.py.
    for process in app.workers():
        process.kill()
    # What was not kept is gone with the page.
    page.reload()
    page.wait_for_selector(".teach[data-state=running]")
    assert [held(page, label, part) for part in ("learn", "judge") for label in (0, 1)] == [0, 0, 0, 0]
    page.context.close()


def test_a_video_is_answered_over_time(app, page, tmp_path):
    from playwright.sync_api import expect

    clip = clips.write(tmp_path / "crossing.mp4", clips.crossing, 12)
    app.open(page, "photo", view="Video", run="bundled")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(clip)
    expect(page.get_by_text("The strongest frame of each expression")).to_be_visible()
    app.settle(page)
    expect(page.locator(".st-key-video_timeline .js-plotly-plot")).to_be_visible()
    expect(page.get_by_role("button", name="Download 24 rows (CSV)")).to_be_visible()
    page.get_by_role("button", name="Forget everything").click()
    expect(page.get_by_text("Choose a video, or try a drawn one")).to_be_visible()
