"""A drawing of times by size, on two logarithmic axes, as an SVG that needs nothing else."""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 44, 48
COLORS = {"ours": "#2563eb", "floor": "#64748b", "naive": "#d97706"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #364153; } .title { font-weight: 600; font-size: 15px; }
  .grid { stroke: #e5e7eb; } path { fill: none; stroke-width: 2.5; }
  @media (prefers-color-scheme: dark) { text { fill: #d1d5dc; } .grid { stroke: #364153; } }
"""
# Users and milliseconds.
Points = Sequence[tuple[int, float]]


def plot(title: str, path: Path, lines: Mapping[str, Points]) -> None:
    """Write the drawing: a line for each contender, milliseconds over users."""
    users = [size for points in lines.values() for size, _ in points]
    times = [took for points in lines.values() for _, took in points]
    x, y = _Axis(users, LEFT, WIDTH - RIGHT), _Axis(times, HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        f' aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        *(_across(y.at(tick), f"{tick:,g} ms") for tick in y.ticks),
        *(_upright(x.at(tick), f"{tick:,.0f}") for tick in x.ticks),
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">users in the project</text>',
        *(_line(name, [(x.at(size), y.at(took)) for size, took in points]) for name, points in lines.items()),
        "</svg>",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


class _Axis:
    """Powers of ten from below the least value to above the largest, laid from one pixel to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = floor(log10(min(values))), max(ceil(log10(max(values))), floor(log10(min(values))) + 1)
        self.start, self.end = start, end
        self.ticks = [10.0**power for power in range(self.low, self.high + 1)]

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def _across(y: float, label: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>'


def _upright(x: float, label: str) -> str:
    return f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{label}</text>'


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    color, (x, y) = COLORS[name], points[-1]
    drawn = "M" + " L".join(f"{left} {top}" for left, top in points)
    dots = "".join(f'<circle cx="{left}" cy="{top}" r="4" fill="{color}"/>' for left, top in points)
    return f'<path d="{drawn}" stroke="{color}"/>{dots}<text x="{x + 10}" y="{y + 4}">{name}</text>'
