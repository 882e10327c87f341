"""Who may change something in the app, and who only looks on.

`FER_ACCESS=local` lets everybody change things who comes from this computer, without a proxy or tunnel between; `key` whoever
opened the address with the key; `read` nobody. Where `local` does not hold, `key` does. The key is another one at each start.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fer_core.errors import InputError
from fer_core.settings import settings

QUERY = "key"
"""Name of the query parameter that holds the key."""

KEY = secrets.token_urlsafe(32)

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


def cookie_name() -> str:
    """Name of the cookie that holds the key: cookies do not tell two apps on ports of one computer apart."""
    return f"fer_lab_key_{config.get_option('server.port')}"


def is_key(given: str) -> bool:
    """Whether this is the key; takes as long for every text of one length."""
    return hmac.compare_digest(given.encode(errors="replace"), KEY.encode())


def may(visitor: Visitor) -> bool:
    """Whether this visitor may change something."""
    access = settings().access
    if access == "read":
        return False
    return (access == "local" and bound_to_this_computer() and visitor.is_local) or visitor.has_key


def bound_to_this_computer() -> bool:
    """Whether the server listens to this computer alone."""
    return config.get_option("server.address") in _LOCAL_NAMES


def may_write() -> bool:
    """Whether the viewer of this page may change something; True where no server is, as in a test of a page."""
    asking = _viewer()
    return settings().access != "read" if asking is None else may(asking)


def require_write() -> None:
    """To be called by everything that imports, trains, edits or deletes.

    Raises:
        InputError: the viewer may only look on.
    """
    if not may_write():
        raise InputError(f"{ONLY_READS}; {_what_to_do()}.")


def needs_write() -> None:
    """For a view that only changes things: says so to who may not, and stops the view."""
    if not may_write():
        st.info(f"{ONLY_READS}; {_what_to_do()}.", icon=":material/visibility:")
        st.stop()


def notice() -> None:
    """A line, for the frame, to who may only look on."""
    if not may_write():
        st.caption(f":material/visibility: {ONLY_READS}.")


def address_with_key() -> str:
    """Where the app is opened with the key, on this computer."""
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    bound, base = config.get_option("server.address"), (config.get_option("server.baseUrlPath") or "").strip("/")
    host = "localhost" if bound in (None, "", "0.0.0.0", "::") else f"[{bound}]" if ":" in bound else bound
    return f"{scheme}://{host}:{config.get_option('server.port')}/{base}{'/' if base else ''}?{QUERY}={KEY}"


def _what_to_do() -> str:
    if settings().access == "read":
        return "it was started with FER_ACCESS=read"
    return "open the address with the key that stands where the app was started"


def _viewer() -> Visitor | None:
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
