"""A spare worker that gets work while it warms up: it begins behind the step of its imports that goes on."""

from __future__ import annotations

import gc
import socket
import sys
import threading
from pathlib import Path

import pytest

from engine.bridges.frames import Frame, Kind
from engine.computers.pulse import PulsePage
from engine.runtime import child as child_module
from engine.runtime import control
from engine.runtime.child import Child
from engine.runtime.orders import Order

pytestmark = pytest.mark.timeout(30)
reached, goes_on = threading.Event(), threading.Event()
WAIT_S = 10.0


def test_work_that_comes_while_a_spare_warms_up_begins_behind_the_step_that_goes_on_and_before_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for event in (reached, goes_on):
        event.clear()
    (tmp_path / "first_step.py").write_text(f"from {__name__} import *\nreached.set()\nassert goes_on.wait({WAIT_S})\n")
    (tmp_path / "second_step.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(child_module, "WARM_STEPS", ("first_step", "second_step"))
    begun: list[bool] = []
    monkeypatch.setattr(Child, "_prepare", lambda self, command: begun.append(goes_on.is_set()))
    ours, theirs = socket.socketpair()
    page = PulsePage()
    child = Child(theirs, page)
    warming = threading.Thread(target=child._warm_up)
    order = Order(location="p:", nodes=[], outgoing=[], incoming=[])
    prepare = Frame(Kind.MESSAGE, 1, 0, 0, 0, control.encode(control.Prepare("p:", order, b"")))
    preparing = threading.Thread(target=child._on_frame, args=[prepare])
    try:
        warming.start()
        assert reached.wait(WAIT_S)
        preparing.start()
        preparing.join(0.1)
        assert begun == [], "two threads import at once"
        goes_on.set()
        preparing.join(WAIT_S)
        warming.join(WAIT_S)
        assert begun == [True]
        assert "first_step" in sys.modules and "second_step" not in sys.modules
        assert gc.isenabled()
    finally:
        goes_on.set()
        sys.modules.pop("first_step", None)
        page.close()
        ours.close()
        theirs.close()
