"""Thirty people read on one machine while a run trains: how long a view takes from being asked for until its script is done.

    python -m benchmarks.readers [--readers 30] [--seconds 60] [--pause 8] [--no-training]

Draws faces into a workspace of its own, has the bundled run answer their test split, as a lecturer who opens Scores once before
class does, starts a run with the preset standard, and lets as many sessions walk through the views that only read, each with a
pause of 0.5 to 1.5 times `--pause` between two views. Sessions speak Streamlit's own protocol over its websocket, on loopback;
what a browser then takes to draw is not in the figures. Every view is opened once before. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.machine import busy, busy_sentence, describe, end, exit_when_told
from benchmarks.screenshots import serve_app
from fer_core import runs
from fer_core.settings import PROJECT

DATASET = "Drawn faces"
TARGET = 1.0
"""Seconds within which 95 of 100 views are to be there."""

VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("overview", {}),
    ("samples", {}),
    ("pixels", {}),
    ("monitor", {}),
    ("scores", {}),
    ("confusion", {}),
    ("calibration", {}),
    ("learn-mobilenet", {}),
    ("learn-convolution", {}),
    ("learn-transfer", {}),
    ("learn-data", {}),
    ("learn-limits", {}),
    ("lesson", {}),
    ("lesson", {"step": "data"}),
    ("lesson", {"step": "confusion"}),
    ("exercises", {}),
)
"""Views that only read, with what stands in their address."""

_PATIENCE = 120.0
"""Seconds without a word after which a view is given up."""


class Reader:
    """One session."""

    def __init__(self, link: ClientConnection) -> None:
        self._link = link

    async def open(self, view: str, query: dict[str, str]) -> float:
        """Seconds until the script of a view is done.

        Raises:
            SystemExit: the view shows an error, or nothing comes any more.
        """
        asked = BackMsg()
        asked.rerun_script.page_name = view
        asked.rerun_script.query_string = urlencode({"dataset": DATASET, "run": runs.BUNDLED, **query})
        begin = time.perf_counter()
        await self._link.send(asked.SerializeToString())
        while True:
            try:
                heard = ForwardMsg.FromString(await asyncio.wait_for(self._link.recv(decode=False), _PATIENCE))
            except TimeoutError:
                raise SystemExit(f"The view '{view}' sent nothing for {_PATIENCE:g} s; is the machine busy?") from None
            kind = heard.WhichOneof("type")
            if kind == "script_finished" and heard.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return time.perf_counter() - begin
            if kind == "page_not_found" or (kind == "delta" and _is_error(heard)):
                raise SystemExit(f"The view '{view}' shows an error; look at it in a browser.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=30, help="sessions at once")
    parser.add_argument("--seconds", type=float, default=60, help="how long they read")
    parser.add_argument("--pause", type=float, default=8, help="mean seconds between two views of a reader")
    parser.add_argument("--faces", type=int, default=1500, help="faces to draw")
    parser.add_argument("--no-training", action="store_true", help="leave the run that trains out")
    given = parser.parse_args()
    exit_when_told()
    print(describe())
    print(busy_sentence(busy()))
    with tempfile.TemporaryDirectory(prefix="fer-readers-") as folder:
        workspace = Path(folder)
        os.environ["FER_WORKSPACE"] = str(workspace)
        _command("synthetic", "--name", DATASET, "--count", str(given.faces), "--seed", "0")
        _command("evaluate", runs.BUNDLED, "--dataset", DATASET, "--split", "test", "--json")
        with serve_app(workspace) as url, training(wanted=not given.no_training) as at_work:
            times = asyncio.run(_read(url.replace("http", "ws", 1), given.readers, given.seconds, given.pause))
            trained = at_work() if not given.no_training else None
    _report(times, given.readers, trained)


async def _read(url: str, readers: int, seconds: float, pause: float) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    address = f"{url}/_stcore/stream"
    async with _session(address) as lecturer:
        for view, query in VIEWS:
            await lecturer.open(view, query)
    until = time.monotonic() + seconds

    async def walk(number: int) -> None:
        chance = random.Random(number)
        await asyncio.sleep(chance.uniform(0, pause))
        async with _session(address) as reader:
            place = number
            while time.monotonic() < until:
                view, query = VIEWS[place % len(VIEWS)]
                times[_name(view, query)].append(await reader.open(view, query))
                place += 1
                await asyncio.sleep(pause * chance.uniform(0.5, 1.5))

    await asyncio.gather(*(walk(number) for number in range(readers)))
    return times


class _session:
    """A websocket that is closed again; `async with` gives the reader."""

    def __init__(self, address: str) -> None:
        self._connection = connect(address, subprotocols=["streamlit"], compression=None, max_size=None, open_timeout=_PATIENCE)

    async def __aenter__(self) -> Reader:
        return Reader(await self._connection.__aenter__())

    async def __aexit__(self, *error: object) -> None:
        await self._connection.__aexit__(*error)


@contextmanager
def training(*, wanted: bool) -> Iterator[object]:
    """A run that trains meanwhile; yields a function that says whether it still does."""
    if not wanted:
        yield lambda: False
        return
    line = [sys.executable, "-m", "fer_core", "train", DATASET, "--preset", "standard", "--set", "full_epochs=200"]
    process = subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        patience = time.monotonic() + _PATIENCE
        while not _at_work():
            if process.poll() is not None or time.monotonic() > patience:
                raise SystemExit("The training run did not begin.")
            time.sleep(0.3)
        yield _at_work
    finally:
        end(process)


def _at_work() -> bool:
    """Whether a run of this workspace is past its first batches."""
    return any(run.status().state == "running" and len(run.batches()) > 1 for run in runs.list_runs() if not run.read_only)


def _command(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "fer_core", *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or f"{words[0]} ended with {done.returncode}.")


def _is_error(heard: ForwardMsg) -> bool:
    element = heard.delta.new_element
    kind = element.WhichOneof("type")
    return kind == "exception" or (kind == "alert" and element.alert.format == element.alert.ERROR)


def _name(view: str, query: dict[str, str]) -> str:
    return " ".join([view or "home", *query.values()])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _report(times: dict[str, list[float]], readers: int, trained: bool | None) -> None:
    every = [seconds for found in times.values() for seconds in found]
    if not every:
        raise SystemExit("Nobody opened a view; give them more seconds.")
    for name, found in sorted(times.items(), key=lambda row: -statistics.median(row[1])):
        print(f"{name:24} {len(found):4} times   median {statistics.median(found):.2f} s   95 % {percentile(found, 0.95):.2f} s")
    beside = {None: "no run in training", True: "a run in training all the while", False: "the run ended meanwhile"}[trained]
    worst = percentile(every, 0.95)
    print(f"{readers} readers, {len(every)} views, {beside}:")
    met = "met" if worst < TARGET else "missed"
    print(f"median {statistics.median(every):.2f} s, 95 % within {worst:.2f} s (target {TARGET:g} s: {met})")


if __name__ == "__main__":
    main()
