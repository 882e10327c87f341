"""Nothing leaks: names from outside load nothing on any view, what is forgotten is gone, and who has no key only looks on."""

import re
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from fer_core import cli, runs
from fer_core.datasets import editing, writing
from fer_core.datasets.meta import Rejected
from fer_core.runs.config import preset_config
from fer_core.runs.records import Calibration, Status, Training

from .test_looks import views

pytestmark = pytest.mark.timeout(900)

PHOTO = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"
SHARED = Path(__file__).resolve().parents[3] / "shared"
ELSEWHERE = "elsewhere.invalid"
IMAGE, LINK = f"![x](http://{ELSEWHERE}/a.png)", f"[click](http://{ELSEWHERE}/b)"
TAG, PLAIN = (
    f'<img src="http://{ELSEWHERE}/c.png" onerror="alert(1)">',
    f"http://{ELSEWHERE}/d www.{ELSEWHERE} :material/home: $x$",
)
CLASSES = (IMAGE, LINK, TAG, f"</title><script src='http://{ELSEWHERE}/e.js'></script>", f'=HYPERLINK("http://{ELSEWHERE}/f")')
EVERYTHING = f"{IMAGE} {LINK} {TAG} {PLAIN}"

MADE = f"""() => {{
    const inside = (root) => [...root.querySelectorAll('*')]
        .flatMap(one => [one, ...(one.shadowRoot ? inside(one.shadowRoot) : [])]);
    return inside(document).filter(element =>
    [...element.attributes].some(it => /^on/i.test(it.name)
        || (['src', 'href', 'srcset', 'data', 'poster', 'xlink:href'].includes(it.name) && it.value.includes('{ELSEWHERE}')))
    ).map(element => element.outerHTML.slice(0, 300)) }}"""
"""What the browser has made of the names, in components too: elements that load or lead elsewhere, or that run something."""


NAMED = {"overview#Class balance", "faces#Grid", "runs#One run", "scores#Scores", "errors#Confusion", "look#One face"}
"""Views on which the names stand."""


def hostile_workspace(model: bytes) -> runs.Run:
    """A data set and a finished run on it whose classes, files, notes and names are full of markup."""
    draw = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "label": [CLASSES[number % 5] for number in range(100)],
            "split": [("train", "validation", "test", "train")[number // 5 % 4] for number in range(100)],
            "file": [f"{CLASSES[number % 5]}/{number}{TAG}.png" for number in range(100)],
        }
    )
    data = writing.write_dataset(
        "Hostile",
        (draw.random((100, 48, 48)) * draw.integers(60, 255, (100, 1, 1))).astype(np.uint8),
        rows,
        classes=CLASSES,
        kind="folders",
        source=EVERYTHING,
        note=EVERYTHING,
        skipped={f"{IMAGE}2": 3},
        rejected=[Rejected(file=f"{IMAGE}.png", reason="truncated")],
    )
    editing.decide(data, [3, 5], "exclude", origin=EVERYTHING)
    editing.decide(data, [7], "relabel", label=TAG, origin=EVERYTHING)
    run = runs.create(preset_config("Hostile", "frozen"), name=EVERYTHING[:80])
    run.write(run.about().model_copy(update={"note": EVERYTHING}))
    run.write(Status(state="finished", created=1.0, started=1.0, ended=2.0, best_epoch=1, best_score=0.2))
    run.write(Training(dataset="Hostile", fingerprint=data.meta.fingerprint, classes=CLASSES, counts=data.meta.counts))
    run.write(Calibration(temperature=1.5, threshold=0.3, flip=False))
    measures = {"loss": 1.6, "accuracy": 0.2, "val_loss": 1.6, "val_accuracy": 0.2, "val_macro_f1": 0.1}
    recalls = {f"val_recall_{label}": 0.2 for label in CLASSES}
    times = {"seconds": 1.0, "images_per_second": 1.0, "learning_rate": 1e-3}
    pd.DataFrame([{"epoch": 1, "phase": "head", **measures, **recalls, **times}]).to_csv(run.epochs_file, index=False)
    run.write_training_samples(data.split("train")[["hash", "signature"]])
    run.model_file.write_bytes(model)
    return run


