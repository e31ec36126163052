"""What holds for every test: offscreen, away from the user's own files, and nothing left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["pytester", "tests.leaks"]

# Before anything imports Qt. A test that needs a real display says so with the marker `display`.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Programs that tests start write as they do from a person's shell, buffers included.
os.environ.pop("PYTHONUNBUFFERED", None)

# How long one example takes says little on a busy machine; the tests have time limits of their own.
hypothesis.settings.register_profile("tidewire", deadline=None, print_blob=True)
hypothesis.settings.load_profile("tidewire")


def pytest_configure(config: pytest.Config) -> None:
    """Settings and temporary files, also of the processes that tests start, get folders of their own."""
    # A run in the background ignores these, and what it starts would too; after this, programs get the default.
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    # pytest's own tmp_path folders stay where people look for them after a failure.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    private = Path(tempfile.mkdtemp(prefix="tw-"))
    config.add_cleanup(lambda: shutil.rmtree(private, ignore_errors=True))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[variable] = str(private / variable.lower())
    (private / "t").mkdir()
    os.environ["TMPDIR"] = str(private / "t")
    tempfile.tempdir = None  # ask the environment again


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where a test is tried at all placements, those of one kind alone are for the long round; `mixed` has them all."""
    known = {item.nodeid for item in items}
    for item in items:
        mixed = _ALONE.sub("mixed", item.nodeid)
        if mixed != item.nodeid and mixed in known:
            item.add_marker(pytest.mark.long)


_ALONE = re.compile(r"(?<=[\[-])(thread|process|processes|one process)(?=[\]-])")
