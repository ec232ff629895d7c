#!/usr/bin/env python3
"""Runs npm scripts on a copy of their package in the build tree, so that the source tree stays as it is.

    run_in_build_tree.py SOURCE COPY SCRIPT

Copies the folder SOURCE (less node_modules, dist and build) to COPY, installs what its package-lock.json names if that has
changed since the last time, and runs `npm run SCRIPT` there. Exits 77 where Node.js 18 or newer or npm is missing, or where
the script does.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
MADE = {"node_modules", "dist", "build", "lock.sha256"}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def copy(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.name not in MADE:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*MADE), dirs_exist_ok=True)


def install(npm, folder):
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "lock.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], cwd=folder, check=True)
    stamp.write_text(digest)


def main():
    source, folder, script = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        skip("Node.js or npm is not installed")
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    if int(re.match(r"v(\d+)", version)[1]) < 18:
        skip(f"Node.js is {version}; 18 or newer is needed")
    copy(source, folder)
    install(npm, folder)
    return subprocess.run([npm, "run", "--silent", script], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
