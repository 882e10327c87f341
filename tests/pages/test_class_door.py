"""The door of a class: who is let in, with which code and key, and which posts are refused."""

import json
import re

import pytest
from asgi import Answer, Browser
from views import view as open_view
from views import words

from fer_core.classroom.room import Room
from fer_core.classroom.rooms import begin_another
from pages.parts import join, serving
from pages.ui import access
from pages.ui.access import Visitor


@pytest.fixture
def room(workspace, monkeypatch) -> Room:
    """A lesson with ten faces, in an app that serves a class; no limit is used up."""
    monkeypatch.setenv("FER_ACCESS", "class")
    for module, name in ((join, "_codes"), (join, "_joins"), (serving, "_guesses"), (serving, "_cookies")):
        usual = getattr(module, name)
        monkeypatch.setattr(module, name, type(usual)(usual._most, usual.seconds))
    lesson = begin_another()
    lesson.play(
        "faces", classes=("angry", "happy"), pictures=("data:image/png;base64,AA==",) * 2, facts={"labels": ["happy"] * 2}
    )
    return lesson


@pytest.fixture
def ada(room) -> Browser:
    """A student who has joined."""
    return enter(room, "Ada")


def enter(room: Room, name: str = "") -> Browser:
    browser = Browser()
    answer = browser.post(f"/join/{room.code}", {"act": "join", "nickname": name})
    assert (answer.status, answer.headers["location"]) == (303, f"/join/{room.code}")
    return browser


def fields(page: Answer) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page.text.replace('"leave"', "")))


def vote(browser: Browser, room: Room, answer: str, **changed: str) -> Answer:
    return browser.post(
        f"/join/{room.code}", fields(browser.open(f"/join/{room.code}")) | {"act": "vote", "answer": answer} | changed
    )


def test_the_law_comes_first_then_the_question(room):
    browser = Browser()
    first = browser.open(f"/join/{room.code}")
    assert "2024/1689" in first.text
    assert "Which expression" not in first.text
    browser.post(f"/join/{room.code}", {"act": "join", "nickname": ""})
    page = browser.open(f"/join/{room.code}")
    assert "Which expression is shown?" in page.text
    assert len(page.body) < 20_000
    assert not re.findall(r'(?:src|href)="(?!data:|/)', page.text), "nothing is fetched from elsewhere"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"


def test_votes_by_plain_forms(room, ada):
    assert vote(ada, room, "1").status == 303
    assert "Counted: Happy" in ada.open(f"/join/{room.code}").text
    vote(ada, room, "0")
    assert room.answers() == [0]
    room.reveal()
    page = ada.open(f"/join/{room.code}").text
    assert "Your answer: Angry." in page
    assert "Label: <b>Happy</b>" in page
    assert vote(ada, room, "1").status == 409
    room.go(2)
    assert "The results are on the board" in ada.open(f"/join/{room.code}").text


def test_votes_by_the_script(room, ada):
    sent = fields(ada.open(f"/join/{room.code}")) | {"act": "vote", "answer": "1"}
    for _ in range(2):
        answer = ada.post(f"/join/{room.code}", sent, accept="application/json")
        assert (answer.status, json.loads(answer.body)["version"]) == (200, room.version)
    assert room.answers() == [1]
    later = ada.post(f"/join/{room.code}", sent | {"answer": "0"}, accept="application/json")
    assert later.status == 409
    now = json.loads(ada.ask(f"/join/{room.code}/now", query="have=").body)
    assert "Counted: Happy" in now["html"]
    assert "html" not in json.loads(ada.ask(f"/join/{room.code}/now", query=f"have={now['version']}").body)
    room.go(1)
    assert "Face 2 of 2" in json.loads(ada.ask(f"/join/{room.code}/now", query=f"have={now['version']}").body)["html"]


def test_a_wrong_code_is_404_and_a_thousand_of_them_get_nowhere(room, ada):
    stranger = Browser()
    assert stranger.open("/join/WRONG2").status == 404
    statuses = [stranger.open(f"/join/X{number:05d}").status for number in range(1000)]
    assert set(statuses[join.WRONG_CODES :]) == {429}
    assert statuses.count(404) == join.WRONG_CODES - 1
    assert stranger.open(f"/join/{room.code}").status == 429, "even the right one waits now"
    assert stranger.post("/join", {"code": room.code}).status == 429
    assert ada.open(f"/join/{room.code}").status == 200, "from the same address, but in the class already"
    assert ada.open("/join/WRONG2").status == 404
    assert Browser("192.168.0.78").post("/join", {"code": room.code.lower()}).headers["location"] == f"/join/{room.code}"


def test_a_thousand_wrong_keys_get_nowhere(room):
    stranger = Browser()
    statuses = [stranger.ask("/", query=f"key={number}").status for number in range(1000)]
    assert statuses.count(303) == serving.WRONG_KEYS
    assert set(statuses[serving.WRONG_KEYS :]) == {429}
    assert stranger.ask("/", query=f"key={access.KEY}").status == 429
    assert stranger.cookies == {}
    teacher = Browser("192.168.0.2")
    assert "HttpOnly" in teacher.ask("/lesson", query=f"key={access.KEY}").headers["set-cookie"]
    assert teacher.open("/lesson").text == "the app"
    stranger.cookies[access.cookie_name()] = access.KEY[:-1]
    assert [stranger.ask("/lesson").status for _ in range(1000)].count(429) >= 700


