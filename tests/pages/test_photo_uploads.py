"""The photo view with bad files beside a good one."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest
from views import show

PORTRAIT = Path(__file__).resolve().parents[1] / "fixtures" / "astronaut.jpg"


def saved(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", b"\0" * 100)
    return file.getvalue()


def test_bad_photos_beside_a_good_one(app, small_dataset, make_run, tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr("fer_core.runs.run.ASSETS", tmp_path / "assets")
    make_run(small_dataset, name="Finished run", state="finished", model=True).model_file.write_bytes(tiny_model)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
    bad = {
        "empty.png": (b"", "empty.png is empty; choose another file."),
        "<b>half</b>.jpg": (
            saved(noise, "JPEG")[:2000],
            "b\\>.jpg is damaged or cut off; export it again as JPEG and try again.",
        ),
        "zip.jpg": (
            zipped(),
            "zip.jpg is an archive or office document, which cannot be read here; export it as JPEG and try again.",
        ),
        "../ü.svg": (
            b"<svg onload='alert(1)'/>",
            "ü.svg is an SVG drawing, which cannot be read here; export it as JPEG and try again.",
        ),
        "x" * 300 + ".png": (saved(Image.new("1", (1, 9)), "PNG"), f"{'x' * 40}…{'x' * 15}.png has only 1 x 9 pixels;"),
    }
    at = AppTest.from_file(app, default_timeout=120).run()
    at = show(at, "try_it/photo")
    good = ("astronaut.jpg", PORTRAIT.read_bytes(), "image/jpeg")
    at = at.file_uploader[0].set_value([*((name, data, "image/png") for name, (data, _) in bad.items()), good]).run()
    assert not at.exception
    assert len(at.error) == len(bad)
    for shown, (_, sentence) in zip(at.error, bad.values(), strict=True):
        assert shown.value.startswith(sentence)
    assert "**astronaut.jpg**" in [part.value for part in at.markdown]
    assert at.dataframe[0].value["file"].tolist() == ["astronaut.jpg"]
