"""A node type that can be imported in the process of the script only."""

from __future__ import annotations

import os
from typing import Any

from engine import In, Node

if os.environ.get("TIDEWIRE_MAIN_PID", str(os.getpid())) != str(os.getpid()):
    raise ImportError("this driver is installed for the main process only")


class OnlyAtHome(Node):
    x = In()

    def process(self, x: Any) -> None:
        pass
