"""The addresses of a class: its door, the students' page, and what phones post; plain HTTP, so that no web socket is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import config

from fer_core import runs
from fer_core.classroom.addresses import JOIN
from fer_core.classroom.limits import Limiter, source
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import room
from fer_core.classroom.students import Refused
from fer_core.errors import InputError
from fer_core.runs.version import answers_in_int8
from fer_core.settings import settings
from pages.parts import join_page
from pages.ui import access

MOST_BYTES = 2000
"""Of a post."""

WRONG_CODES = 30
"""Wrong codes that an address may try in a minute; then who has not joined has to wait."""

_codes = Limiter(WRONG_CODES, 60.0)
_joins = Limiter(150, 600.0)
_HEADERS = {
    "cache-control": "no-store",
    # Nothing from elsewhere, and no script but the one inside: the page's own words are escaped besides.
    "content-security-policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
}
_PHOTO_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of the page that answers a photo: the scripts and the network of the Live page, and nothing that could send it elsewhere."""


def routes(addresses: Callable[..., dict[str, str]]) -> list[Route]:
    """The routes of the class, to be handed to the server; without a class they answer 404.

    Args:
        addresses: where a browser finds the files that answer a photo, as `live_files.addresses` tells it.
    """
    return [
        Route(f"{_home()}{JOIN}", _door, methods=["GET", "POST"]),
        Route(f"{_home()}{JOIN}/{{code}}", _seat, methods=["GET", "POST"]),
        Route(f"{_home()}{JOIN}/{{code}}/now", _now),
        Route(f"{_home()}{JOIN}/{{code}}/photo", partial(_photo, addresses=addresses)),
    ]


async def _door(request: Request) -> Response:
    if not access.is_class():
        return _no_class()
    if request.method == "GET":
        return _html(join_page.door(request.url.path))
    code = (await _form(request) or {}).get("code", "")
    return _refusal(request, code) or RedirectResponse(_address(room()), status_code=303, headers=_HEADERS)


async def _seat(request: Request) -> Response:
    if not access.is_class():
        return _no_class()
    lesson, number = room(), _student(request)
    refusal = _refusal(request, request.path_params["code"], joined=number is not None)
    if refusal is not None:
        return refusal
    address = _address(lesson)
    if request.method == "GET":
        if number is None:
            return _html(join_page.notice(address))
        lesson.students.see(number)
        return _html(join_page.seat(lesson, number, address, _home()))
    form = await _form(request)
    if form is None:
        return PlainTextResponse("This is no post of this page.", status_code=413, headers=_HEADERS)
    if form.get("act") == "join":
        entered = RedirectResponse(address, status_code=303, headers=_HEADERS)
        return _join(request, lesson, form) if number is None else entered
    if form.get("act") == "leave":
        return _with_cookie(request, "", RedirectResponse(address, status_code=303, headers=_HEADERS))
    if number is None:
        return _html(join_page.notice(address, said="Join the class first."), 403)
    return _vote(request, lesson, number, form)


async def _now(request: Request) -> Response:
    number = _student(request)
    if number is None or not room().is_code(request.path_params["code"]):
        return _no_class()
    lesson = room()
    lesson.students.see(number)
    version = lesson.version
    if request.query_params.get("have") == version:
        return JSONResponse({"version": version}, headers=_HEADERS)
    return JSONResponse({"version": version, "html": join_page.seat_part(lesson, number, _address(lesson))}, headers=_HEADERS)


# No `async`: Starlette then calls it in a thread, as telling a run's version reads its file.
def _photo(request: Request, addresses: Callable[..., dict[str, str]]) -> Response:
    lesson, number = (room(), _student(request)) if access.is_class() else (None, None)
    if lesson is None or number is None or not lesson.is_code(request.path_params["code"]):
        return _no_class()
    run = next((run for run in runs.usable_runs() if run.id == runs.BUNDLED_CROWD), None)
    if "camera" not in lesson.state.rights or settings().camera == "off" or run is None:
        said = "Photos are not granted in this lesson."
        return _html(join_page.seat(lesson, number, _address(lesson), _home(), said=said), 403)
    page = join_page.photo(_address(lesson), _home(), addresses(run, int8=answers_in_int8(run)))
    return _html(page, headers={"content-security-policy": _PHOTO_POLICY})


def _join(request: Request, lesson: Room, form: dict[str, str]) -> Response:
    address = _address(lesson)
    if not _joins.count(_from(request)):
        return _html(join_page.notice(address, said="Too many have joined from here; wait some minutes."), 429)
    try:
        cookie = lesson.students.join(form.get("nickname", ""))
    except InputError as error:
        return _html(join_page.notice(address, said=str(error)), 400)
    except Refused as error:
        return _html(join_page.notice(address, said=str(error)), 503)
    return _with_cookie(request, cookie, RedirectResponse(address, status_code=303, headers=_HEADERS))


def _vote(request: Request, lesson: Room, number: str, form: dict[str, str]) -> Response:
    status, said = 200, ""
    try:
        lesson.students.see(number)
        lesson.vote(number, form)
    except Refused as error:
        status, said = 409, str(error)
    except InputError as error:
        status, said = 400, str(error)
    address = _address(lesson)
    if "application/json" in request.headers.get("accept", ""):
        shown = {"version": lesson.version, "html": join_page.seat_part(lesson, number, address, said=said)}
        return JSONResponse(shown, status_code=status, headers=_HEADERS)
    if status == 200:
        return RedirectResponse(address, status_code=303, headers=_HEADERS)
    return _html(join_page.seat(lesson, number, address, _home(), said=said), status)


def _refusal(request: Request, code: str, *, joined: bool = False) -> Response | None:
    """The answer to a wrong code, or to the next one of an address that has tried many; None to the right one."""
    if not joined and _codes.is_full(_from(request)):
        said = "Too many wrong codes; wait a minute."
        return _html(join_page.door(f"{_home()}{JOIN}", said=said), 429, {"retry-after": "60"})
    if room().is_code(code):
        return None
    _codes.count(_from(request))
    return _html(join_page.door(f"{_home()}{JOIN}", said="There is no class with this code: read it again."), 404)


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a post; None when it is too large, or no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=12))
    except ValueError:
        return None


def _with_cookie(request: Request, value: str, answer: Response) -> Response:
    name = access.student_cookie()
    cookie: SimpleCookie = SimpleCookie({name: value})
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
    # Lax: a phone that follows a link in a message to the class is still who it was.
    cookie[name].update({"path": "/", "httponly": True, "samesite": "Lax", "secure": secure, "max-age": 43200 if value else 0})
    answer.headers["set-cookie"] = cookie[name].OutputString()
    return answer


def _student(request: Request) -> str | None:
    given = request.cookies.get(access.student_cookie(), "")
    return room().students.number(given) if given and access.is_class() else None


def _address(lesson: Room) -> str:
    return f"{_home()}{JOIN}/{lesson.code}"


def _home() -> str:
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/" if base else "/"


def _from(request: Request) -> str:
    return source(request.client.host if request.client else None)


def _no_class() -> Response:
    return PlainTextResponse("There is no class here.", status_code=404, headers=_HEADERS)


def _html(page: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, **(headers or {})})
