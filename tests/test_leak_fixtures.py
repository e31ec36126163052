"""The leak fixture itself: each kind of thing that is left is found and named, and a clean test passes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OPTIONS = ("-p", "no:cacheprovider")

LEFT_BEHIND = {
    "process": (
        "import subprocess\nkept = []",
        "kept.append(subprocess.Popen(['sleep', '1234']))",
        "sleep 1234",
    ),
    "orphan": (
        "import subprocess",
        "subprocess.run(['sh', '-c', 'sleep 1235 & exit 0'], check=True)",
        "sleep 1235",
    ),
    "thread": (
        "import threading",
        "threading.Thread(target=threading.Event().wait, name='forgotten', daemon=True).start()",
        "'forgotten' (daemon)",
    ),
    "socket": (
        "import socket\nkept = []",
        "kept.extend(socket.socketpair())",
        "-> socket:[",
    ),
    "pipe": (
        "import os",
        "os.pipe()",
        "-> pipe:[",
    ),
    "memory file": (
        "import os",
        "os.memfd_create('forgotten')",
        "-> /memfd:forgotten",
    ),
    "event loop": (
        "import asyncio\nkept = []",
        "kept.append(asyncio.new_event_loop())",
        "-> anon_inode:[eventpoll]",
    ),
    "process descriptor": (
        "import os",
        "os.pidfd_open(os.getpid())",
        "-> anon_inode:[pidfd]",
    ),
    "open file": (
        "import os",
        "os.open(__file__, os.O_RDONLY)",
        "test_open_file.py",
    ),
    "named segment": (
        "from multiprocessing.shared_memory import SharedMemory\nkept = []",
        "kept.append(SharedMemory(create=True, size=100))",
        "shared memory: psm_",
    ),
    "orphan with a session of its own": (
        "import subprocess\nkept = []",
        "kept.append(subprocess.Popen(['sh', '-c', 'setsid sleep 1237 & exit 0']))",
        "process: ",
    ),
    "task of a loop that runs": (
        "import asyncio, threading\nkept = []",
        "loop = asyncio.new_event_loop()\n"
        "    threading.Thread(target=loop.run_forever, daemon=True).start()\n"
        "    kept.append(asyncio.run_coroutine_threadsafe(asyncio.sleep(3600), loop))",
        "asyncio task: <Task pending",
    ),
    "shared memory": (
        "import mmap, os, pathlib\nkept = []",
        "entry = pathlib.Path(f'/dev/shm/tidewire-leak-{os.getppid()}')\n"
        "    entry.write_bytes(b'x')\n"
        "    with entry.open('r+b') as file:\n"
        "        kept.append(mmap.mmap(file.fileno(), 1))",  # mapped, so that other test runs see whose it is
        "shared memory: tidewire-leak-",
    ),
    "temporary file": (
        "import tempfile",
        "tempfile.mkdtemp(prefix='forgotten')",
        "temporary file: /",
    ),
    "task": (
        "import asyncio\nkept = []",
        "loop = asyncio.new_event_loop()\n"
        "    kept.append(loop.create_task(asyncio.sleep(1), name='forgotten'))\n"
        "    loop.close()",
        "name='forgotten'",
    ),
    "window": (
        "from PySide6.QtWidgets import QWidget\nkept = []",
        "kept.append(QWidget(objectName='forgotten'))",
        "window: QWidget 'forgotten'",
    ),
    "timer": (
        "from PySide6.QtCore import QTimer\nkept = []",
        "kept.append(QTimer(objectName='forgotten', interval=1000))\n    kept[0].start()",
        "QTimer 'forgotten'",
    ),
    "Qt thread": (
        "from PySide6.QtCore import QThread\nkept = []",
        "kept.append(QThread(objectName='forgotten'))\n    kept[0].start()",
        "QThread 'forgotten'",
    ),
}


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A small test project of its own with the leak fixture and a short grace."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(
        "import os, tempfile\n"
        "from tests import leaks\n"
        "pytest_plugins = ['pytestqt.plugin', 'tests.leaks']\n"
        "leaks.GRACE_S = 0.3\n"
        # Other test runs use the machine's folder for temporary files too.
        "os.makedirs('temporary', exist_ok=True)\n"
        "tempfile.tempdir = os.path.abspath('temporary')\n"
    )
    return pytester


def test_whatever_is_left_behind_fails_the_test_and_is_named(inner: pytest.Pytester) -> None:
    for what, (imports, body, _) in LEFT_BEHIND.items():
        qt = "qapp" if "PySide6" in imports else ""
        module = f"test_{what.replace(' ', '_')}"
        inner.makepyfile(**{module: f"{imports}\n\ndef test_it({qt}):\n    {body}\n"})
    try:
        result = inner.runpytest_subprocess(*OPTIONS, timeout=50)
    finally:
        Path(f"/dev/shm/tidewire-leak-{os.getpid()}").unlink(missing_ok=True)
    result.assert_outcomes(passed=len(LEFT_BEHIND), errors=len(LEFT_BEHIND))
    reports = result.stdout.str().split(" ERROR at teardown of ")[1:]
    for (what, (_, _, named)), report in zip(sorted(LEFT_BEHIND.items()), reports, strict=True):
        assert "the test left behind" in report, what
        assert named in report, what


def test_what_goes_within_the_grace_is_no_leak(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        "import subprocess, threading\n"
        "def test_it():\n"
        "    threading.Timer(0.1, lambda: None).start()\n"
        "    subprocess.Popen(['sleep', '0.1'])\n"
    )
    result = inner.runpytest_subprocess(*OPTIONS, "-W", "ignore::ResourceWarning", timeout=30)
    result.assert_outcomes(passed=1)


def test_the_engines_coordinator_may_stay(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        "import socket, threading\n"
        "kept = []\n"
        "def test_it():\n"
        "    kept.extend(socket.socketpair())\n"
        "    wait = threading.Event().wait\n"
        "    threading.Thread(target=wait, name='tidewire-coordinator', daemon=True).start()\n"
    )
    inner.runpytest_subprocess(*OPTIONS, timeout=30).assert_outcomes(passed=1)


def test_what_a_wider_fixture_made_is_not_blamed_on_a_test(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        "import socket, pytest\n"
        "@pytest.fixture(scope='module')\n"
        "def pair():\n"
        "    a, b = socket.socketpair()\n"
        "    yield a\n"
        "    a.close(), b.close()\n"
        "def test_one(pair): pass\n"
        "def test_two(pair): pass\n"
    )
    inner.runpytest_subprocess(*OPTIONS, timeout=30).assert_outcomes(passed=2)


def test_a_failed_test_is_not_failed_twice_but_its_processes_end(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        "import subprocess\n"
        "def test_it():\n"
        "    child = subprocess.Popen(['sleep', '1236'])\n"
        "    print('pid', child.pid)\n"
        "    raise AssertionError\n"
    )
    result = inner.runpytest_subprocess(*OPTIONS, "-s", timeout=30)
    result.assert_outcomes(failed=1)
    pid = next(line.split()[-1] for line in result.outlines if "pid" in line)
    assert not Path(f"/proc/{pid}").exists()
