"""Files that cannot be written or read: said in a bar, nothing lost, and the run goes on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.faults.conftest import Desk
from tests.app.faults.nodes import Numbers
from tests.app.shapes import SCALE


@contextmanager
def no_room(limit: int = 16) -> Iterator[None]:
    """No file may grow beyond a few bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def running(desk: Desk, tmp_path: Path) -> tuple[str, Path]:
    source = desk.add(Numbers, "")
    node = desk.add(SCALE, "work:", f"{source}.value")
    file = tmp_path / "a.tide"
    assert desk.bench.save_as(file)
    desk.start()
    return node, file


def test_a_full_disk_leaves_the_file_whole_says_so_and_keeps_the_work(desk: Desk, tmp_path: Path) -> None:
    node, file = running(desk, tmp_path)
    before = file.read_bytes()
    desk.bench.rename(node, "precious")
    with no_room():
        desk.window.actions_by_id["file.save"].trigger()
        desk.until(lambda: "was not saved" in desk.bar_text("unsaved"), "no bar says that it was not saved")
    assert "Nothing is lost" in desk.bar_text("unsaved")
    assert file.read_bytes() == before
    assert desk.bench.is_modified
    assert desk.window.isWindowModified()
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".tide"] == ["a.tide"]
    desk.goes_on(node)
    desk.window.actions_by_id["file.save"].trigger()
    assert not desk.bench.is_modified
    assert b"precious" in file.read_bytes()
    assert not desk.bar_text("unsaved"), "the bar still says that it was not saved"
    desk.stop()


@pytest.mark.parametrize(
    ("content", "text"), [(b"{", "bad.tide"), (b"\x00\xff" * 64, "bad.tide"), (None, "cannot be read")]
)
def test_a_broken_file_leaves_what_is_open_and_its_run(
    desk: Desk, tmp_path: Path, content: bytes | None, text: str
) -> None:
    node, file = running(desk, tmp_path)
    broken = tmp_path / "bad.tide"
    if content is not None:
        broken.write_bytes(content)
    desk.window.flow.open(broken)
    assert text in desk.bar_text("error")
    assert desk.bench.path == file
    assert node in desk.window.canvas.mirror.nodes
    assert text in desk.log
    desk.goes_on(node)
    desk.stop()
