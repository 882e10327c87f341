"""Ask the server's own routes, behind its guard, without a server: one request in, one answer out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pages.parts import join, serving
from pages.try_it.parts import live_files

HOST = "192.168.0.5:8501"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def _page(_: object) -> PlainTextResponse:
    return PlainTextResponse("the app")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


APP = serving.Guard(
    Starlette(
        routes=[
            *join.routes(live_files.addresses),
            WebSocketRoute("/_stcore/stream", _socket),
            Route("/{path:path}", _page, methods=["GET", "POST", "PUT"]),
        ]
    )
)


@dataclass
class Browser:
    """A browser: it keeps cookies, and says where its posts come from."""

    address: str = "192.168.0.77"
    host: str = HOST
    origin: str = f"http://{HOST}"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, path: str, *, method: str = "GET", query: str = "", body: bytes = b"", kind: str = "http", **headers: str
    ) -> Answer:
        """Send one request."""
        given = {"host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope: dict[str, Any] = {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http" if kind == "http" else "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (self.address, 4000),
            "server": ("0.0.0.0", 8501),
            "subprotocols": [],
        }
        said: list[dict] = []
        parts = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
        first = {"type": "websocket.connect"} if kind == "websocket" else None

        async def receive() -> dict:
            if first is not None:
                return first
            part = parts.pop(0) if parts else b""
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: dict) -> None:
            said.append(message)

        asyncio.run(APP(scope, receive, send))
        if kind == "websocket":
            return Answer(101 if said[0]["type"] == "websocket.accept" else 403, Headers({}), b"")
        found = Headers(raw=said[0]["headers"])
        for value in found.getlist("set-cookie"):
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        return Answer(said[0]["status"], found, b"".join(message.get("body", b"") for message in said[1:]))

    def open(self, path: str) -> Answer:
        """Open a page."""
        return self.ask(path, accept="text/html", sec_fetch_site="none")

    def connect(self, **headers: str) -> int:
        """Open the app's web socket; the status of the answer."""
        return self.ask("/_stcore/stream", kind="websocket", **{"origin": self.origin, **headers}).status

    def post(self, path: str, form: dict[str, str] | bytes, **headers: str) -> Answer:
        """Send a form."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        usual = {"origin": self.origin, "content_type": "application/x-www-form-urlencoded", "content_length": str(len(body))}
        return self.ask(path, method="POST", body=body, **{**usual, **headers})
