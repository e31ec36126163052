from __future__ import annotations

import contextlib
import csv
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import Node, NodeError, Signal
from engine.library.files import CsvReader, NpzReader, WavReader
from engine.library.payloads import Event
from engine.library.sinks import Collector, CsvWriter, Log, NpzWriter, WavWriter
from tests.engine.library.harness import begin, cut, end, joined, noise, play, step, through

WHOLE = noise(300, 2, rate_hz=360.0)
WRITERS = {"a.csv": CsvWriter, "a.npz": NpzWriter, "a.wav": WavWriter}
READERS = {"a.csv": CsvReader, "a.npz": NpzReader, "a.wav": WavReader}


def write(node: Node, chunks: list[Signal]) -> None:
    through(node, chunks)


def read(path: Path) -> list[Signal]:
    return play(READERS[path.name](path=str(path), realtime=False))


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_what_is_written_reads_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    named = WHOLE.replace(channels=("left, or so", "µV"))
    write(WRITERS[name](path=str(tmp_path / name)), cut(named, [1, 50, 7]))
    chunks = read(tmp_path / name)
    assert np.array_equal(joined(chunks), WHOLE.samples)
    assert (chunks[0].rate_hz, chunks[0].channels) == (360.0, named.channels)


@given(samples=arrays(np.float64, (20, 2), elements=st.floats(allow_infinity=True, allow_nan=True)))
def test_any_number_survives_a_csv_file(tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    write(CsvWriter(path=str(path)), [Signal(samples, 10.0)])
    assert np.array_equal(joined(read(path)), samples, equal_nan=True)


def test_an_archive_is_plain_numpy_and_keeps_precision_and_start(tmp_path: Path) -> None:
    single = Signal(WHOLE.samples.astype(np.float32), 360.0, None, 123)
    write(NpzWriter(path=str(tmp_path / "a.npz")), cut(single, [33]))
    with np.load(tmp_path / "a.npz") as archive:
        assert sorted(archive) == ["channels", "rate_hz", "samples", "start_time_ns"]
        assert archive["samples"].dtype == np.float32
        assert np.array_equal(archive["samples"], single.samples)
        assert archive["start_time_ns"] == 123
        assert archive["channels"].tolist() == ["ch1", "ch2"]


def test_16_bit_sound_cuts_off_and_says_how_much(tmp_path: Path) -> None:
    loud = Signal(np.array([0.0, 0.5, -1.0, 1.5, -3.0, np.nan]), 8000.0)
    node = WavWriter(path=str(tmp_path / "a.wav"))
    context = begin(node)
    step(node, signal=loud)
    end(node)
    assert joined(read(tmp_path / "a.wav"))[:, 0].tolist() == [0.0, 0.5, -1.0, 1 - 2**-15, -1.0, 0.0]
    assert context.lines == ["2 samples lay beyond -1 … 1 and were cut off in a.wav"]


def test_float_sound_keeps_its_values(tmp_path: Path) -> None:
    write(WavWriter(path=str(tmp_path / "a.wav"), samples="32 bit float"), cut(WHOLE, [64]))
    assert np.array_equal(joined(read(tmp_path / "a.wav")), WHOLE.samples.astype(np.float32))


@pytest.mark.parametrize("name", WRITERS)
def test_the_file_gets_its_name_when_complete_and_an_older_one_stays_until_then(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("older")
    node = WRITERS[name](path=str(path))
    begin(node)
    (port,) = node.node_inputs
    step(node, **{port: WHOLE})
    assert path.read_text() == "older"
    assert [p.name for p in tmp_path.iterdir() if p != path] == [f"{name}.part"]
    node.on_stop()  # an abort: the inputs have not ended
    assert joined(read(path)).shape == WHOLE.samples.shape
    assert list(tmp_path.iterdir()) == [path]
    node.on_stop()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", WRITERS)
def test_the_part_is_a_whole_file_after_every_chunk(name: str, tmp_path: Path) -> None:
    node = WRITERS[name](path=str(tmp_path / name))
    begin(node)
    (port,) = node.node_inputs
    for count, chunk in enumerate(cut(WHOLE, [100]), start=1):
        step(node, **{port: chunk})
        part = (tmp_path / f"{name}.part").rename(tmp_path / "copy")  # what a kill would leave
        if name == "a.npz":
            samples = np.load(part)
        else:
            samples = joined(play(READERS[name](path=str(part), realtime=False)))
        assert samples.shape == (100 * count, 2)
        part.rename(tmp_path / f"{name}.part")
    node.on_stop()


def test_what_a_killed_run_left_is_not_overwritten(tmp_path: Path) -> None:
    killed = CsvWriter(path=str(tmp_path / "a.csv"))
    begin(killed)
    step(killed, value=WHOLE)
    left = (tmp_path / "a.csv.part").read_bytes()
    write(CsvWriter(path=str(tmp_path / "a.csv")), [WHOLE, WHOLE])
    assert (tmp_path / "a.csv.part").read_bytes() == left
    assert len((tmp_path / "a.csv").read_bytes()) > len(left)
    killed.on_stop()


@pytest.mark.parametrize("name", WRITERS)
def test_without_messages_there_is_no_file(name: str, tmp_path: Path) -> None:
    write(WRITERS[name](path=str(tmp_path / name)), [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WRITERS)
def test_a_place_where_no_file_can_be_is_said_before_anything_runs(name: str, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no" / name, "there is no folder"), (tmp_path, "it is a folder")):
        with pytest.raises(NodeError, match=words):
            WRITERS[name](path=str(path)).on_start()
    with pytest.raises(NodeError, match="no file is named"):
        WRITERS[name]().on_start()


@pytest.mark.parametrize("name", WRITERS)
def test_a_pipe_is_not_replaced_at_the_start_nor_when_the_file_is_complete(name: str, tmp_path: Path) -> None:
    target = tmp_path / name
    os.mkfifo(target)
    with pytest.raises(NodeError, match=f"{name} cannot be written: it is a pipe: choose another name"):
        WRITERS[name](path=str(target)).on_start()
    assert list(tmp_path.iterdir()) == [target]
    target.unlink()
    node = WRITERS[name](path=str(target))
    begin(node)
    (port,) = node.node_inputs
    step(node, **{port: WHOLE})
    os.mkfifo(target)
    with pytest.raises(
        NodeError, match=f"{name} cannot be completed: it is a pipe; what was written is in {name}.part"
    ):
        node.on_stop()
    assert target.is_fifo() and {path.name for path in tmp_path.iterdir()} == {name, f"{name}.part"}


@contextlib.contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """The system refuses to let files grow further, as when the disk is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_an_error_of_the_node_and_what_was_written_stays_whole(name: str, tmp_path: Path) -> None:
    node = WRITERS[name](path=str(tmp_path / name))
    begin(node)
    (port,) = node.node_inputs
    quiet = WHOLE.replace(samples=WHOLE.samples / 10)
    step(node, **{port: quiet})
    size = (tmp_path / f"{name}.part").stat().st_size
    with files_limited_to(size + 100), pytest.raises(NodeError, match=f"{name} cannot be written on: File too large"):
        step(node, **{port: quiet})
    assert (tmp_path / f"{name}.part").stat().st_size == size
    step(node, **{port: quiet})  # there is room again
    node.on_stop()
    assert len(joined(read(tmp_path / name))) == 600


def test_an_archive_that_cannot_be_completed_keeps_its_samples(tmp_path: Path) -> None:
    node = NpzWriter(path=str(tmp_path / "a.npz"))
    begin(node)
    step(node, signal=WHOLE)
    with files_limited_to(1000), pytest.raises(NodeError, match=r"the samples are in a\.npz\.part"):
        node.on_stop()
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz.part"]
    assert np.array_equal(np.load(tmp_path / "a.npz.part"), WHOLE.samples)


@pytest.mark.parametrize("name", WRITERS)
def test_another_shape_of_signal_is_refused_and_the_file_goes_on(name: str, tmp_path: Path) -> None:
    node = WRITERS[name](path=str(tmp_path / name))
    begin(node)
    (port,) = node.node_inputs
    step(node, **{port: WHOLE})
    with pytest.raises(NodeError, match="the file has"):
        step(node, **{port: noise(10, 3, rate_hz=360.0)})
    step(node, **{port: WHOLE})
    node.on_stop()
    assert len(joined(read(tmp_path / name))) == 600


def test_sound_needs_a_whole_number_of_hertz(tmp_path: Path) -> None:
    node = WavWriter(path=str(tmp_path / "a.wav"))
    begin(node)
    with pytest.raises(NodeError, match=r"whole number of Hz, not 0\.5"):
        step(node, signal=noise(10, rate_hz=0.5))
    node.on_stop()


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([1, 2.5], [["value"], ["1"], ["2.5"]]),
        (["a,b", 'say "x"'], [["value"], ["a,b"], ['say "x"']]),
        ([np.array([1, 2])], [["ch1"], ["1"], ["2"]]),
        ([np.array([[1.0, 2.0]])], [["ch1", "ch2"], ["1.0", "2.0"]]),
        ([{"x": np.float32(0.5), "y": True}], [["x", "y"], ["0.5", "True"]]),
        (
            [Event(5, "a", 1.5, "R")],
            [["time_ns", "channel", "value", "label"], ["5", "a", "1.5", "R"]],
        ),
    ],
)
def test_anything_that_has_rows_can_be_written(messages: list, expected: list, tmp_path: Path) -> None:
    write(CsvWriter(path=str(tmp_path / "a.csv")), messages)
    with open(tmp_path / "a.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == expected


def test_a_cube_is_no_table(tmp_path: Path) -> None:
    node = CsvWriter(path=str(tmp_path / "a.csv"))
    begin(node)
    with pytest.raises(NodeError, match="3 dimensions is no table"):
        step(node, value=np.zeros((2, 2, 2)))
    node.on_stop()


def test_a_collector_keeps_all_or_the_newest() -> None:
    everything, newest = Collector(), Collector(limit=2)
    for node in (everything, newest):
        through(node, [1, "two", 3.0])
    assert everything.values == everything.result() == [1, "two", 3.0]
    assert newest.result() == ["two", 3.0]


def test_the_log_gets_one_short_clean_line_a_message() -> None:
    node = Log(prefix="x =", every=2)
    context = begin(node)
    for value in ("a\nb\x1b[31m", "left out", "y" * 1000, 0, WHOLE):
        step(node, value=value)
    assert context.lines == ["x = a\\nb\\x1b[31m", "x = " + "y" * 199 + "…", f"x = {WHOLE!r}"]
