"""Who may change something in the app, and who only looks on.

`FER_ACCESS=local` lets everybody change things who comes from this computer, without a proxy or tunnel between; `key` whoever
opened the address with the key; `read` nobody. Where `local` does not hold, `key` does. The key is another one at each start.
`class` is a lesson: the teacher, who has the key, may do everything, students who have joined what is granted, others nothing.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fer_core.classroom.addresses import base_address
from fer_core.classroom.rights import RightName
from fer_core.classroom.rooms import room
from fer_core.errors import InputError
from fer_core.settings import settings

QUERY = "key"
"""Name of the query parameter that holds the key."""

GIVEN_KEY = os.environ.pop("FER_KEY", "")
"""Key of the command that started the app, which has printed it; taken out of what other processes inherit."""

KEY = GIVEN_KEY if len(GIVEN_KEY) >= 40 else secrets.token_urlsafe(32)

ONLY_READS = "You look on here: nothing can be imported, trained, edited or deleted, and no long work be started"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_OF_PROXIES = ("forwarded", "via", "x-real-ip", "x-client-ip", "x-original-host", "cf-connecting-ip", "true-client-ip")
"""Headers, beside those that begin with `x-forwarded`, that a proxy or tunnel adds."""


@dataclass(frozen=True)
class Visitor:
    """Who asks: the headers, by their names in lower case, the cookies, and the address that the connection comes from."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the request was sent on this computer, to this computer, with no proxy between that says so."""
        forwarded = any(name in _OF_PROXIES or name.startswith("x-forwarded") for name in self.headers)
        return not forwarded and _host(self.headers.get("host", "")) in _LOCAL_NAMES and _is_loopback(self.address)

    @property
    def has_key(self) -> bool:
        """Whether the key is in the cookies."""
        return is_key(self.cookies.get(cookie_name(), ""))

    @property
    def student(self) -> str | None:
        """The random number of a student who has joined the lesson; None of others, and where there is no class."""
        given = self.cookies.get(student_cookie(), "")
        return room().students.number(given) if given and settings().access == "class" else None

    @property
    def is_outside(self) -> bool:
        """Whether there is a class, and this is neither its teacher nor one of its students."""
        return settings().access == "class" and not self.has_key and self.student is None


def cookie_name() -> str:
    """Name of the cookie that holds the key: cookies do not tell two apps on ports of one computer apart."""
    return f"fer_lab_key_{config.get_option('server.port')}"


def student_cookie() -> str:
    """Name of the cookie of a student."""
    return f"fer_lab_class_{config.get_option('server.port')}"


def is_key(given: str) -> bool:
    """Whether this is the key; takes as long for every text of one length."""
    return hmac.compare_digest(given.encode(errors="replace"), KEY.encode())


def may(visitor: Visitor, right: RightName | None = None) -> bool:
    """Whether this visitor may change something.

    Args:
        visitor: who asks.
        right: what a teacher may grant for it; None for what is no student's.
    """
    access = settings().access
    if access == "read":
        return False
    if access == "class":
        return visitor.has_key or (right in room().state.rights and visitor.student is not None)
    return (access == "local" and bound_to_this_computer() and visitor.is_local) or visitor.has_key


def bound_to_this_computer() -> bool:
    """Whether the server listens to this computer alone."""
    return config.get_option("server.address") in _LOCAL_NAMES


def may_write(right: RightName | None = None) -> bool:
    """Whether the viewer of this page may change something; True where no server is, as in a test of a page."""
    asking = viewer()
    return settings().access != "read" if asking is None else may(asking, right)


def require_write(right: RightName | None = None) -> None:
    """To be called by everything that imports, trains, edits or deletes.

    Args:
        right: what a teacher may grant students for it; None for what only a teacher may do in a class.

    Raises:
        InputError: the viewer may only look on.
    """
    if not may_write(right):
        raise InputError(f"{ONLY_READS}; {_what_to_do()}.")


def needs_write(right: RightName | None = None) -> None:
    """For a view that only changes things: says so to who may not, and stops the view."""
    if not may_write(right):
        st.info(f"{ONLY_READS}; {_what_to_do()}.", icon=":material/visibility:")
        st.stop()


def is_class() -> bool:
    """Whether the app serves a class."""
    return settings().access == "class"


def is_student() -> bool:
    """Whether the viewer of this page is a student of a class, or nobody in it."""
    asking = viewer()
    return is_class() and asking is not None and not asking.has_key


def may_use_camera() -> bool:
    """Whether the viewer of this page may turn a camera on; its pictures stay in their browser."""
    return settings().camera == "on" and (not is_class() or may_write("camera"))


def may_send_pictures() -> bool:
    """Whether the viewer may send photos to the server: everybody but the students of a class."""
    return not is_student()


def may_download() -> bool:
    """Whether the viewer may take files of data and networks away: who only looks on may, a student where it was granted."""
    return not is_class() or may_write("export")


def needs_seat() -> None:
    """Stop, for the frame, where there is a class and the viewer is not in it: the page may be open since another lesson."""
    asking = viewer()
    if asking is not None and asking.is_outside:
        st.info("The lesson has ended, or you have not joined it. Open the address on the board.", icon=":material/meeting_room:")
        st.stop()


def notice() -> None:
    """A line, for the frame, to who may only look on."""
    if is_student():
        granted = room().state.rights
        st.caption(
            f":material/school: You are in a class: look around, answer and practise. Granted: {', '.join(granted) or '—'}."
        )
    elif not may_write():
        st.caption(f":material/visibility: {ONLY_READS}.")


def own_base(host: str) -> str:
    """The address of the app at this host, without a slash at its end."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return base_address(host, config.get_option("server.port"), secure=bool(config.get_option("server.sslCertFile")), path=base)


def _what_to_do() -> str:
    if settings().access == "read":
        return "it was started with FER_ACCESS=read"
    if is_student():
        return "the teacher may grant it for this lesson"
    return "open the address with the key that stands where the app was started"


def viewer() -> Visitor | None:
    """Who looks at this page; None where no server is. Of a connection that is gone nothing is known: it may only read."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists() or config.get_option("global.appTest"):
        return None
    client = runtime.get_instance().get_client(context.session_id)
    if client is None:
        return Visitor({})
    asking = client.client_context
    return Visitor({name.lower(): value for name, value in asking.headers}, asking.cookies, asking.remote_ip)


def _host(header: str) -> str:
    """The name or number in a Host header, in lower case; empty when it is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
