"""By which address others in the network reach this computer, and the address that a class is given, with its QR code."""

from __future__ import annotations

import socket

import psutil

JOIN = "join"
"""First part of the address of the students' page."""


def own_address() -> str:
    """The number of this computer in its network; `localhost` where it is in none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # A datagram socket that is connected looks up its route alone.
            probe.connect(("10.254.254.254", 1))
            address = str(probe.getsockname()[0])
        except OSError:
            address = ""
    if address and not address.startswith("127."):
        return address
    numbers = [
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET and not entry.address.startswith("127.")
    ]
    return numbers[0] if numbers else "localhost"


def base_address(host: str, port: int, *, secure: bool, path: str = "") -> str:
    """The address of the app, without a slash at its end."""
    name = f"[{host}]" if ":" in host else host
    usual = port == (443 if secure else 80)
    return f"http{'s' if secure else ''}://{name}{'' if usual else f':{port}'}{f'/{path}' if path else ''}"


def qr_code(address: str) -> str:
    """An address as a QR code: a `data:` address of an SVG picture, black on white with the quiet zone that readers need."""
    import segno

    return str(segno.make(address, error="m").svg_data_uri(scale=8, border=4, light="#fff", dark="#000"))
