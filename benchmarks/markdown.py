"""Tables of docs/performance.md."""


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def spread(values, digits=3):
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"
