"""Sinks: writers of `.csv`, `.npz` and `.wav` files, a collector for scripts, and a log."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.lib import format as npy

from engine.errors import NodeError
from engine.library.part_file import PartFile
from engine.library.places import place
from engine.library.rows import Header, cell, table
from engine.library.wav_header import MAX_WAV_BYTES, wav_header
from engine.node.node import Node
from engine.node.parameter import param
from engine.node.port import In
from engine.node.signal import Signal


class _Writer(Node):
    """A sink that writes a file while it runs.

    It grows as `NAME.part` and gets its name when the node stops, however the run ends short of a kill; until then an
    older file of that name stays. When nothing came, nothing is written.
    """

    category = "Files"
    icon = "file-out"

    path = param(
        "", doc="The file: a path, ~/… in the home folder or recordings:… in the folder of recordings.", live=False
    )

    suffixes: ClassVar[tuple[str, ...]]
    _part: PartFile | None = None

    def on_start(self) -> None:
        """Begin the file.

        Raises:
            NodeError: it cannot be made there, or its name is not that of such a file. A graph may come from a
                stranger, and must not be able to replace or make just any file (`~/.bash_profile`).
        """
        target = place(self.path)
        if target.suffix.lower() not in self.suffixes and not target.is_dir():
            raise NodeError(
                f"{target.name or target} is no name for what {self.title} writes: end it in {self.suffixes[0]}"
            )
        self._part = PartFile(target)

    def on_stop(self) -> None:
        """Complete the file."""
        part, self._part = self._part, None
        if part is None:
            return
        if part.size == 0:
            part.discard()
            return
        try:
            self._complete(part)
        finally:
            part.close()

    def _complete(self, part: PartFile) -> None:
        part.finish()

    @property
    def _open_part(self) -> PartFile:
        if self._part is None:
            raise NodeError("the file is not open: a writer writes inside a run only")
        return self._part


class CsvWriter(_Writer):
    """Write what comes as rows of a .csv file: signals with their times, events, numbers.

    Numbers are written so that they read back bit for bit; missing samples (NaN) are empty cells.
    """

    title = "CSV Writer"
    suffixes = (".csv", ".tsv", ".txt")

    value = In(doc="Signal, array, event, number or text; always of the same columns.")

    _header: Header | None = None

    def process(self, value: Any) -> None:
        """Write the rows of one message.

        Raises:
            NodeError: its columns are not those of the first, or the file cannot be written on.
        """
        header, rows = table(value)
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        if self._header is None:
            lines.writerow(header)
        elif header != self._header:
            raise NodeError(f"the file has the columns {', '.join(self._header)}; these are {', '.join(header)}")
        lines.writerows([cell(entry) for entry in row] for row in rows)
        self._open_part.append(text.getvalue().encode("utf-8"))
        self._header = header


class _SignalWriter(_Writer):
    """A writer of signals that all have one rate and the same channels."""

    signal = In(Signal)

    _first: Signal | None = None

    def process(self, signal: Signal) -> None:
        """Write one chunk.

        Raises:
            NodeError: its rate or channels are not those of the first, or the file cannot be written on.
        """
        first = self._first
        if first is None:
            self._begin(signal)
            self._first = signal.replace(samples=signal.samples[:0])
        elif (signal.rate_hz, signal.channels) != (first.rate_hz, first.channels):
            raise NodeError(
                f"the file has {len(first.channels)} channels at {first.rate_hz:g} Hz; "
                f"this is {len(signal.channels)} at {signal.rate_hz:g} Hz"
            )
        self._write(signal)

    def _begin(self, signal: Signal) -> None:
        raise NotImplementedError

    def _write(self, signal: Signal) -> None:
        raise NotImplementedError


class WavWriter(_SignalWriter):
    """Write a signal to a .wav file."""

    title = "WAV Writer"
    suffixes = (".wav",)

    samples = param(
        "16 bit", choices=("16 bit", "32 bit float"), doc="16 bit holds -1 … 1 and cuts off beyond.", live=False
    )

    _cut_off = 0

    def _begin(self, signal: Signal) -> None:
        if signal.rate_hz != round(signal.rate_hz) or signal.rate_hz >= 2**32:
            raise NodeError(f"a .wav file has a whole number of Hz, not {signal.rate_hz:g}: resample first")
        if signal.n_channels == 0 or signal.n_channels > 65535:
            raise NodeError(f"a .wav file has 1 to 65535 channels, not {signal.n_channels}")
        self._head = len(self._header(signal, 0))
        self._open_part.append(self._header(signal, 0))

    def _write(self, signal: Signal) -> None:
        part = self._open_part
        if self.samples == "16 bit":
            scaled = np.rint(np.nan_to_num(signal.samples.astype(np.float64), nan=0.0) * 32768)
            self._cut_off += int(np.count_nonzero((scaled > 32767) | (scaled < -32768)))
            data = np.clip(scaled, -32768, 32767).astype("<i2").tobytes()
        else:
            data = signal.samples.astype("<f4").tobytes()
        size = part.size - self._head + len(data)
        if size > MAX_WAV_BYTES:
            raise NodeError("a .wav file holds 4 GiB at most: this one is full")
        part.append(data)
        part.patch(0, self._header(signal, size))

    def _complete(self, part: PartFile) -> None:
        part.finish()
        if self._cut_off:
            self.log(f"{self._cut_off} samples lay beyond -1 … 1 and were cut off in {part.target.name}")

    def _header(self, signal: Signal, data_bytes: int) -> bytes:
        return wav_header(round(signal.rate_hz), signal.n_channels, self.samples == "32 bit float", data_bytes)


NPY_HEADER_BYTES = 256


class NpzWriter(_SignalWriter):
    """Write a signal to a NumPy .npz archive: arrays samples, rate_hz, channels, start_time_ns.

    While it grows the part is a `.npy` file of the samples, whole after every chunk.
    """

    title = "NPZ Writer"
    suffixes = (".npz",)

    def _begin(self, signal: Signal) -> None:
        self._dtype = signal.samples.dtype.newbyteorder("<")
        self._open_part.append(self._header(signal, 0))

    def _write(self, signal: Signal) -> None:
        part = self._open_part
        part.append(signal.samples.astype(self._dtype).tobytes())
        data_bytes = part.size - NPY_HEADER_BYTES
        part.patch(0, self._header(signal, data_bytes // (self._dtype.itemsize * max(1, signal.n_channels))))

    def _header(self, signal: Signal, n_samples: int) -> bytes:
        text = repr({"descr": self._dtype.str, "fortran_order": False, "shape": (n_samples, signal.n_channels)})
        start = npy.magic(1, 0)
        length = NPY_HEADER_BYTES - len(start) - 2
        return start + length.to_bytes(2, "little") + text.ljust(length - 1).encode("ascii") + b"\n"

    def _complete(self, part: PartFile) -> None:
        first = self._first
        assert first is not None
        target = part.target
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            whole = Path(file.name)
        try:
            with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                archive.write(part.path, "samples.npy")
                for name, value in (
                    ("rate_hz", np.float64(first.rate_hz)),
                    ("channels", np.array(first.channels, dtype=np.str_)),
                    ("start_time_ns", np.int64(first.start_time_ns)),
                ):
                    with archive.open(f"{name}.npy", "w") as member:
                        npy.write_array(member, np.asarray(value), allow_pickle=False)
            whole.chmod(part.path.stat().st_mode & 0o777)
        except OSError as error:
            whole.unlink(missing_ok=True)
            raise NodeError(
                f"{target} cannot be completed: {error.strerror}; the samples are in {part.path.name}"
            ) from error
        part.finish(whole)


class Collector(Node):
    """Keep what comes, for scripts: `run.result(id)` gives it as a list."""

    category = "Sinks"
    icon = "collect"

    value = In()
    limit = param(0, minimum=0, maximum=10**9, doc="Keep only so many of the newest; 0 keeps all.")

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.values: list[Any] = []

    def process(self, value: Any) -> None:
        """Keep one payload."""
        self.values.append(value)
        if self.limit and len(self.values) > self.limit:
            del self.values[: len(self.values) - self.limit]

    def result(self) -> list[Any]:
        """The payloads in the order they came."""
        return list(self.values)


class Log(Node):
    """Write what comes to the log of the run."""

    category = "Sinks"
    icon = "log"

    value = In()
    every = param(1, minimum=1, maximum=10**9, doc="Write only one of so many messages.")
    prefix = param("", doc="Written before each.")

    _count = 0

    def process(self, value: Any) -> None:
        """Write one payload, short and on one line."""
        if self._count % self.every == 0:
            self.log(f"{self.prefix}{' ' if self.prefix else ''}{_on_one_line(value)}")
        self._count += 1


def _on_one_line(value: Any, length: int = 200) -> str:
    text = value if isinstance(value, str) else repr(value)
    line = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[: length + 1]
    )
    return line if len(line) <= length else line[: length - 1] + "…"
