from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from engine import NodeError, Source
from engine.library import clock
from engine.library.files import CsvReader, NpzReader, WavReader
from engine.library.places import place
from tests.engine.library.harness import FakeContext, joined, play


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "two.csv"
    rows = "".join(f"{i / 250},{i},{-i * 0.5}\n" for i in range(100))
    path.write_text("time_s,left,right\n" + rows)
    return path


@pytest.fixture
def npz_file(tmp_path: Path) -> Path:
    path = tmp_path / "raw.npz"
    np.savez_compressed(path, ecg=np.arange(1000, 1100, dtype=np.uint16), other=np.zeros((4, 2)))
    return path


def fast(reader_type: type[Source], path: Path, **options: object) -> Source:
    return reader_type(path=str(path), realtime=False, **options)


def test_a_csv_file_gives_its_columns_and_takes_its_rate_from_the_times(csv_file: Path) -> None:
    chunks = play(fast(CsvReader, csv_file))
    assert chunks[0].channels == ("left", "right")
    assert chunks[0].rate_hz == 250.0
    assert np.array_equal(joined(chunks), np.arange(100)[:, None] * [1.0, -0.5])
    assert [chunk.n_samples for chunk in chunks] == [32, 32, 32, 4]
    assert chunks[2].start_time_ns == round(64 * 1e9 / 250)


@given(block_size=st.integers(1, 150))
def test_the_stream_does_not_depend_on_the_block_size(
    tmp_path_factory: pytest.TempPathFactory, block_size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "same.csv"
    path.write_text("".join(f"{i}\n" for i in range(100)))
    chunks = play(fast(CsvReader, path, rate_hz=10.0, block_size=block_size))
    assert np.array_equal(joined(chunks)[:, 0], np.arange(100))


def test_columns_are_chosen_by_name_in_the_order_asked_for(csv_file: Path) -> None:
    (chunk,) = play(fast(CsvReader, csv_file, columns=["right", "time_s"], block_size=100))
    assert chunk.channels == ("right", "time_s")
    assert chunk.samples[10].tolist() == [-5.0, 10 / 250]


def test_a_csv_file_may_have_no_header_other_delimiters_and_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(b"\xef\xbb\xbf1;2\r\n\r\n3;\r\n;6\r\n")
    (chunk,) = play(fast(CsvReader, path, rate_hz=5.0, delimiter="semicolon"))
    assert np.array_equal(chunk.samples, [[1, 2], [3, np.nan], [np.nan, 6]], equal_nan=True)
    assert chunk.channels == ("ch1", "ch2")


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "is empty"),
        ("a,b\n1,2\n1\n", {"rate_hz": 1.0}, "line 3: 1 values where there are 2 columns"),
        ("a,b\n1,2\n1,x\n", {"rate_hz": 1.0}, "line 3, column b: 'x' is no number"),
        ("a,b\n1,2\n", {}, "has no column time_s: set rate_hz"),
        ("time_s\n1\n2\n", {}, "no column besides 'time_s'"),
        ("time_s,a\n2,1\n2,1\n", {}, "do not ascend"),
        ("a\n1\n", {"columns": ["b"]}, "has no column 'b'; it has a"),
        ("a\n1\n\x00\n", {"rate_hz": 1.0}, "line 3"),
        ("a\n1\n\udcff\n", {"rate_hz": 1.0}, "codec can't decode"),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_said(tmp_path: Path, text: str, options: dict, words: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(NodeError, match=words):
        play(fast(CsvReader, path, **options))


def test_what_lies_before_a_malformed_line_is_given_first(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_text("1\n2\n3\noops\n5\n")
    reader = CsvReader(path=str(path), realtime=False, rate_hz=1.0)
    (chunk,) = play(reader, 1)
    assert chunk.samples[:, 0].tolist() == [1, 2, 3]
    with pytest.raises(NodeError, match="line 4"):
        play(reader)


@pytest.mark.parametrize("reader_type", [CsvReader, WavReader, NpzReader])
def test_a_file_that_is_missing_or_not_named_is_said_before_anything_runs(
    reader_type: type[Source], tmp_path: Path
) -> None:
    with pytest.raises(NodeError, match=r"gone cannot be opened: No such file"):
        reader_type(path=str(tmp_path / "gone")).on_start()
    with pytest.raises(NodeError, match="no file is named"):
        reader_type().on_start()


@pytest.mark.parametrize("reader_type", [WavReader, NpzReader])
def test_a_file_of_another_kind_is_said(reader_type: type[Source], tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(NodeError, match="noise"):
        reader_type(path=str(path)).on_start()


@pytest.mark.parametrize(
    ("dtype", "scale", "offset"),
    [(np.uint8, 128, 128), (np.int16, 2**15, 0), (np.int32, 2**31, 0), (np.float32, 1, 0), (np.float64, 1, 0)],
)
def test_wav_samples_become_minus_one_to_one(tmp_path: Path, dtype: type, scale: float, offset: float) -> None:
    values = np.linspace(-0.9, 0.9, 300).reshape(150, 2)
    stored = (values * scale + offset).astype(dtype)
    wavfile.write(tmp_path / "s.wav", 8000, stored)
    chunks = play(fast(WavReader, tmp_path / "s.wav", block_size=64))
    assert chunks[0].rate_hz == 8000.0
    assert np.array_equal(joined(chunks), (stored.astype(float) - offset) / scale)


def test_24_bit_wav_files_can_be_played(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(44100)
        file.writeframes(b"".join(int(v).to_bytes(3, "little", signed=True) for v in (0, 2**22, -(2**23))))
    assert joined(play(fast(WavReader, tmp_path / "s.wav")))[:, 0].tolist() == [0.0, 0.5, -1.0]


@pytest.mark.skipif(not Path("/usr/share/sounds/alsa").is_dir(), reason="alsa-utils is not installed")
def test_real_sounds_can_be_played() -> None:
    for path in sorted(Path("/usr/share/sounds/alsa").glob("*.wav")):
        samples = joined(play(fast(WavReader, path)))
        assert 0.01 < np.max(np.abs(samples)) <= 1


def test_an_array_is_scaled(npz_file: Path) -> None:
    chunks = play(fast(NpzReader, npz_file, key="ecg", rate_hz=360.0, offset=1024.0, scale=1 / 200, block_size=7))
    assert np.array_equal(joined(chunks)[:, 0], (np.arange(1000, 1100) - 1024.0) * (1 / 200))
    assert chunks[0].rate_hz == 360.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "eeg", "rate_hz": 1.0}, "has no array 'eeg'; it has ecg, other"),
        ({"rate_hz": 1.0}, "holds ecg, other: set key"),
        ({"key": "ecg"}, "does not say its sampling rate"),
    ],
)
def test_what_is_missing_in_an_archive_is_said(npz_file: Path, options: dict, words: str) -> None:
    with pytest.raises(NodeError, match=words):
        play(fast(NpzReader, npz_file, **options))


