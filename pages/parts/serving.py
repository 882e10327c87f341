"""What the server adds to Streamlit's: the key becomes a cookie, headers against framing, and a clean start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS | (NO_CAMERA if settings().camera == "off" else {}))
                if _STATIC in scope["path"]:
                    headers["cache-control"] = _kept(scope["path"])
            await send(message)

        answer = _with_key(scope) or _too_large(scope)
        await (answer or self.app)(scope, receive, send_with_headers)


MIDDLEWARE = [Middleware(Guard)]


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Remove what a killed app has left behind, and print the address with the key where one is needed."""
    sweep_temporary()
    if settings().access == "key" or (settings().access == "local" and not access.bound_to_this_computer()):
        _tell()
    yield


def _with_key(scope: Scope) -> Response | None:
    """An address that holds a key is opened again without it; with a cookie that no script can read when it is the right one."""
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in given if name == access.QUERY]
    if not keys or scope["method"] != "GET":
        return None
    rest = urlencode([(name, value) for name, value in given if name != access.QUERY])
    # Relative: a proxy may have put a path before ours. The dot keeps a path that looks like an address a path.
    answer = RedirectResponse(f"./{scope['path'].rsplit('/', 1)[-1]}{'?' if rest else ''}{rest}", status_code=303)
    if access.is_key(keys[-1]):
        cookie: SimpleCookie = SimpleCookie({access.cookie_name(): keys[-1]})
        cookie[access.cookie_name()].update({"path": "/", "httponly": True, "samesite": "Strict", "secure": _is_https(scope)})
        answer.headers["set-cookie"] = cookie[access.cookie_name()].OutputString()
    answer.headers["cache-control"] = "no-store"
    return answer


def _too_large(scope: Scope) -> Response | None:
    """Who only looks on may send photos, which stay in memory, and nothing larger."""
    if scope["method"] not in ("PUT", "POST") or "/_stcore/upload_file/" not in scope["path"] or access.may(_visitor(scope)):
        return None
    length = HTTPConnection(scope).headers.get("content-length", "")
    if length.isdigit() and int(length) <= settings().max_photo_bytes + 1_000_000:
        return None
    return PlainTextResponse(f"{access.ONLY_READS}.", status_code=403)


def _kept(path: str) -> str:
    """How long a browser keeps a file of `pages/static`: one whose path names its version for good, another never unasked."""
    return "public, max-age=31536000, immutable" if _VENDORED in path else "no-cache"


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
        f"  (put the name by which you reach this computer in place of the first part):\n\n  {access.address_with_key()}\n",
        flush=True,
    )
