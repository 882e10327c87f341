"""A student's phone in a class: it joins, asks what the teacher shows, and votes; plain HTTP, a connection for each request."""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass
class Student:
    """One phone.

    Attributes:
        told: {face: (when the server said that the vote counts, the answer)}.
        waits: seconds of each request until it was answered, those around a restart aside.
    """

    port: int
    path: str
    source: random.Random
    cookie: str = ""
    told: dict[int, tuple[float, int]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    open_until: float = 0.0
    measured: bool = True

    async def join(self) -> None:
        """Read the notice and join."""
        status, headers, _ = await self._ask("POST", self.path, {"act": "join", "nickname": ""})
        found = re.search(r"set-cookie: ([^;]+)", headers, re.I)
        if status != 303 or found is None:
            raise SystemExit(f"A student cannot join: the server answers {status}.")
        self.cookie = found[1]

    async def poll(self) -> None:
        """Ask what the teacher shows until the time is up."""
        while time.time() < self.open_until:
            await asyncio.sleep(self.source.uniform(1.3, 1.9))
            try:
                await self._ask("GET", f"{self.path}/now?have=x")
            except OSError:
                continue

    async def vote(self, face: int, after: float) -> None:
        """Vote on a face after so many seconds, twice, and send on until the server has said that it counts."""
        await asyncio.sleep(after)
        form: dict[str, str] = {}
        for turn in range(2):
            while True:
                try:
                    if not form:
                        _, _, page = await self._ask("GET", self.path)
                        start = page.split("</form>")[0]
                        form = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', start))
                        form["answer"] = str(self.source.randrange(page.count('name="answer"')))
                    status, _, said = await self._ask("POST", self.path, form, accept="application/json")
                except OSError:
                    await asyncio.sleep(0.4)
                    continue
                if status != 200:
                    raise SystemExit(f"A vote was refused with {status}: {said[:200]}")
                break
            if turn == 0:
                self.told[face] = (time.time(), int(form["answer"]))

    async def _ask(self, method: str, path: str, form: dict[str, str] | None = None, accept: str = "text/html") -> Any:
        begin = time.perf_counter()
        body = urlencode(form or {}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            head = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self.port}", "connection: close", f"accept: {accept}"]
            head += [f"cookie: {self.cookie}"] if self.cookie else []
            if method == "POST":
                head += [f"origin: http://127.0.0.1:{self.port}", f"content-length: {len(body)}"]
                head += ["content-type: application/x-www-form-urlencoded"]
            writer.write("\r\n".join([*head, "", ""]).encode() + (body if method == "POST" else b""))
            content = await reader.read()
        finally:
            writer.close()
        if b"\r\n\r\n" not in content:
            raise ConnectionError("nothing was answered")
        if self.measured:
            self.waits.append(time.perf_counter() - begin)
        head_text, _, rest = content.partition(b"\r\n\r\n")
        return int(head_text.split(b" ", 2)[1]), head_text.decode("latin-1"), rest.decode("utf-8", "replace")
