"""How cost grows, as SVG: seconds and peak memory over the length of a clip, or over the number of clips. Both axes logarithmic."""

import math

WIDTH, HEIGHT, LEFT, TOP = 380, 300, 64, 26
SIDE_X, SIDE_Y = 290, 220
COLOURS = ("#1f6fb2", "#c2571a", "#3a8f4a")
MARKS = ("circle", "square", "triangle")
STYLE = ("text{font:12px sans-serif;fill:#444}.axis{stroke:#888;fill:none}.grid{stroke:#8884}"
         "@media(prefers-color-scheme:dark){text{fill:#ccc}}")


class Axis:
    """Decades that hold all values, on so many pixels from `begin` in the direction of `length`."""

    def __init__(self, values, begin, length):
        self.first = math.floor(math.log10(min(values)) + 1e-9)
        self.last = max(self.first + 1, math.ceil(math.log10(max(values)) - 1e-9))
        self.begin, self.length = begin, length

    def __call__(self, value):
        return self.begin + self.length * (math.log10(value) - self.first) / (self.last - self.first)

    def decades(self):
        return [10.0 ** power for power in range(self.first, self.last + 1)]


def _mark(kind, x, y, colour, title=""):
    title = f"<title>{title}</title>" if title else ""
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">{title}</circle>'
    if kind == "square":
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}">{title}</rect>'
    return f'<path d="M{x:.1f} {y - 4.5:.1f}l4.5 8h-9z" fill="{colour}">{title}</path>'


def _panel(left, name, x_label, series):
    """One diagram. `series`: (name, [(x, y)]) each."""
    points = [point for _, own in series for point in own]
    x = Axis([p[0] for p in points], left, SIDE_X)
    y = Axis([p[1] for p in points], TOP + SIDE_Y, -SIDE_Y)
    parts = [f'<text x="{left}" y="{TOP - 10}">{name}</text>',
             f'<rect class="axis" x="{left}" y="{TOP}" width="{SIDE_X}" height="{SIDE_Y}"/>',
             f'<text x="{left + SIDE_X / 2:.0f}" y="{TOP + SIDE_Y + 34}" text-anchor="middle">{x_label}</text>']
    for value in x.decades():
        parts.append(f'<line class="grid" x1="{x(value):.1f}" y1="{TOP}" x2="{x(value):.1f}" y2="{TOP + SIDE_Y}"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{TOP + SIDE_Y + 16}" text-anchor="middle">{value:g}</text>')
    for value in y.decades():
        parts.append(f'<line class="grid" x1="{left}" y1="{y(value):.1f}" x2="{left + SIDE_X}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for number, (label, own) in enumerate(series):
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in own)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[number]}"/>')
        parts += [_mark(MARKS[number], x(a), y(b), COLOURS[number], f"{label}: {b:.3g} at {a:g}") for a, b in own]
    return parts


def plot(title, x_label, entries, key):
    """`entries`: of a result's by_length or by_count, `key` what is on the x axis."""
    subjects = list(dict.fromkeys((e["encoder"], e["precision"]) for e in entries))
    names = [f"{encoder}, {precision}" for encoder, precision in subjects]

    def series(value):
        return [(name, [(e[key], e[value]) for e in entries if (e["encoder"], e["precision"]) == subject])
                for name, subject in zip(names, subjects)]

    width = 2 * WIDTH
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 24}" role="img" width="{width}" '
             f'height="{HEIGHT + 24}">', f"<title>{title}</title>", f"<desc>Seconds, and peak memory in MiB, over {x_label}.</desc>",
             f"<style>{STYLE}</style>"]
    parts += _panel(LEFT, "start to end, s", x_label, series("wall_s"))
    parts += _panel(WIDTH + LEFT, "peak memory, MiB", x_label, series("peak_memory_mib"))
    for number, name in enumerate(names):
        left = LEFT + 200 * number
        parts += [_mark(MARKS[number], left, HEIGHT + 6, COLOURS[number]), f'<text x="{left + 12}" y="{HEIGHT + 10}">{name}</text>']
    return "\n".join(parts + ["</svg>"]) + "\n"
