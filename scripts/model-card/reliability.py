"""A reliability diagram as SVG: what the classifier claimed against what came true (Guo et al. 2017)."""

WIDTH, HEIGHT, MARGIN = 360, 340, 46
SIDE = 280
COLOURS = ("#1f6fb2", "#c2571a")
STYLE = ("text{font:12px sans-serif;fill:#444}.axis{stroke:#888;fill:none}.ideal{stroke:#888;stroke-dasharray:4 4}"
         "@media(prefers-color-scheme:dark){text{fill:#ccc}}")


def _x(value):
    return MARGIN + SIDE * value


def _y(value):
    return 14 + SIDE * (1.0 - value)


def _series(bins, colour, square):
    """A mark for each bin that holds clips, its area by their share, joined by a line."""
    filled = [b for b in bins if b["count"]]
    total = sum(b["count"] for b in filled)
    places = [(_x(b["mean_confidence"]), _y(b["accuracy"]), 2.5 + 9.0 * (b["count"] / total) ** 0.5) for b in filled]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    parts = [f'<polyline points="{line}" fill="none" stroke="{colour}"/>']
    for (x, y, r), b in zip(places, filled):
        title = f"<title>{b['count']} clips: claimed {b['mean_confidence']:.2f}, true {b['accuracy']:.2f}</title>"
        if square:
            parts.append(f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" fill="{colour}" '
                         f'fill-opacity="0.7">{title}</rect>')
        else:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}" fill-opacity="0.7">{title}</circle>')
    return parts


def diagram(series):
    """`series`: at most two (name, bins as in report.json's `reliability`)."""
    height = HEIGHT + 20 * len(series)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" width="{WIDTH}" height="{height}">',
             "<title>Reliability</title>", "<desc>Share of right answers over claimed probability; on the dashed line both are equal.</desc>",
             f"<style>{STYLE}</style>", f'<rect class="axis" x="{_x(0)}" y="{_y(1)}" width="{SIDE}" height="{SIDE}"/>',
             f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>']
    for tick in range(0, 11, 2):
        value = tick / 10
        parts.append(f'<text x="{_x(value):.0f}" y="{_y(0) + 16:.0f}" text-anchor="middle">{value:.1f}</text>')
        parts.append(f'<text x="{_x(0) - 6:.0f}" y="{_y(value) + 4:.0f}" text-anchor="end">{value:.1f}</text>')
    parts.append(f'<text x="{_x(0.5)}" y="{_y(0) + 32:.0f}" text-anchor="middle">probability claimed</text>')
    parts.append(f'<text transform="translate(12 {_y(0.5)}) rotate(-90)" text-anchor="middle">share that was right</text>')
    for number, (name, bins) in enumerate(series):
        parts += _series(bins, COLOURS[number], number == 1)
        y = HEIGHT + 4 + 20 * number
        mark = (f'<rect x="{_x(0)}" y="{y - 9}" width="9" height="9" ' if number == 1 else f'<circle cx="{_x(0) + 5}" cy="{y - 4}" r="5" ')
        parts += [f'{mark}fill="{COLOURS[number]}"/>', f'<text x="{_x(0) + 16}" y="{y}">{name}</text>']
    return "\n".join(parts + ["</svg>"]) + "\n"
