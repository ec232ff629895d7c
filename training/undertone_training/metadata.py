"""Metadata as `undertone prepare` writes them: a row for each recording, paths relative to the file."""

import csv
import os
from pathlib import Path


def read(files: list[Path]) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of all files, and their rows; in those `filepath` is absolute, and a column that a file lacks is empty."""
    columns: dict[str, None] = {}
    rows = []
    for file in files:
        try:
            with open(file, newline="", encoding="utf-8") as lines:
                reader = csv.DictReader(lines)
                missing = {"filepath", "emotion", "speaker_id", "corpus"} - set(reader.fieldnames or [])
                if missing:
                    raise SystemExit(f"{file}: no column {', '.join(sorted(missing))}; make it with `undertone prepare`")
                columns.update(dict.fromkeys(reader.fieldnames))
                folder = Path(file).resolve().parent
                rows += [{**row, "filepath": os.path.normpath(folder / row["filepath"])} for row in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise SystemExit(f"{file}: cannot be read: {error}") from error
    if not rows:
        raise SystemExit("no recordings in " + ", ".join(map(str, files)))
    return list(columns), [{name: row.get(name) or "" for name in columns} for row in rows]


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    folder = Path(path).resolve().parent
    temporary = Path(str(path) + ".tmp")
    with open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "filepath": os.path.relpath(row["filepath"], folder)})
    os.replace(temporary, path)
