"""Readers: sources that play recordings, at recorded speed or as fast as the graph takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from engine.library.clock import Pace, sample_time_ns
from engine.library.places import place
from engine.library.recordings import CsvRecording, NpzRecording, Recording, WavRecording
from engine.node.node import Source
from engine.node.parameter import param
from engine.node.port import Out
from engine.node.signal import Signal

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}


class _Reader(Source):
    """A source that plays a recording; the stream is the same whatever the block size.

    The file is opened at the start, so that one that is missing is said before anything runs.
    """

    category = "Files"
    icon = "file-in"
    reads: ClassVar[tuple[str, ...]] = ()  # endings of names; the editor makes a node of a file that is dropped on it

    signal = Out(Signal)
    path = param(
        "", doc="The file: a path, ~/… in the home folder or recordings:… in the folder of recordings.", live=False
    )
    block_size = param(32, minimum=1, maximum=10_000_000, unit="samples", doc="Samples in a message.")
    realtime = param(True, doc="Play at the speed it was recorded; off is as fast as the graph takes it.")
    speed = param(1.0, minimum=0.001, maximum=1000.0, doc="Times the recorded speed, when played in real time.")
    repeat = param(False, doc="Begin again at the end, for ever.")

    _recording: Recording | None = None

    def on_start(self) -> None:
        """Open the file; raises `NodeError` when it cannot be played."""
        self._recording = self._open()

    def on_stop(self) -> None:
        """Close the file."""
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    async def produce(self) -> AsyncIterator[Signal]:
        """Give block after block."""
        recording = self._recording
        assert recording is not None
        rate_hz = recording.rate_hz
        pace = Pace()
        index = 0
        while not self.stopping:
            samples = recording.read(self.block_size)
            count = len(samples)
            if count == 0:
                if not self.repeat or index == 0:
                    return
                recording.rewind()
                continue
            if not self.realtime:
                pace.forget()
            elif not await pace.wait(self, (index + count) / rate_hz, self.speed, length_s=count / rate_hz):
                return
            yield Signal(samples, rate_hz, recording.channels, sample_time_ns(index, rate_hz))
            index += count

    def _open(self) -> Recording:
        raise NotImplementedError


class CsvReader(_Reader):
    """Play a .csv file: rows of numbers, one column a channel."""

    title = "CSV Reader"
    reads = (".csv", ".tsv")

    rate_hz = param(
        0.0, minimum=0.0, maximum=1e7, unit="Hz", doc="Sampling rate; 0 takes it from the column time_s.", live=False
    )
    columns = param([], doc="Names of the columns to play; none is all but the times.", live=False)
    delimiter = param("comma", choices=tuple(DELIMITERS), doc="What stands between two cells.", live=False)

    def _open(self) -> Recording:
        columns = [str(name) for name in self.columns]
        return CsvRecording(place(self.path), self.rate_hz, columns, DELIMITERS[self.delimiter])


class WavReader(_Reader):
    """Play an uncompressed .wav file; whole numbers become -1 … 1."""

    title = "WAV Reader"
    reads = (".wav",)

    block_size = param(512, minimum=1, maximum=10_000_000, unit="samples", doc="Samples in a message.")

    def _open(self) -> Recording:
        return WavRecording(place(self.path))


class NpzReader(_Reader):
    """Play an array of a NumPy .npz archive: value = (raw - offset) * scale."""

    title = "NPZ Reader"
    reads = (".npz",)

    key = param("", doc="Name of the array in the archive; empty is its only one.", live=False)
    rate_hz = param(
        0.0, minimum=0.0, maximum=1e7, unit="Hz", doc="Sampling rate; 0 takes the archive's rate_hz.", live=False
    )
    offset = param(0.0, minimum=-1e12, maximum=1e12, doc="What is taken from the raw values first.", live=False)
    scale = param(1.0, minimum=-1e12, maximum=1e12, doc="What the difference is multiplied by.", live=False)

    def _open(self) -> Recording:
        return NpzRecording(place(self.path), self.key, self.rate_hz, self.scale, self.offset)
