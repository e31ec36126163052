"""Recordings that readers play: `.csv`, `.wav` and NumPy `.npz` files, read piece by piece."""

from __future__ import annotations

import csv
import math
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.errors import NodeError

TIME_COLUMNS = ("time_s", "time", "t", "seconds")


class Recording(Protocol):
    """A multichannel recording that is read from its begin to its end, perhaps again."""

    rate_hz: float
    channels: tuple[str, ...] | None

    def read(self, count: int) -> NDArray[np.float64]:
        """The next (n, n_channels) samples, n <= count; n = 0 at the end."""
        ...

    def rewind(self) -> None:
        """Go back to the begin."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class CsvRecording:
    """Rows of numbers, one column a channel, with or without a header and a column of times.

    Empty cells are missing samples (NaN). Empty lines are passed over.
    """

    def __init__(self, path: Path, rate_hz: float, columns: list[str], delimiter: str) -> None:
        """Open the file; rate_hz = 0 takes the rate from the times of the first two rows.

        Raises:
            NodeError: the file is missing or has no such columns or no rate; names the line.
        """
        self._path = path
        self._delimiter = delimiter
        self._file = _opened(path, "r", newline="", encoding="utf-8-sig")
        self._rows: Iterator[list[float]] = iter(())
        self._failure: NodeError | None = None
        try:
            self._names, self._has_header = self._header()
            times = [i for i, name in enumerate(self._names) if name.strip().lower() in TIME_COLUMNS]
            self._columns = self._chosen(columns, times[:1])
            self.channels: tuple[str, ...] | None = (
                tuple(self._names[i] for i in self._columns) if self._has_header else None
            )
            self.rewind()
            self.rate_hz = rate_hz or self._rate_from(times)
            self.rewind()
        except BaseException:
            self.close()
            raise

    def read(self, count: int) -> NDArray[np.float64]:
        """The next rows; raises `NodeError` with the line that is malformed, after what lies before it was given."""
        if self._failure is not None:
            raise self._failure
        rows: list[list[float]] = []
        try:
            while len(rows) < count and (row := next(self._rows, None)) is not None:
                rows.append([row[i] for i in self._columns])
        except NodeError as error:
            if not rows:
                raise
            self._failure = error
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self._columns))

    def rewind(self) -> None:
        """Go back to the first row of numbers."""
        self._file.seek(0)
        self._failure = None
        self._rows = self._numbers()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """(line number, cells) of each line that is not empty."""
        reader = csv.reader(self._file, delimiter=self._delimiter)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                raise NodeError(f"{self._path.name}, line {reader.line_num + 1}: {error}") from None
            if cells and any(cell.strip() for cell in cells):
                yield reader.line_num, cells

    def _header(self) -> tuple[list[str], bool]:
        first = next(self._cells(), None)
        if first is None:
            raise NodeError(f"{self._path.name} is empty")
        cells = [cell.strip() for cell in first[1]]
        if any(cell and _number(cell) is None for cell in cells):
            return cells, True
        return [str(i + 1) for i in range(len(cells))], False

    def _chosen(self, columns: list[str], times: list[int]) -> list[int]:
        """Indices of the columns asked for: by default all but the times."""
        if not columns:
            chosen = [i for i in range(len(self._names)) if i not in times]
            if not chosen:
                raise NodeError(f"{self._path.name} has no column besides {self._names[0]!r}")
            return chosen
        unknown = [name for name in columns if name not in self._names]
        if unknown:
            raise NodeError(f"{self._path.name} has no column {unknown[0]!r}; it has {', '.join(self._names)}")
        return [self._names.index(name) for name in columns]

    def _numbers(self) -> Iterator[list[float]]:
        rows = self._cells()
        if self._has_header:
            next(rows, None)
        for line, cells in rows:
            if len(cells) != len(self._names):
                raise NodeError(
                    f"{self._path.name}, line {line}: {len(cells)} values where there are {len(self._names)} columns"
                )
            values = [_number(cell.strip()) for cell in cells]
            for cell, value, name in zip(cells, values, self._names, strict=True):
                if value is None:
                    raise NodeError(f"{self._path.name}, line {line}, column {name}: {cell[:40]!r} is no number")
            yield values  # type: ignore[misc]  # no value is None here

    def _rate_from(self, times: list[int]) -> float:
        if not times:
            raise NodeError(f"{self._path.name} has no column {TIME_COLUMNS[0]}: set rate_hz to its sampling rate")
        first, second = next(self._rows, None), next(self._rows, None)
        if first is None or second is None:
            return 1.0  # one sample or none has no rate to keep
        step_s = second[times[0]] - first[times[0]]
        if not (step_s > 0 and math.isfinite(1 / step_s)):
            raise NodeError(f"{self._path.name}: the times of its first rows do not ascend: set rate_hz")
        rounded = float(f"{1 / step_s:.6g}")  # the text of the times is rounded, and so is their difference
        return rounded if math.isclose(rounded, 1 / step_s, rel_tol=1e-6) else 1 / step_s


class WavRecording:
    """An uncompressed `.wav` file; whole numbers become -1 … 1."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            NodeError: it is missing or no `.wav` file that can be read.
        """
        from scipy.io import wavfile

        _opened(path, "rb").close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # chunks that are no sound
            try:
                rate, data = wavfile.read(path, mmap=True)
            except ValueError:
                rate, data = self._whole(path)
        self._data: Any = data[:, None] if data.ndim == 1 else data
        kind = data.dtype.kind
        self._offset = 128.0 if kind == "u" else 0.0
        self._scale = {"u": 1 / 128.0, "i": 1 / 2.0 ** (8 * data.dtype.itemsize - 1)}.get(kind, 1.0)
        self.rate_hz = float(rate)
        self.channels: tuple[str, ...] | None = None
        self._next = 0

    @staticmethod
    def _whole(path: Path) -> tuple[int, NDArray[Any]]:
        """Formats that cannot be mapped, such as 24 bits, are read whole."""
        from scipy.io import wavfile

        try:
            return wavfile.read(path)
        except (ValueError, EOFError, ArithmeticError) as error:
            raise NodeError(f"{path.name} cannot be read as .wav: {error}") from None

    def read(self, count: int) -> NDArray[np.float64]:
        """The next samples."""
        block = self._data[self._next : self._next + count]
        self._next += len(block)
        return (np.array(block, dtype=np.float64) - self._offset) * self._scale

    def rewind(self) -> None:
        """Go back to the first sample."""
        self._next = 0

    def close(self) -> None:
        """Let go of the mapped file."""
        self._data = np.zeros((0, 1))


class NpzRecording:
    """An array (n_samples,) or (n_samples, n_channels) in a NumPy archive, with `value = (raw - offset) * scale`.

    The archive's `rate_hz` and `channels`, where it has them, say what the array does not.
    """

    def __init__(self, path: Path, key: str, rate_hz: float, scale: float, offset: float) -> None:
        """Open the array named `key`, or the archive's only one; rate_hz = 0 takes the archive's.

        Raises:
            NodeError: the file is missing or no archive, or has no such array or no rate.
        """
        self._path = path
        self._scale, self._offset = scale, offset
        _opened(path, "rb").close()
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise NodeError(f"{path.name} is no NumPy archive: {error}") from None
        self._member: IO[bytes] | None = None
        try:
            self._key = self._chosen(key)
            self.rewind()
            self.rate_hz = rate_hz or self._stored_rate()
            self.channels = self._stored_channels()
        except BaseException:
            self.close()
            raise

    def read(self, count: int) -> NDArray[np.float64]:
        """The next samples, scaled."""
        assert self._member is not None
        count = min(count, self._left)
        wanted = count * self._width * self._dtype.itemsize
        try:
            data = b"".join(self._pieces(wanted))
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise NodeError(f"{self._path.name}: array {self._key!r} is damaged: {error}") from None
        self._left -= count
        raw = np.frombuffer(data, dtype=self._dtype).reshape(count, self._width)
        return (raw.astype(np.float64) - self._offset) * self._scale

    def _pieces(self, wanted: int) -> Iterator[bytes]:
        assert self._member is not None
        while wanted:
            piece = self._member.read(wanted)
            if not piece:
                raise EOFError(f"{wanted} bytes are missing")
            wanted -= len(piece)
            yield piece

    def rewind(self) -> None:
        """Go back to the first sample."""
        if self._member is not None:
            self._member.close()
        self._member = self._archive.open(f"{self._key}.npy")
        try:
            version = npy.read_magic(self._member)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, self._dtype = reader(self._member)
        except (ValueError, zipfile.BadZipFile, EOFError) as error:
            raise NodeError(f"{self._path.name}: array {self._key!r} cannot be read: {error}") from None
        if (
            self._dtype.kind not in "fiub"
            or len(shape) not in (1, 2)
            or (fortran and len(shape) > 1 and 1 not in shape)
        ):
            raise NodeError(
                f"{self._path.name}: array {self._key!r} is {'column-wise ' * fortran}{self._dtype} {shape}: "
                f"real numbers (n_samples,) or (n_samples, n_channels), row by row, can be played"
            )
        self._left = shape[0]
        self._width = shape[1] if len(shape) == 2 else 1

    def close(self) -> None:
        """Close the archive."""
        if self._member is not None:
            self._member.close()
        self._archive.close()

    def _names(self) -> list[str]:
        return [name.removesuffix(".npy") for name in self._archive.namelist() if name.endswith(".npy")]

    def _chosen(self, key: str) -> str:
        names = self._names()
        if not key:
            signals = [name for name in names if name not in ("rate_hz", "channels", "start_time_ns")]
            if len(signals) == 1:
                return signals[0]
            raise NodeError(f"{self._path.name} holds {', '.join(names) or 'no arrays'}: set key to one of them")
        if key not in names:
            raise NodeError(f"{self._path.name} has no array {key!r}; it has {', '.join(names) or 'none'}")
        return key

    def _stored(self, name: str) -> Any:
        if name not in self._names():
            return None
        with self._archive.open(f"{name}.npy") as member:
            return npy.read_array(member, allow_pickle=False)

    def _stored_rate(self) -> float:
        stored = self._stored("rate_hz")
        if stored is None or stored.size != 1 or stored.dtype.kind not in "fiu" or not stored.item() > 0:
            raise NodeError(f"{self._path.name} does not say its sampling rate: set rate_hz")
        return float(stored.item())

    def _stored_channels(self) -> tuple[str, ...] | None:
        stored = self._stored("channels")
        if stored is None or stored.shape != (self._width,) or stored.dtype.kind != "U":
            return None
        return tuple(stored.tolist())


def _opened(path: Path, mode: str, **options: Any) -> IO[Any]:
    try:
        return open(path, mode, **options)
    except OSError as error:
        raise NodeError(f"{path} cannot be opened: {error.strerror}") from None


def _number(cell: str) -> float | None:
    """The number in a cell, NaN when it is empty, None when it is none."""
    if not cell:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return None
