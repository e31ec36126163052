"""The figures as a picture: an SVG written by hand, so that the bench needs no plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bench.performance.cases import SIZES, case_name
from bench.performance.results import Results

COLORS = {
    "tidewire": "#0b7285",
    "ezmsg": "#e8590c",
    "pyzmq": "#5f3dc4",
    "multiprocessing": "#868e96",
    "asyncio.Queue": "#2b8a3e",
    "limit": "#212529",
}
_WIDTH, _HEIGHT = 380, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 14, 34, 34
_INK = "#343a40"


@dataclass(frozen=True)
class Panel:
    """One diagram: for each peer one value, or none, at each of the places along the bottom."""

    title: str
    places: Sequence[str]
    lines: Mapping[str, Sequence[float | None]]

    @property
    def decades(self) -> tuple[int, int]:
        """The powers of ten that enclose all values."""
        values = [value for line in self.lines.values() for value in line if value]
        if not values:
            return 0, 1
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return low, max(high, low + 1)


def panels(results: Results) -> list[Panel]:
    """What is drawn of a run."""

    def rates(layout: str) -> dict[str, list[float | None]]:
        return {
            peer: [results.summary.median(case_name("throughput", f"{layout} {size}", peer), "rate") for size in SIZES]
            for peer in COLORS
        }

    limits: list[float | None] = [
        results.summary.median(case_name("limits", f"memcpy {size}", "limit"), "rate") for size in SIZES
    ]
    late = ("p50 200 Hz", "p99 200 Hz", "p50 500 Hz", "p99 500 Hz")
    latencies = {
        peer: [
            results.summary.median(
                case_name("limits" if peer == "limit" else "latency", _latency_of(peer, rate), peer), f"{figure}_us"
            )
            for figure, _, rate in (words.partition(" ") for words in late)
        ]
        for peer in COLORS
    }
    return [
        Panel("same loop: messages a second", list(SIZES), rates("loop")),
        Panel("between processes: messages a second", list(SIZES), rates("process") | {"limit": limits}),
        Panel("between processes: one-way latency, µs", late, latencies),
    ]


def _latency_of(peer: str, rate: str) -> str:
    return f"wake-up {rate}" if peer == "limit" else f"process {rate}"


def draw(results: Results) -> str:
    """The picture as SVG text."""
    shown = panels(results)
    width, height = _WIDTH * len(shown), _HEIGHT + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11" fill="{_INK}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for index, panel in enumerate(shown):
        parts += [f'<g transform="translate({index * _WIDTH} 0)">', *_panel(panel), "</g>"]
    present = [peer for peer in COLORS if any(any(panel.lines.get(peer, ())) for panel in shown)]
    for index, peer in enumerate(present):
        x = _LEFT + index * 150
        words = "memcpy, or one wake-up" if peer == "limit" else peer
        parts.append(f'<circle cx="{x}" cy="{_HEIGHT + 12}" r="4" fill="{COLORS[peer]}"/>')
        parts.append(f'<text x="{x + 9}" y="{_HEIGHT + 16}">{escape(words)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel) -> list[str]:
    low, high = panel.decades

    def x(place: int) -> float:
        return _LEFT + (place + 0.5) * (_WIDTH - _LEFT - _RIGHT) / len(panel.places)

    def y(value: float) -> float:
        return _TOP + (high - math.log10(value)) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [f'<text x="{_LEFT}" y="18" font-size="13">{escape(panel.title)}</text>']
    for decade in range(low, high + 1):
        at = y(10.0**decade)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dee2e6"/>')
        words = f"{10**decade:,}" if decade >= 0 else f"{10.0**decade:g}"
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{words}</text>')
    for place, words in enumerate(panel.places):
        parts.append(f'<text x="{x(place):.1f}" y="{_HEIGHT - 14}" text-anchor="middle">{escape(words)}</text>')
    for peer, line in panel.lines.items():
        points = [(x(place), y(value)) for place, value in enumerate(line) if value]
        path = " ".join(f"{at:.1f},{up:.1f}" for at, up in points)
        dashes = ' stroke-dasharray="4 3"' if peer == "limit" else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLORS[peer]}" stroke-width="1.6"{dashes}/>')
        parts += [f'<circle cx="{at:.1f}" cy="{up:.1f}" r="3" fill="{COLORS[peer]}"/>' for at, up in points]
    return parts
