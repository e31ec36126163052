"""Graph files on a disk, as bytes: reading what is a regular file, writing whole or not at all.

Apart from what the bytes mean (`file.py`). Whatever the system says when it does not give a file's content becomes an
error that says what to do.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from engine.errors import FileFormatError, FileUnreadable, FileUnwritable
from engine.graph.json_text import MAX_BYTES

_NO_FILE = "is no regular file: a graph is read from files on disk only"
_REASONS = {
    errno.ENOENT: "does not exist: look at its name and folder, and where it points to if it is a link",
    errno.ENOTDIR: "does not exist: a part of its path is no folder",
    errno.EISDIR: "is a folder: name a graph file in it",
    errno.EACCES: "may not be read by you: ask its owner for permission, or for a copy",
    errno.EPERM: "may not be read by you: ask its owner for permission, or for a copy",
    errno.ELOOP: "is a link that leads back to itself: open the file that was meant",
    errno.ENAMETOOLONG: "has a longer name than there can be",
    errno.ENXIO: _NO_FILE,  # a socket
    errno.EMFILE: "cannot be opened, as this process has too many files open: close some, and try again",
    errno.ENFILE: "cannot be opened, as the system has too many files open: close some, and try again",
}
_WRITING_REASONS = {
    errno.ENOTDIR: "a part of its path is no folder: choose another place",
    errno.ELOOP: "it is a link that leads back to itself: remove the link, or choose another name",
    errno.ENAMETOOLONG: "its name is longer than there can be: choose a shorter one",
    errno.EACCES: "you may not look into its folder: ask its owner for permission, or choose another place",
}
_KINDS = {
    stat.S_IFREG: "a regular file",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


def read_file(path: Path) -> tuple[bytes, Path]:
    """The bytes of a regular file, and its absolute path without links.

    What is no regular file (a pipe, a device) could make the reader wait, or never end.

    Raises:
        FileUnreadable: the system does not give the content.
        FileFormatError: this is no file that could hold a graph, or it is too large.
    """
    name = shown_name(path)
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileFormatError(f"{name} {_NO_FILE}")
            if status.st_size > MAX_BYTES:
                raise FileFormatError(f"{name} is larger than {MAX_BYTES // 2**20} MiB: too large for a graph")
            return file.read(MAX_BYTES + 1), path.resolve()  # it may grow meanwhile
    except FileFormatError:
        raise
    except OSError as error:
        raise FileUnreadable(f"{name} {_reason(error)}", error.errno) from None
    except (ValueError, RuntimeError):  # a NUL in the name, or what the file system cannot write
        raise FileFormatError(f"{name} is no name of a file: choose another") from None


def _reason(error: OSError) -> str:
    said = f"cannot be read ({error.strerror or error}): look whether its disk is there and whole"
    return _REASONS.get(error.errno or 0, said)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file by new content so that at any moment either the old or the new content is there.

    A symbolic link stays one: what it points to is replaced. The permissions of an old file are kept.

    Raises:
        OSError: it cannot be written (a full disk, no permission); the old content is whole.
        FileUnwritable: no file can be there, or what is there is no regular file (a folder, a device, a pipe ...).
        FileFormatError: this is no name of a file.
    """
    old = _old_file(path)
    target = path.resolve()
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(f"{shown_name(target)} may not be written")
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _old_file(path: Path) -> os.stat_result | None:
    """What is known of the regular file that is to be replaced; None when there is nothing yet.

    Raises:
        FileUnwritable: no file can be there, or what is there is no regular file.
        FileFormatError: this is no name of a file.
    """
    name = shown_name(path)
    try:
        status = path.stat()
    except FileNotFoundError:
        folder = path.resolve().parent  # links may point to what is not there yet
        if folder.is_dir():
            return None
        said = f"there is no folder {shown_name(folder)}: make it, or choose another place"
        raise FileUnwritable(f"{name} cannot be written: {said}", errno.ENOENT) from None
    except OSError as error:
        said = _WRITING_REASONS.get(error.errno or 0, error.strerror or str(error))
        raise FileUnwritable(f"{name} cannot be written: {said}", error.errno) from None
    except ValueError:  # a NUL in the name, or what the file system cannot write
        raise FileFormatError(f"{name} is no name of a file: choose another") from None
    if stat.S_ISDIR(status.st_mode):
        raise FileUnwritable(f"{name} cannot be written: it is a folder: name a file in it", errno.EISDIR)
    if not stat.S_ISREG(status.st_mode):
        raise FileUnwritable(
            f"{name} cannot be written: it is {kind_of(status)}, which a file would replace: choose another name",
            errno.EINVAL,
        )
    return status


def kind_of(status: os.stat_result) -> str:
    """What lies at a place, for people."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")


def shown_name(path: Path) -> str:
    """A file's name for people: what is no printable text in it is escaped."""
    name = path.name or str(path)
    return name if name.isprintable() else ascii(name)
