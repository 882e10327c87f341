"""Faces are found, turned upright and framed alike, whatever the photo's size, roll and EXIF."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_core.errors import InputError
from fer_core.photos import corruption
from fer_core.photos.detection import CERTAIN, is_clear, quick_search
from fer_core.photos.faces import (
    QUICK_TEMPLATE,
    TEMPLATE,
    Face,
    _align,
    find_faces,
    is_covered,
    is_dark,
    sharpness,
    similarity,
    whole_picture,
)
from fer_core.photos.reading import read_photo

ASTRONAUT = Path(__file__).parents[1] / "fixtures" / "astronaut.jpg"


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return read_photo(ASTRONAUT.read_bytes(), name=ASTRONAUT.name)


@pytest.fixture(scope="module")
def face(portrait: np.ndarray) -> Face:
    """The face by the finest search and a second look at its landmarks: a smaller `max_side` rules the quick search out."""
    return find_faces(portrait, max_side=500)[0]


@pytest.fixture(scope="module")
def quick(portrait: np.ndarray) -> Face:
    """The face as a quick search settles it."""
    return find_faces(portrait)[0]


def rolled(photo: np.ndarray, degrees: float, *, scale: float = 1.0) -> np.ndarray:
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(photo, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two grey faces, -1 to 1."""
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def test_the_face_is_found_where_it_is(portrait: np.ndarray) -> None:
    faces = find_faces(portrait)
    assert len(faces) == 1
    assert faces[0].box == pytest.approx((181, 58, 89, 120), abs=9)
    assert faces[0].score > 0.8
    assert faces[0].quality == []
    assert faces[0].grey.shape == (48, 48)
    assert faces[0].grey.dtype == np.uint8
    assert faces[0].crop_rgb.shape == (192, 192, 3)
    assert faces[0].crop_rgb.dtype == np.uint8
    expected = [(203, 102), (247, 105), (223, 126), (204, 143), (242, 145)]
    np.testing.assert_allclose(faces[0].landmarks, expected, atol=4)


@pytest.mark.parametrize(("found", "template"), [("face", TEMPLATE), ("quick", QUICK_TEMPLATE)])
def test_the_frame_is_fer2013s(request: pytest.FixtureRequest, found: str, template: np.ndarray) -> None:
    """Landmarks of the crop lie where they lie in FER2013's pictures, on average."""
    landmarks = request.getfixturevalue(found).landmarks
    matrix = similarity(landmarks, template)
    placed = landmarks @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(placed, template, atol=2.5)
    np.testing.assert_allclose(placed.mean(axis=0), template.mean(axis=0), atol=1e-3)


def test_grey_and_colour_show_the_same(face: Face) -> None:
    small = cv2.resize(cv2.cvtColor(face.crop_rgb, cv2.COLOR_RGB2GRAY), (48, 48), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - face.grey.astype(int)).max() <= 2


@pytest.mark.parametrize("degrees", [-25, 25])
def test_a_rolled_face_is_turned_upright(portrait: np.ndarray, face: Face, degrees: float) -> None:
    faces = find_faces(rolled(portrait, degrees))
    assert len(faces) == 1
    assert likeness(faces[0].grey, face.grey) > 0.95


