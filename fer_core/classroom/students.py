"""The students of a lesson: who has joined, by cookies that name nobody, what they are called, and who is there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
import unicodedata

from fer_core.errors import FerError, InputError

MOST_STUDENTS = 300
LONGEST_NICKNAME = 24
PRESENT_SECONDS = 15.0
"""Who was heard of within so many seconds counts as present; phones ask every two."""

_NICKNAME = re.compile(r"[^\W_](?:[\w .'-]*[\w.])?")


class Refused(FerError):
    """A vote that does not count: it comes too late, too often, or from nobody who is in the class."""


class Students:
    """Who is in one lesson; cookies, presence and nicknames are in memory alone. Every method may be called from any thread.

    Args:
        secret: of the lesson, which signs cookies; with the same one a cookie is good after a restart.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._lock = threading.RLock()
        self._ended = False
        self._names: dict[str, str] = {}
        self._seen: dict[str, float] = {}

    def join(self, nickname: str = "") -> str:
        """Take a student in; returns their cookie.

        Raises:
            InputError: the nickname is not allowed.
            Refused: the class is full, or the lesson has ended.
        """
        name = checked_nickname(nickname)
        with self._lock:
            if self._ended:
                raise Refused("The lesson has ended.")
            if len(self._seen) >= MOST_STUDENTS:
                raise Refused(f"The class is full: {MOST_STUDENTS} have joined.")
            word = secrets.token_urlsafe(16)
            cookie = f"{word}.{self._sign(word)}"
            number = self._numbered(word)
            self._seen[number] = time.monotonic()
            if name:
                self._names[number] = name
            return cookie

    def number(self, cookie: str) -> str | None:
        """The random number of the student with this cookie; None when it is not of this lesson."""
        word, _, sign = cookie.partition(".")
        right = hmac.compare_digest(sign.encode(errors="replace"), self._sign(word).encode())
        return self._numbered(word) if right and not self._ended else None

    def see(self, number: str) -> None:
        """Note that a student is there."""
        with self._lock:
            if number in self._seen or len(self._seen) < MOST_STUDENTS:
                self._seen[number] = time.monotonic()

    def nickname(self, number: str) -> str:
        """What a student is called; empty when they gave no name."""
        return self._names.get(number, "")

    def present(self) -> int:
        """How many students were heard of within the last seconds."""
        now = time.monotonic()
        with self._lock:
            return sum(now - seen < PRESENT_SECONDS for seen in self._seen.values())

    def nicknames(self) -> list[str]:
        """Nicknames of those who are present, in alphabetical order."""
        now = time.monotonic()
        with self._lock:
            return sorted(name for number, name in self._names.items() if now - self._seen[number] < PRESENT_SECONDS)

    def end(self) -> None:
        """Forget everybody; from now on nobody is in the class, and nobody can join."""
        with self._lock:
            self._ended = True
            self._names.clear()
            self._seen.clear()

    def _sign(self, word: str) -> str:
        return _short(hmac.new(self._secret, b"cookie " + word.encode(errors="replace"), hashlib.sha256).digest())

    def _numbered(self, word: str) -> str:
        return hmac.new(self._secret, b"number " + word.encode(errors="replace"), hashlib.sha256).hexdigest()[:16]


def checked_nickname(given: str) -> str:
    """A nickname as it is shown: spaces at its ends are dropped; empty for none.

    Raises:
        InputError: it is long, or has other signs than letters, digits, spaces and . ' -
    """
    name = unicodedata.normalize("NFC", given).strip()
    if len(name) > LONGEST_NICKNAME or (name and _NICKNAME.fullmatch(name) is None):
        raise InputError(
            f"A nickname has letters, digits, spaces and . ' - alone, at most {LONGEST_NICKNAME}; or leave it empty."
        )
    return name


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
