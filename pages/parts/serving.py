"""What the server adds to Streamlit's: the key becomes a cookie, who is in no class is let in nowhere, headers, a clean start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from filelock import FileLock, Timeout
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from fer_core.classroom import rooms, training
from fer_core.classroom.addresses import JOIN
from fer_core.classroom.lesson_file import lock_file
from fer_core.classroom.limits import Limiter, source
from fer_core.processes import sweep_temporary
from fer_core.settings import settings
from pages.ui import access

HEADERS = {
    # The app is in nobody's frame, and shows nothing from elsewhere, whatever a name or a note may hold.
    "Content-Security-Policy": "frame-ancestors 'none'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

NO_CAMERA = {"Permissions-Policy": "camera=()"}
"""With FER_CAMERA=off: no page of the app is given a camera by the browser, whatever its scripts ask for."""

WRONG_KEYS = 20
"""Wrong keys that an address may try in a minute; then even the right one has to wait."""

_serving: list[FileLock] = []
_guesses = Limiter(WRONG_KEYS, 60.0)
_cookies = Limiter(200, 60.0)
_STATIC, _VENDORED = "/app/static/", "/app/static/onnxruntime-web-"
_told = False


class Guard:
    """ASGI middleware: makes the key of an address a cookie, refuses large uploads of who only looks on, adds `HEADERS`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "websocket":
            _tell_once(_visitor(scope))
            if access.is_class() and (_is_foreign(scope) or _visitor(scope).is_outside):
                await receive()
                await send({"type": "websocket.close", "code": 4403})
                return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | (NO_CAMERA if _is_without_camera(scope) else {})).items():
                    # A page of our own may be stricter than the app.
                    headers.setdefault(name, value)
                if _STATIC in scope["path"]:
                    headers["cache-control"] = _kept(scope["path"])
            await send(message)

        answer = _with_key(scope) or _outside(scope) or _too_large(scope)
        await (answer or self.app)(scope, receive, send_with_headers)


MIDDLEWARE = [Middleware(Guard)]


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Remove what a killed app has left behind, and print the address with the key where one is needed."""
    sweep_temporary()
    rooms.sweep()
    if access.is_class():
        rooms.room()
        training.watch()
        with suppress(Timeout):
            # Held as long as this process lives; the command that starts another one looks.
            _serving.append(FileLock(lock_file()))
            _serving[-1].acquire(timeout=0)
        if not access.GIVEN_KEY:
            _tell()
    elif settings().access == "key" or (settings().access == "local" and not access.bound_to_this_computer()):
        _tell()
    yield


def _with_key(scope: Scope) -> Response | None:
    """An address that holds a key is opened again without it; with a cookie that no script can read when it is the right one."""
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in given if name == access.QUERY]
    if not keys or scope["method"] != "GET":
        return None
    asking = source(_visitor(scope).address)
    if _guesses.is_full(asking):
        return _wait()
    rest = urlencode([(name, value) for name, value in given if name != access.QUERY])
    # Relative: a proxy may have put a path before ours. The dot keeps a path that looks like an address a path.
    answer = RedirectResponse(f"./{scope['path'].rsplit('/', 1)[-1]}{'?' if rest else ''}{rest}", status_code=303)
    if access.is_key(keys[-1]):
        cookie: SimpleCookie = SimpleCookie({access.cookie_name(): keys[-1]})
        cookie[access.cookie_name()].update({"path": "/", "httponly": True, "samesite": "Strict", "secure": _is_https(scope)})
        answer.headers["set-cookie"] = cookie[access.cookie_name()].OutputString()
    else:
        _guesses.count(asking)
    answer.headers["cache-control"] = "no-store"
    return answer


def _outside(scope: Scope) -> Response | None:
    """Where there is a class, posts of other sites are refused, and who has not joined it sees its door alone."""
    if not access.is_class():
        return None
    if scope["method"] not in ("GET", "HEAD") and _is_foreign(scope):
        return PlainTextResponse("Another site sent this.", status_code=403)
    asking = _visitor(scope)
    if not asking.is_outside:
        return None
    if access.cookie_name() in asking.cookies and not _cookies.count(source(asking.address)):
        return _wait()
    base = f"/{(config.get_option('server.baseUrlPath') or '').strip('/')}".rstrip("/")
    path = scope["path"]
    if path in (f"{base}/{JOIN}", f"{base}/_stcore/health") or path.startswith(f"{base}/{JOIN}/"):
        return None
    if scope["method"] == "GET" and "text/html" in HTTPConnection(scope).headers.get("accept", ""):
        return RedirectResponse(f"{base}/{JOIN}", status_code=303, headers={"cache-control": "no-store"})
    return PlainTextResponse("Join the class first.", status_code=403)


def _too_large(scope: Scope) -> Response | None:
    """Who only looks on may send photos, which stay in memory, and nothing larger; a student only what may be imported."""
    if scope["method"] not in ("PUT", "POST") or "/_stcore/upload_file/" not in scope["path"]:
        return None
    if access.may(_visitor(scope), "import"):
        return None
    if access.is_class():
        return PlainTextResponse(f"{access.ONLY_READS}.", status_code=403)
    length = HTTPConnection(scope).headers.get("content-length", "")
    if length.isdigit() and int(length) <= settings().max_photo_bytes + 1_000_000:
        return None
    return PlainTextResponse(f"{access.ONLY_READS}.", status_code=403)


def _kept(path: str) -> str:
    """How long a browser keeps a file of `pages/static`: one whose path names its version for good, another never unasked."""
    return "public, max-age=31536000, immutable" if _VENDORED in path else "no-cache"


def _wait() -> Response:
    return PlainTextResponse("Too many wrong keys; wait a minute.", status_code=429, headers={"retry-after": "60"})


def _is_foreign(scope: Scope) -> bool:
    """Whether a page of another site has this sent: by the origin that a browser names, or what it says of the sites."""
    headers = HTTPConnection(scope).headers
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _is_without_camera(scope: Scope) -> bool:
    return settings().camera == "off" or (access.is_class() and not access.may(_visitor(scope), "camera"))


def _visitor(scope: Scope) -> access.Visitor:
    connection = HTTPConnection(scope)
    return access.Visitor(connection.headers, connection.cookies, connection.client.host if connection.client else None)


def _is_https(scope: Scope) -> bool:
    return "https" in (scope["scheme"], HTTPConnection(scope).headers.get("x-forwarded-proto", ""))


def _tell_once(visitor: access.Visitor) -> None:
    """Print the address with the key when the first visitor comes who needs it."""
    if not _told and settings().access == "local" and not access.may(visitor):
        _tell()


def _tell() -> None:
    global _told
    _told = True
    print(
        "\n  Who opens the app from elsewhere, or through a proxy, only looks on. To change things, open it with this key\n"
        f"  (put the name by which you reach this computer in place of the first part):\n\n  {_address_with_key()}\n",
        flush=True,
    )


def _address_with_key() -> str:
    """Where the app is opened with the key, on this computer."""
    bound = config.get_option("server.address")
    host = "localhost" if bound in (None, "", "0.0.0.0", "::") else bound
    return f"{access.own_base(host)}/?{access.QUERY}={access.KEY}"
