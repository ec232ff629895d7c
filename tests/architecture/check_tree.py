#!/usr/bin/env python3
"""Checks the tracked files of the repository, whatever they are.

    check_tree.py ROOT

- None holds an absolute path into somebody's own folders, in text or in data.
- Every relative link of a Markdown file leads to a file of the repository, and to a heading where it names one.

Prints each offence as FILE:LINE: what, and exits 1 if there is any.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

# The first segment of a path that exists only where it was written. The look-behind keeps URLs and relative paths out.
PRIVATE_FOLDERS = ("home", "Users", "root", "work", "workspace", "tmp")
PRIVATE_PATH = re.compile(rb"(?<![\w./~$})>\]-])/(?:" + "|".join(PRIVATE_FOLDERS).encode() + rb")/[\w.-]+")

FENCE = re.compile(r"^\s*(```|~~~)")
CODE_SPAN = re.compile(r"`[^`]*`")
INLINE_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)<>\s]+)>?(?:\s+[\"'][^)]*)?\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
EXTERNAL = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def tracked_files(root):
    """Paths relative to the root: what git tracks or would, and without git everything but build folders."""
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    if (root / ".git").exists():
        listed = subprocess.run(command + ["--exclude-standard"], check=True, stdout=subprocess.PIPE).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    else:
        names = {path.relative_to(root).as_posix() for path in root.rglob("*")}
        names = {name for name in names if not name.startswith("build/")}
    return sorted(name for name in names if (root / name).is_file() and not (root / name).is_symlink())


def private_paths(content):
    """(line, path) for each absolute path of somebody's machine in these bytes."""
    for match in PRIVATE_PATH.finditer(content):
        yield content.count(b"\n", 0, match.start()) + 1, match[0].decode("ascii", "replace")


def prose_lines(text):
    """(line number, line) outside of code."""
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        match = FENCE.match(line)
        if match:
            if fence is None:
                fence = match[1]
            elif match[1] == fence:
                fence = None
        elif fence is None:
            yield number, line


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(text):
    found, repeated = set(), {}
    for _, line in prose_lines(text):
        match = HEADING.match(line)
        if match:
            name = slug(match[1])
            count = repeated.get(name, 0)
            repeated[name] = count + 1
            found.add(f"{name}-{count}" if count else name)
    return found


def links(text):
    """(line number, target) of each link in a Markdown text."""
    for number, line in prose_lines(text):
        line = CODE_SPAN.sub("", line)
        for match in INLINE_LINK.finditer(line):
            yield number, match[1]
        match = REFERENCE.match(line)
        if match:
            yield number, match[1]


def broken_links(root, name, tracked):
    """(line, message) for each relative link of the Markdown file `name` that leads nowhere."""
    folders = {parent.as_posix() for file in tracked for parent in Path(file).parents}
    for line, link in links((root / name).read_text(encoding="utf-8")):
        if EXTERNAL.match(link):
            continue
        target, _, fragment = unquote(link).partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(name), target)) if target else name
        if target.startswith("/") or path.startswith(".."):
            yield line, f"the link {link} leaves the repository"
        elif path not in tracked and path not in folders:
            yield line, f"the link {link} leads to {path}, which is not in the repository"
        elif fragment and path.endswith(".md") and fragment not in anchors((root / path).read_text(encoding="utf-8")):
            yield line, f"the link {link} names a heading that {path} does not have"


def check(root):
    root = Path(root).resolve()
    tracked = tracked_files(root)
    offences = [] if tracked else [f"{root}:1: there is no file here"]
    names = set(tracked)
    for name in tracked:
        for line, path in private_paths((root / name).read_bytes()):
            offences.append(f"{name}:{line}: {path} is a path of somebody's own machine")
        if name.endswith(".md"):
            offences.extend(f"{name}:{line}: {message}" for line, message in broken_links(root, name, names))
    return tracked, offences


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    tracked, offences = check(arguments[0])
    for offence in offences:
        print(offence)
    print(f"{len(tracked)} files, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
