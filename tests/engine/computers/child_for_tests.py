"""The inside of a child process in tests: answers each message of its parent, doing what it says."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time

from engine.bridges.frames import FrameReader, Kind, frame


def main() -> None:
    """Entry: arguments are the control socket's descriptor, the parent's pid, the import path."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    reader = FrameReader()
    while data := connection.recv(1 << 16):
        for one in reader.feed(data):
            if one.kind == Kind.MESSAGE:
                connection.sendall(frame(Kind.MESSAGE, _answer(one.body.decode())))


def _answer(request: str) -> bytes:
    verb, _, argument = request.partition(" ")
    if verb == "exit":
        os._exit(int(argument))
    if verb == "raise":
        raise RuntimeError(argument)
    if verb == "sleep":
        time.sleep(float(argument))
    if verb == "spawn":
        return str(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid).encode()
    if verb == "descriptors":
        return "\n".join(_descriptors()).encode()
    if verb == "groups":
        return f"{os.getpid()} {os.getpgrp()} {os.getsid(0)}".encode()
    if verb == "path":
        return "\n".join(sys.path).encode()
    return request.encode()


def _descriptors() -> list[str]:
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return [text for text in found if text.startswith(("socket", "pipe", "/memfd"))]
