"""`FolderWatch`: tells when the files of a `nodes/` folder have changed, however they were saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.document.agreed import project_code

SETTLE_MS = 150
_MOST_WATCHED = 2000


class FolderWatch(QObject):
    """Watches `folder/nodes/` with all that lies below it, also while that is not there yet.

    Editors save by writing in place or by renaming, and often in several steps: `changed` follows once the files have
    been left alone for a moment, and only when they are others than before.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._state: dict[Path, tuple[int, int, int]] = {}
        self._watcher: QFileSystemWatcher | None = None
        self._settle = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._look)

    @property
    def folder(self) -> Path | None:
        """The folder whose `nodes/` is watched."""
        return self._folder

    def watch(self, folder: Path | None) -> None:
        """Watch this folder's `nodes/` from now on, and no other."""
        self._settle.stop()
        self._folder = folder
        self._rewatch()
        self._state = _state_of(folder)

    def take_as_seen(self) -> None:
        """What is there now is known to whoever listens."""
        self._settle.stop()
        self._rewatch()
        self._state = _state_of(self._folder)

    def _look(self) -> None:
        self._rewatch()  # before the look: what changes after it is told again
        state = _state_of(self._folder)
        if state != self._state:
            self._state = state
            self.changed.emit()

    def _rewatch(self) -> None:
        """Watch what is there now: a file that was replaced by another of its name is watched no more."""
        wished = set(_places_of(self._folder))
        if self._watcher is None:
            if not wished:
                return
            self._watcher = QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(self._settle.start)
            self._watcher.directoryChanged.connect(self._settle.start)
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if gone := sorted(watched - wished):
            self._watcher.removePaths(gone)
        if new := sorted(wished - watched):
            self._watcher.addPaths(new)


def _places_of(folder: Path | None) -> list[str]:
    """The folder itself, in which `nodes/` may appear, every folder below that, and the files in them."""
    if folder is None or not folder.is_dir():
        return []
    files = project_code(folder)
    nodes = folder / "nodes"
    folders = {nodes, *(file.parent for file in files)} if nodes.is_dir() else set()
    if nodes.is_dir():
        folders.update(place for place in nodes.rglob("*") if place.is_dir() and place.name != "__pycache__")
    return [str(folder), *map(str, sorted(folders)), *map(str, files)][:_MOST_WATCHED]


def _state_of(folder: Path | None) -> dict[Path, tuple[int, int, int]]:
    """What tells a file from what it was: when it was written, its size, and which file it is."""
    found: dict[Path, tuple[int, int, int]] = {}
    for file in project_code(folder) if folder is not None else ():
        try:
            status = file.stat()
        except OSError:
            continue
        found[file] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
