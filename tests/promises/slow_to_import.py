"""A node type whose module takes its time to be imported in a worker process."""

from __future__ import annotations

import os
import time
from typing import Any

from engine import In, Node

if os.environ.get("TIDEWIRE_MAIN_PID", str(os.getpid())) != str(os.getpid()):
    time.sleep(20.0)


class SlowToImport(Node):
    x = In()

    def process(self, x: Any) -> None:
        pass