@pytest.mark.parametrize(
    "array",
    [np.zeros(3, complex), np.zeros((2, 2, 2)), np.array(["a"]), np.array([{}], object), np.asfortranarray(np.eye(3))],
)
def test_arrays_that_cannot_be_played_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    np.savez(tmp_path / "a.npz", a=array)
    with pytest.raises(NodeError, match="can be played"):
        play(fast(NpzReader, tmp_path / "a.npz", rate_hz=1.0))


def test_a_damaged_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.random.default_rng(0).standard_normal(100_000))
    data = bytearray(path.read_bytes())
    data[400_000:400_100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(NodeError, match="'a' is damaged"):
        play(fast(NpzReader, path, rate_hz=1.0))


def test_a_recording_is_played_at_its_own_speed(csv_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = FakeContext()
    monkeypatch.setattr(clock.time, "monotonic", lambda: context.now)
    for speed, length_s in ((1.0, 0.4), (2.0, 0.2), (0.1, 4.0)):
        begun = context.now
        play(CsvReader(path=str(csv_file), block_size=10, speed=speed), context=context)
        assert context.now - begun == pytest.approx(length_s)


def test_a_change_of_speed_counts_from_then_on(csv_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = CsvReader(path=str(csv_file), block_size=10)

    class Faster(FakeContext):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.sleeps) == 5:
                reader.speed = 2.0

    context = Faster()
    monkeypatch.setattr(clock.time, "monotonic", lambda: context.now)
    begun = context.now
    play(reader, context=context)
    assert context.now - begun == pytest.approx(0.2 + 0.1)


@pytest.mark.parametrize("kind", ["csv", "npz", "wav"])
def test_a_repeated_recording_begins_again_with_its_clock_going_on(
    kind: str, csv_file: Path, npz_file: Path, tmp_path: Path
) -> None:
    wavfile.write(tmp_path / "s.wav", 100, np.arange(100, dtype=np.int16))
    reader = {
        "csv": lambda: fast(CsvReader, csv_file, repeat=True, block_size=40),
        "npz": lambda: fast(NpzReader, npz_file, key="ecg", rate_hz=100.0, repeat=True, block_size=40),
        "wav": lambda: fast(WavReader, tmp_path / "s.wav", repeat=True, block_size=40),
    }[kind]()
    chunks = play(reader, 6)
    assert [chunk.n_samples for chunk in chunks] == [40, 40, 20] * 2
    assert np.array_equal(chunks[3].samples, chunks[0].samples)
    assert chunks[3].start_time_ns == round(100 * 1e9 / chunks[0].rate_hz)


def test_a_repeated_recording_without_samples_ends(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("a\n")
    assert play(fast(CsvReader, tmp_path / "none.csv", rate_hz=1.0, repeat=True)) == []


def test_places_are_the_home_the_recordings_and_the_examples_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert str(place("~/a.csv")) == "/somewhere/a.csv"
    assert place("a.csv") == Path("a.csv")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert place("recordings:a.csv") == tmp_path / "tidewire" / "recordings" / "a.csv"
    assert place("recordings:a.csv").parent.is_dir()
    assert place("examples:hello.tide").is_file()
    for wrong in ("recordings:", "recordings:../a.csv", "examples:/etc/passwd"):
        with pytest.raises(NodeError, match="names no file in its folder"):
            place(wrong)