@pytest.mark.parametrize(("orientation", "turns"), [(6, 1), (3, 2), (8, 3)])
def test_a_photo_turned_by_exif_is_read_alike(portrait: np.ndarray, quick: Face, orientation: int, turns: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    Image.fromarray(np.rot90(portrait, turns)).save(stream, "PNG", exif=exif)
    faces = find_faces(read_photo(stream.getvalue(), name="turned.png"))
    assert [found.box for found in faces] == [quick.box]
    np.testing.assert_array_equal(faces[0].grey, quick.grey)


@pytest.mark.parametrize(("scale", "found"), [(0.4, "face"), (0.7, "quick"), (2.5, "face"), (6, "face")])
def test_size_hardly_matters(request: pytest.FixtureRequest, portrait: np.ndarray, scale: float, found: str) -> None:
    """The same search crops the same face; a quick one settles the matter from 256 to 640 pixels only."""
    face = request.getfixturevalue(found)
    photo = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    faces = find_faces(photo)
    assert len(faces) == 1
    np.testing.assert_allclose(np.array(faces[0].box) / scale, face.box, atol=12)
    eye_distance = np.hypot(*(face.landmarks[1] - face.landmarks[0]))
    np.testing.assert_allclose(faces[0].landmarks / scale, face.landmarks, atol=0.1 * eye_distance)
    assert likeness(faces[0].grey, face.grey) > 0.9


def test_a_tight_crop_is_found(portrait: np.ndarray, face: Face) -> None:
    """A picture framed as FER2013's, 48x48 and grey, is its own crop, nearly."""
    tight = np.repeat(face.grey[:, :, None], 3, axis=2)
    faces = find_faces(tight)
    assert len(faces) == 1
    assert likeness(faces[0].grey, face.grey) > 0.9


def test_faces_are_sorted_from_left_to_right(portrait: np.ndarray) -> None:
    small = cv2.resize(portrait, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    wide = np.hstack([small, portrait[: len(small), :400], small])
    faces = find_faces(wide)
    assert len(faces) == 3
    assert [found.box[0] for found in faces] == sorted(found.box[0] for found in faces)
    assert [found.box[2] > 75 for found in faces] == [False, True, False]


def test_a_small_face_in_a_big_photo_is_found(portrait: np.ndarray) -> None:
    photo = np.full((2400, 3200, 3), 90, np.uint8)
    photo[1000:1512, 2000:2512] = portrait
    faces = find_faces(photo)
    assert len(faces) == 1
    assert faces[0].box == pytest.approx((2181, 1058, 89, 120), abs=15)


def test_a_face_cut_by_the_edge_stays_inside_the_photo(portrait: np.ndarray) -> None:
    cut = np.ascontiguousarray(portrait[80:, 190:])
    for found in find_faces(cut):
        left, top, width, height = found.box
        assert left >= 0
        assert top >= 0
        assert left + width <= cut.shape[1]
        assert top + height <= cut.shape[0]
    assert find_faces(cut)


@pytest.mark.parametrize(
    "photo",
    [
        np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8),
        np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8),
        np.full((300, 400, 3), 127, np.uint8),
        np.zeros((24, 3000, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
    ],
    ids=["noise", "small noise", "grey", "a line", "a dot"],
)
def test_no_face_is_an_empty_list(photo: np.ndarray) -> None:
    assert find_faces(photo) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda photo: cv2.resize(photo, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA), ["small", "blurred"]),
        (lambda photo: cv2.GaussianBlur(photo, (0, 0), 2.5), ["blurred"]),
        (lambda photo: photo, []),
    ],
    ids=["small", "blurred", "fine"],
)
def test_quality_notes(portrait: np.ndarray, change: object, words: list[str]) -> None:
    assert find_faces(change(portrait))[0].quality == words


def test_a_nose_beside_the_middle_is_turned_away(monkeypatch: pytest.MonkeyPatch, portrait: np.ndarray) -> None:
    points = np.array([[203, 102], [247, 105], [243, 126], [210, 143], [240, 145]], np.float32)
    monkeypatch.setattr("fer_core.photos.faces.run_network", lambda canvas, threshold: (np.empty((0, 5)), np.empty((0, 5, 2))))
    monkeypatch.setattr(
        "fer_core.photos.faces.search", lambda *_: ((np.array([[181, 58, 270, 178, 0.9]], np.float32), points[None]), False)
    )
    assert find_faces(portrait)[0].quality == ["turned away"]


def test_sharpness_of_a_flat_picture_is_zero() -> None:
    assert sharpness(np.full((48, 48), 99, np.uint8)) == 0.0


def test_shrinking_does_not_skip_pixels() -> None:
    """Stripes one pixel wide average to grey at any scale; aliasing would leave bands."""
    photo = np.zeros((3000, 3000, 3), np.uint8)
    photo[:, ::2] = 255
    for scale in (2, 8, 30, 55):
        _, grey = _align(photo, similarity(TEMPLATE * scale + 100, TEMPLATE))
        assert np.abs(grey[4:-4, 4:-4].astype(int) - 127).max() <= 12, scale


