from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engine import NodeError
from engine.library.faults import MAIN_PID, Hang, KillProcess, Raise
from tests.engine.library.harness import begin, step


def test_messages_pass_until_it_raises_and_then_none() -> None:
    node = Raise(after=2, message="as asked")
    begin(node)
    assert [step(node, value=i) for i in range(2)] == [[0], [1]]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="as asked"):
            step(node, value=2)


@pytest.mark.parametrize("main_pid", [None, "", "x", str(os.getpid())])
def test_the_main_process_is_not_killed(main_pid: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MAIN_PID, raising=False)
    if main_pid is not None:
        monkeypatch.setenv(MAIN_PID, main_pid)
    node = KillProcess(after=0)
    begin(node)
    with pytest.raises(NodeError, match="main process, which is not killed: give this node a process location"):
        step(node, value=1)


def child(code: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, **environment}, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )


def test_a_worker_process_is_killed() -> None:
    code = "from engine.library.faults import KillProcess as K; n = K(after=1); n.process(value=1); n.process(value=1)"
    with child(code, **{MAIN_PID: str(os.getpid())}) as process:
        assert process.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("mode", ["loop", "sleep"])
def test_a_hanging_node_never_returns(mode: str) -> None:
    code = (
        f"from engine.library.faults import Hang; n = Hang(after=1, mode={mode!r}); n.process(value=1);"
        f"print('hangs', flush=True); n.process(value=1); print('came back', flush=True)"
    )
    with child(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"hangs\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.kill()
        assert process.stdout.read() == b""


def test_hang_and_kill_have_processes_of_their_own() -> None:
    assert Hang.default_location != KillProcess.default_location
    assert str(Hang.default_location).endswith(":") and str(KillProcess.default_location).endswith(":")