def test_who_is_in_no_class_sees_its_door_alone(room, ada):
    stranger = Browser()
    assert stranger.open("/overview").headers["location"] == "/join"
    assert "Code of the class" in stranger.open("/join").text
    for path in ("/_stcore/host-config", "/media/x.png", "/live-files/a/b/about.json", "/app/static/live/main.mjs"):
        assert stranger.ask(path).status == 403
    assert stranger.connect() == 403
    assert ada.open("/overview").text == "the app"
    assert ada.connect() == 101
    assert ada.connect(origin="http://localhost:9999") == 403
    assert ada.connect(origin="http://evil.example") == 403
    room.end()
    assert ada.connect() == 403
    assert ada.open(f"/join/{room.code}").status == 404
    assert ada.ask(f"/join/{room.code}/now").status == 404


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://192.168.0.5:9000"}]
)
def test_posts_of_other_sites_are_refused(room, ada, headers):
    sent = fields(ada.open(f"/join/{room.code}")) | {"act": "vote", "answer": "1"}
    assert ada.post(f"/join/{room.code}", sent, **headers).status == 403
    assert ada.ask(f"/join/{room.code}", method="POST", sec_fetch_site="cross-site").status == 403
    assert room.answers() == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"act=vote&answer=" + b"1" * 3000, {}, 413),
        (b"act=vote&answer=" + b"1" * 2_000_000, {"content_length": "10"}, 413),
        (b'{"act": "vote"}', {"content_type": "application/json"}, 413),
        (b"&".join(b"a%d=1" % number for number in range(200)), {}, 413),
        (b"act=vote&answer=\xff\xfe", {}, 413),
        (b"act=vote", {}, 400),
        (b"", {}, 400),
    ],
    ids=["long", "longer than said", "json", "many fields", "no text", "no fields", "nothing"],
)
def test_other_posts_are_refused(room, ada, body, headers, status):
    assert ada.post(f"/join/{room.code}", body, **headers).status == status
    assert room.answers() == []


def test_markup_in_a_name_is_refused_and_never_shown(room):
    browser = Browser()
    answer = browser.post(f"/join/{room.code}", {"act": "join", "nickname": "<img src=x onerror=alert(1)>"})
    assert answer.status == 400
    assert "<img" not in answer.text
    assert browser.cookies == {}


def test_who_leaves_is_gone(room, ada):
    ada.post(f"/join/{room.code}", {"act": "leave"})
    assert "Before you join" in ada.open(f"/join/{room.code}").text
    assert ada.connect() == 403


def test_many_cannot_join_from_one_place(room):
    statuses = [Browser().post(f"/join/{room.code}", {"act": "join"}).status for _ in range(160)]
    assert (statuses.count(303), statuses.count(429)) == (150, 10)


def test_without_a_class_there_is_no_door(workspace):
    browser = Browser()
    for path in ("/join", "/join/ABCDEF", "/join/ABCDEF/now"):
        assert browser.open(path).status == 404
    assert browser.open("/overview").text == "the app"
    assert not workspace.exists()


@pytest.mark.parametrize(
    ("granted", "right", "expected"),
    [((), "train", False), (("train",), "train", True), (("train",), "edit", False), (("train", "edit"), None, False)],
)
def test_a_student_may_what_is_granted(room, ada, granted, right, expected):
    room.grant(granted)
    assert access.may(Visitor({}, ada.cookies), right) is expected
    assert access.may(Visitor({}, {access.cookie_name(): access.KEY}), right) is True
    assert access.may(Visitor({"host": "localhost:8501"}, {}, "127.0.0.1"), right) is False


@pytest.mark.parametrize(("granted", "status"), [((), 403), (("camera",), 403), (("import",), 200)])
def test_students_send_no_files(room, ada, granted, status):
    room.grant(granted)
    answer = ada.ask("/_stcore/upload_file/a/b", method="PUT", origin=ada.origin, content_length="10")
    assert answer.status == status
    assert ("camera" in answer.headers.get("permissions-policy", "")) is ("camera" not in granted)


def test_a_page_that_is_open_since_another_lesson_shows_nothing(app, room, ada, monkeypatch):
    monkeypatch.setattr(access, "viewer", lambda: Visitor({}, ada.cookies))
    room.end()
    at = open_view(app, "home")
    assert "The lesson has ended, or you have not joined it" in words(at)
    assert len(at.button) == 0


def test_a_photo_is_answered_on_the_phone_where_it_is_granted(room, ada):
    assert "/photo" not in ada.open(f"/join/{room.code}").text
    refused = ada.open(f"/join/{room.code}/photo")
    assert refused.status == 403
    assert "Photos are not granted" in refused.text
    room.grant(["camera"])
    assert f"/join/{room.code}/photo" in ada.open(f"/join/{room.code}").text
    page = ada.open(f"/join/{room.code}/photo")
    assert page.status == 200
    assert "live-files/bundled-crowd/" in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]
    assert "<form" not in page.text
    assert Browser().open(f"/join/{room.code}/photo").status == 404
    assert ada.open("/join/WRONG2/photo").status == 404


def test_no_photo_without_cameras(room, ada, monkeypatch):
    monkeypatch.setenv("FER_CAMERA", "off")
    room.grant(["camera"])
    assert ada.open(f"/join/{room.code}/photo").status == 403


def test_names_from_outside_are_text_on_the_plain_page(room, ada):
    hostile = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>')
    facts = {"labels": [hostile[0]], "network": [hostile[1]]}
    room.play("faces", classes=hostile, pictures=("data:image/png;base64,AA==",), facts=facts)
    vote(ada, room, "1")
    room.reveal()
    page = ada.open(f"/join/{room.code}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1, "the page's own"
    assert "<img src=x" not in page