def watch(page, host: str) -> list[str]:
    """Requests to anywhere but the app, and dialogs, from now on."""
    wrong: list[str] = []

    def see(request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            wrong.append(request.url)

    def refuse(dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.context.on("request", see)
    page.on("dialog", refuse)
    return wrong


@pytest.mark.slow
def test_names_from_outside_load_nothing_on_any_view(own_app, tiny_model, page, monkeypatch):
    from playwright.sync_api import expect

    server = own_app()
    monkeypatch.setenv("FER_WORKSPACE", str(server.workspace))
    run = hostile_workspace(tiny_model)
    server.start()
    wrong, made, shown = watch(page, urlsplit(server.url).netloc), {}, set()
    for view in views():
        server.open(page, view, dataset="Hostile", run=run.id)
        names = page.get_by_test_id("stMain").get_by_text(ELSEWHERE)
        if view in NAMED:
            expect(names.first).to_be_attached()
        made[view] = page.evaluate(MADE)
        if names.count():
            shown.add(view)
    assert "\n".join(f"{view}: {found}" for view, found in made.items() if found) == ""
    assert wrong == []
    # The names are there, as they are.
    assert shown >= NAMED


@pytest.mark.slow
def test_an_archive_full_of_markup_loads_nothing(own_app, page, monkeypatch):
    evil = SHARED / "cases" / "hostile" / "evil.zip"
    if not evil.is_file():
        pytest.skip("needs ../shared/cases/hostile/evil.zip, which is not on this machine")
    server = own_app()
    monkeypatch.setenv("FER_WORKSPACE", str(server.workspace))
    assert cli.main(["import", str(evil), "--name", "Evil", "--classes", "all"]) == 0
    out = server.workspace / "out.zip"
    assert cli.main(["export-dataset", "Evil", "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        card = archive.read("DATA_CARD.md").decode()
    assert re.findall(r"(?<!\\)[<\[]", card) == []
    server.start()
    wrong = watch(page, urlsplit(server.url).netloc)
    made = {}
    data = ("overview", "faces", "labels", "import", "train")
    for view in (view for view in views() if view.partition("#")[0] in data):
        server.open(page, view, dataset="Evil", run="bundled")
        made[view] = page.evaluate(MADE.replace(ELSEWHERE, "127.0.0.1:9977"))
    assert "\n".join(f"{view}: {found}" for view, found in made.items() if found) == ""
    assert wrong == []


def test_an_address_alone_loads_nothing(app, page):
    wrong = watch(page, urlsplit(app.url).netloc)
    for name in (IMAGE, LINK, TAG, PLAIN):
        page.goto(app.address("overview", dataset=name, run=name), wait_until="commit")
        said = "toast => toast.innerText.includes('is not there any more') && toast.innerText.includes('ELSEWHERE')"
        toasts = "() => [...document.querySelectorAll('[data-testid=stToast]')]"
        page.wait_for_function(f"{toasts}.some({said.replace('ELSEWHERE', ELSEWHERE)})")
        assert page.evaluate(MADE) == []
        app.open(page, "lesson", step=name)
        assert page.evaluate(MADE) == []
    assert wrong == []


def test_what_is_forgotten_is_gone_from_the_server(app, page):
    """The annotated picture, the map, and what was downloaded: fetched by their addresses, before and after."""
    addresses: set[str] = set()
    page.on("request", lambda request: addresses.add(request.url) if urlsplit(request.url).path.startswith("/media/") else None)
    app.open(page, "photo", run="bundled")
    # The three sample photos go when there is one of the viewer's own, and come back: they are not what is looked for.
    loaded = "() => [...document.querySelectorAll('[data-testid=stImage] img')].filter(image => image.naturalWidth).length >= 3"
    page.wait_for_function(loaded)
    samples = set(page.locator("[data-testid=stImage] img").evaluate_all("images => images.map(image => image.src)"))
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(PHOTO)
    page.get_by_text("All faces").wait_for()
    app.settle(page)
    for label in ("Picture with answers", "Overlay (PNG)", "Download the answers (CSV)"):
        with page.expect_download() as got:
            page.get_by_role("button", name=label).click()
        addresses.add(got.value.url)
        assert Path(got.value.path()).stat().st_size > 100
    addresses -= samples
    kinds = Counter(re.search(r"\.(\w+)(\?|$)", urlsplit(address).path)[1] for address in addresses)
    assert set(kinds) >= {"jpg", "png", "csv"}
    assert {status(address) for address in addresses} == {200}
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_text("All faces").wait_for(state="detached")
    app.settle(page)
    # The server drops them when the page has been drawn without them.
    left = addresses - samples
    for _ in range(60):
        left = {address for address in left if status(address) != 404}
        if not left:
            break
        page.wait_for_timeout(500)
    assert left == set()
    # ONNX Runtime has answered the photo, and kept no device id and no events.
    assert [str(path) for path in app.home.rglob("*") if "onnx" in path.name.lower() or path.name == "Microsoft"] == []


def status(address: str) -> int:
    """What the server answers who fetches an address."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_key_that_was_printed_lets_change_things(own_app, browser, new_page):
    from playwright.sync_api import expect

    server = own_app(FER_ACCESS="key")
    server.start()
    printed = re.search(rf"http://localhost:{server.port}/\?key=\S+", server.log.read_text())
    assert printed
    page = new_page(browser.new_context())
    server.open(page, "import")
    expect(page.get_by_text("You look on here").first).to_be_visible()
    expect(page.get_by_text("Where is it?")).to_have_count(0)
    page.goto(printed[0])
    server.settle(page)
    assert "key=" not in page.url
    assert page.evaluate("document.cookie").find("fer_lab_key") == -1
    server.open(page, "import")
    expect(page.get_by_text("Where is it?")).to_be_visible()
    expect(page.get_by_text("You look on here")).to_have_count(0)
    page.context.close()


def test_no_page_can_frame_the_app(app, page):
    page.set_content(f'<iframe src="{app.url}"></iframe>')
    page.wait_for_timeout(3000)
    assert [frame.url for frame in page.frames if frame.url.startswith(app.url)] == []
