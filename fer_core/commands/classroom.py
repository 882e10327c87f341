"""The command `classroom`: the app for a class, with a key for the teacher and an address for the students."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from fer_core.classroom.addresses import JOIN, base_address, own_address
from fer_core.classroom.lesson_file import lock_file
from fer_core.classroom.rooms import room, sweep
from fer_core.commands.output import Add
from fer_core.errors import InputError
from fer_core.processes import is_held
from fer_core.settings import PROJECT, settings

EVERYWHERE = "0.0.0.0"
"""The server listens on all addresses of the computer."""


def register(add: Add) -> None:
    """Add the command."""
    parser = add("classroom", _classroom, "serve the app to a class: a key for the teacher, a code for the students")
    parser.add_argument("--port", type=int, default=8501, help="port to listen at (8501)")
    parser.add_argument("--address", help="name or number by which phones reach this computer, where the one found is not right")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="certificate for HTTPS, with --key")
    parser.add_argument("--key", type=Path, metavar="FILE", help="private key of the certificate")


def _classroom(arguments: argparse.Namespace) -> int:
    words, environment = prepared(arguments)
    return _run(words, environment)


def prepared(arguments: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """Print the addresses; returns the command line of the server, and its environment.

    Raises:
        InputError: a file or the port cannot be used.
    """
    secure = _checked_files(arguments)
    _check_port(arguments.port)
    if is_held(lock_file()):
        raise InputError("Another app serves a class on this workspace: end it first, or set FER_WORKSPACE to another folder.")
    sweep()
    lesson, key = room(), secrets.token_urlsafe(32)
    host = arguments.address or settings().host or own_address()
    base = base_address(host, arguments.port, secure=secure)
    print(
        f"\n  The teacher opens   {base}/lesson?view=Class&key={key}\n"
        f"  The students open   {base}/{JOIN}/{lesson.code}\n"
        f"  Code of the class   {lesson.code}\n\n"
        "  Keep the teacher's address to yourself. Ctrl-C ends the app; the lesson goes on at the next start, until its end.\n",
        flush=True,
    )
    options = {"server.address": EVERYWHERE, "server.port": str(arguments.port), "server.headless": "true"}
    if secure:
        options |= {"server.sslCertFile": str(arguments.certificate.resolve()), "server.sslKeyFile": str(arguments.key.resolve())}
    words = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    words += [part for name, value in options.items() for part in (f"--{name}", value)]
    # The server works in another folder, where a relative path would be another one.
    paths = {"FER_WORKSPACE": str(settings().workspace), **({"FER_LESSON": str(settings().lesson)} if settings().lesson else {})}
    return words, {**os.environ, **paths, "FER_ACCESS": "class", "FER_KEY": key, "FER_HOST": host}


def _run(words: list[str], environment: dict[str, str]) -> NoReturn:
    """Become the server, so that what ends this process ends it; on Windows wait for it."""
    os.chdir(PROJECT)
    if sys.platform == "win32":
        sys.exit(subprocess.call(words, env=environment))
    os.execve(words[0], words, environment)


def _checked_files(arguments: argparse.Namespace) -> bool:
    """Whether HTTPS is asked for, with files that are there."""
    given = [path for path in (arguments.certificate, arguments.key) if path is not None]
    if len(given) == 1:
        raise InputError("HTTPS needs both --certificate and --key; name the other file too, or neither.")
    for path in given:
        if not path.is_file():
            raise InputError(f"There is no file {path}; see docs/serving.md for how to make a certificate.")
    return bool(given)


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise InputError(f"--port must be 1 to 65535; got {port}.")
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((EVERYWHERE, port))
        except OSError as error:
            raise InputError(f"Port {port} cannot be used ({error.strerror or error}); choose another --port.") from error
