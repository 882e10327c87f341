"""Limits on guesses and posts: how many an address, or a student, may make in a while."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MOST_KEYS = 4096
"""Addresses that are remembered at once; the one that was longest silent is forgotten first."""


class Limiter:
    """Counts events of each key in a sliding window.

    Args:
        most: events of one key that are let through in the window.
        seconds: length of the window.
        clock: seconds that never go back.
    """

    def __init__(self, most: int, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._most, self._clock = most, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def is_full(self, key: str) -> bool:
        """Whether this key has used up its window; counts nothing."""
        with self._lock:
            return len(self._recent(key)) >= self._most

    def count(self, key: str) -> bool:
        """Count an event; False when the window was full already, and then it is not counted."""
        with self._lock:
            times = self._recent(key)
            if len(times) >= self._most:
                return False
            times.append(self._clock())
            self._times[key] = times
            self._times.move_to_end(key)
            while len(self._times) > _MOST_KEYS:
                self._times.popitem(last=False)
            return True

    def forget(self, key: str) -> None:
        """Begin a key's window anew."""
        with self._lock:
            self._times.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        times = self._times.get(key, deque())
        begin = self._clock() - self.seconds
        while times and times[0] <= begin:
            times.popleft()
        return times


def source(address: str | None) -> str:
    """Write where a request comes from as a limiter counts it: an IPv6 address by its network, as one computer has many."""
    try:
        number = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if number.version == 6 and number.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{number}/64", strict=False))
    return str(number.ipv4_mapped or number) if number.version == 6 else str(number)