@pytest.mark.parametrize("scale", [0.5, 1, 3, 12, 40])
def test_pixels_stay_in_their_place(scale: float) -> None:
    """A spot of the photo is found where the transform puts it, to a fifth of a pixel."""
    side = int(60 * scale) + 8
    y, x = np.mgrid[:side, :side]
    corner = 3.0
    spot = np.array([30.25, 20.5])
    centre = (spot + 0.5) * scale - 0.5 + corner
    bump = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * (3 * scale) ** 2))
    photo = np.repeat((bump * 250).astype(np.uint8)[:, :, None], 3, axis=2)
    points = ((TEMPLATE + 0.5) * scale - 0.5 + corner).astype(np.float32)
    _, grey = _align(photo, similarity(points, TEMPLATE))
    weights = grey.astype(float)
    rows, columns = np.mgrid[:48, :48]
    found = np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()
    np.testing.assert_allclose(found, spot, atol=0.2)


@pytest.mark.parametrize(
    ("shape", "box"), [((40, 100, 3), (30, 0, 40, 40)), ((200, 90, 3), (0, 55, 90, 90)), ((48, 48, 3), (0, 0, 48, 48))]
)
def test_whole_picture_is_the_middle_square(shape: tuple[int, int, int], box: tuple[int, int, int, int]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = whole_picture(photo)
    assert found.box == box
    assert found.score == 0.0
    assert found.grey.shape == (48, 48)
    assert found.crop_rgb.shape == (192, 192, 3)
    assert np.isnan(found.landmarks).all()


def test_whole_picture_keeps_a_stored_face() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    np.testing.assert_array_equal(whole_picture(np.repeat(stored[:, :, None], 3, axis=2)).grey, stored)


@pytest.mark.parametrize(
    ("photo", "options", "message"),
    [
        (np.zeros((48, 48), np.uint8), {}, r"A photo must be \(H, W, 3\) uint8 RGB; got \(48, 48\) uint8"),
        (np.zeros((48, 48, 3), np.float32), {}, "float32"),
        (np.zeros((48, 48, 3), np.uint8), {"threshold": 0}, "threshold must be between 0 and 1; got 0"),
        (np.zeros((48, 48, 3), np.uint8), {"max_side": 10}, "max_side must be 64 to 4096 pixels; got 10"),
    ],
)
def test_wrong_arguments(photo: np.ndarray, options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_faces(photo, **options)


@pytest.mark.parametrize(("name", "box"), [("justin.jpg", (108, 81, 154, 205)), ("astronaut.png", (181, 58, 89, 120))])
def test_real_portraits(shared: Path, name: str, box: tuple[int, int, int, int]) -> None:
    faces = find_faces(read_photo((shared / "photos" / name).read_bytes(), name=name))
    assert [found.box for found in faces] == [pytest.approx(box, abs=8)]


def test_a_frame_of_a_video(shared: Path) -> None:
    video = cv2.VideoCapture(str(shared / "photos" / "test.mp4"))
    found, frame = video.read()
    video.release()
    assert found
    assert len(find_faces(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))) == 1


@pytest.mark.parametrize(
    ("boxes", "drop", "clear"),
    [
        ([], 0, False),
        ([(0, 0, 80, 90, 0.9)], 0, True),
        ([(0, 0, 80, 90, 0.9), (100, 0, 160, 70, 0.8)], 7, True),
        ([(0, 0, 80, 90, 0.9), (100, 0, 160, 70, 0.8)], -12, False),
        ([(0, 0, 80, 90, 0.9), (100, 0, 160, 70, 0.6)], 0, False),
        ([(0, 0, 80, 90, 0.9), (100, 0, 130, 40, 0.9)], 0, False),
    ],
    ids=["nothing", "one", "two", "rolled", "a doubtful one", "a small one"],
)
def test_a_quick_search_settles_what_is_certain_large_and_upright(
    boxes: list[tuple[float, ...]], drop: float, clear: bool
) -> None:
    points = np.tile(np.array([[0, 0], [40, drop], [20, 20], [5, 40], [35, 40]], np.float32), (len(boxes), 1, 1))
    assert is_clear((np.array(boxes, np.float32).reshape(-1, 5), points.reshape(-1, 5, 2)), 0.5, scale=0.5) is clear


def test_quick_and_full_search_crop_the_same_face(quick: Face, face: Face) -> None:
    assert quick.box == pytest.approx(face.box, abs=12)
    assert likeness(quick.grey, face.grey) > 0.9


def test_a_doubtful_face_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the quick search takes for a face with some doubt is left to the finer search, here in a photo without any."""
    doubtful = np.array([[80, 90, 160, 190, 0.6]], np.float32), TEMPLATE[None] + 80
    monkeypatch.setattr("fer_core.photos.detection.quick_search", lambda photo, **_: doubtful)
    assert find_faces(np.full((300, 400, 3), 127, np.uint8)) == []


def test_the_quick_search_alone_finds_the_face(portrait: np.ndarray) -> None:
    boxes, landmarks = quick_search(portrait)
    np.testing.assert_allclose(boxes[0, :4], (180, 62, 271, 177), atol=8)
    assert boxes[0, 4] > CERTAIN
    np.testing.assert_allclose(landmarks[0], [(204, 102), (248, 104), (224, 126), (204, 142), (242, 144)], atol=4)


@pytest.mark.parametrize("zoom", [1, 2])
def test_a_small_face_beside_a_large_one_is_found(portrait: np.ndarray, zoom: int) -> None:
    """What is small for the quick search is left to the finer one, and a large photo is not searched quickly at all."""
    photo = np.full((480, 640, 3), 110, np.uint8)
    photo[:450, :450] = cv2.resize(portrait, (450, 450), interpolation=cv2.INTER_AREA)
    photo[350:420, 550:620] = cv2.resize(portrait[20:220, 120:320], (70, 70), interpolation=cv2.INTER_AREA)
    photo = cv2.resize(photo, (640 * zoom, 480 * zoom), interpolation=cv2.INTER_CUBIC)
    assert [found.box[0] > 500 * zoom for found in find_faces(photo)] == [False, True]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_on_its_side_or_head_gives_the_upright_face(portrait: np.ndarray, face: Face, turns: int) -> None:
    faces = find_faces(np.ascontiguousarray(np.rot90(portrait, turns)))
    assert len(faces) == 1
    assert likeness(faces[0].grey, face.grey) > 0.95
    assert "turned away" not in faces[0].quality


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_that_is_found_upside_down_with_confidence_is_turned(shared: Path, turns: int) -> None:
    """The quick search finds this one on its head with a score of 0.89, and landmarks as if it stood."""
    photo = read_photo((shared / "photos" / "justin.jpg").read_bytes(), name="justin.jpg")
    upright, lying = find_faces(photo)[0], find_faces(np.ascontiguousarray(np.rot90(photo, turns)))[0]
    assert likeness(lying.grey, upright.grey) > 0.85


@pytest.mark.parametrize("width", [30, 60])
def test_a_small_face_in_a_very_large_photo_is_found(portrait: np.ndarray, width: int) -> None:
    """The face is 1 in 200 or 1 in 100 of a photo of 24 million pixels."""
    zoom = width / 90
    part = cv2.resize(portrait[:300, 80:380], None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    tones = np.random.default_rng(0).integers(60, 200, (40, 60, 3)).astype(np.uint8)
    photo = cv2.resize(tones, (6000, 4000), interpolation=cv2.INTER_CUBIC)
    photo[1500 : 1500 + part.shape[0], 3200 : 3200 + part.shape[1]] = part
    faces = find_faces(photo)
    assert len(faces) == 1
    assert faces[0].box[:2] == pytest.approx((3200 + 100 * zoom, 1500 + 62 * zoom), abs=0.2 * width)
    assert faces[0].box[2] == pytest.approx(width, rel=0.3)


@pytest.mark.parametrize(
    ("change", "dark", "covered"),
    [
        (lambda faces: faces, False, False),
        (lambda faces: corruption.darken(faces, 0.4), False, False),
        (lambda faces: corruption.darken(faces, 0.75), True, False),
        (lambda faces: corruption.cover_eyes(faces, 8.0), False, True),
        (lambda faces: corruption.cover_mouth(faces, 10.0), False, True),
        (lambda faces: corruption.cover(faces, down=38, width=34, height=20, shade=230), False, True),
    ],
)
def test_too_little_light_and_a_covered_face_are_noted(quick: Face, change: object, dark: bool, covered: bool) -> None:
    changed = change(quick.grey[None])[0]
    assert (is_dark(changed), is_covered(changed)) == (dark, covered)


def test_a_dark_photo_is_noted(portrait: np.ndarray) -> None:
    (found,) = find_faces((portrait * 0.22).astype(np.uint8))
    assert found.quality == ["dark"]
    assert whole_picture(np.zeros((100, 100, 3), np.uint8)).quality == ["blurred", "dark"]
