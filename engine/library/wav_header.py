"""The header of a `.wav` file (RIFF WAVE, Microsoft and IBM 1991; float samples after the 1994 revision)."""

from __future__ import annotations

import struct

PCM, FLOAT = 1, 3
MAX_WAV_BYTES = 2**32 - 1024


def wav_header(rate_hz: int, n_channels: int, is_float: bool, data_bytes: int) -> bytes:
    """The bytes before the samples: 16-bit whole numbers, or 32-bit floats.

    Args:
        rate_hz: samples a second.
        n_channels: number of channels, interleaved.
        is_float: are the samples floats?
        data_bytes: length of the samples that follow, even.
    """
    width = 4 if is_float else 2
    frame = width * n_channels
    kind = FLOAT if is_float else PCM
    form = struct.pack("<HHIIHH", kind, n_channels, rate_hz, min(rate_hz * frame, 2**32 - 1), frame, 8 * width)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    if is_float:
        form += struct.pack("<H", 0)
        chunks = b"fmt " + struct.pack("<I", len(form)) + form
        chunks += b"fact" + struct.pack("<II", 4, data_bytes // frame)
    chunks += b"data" + struct.pack("<I", data_bytes)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + data_bytes) + b"WAVE" + chunks
