"""A panel of a dashboard as an SVG: text as text, for a light and for a dark page."""

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH = 480
# Of the plot.
LEFT, RIGHT, TOP, BOTTOM = 66, 468, 38, 172
LEGEND, LINE = 204, 16
# Told apart by colour and by the order of the legend; the second colour is for dark pages.
COLOURS = [
    ("#1f6fb4", "#5aa9e6"), ("#c2570c", "#f29a4a"), ("#2b7a3d", "#66c27c"), ("#a3266b", "#ee7fb8"),
    ("#6b5bb0", "#a99bf0"), ("#7a6a00", "#d8c33f"), ("#0b7a7a", "#4fcfcf"), ("#666666", "#a8a8a8"),
]
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#444}.t{font-size:14px;font-weight:600;fill:#111}.p{fill:#fff}.g{stroke:#ddd}"
    ".l{fill:none;stroke-width:1.6;stroke-linejoin:round}.b{stroke:#c00;stroke-dasharray:4 3}"
)
DARK = "text{fill:#bbb}.t{fill:#f2f2f2}.p{fill:#17191d}.g{stroke:#383b42}.b{stroke:#ff6b6b}"


@dataclass(frozen=True)
class Series:
    name: str
    # The number of the step from the begin, and the value.
    points: Sequence[tuple[int, float]]

    @property
    def last(self) -> float:
        return self.points[-1][1]

    @property
    def highest(self) -> float:
        return max(value for _, value in self.points)


def bars(title: str, series: Sequence[Series], unit: str) -> str:
    """What there was at the end: a bar each."""
    longest = max(each.last for each in series) or 1
    parts = []
    for index, each in enumerate(series):
        y = TOP + 14 + index * 36
        parts.append(_text(12, y + 12, each.name))
        parts.append(f'<rect class="f{index % len(COLOURS)}" x="160" y="{y}" width="{max(1, 250 * each.last / longest):.0f}" height="16"/>')
        parts.append(_text(166 + 250 * each.last / longest, y + 12, written(each.last, unit)))
    return _picture(title, parts, TOP + 36 * len(series) + 8)


def curves(
    title: str, series: Sequence[Series], unit: str, steps: float, steps_of_a_minute: float, is_stacked: bool, bound: float | None
) -> str:
    shown = sorted(series, key=lambda each: each.highest, reverse=True)[: len(COLOURS)]
    drawn = _stacked(shown, int(steps)) if is_stacked else list(shown)
    highest = max([0.0, *(each.highest for each in drawn), *([bound] if bound is not None else [])])
    ticks = _ticks(highest, 1024 if unit in ("bytes", "Bps") else 1000)

    def place(point: tuple[int, float]) -> str:
        return f"{LEFT + (RIGHT - LEFT) * point[0] / steps:.0f} {BOTTOM - (BOTTOM - TOP) * point[1] / ticks[-1]:.1f}"

    parts = []
    for tick in ticks:
        y = BOTTOM - (BOTTOM - TOP) * tick / ticks[-1]
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{RIGHT}"/>{_text(LEFT - 6, y + 4, written(tick, unit), "end")}')
    for minute in range(int(steps // steps_of_a_minute) + 1):
        parts.append(_text(LEFT + (RIGHT - LEFT) * minute * steps_of_a_minute / steps, BOTTOM + 15, f"{minute} min", "middle"))
    # The highest first: what lies below it is painted over it.
    for index, each in reversed(list(enumerate(drawn))):
        if is_stacked:
            begin, end = place((each.points[0][0], 0)), place((each.points[-1][0], 0))
            parts.append(f'<path class="f{index}" d="M{begin}L{_line(each.points, place)}L{end}Z"/>')
        else:
            parts.append(f'<path class="l s{index}" d="{"".join(f"M{_line(part, place)}" for part in _without_gaps(each.points))}"/>')
    if bound is not None:
        y = BOTTOM - (BOTTOM - TOP) * bound / ticks[-1]
        parts.append(f'<path class="b" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
    legend, height = _legend([each.name for each in shown])
    return _picture(title, parts + legend, height)


def written(value: float, unit: str) -> str:
    match unit:
        case "percentunit":
            return f"{value * 100:.3g} %"
        case "bytes" | "Bps":
            names, size, end = ["B", "KiB", "MiB", "GiB"], 1024.0, "/s" if unit == "Bps" else ""
        case "s" if 0 < value < 1:
            return f"{value * 1000:.3g} ms"
        case "s":
            return f"{value:.3g} s"
        case _:
            names, size, end = ["", "k", "M"], 1000.0, ""
    index = 0
    while abs(value) >= size and index + 1 < len(names):
        value, index = value / size, index + 1
    return f"{value:.3g} {names[index]}".strip() + end


def _stacked(series: Sequence[Series], steps: int) -> list[Series]:
    """Each upon those before it; where one has no value it counts as 0."""
    below = dict.fromkeys(range(steps + 1), 0.0)
    result = []
    for each in series:
        own = dict(each.points)
        below = {step: value + own.get(step, 0.0) for step, value in below.items()}
        result.append(Series(each.name, list(below.items())))
    return result


def _without_gaps(points: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    parts: list[list[tuple[int, float]]] = []
    for point in points:
        if not parts or point[0] > parts[-1][-1][0] + 1:
            parts.append([])
        parts[-1].append(point)
    return parts


def _ticks(highest: float, thousand: int) -> list[float]:
    """Three to five round numbers from 0 on, the last of which is not below the highest."""
    if highest <= 0:
        return [0.0, 1.0]
    unit = float(thousand) ** math.floor(math.log(max(highest, 1), thousand))
    step = 10.0 ** math.floor(math.log10(highest / unit / 3))
    step = unit * next(step * factor for factor in (1, 2, 2.5, 5, 10) if unit * step * factor * 4 >= highest)
    return [step * index for index in range(math.ceil(highest / step - 1e-9) + 1)]


def _line(points: Sequence[tuple[int, float]], place: Callable[[tuple[int, float]], str]) -> str:
    """Without points in the middle of what is level."""
    kept = [
        point
        for index, point in enumerate(points)
        if index in (0, len(points) - 1) or not points[index - 1][1] == point[1] == points[index + 1][1]
    ]
    return "L".join(map(place, kept))


def _legend(names: Sequence[str]) -> tuple[list[str], int]:
    """With the height that the picture has with it."""
    parts: list[str] = []
    x, y = 12.0, LEGEND
    for index, name in enumerate(names):
        width = 22 + 6.2 * len(name)
        if x + width > WIDTH and x > 12:
            x, y = 12.0, y + LINE
        parts.append(f'<rect class="f{index}" x="{x:.0f}" y="{y - 8}" width="10" height="8"/>{_text(x + 14, y, name)}')
        x += width + 6
    return parts, y + 14


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.0f}" y="{y:.0f}"{where}>{html.escape(text)}</text>'


def _picture(title: str, parts: Sequence[str], height: int) -> str:
    def colours(which: int) -> str:
        return "".join(f".s{n}{{stroke:{pair[which]}}}.f{n}{{fill:{pair[which]}}}" for n, pair in enumerate(COLOURS))

    style = f"{STYLE}{colours(0)}@media(prefers-color-scheme:dark){{{DARK}{colours(1)}}}"
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img"><title>{html.escape(title)}</title>\n'
        f'<style>{style}</style>\n<rect class="p" width="{WIDTH}" height="{height}" rx="6"/>\n'
        f'<text class="t" x="12" y="22">{html.escape(title)}</text>\n{body}\n</svg>\n'
    )
