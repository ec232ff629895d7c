#!/usr/bin/env python3
"""Joins the parts of one benchmark run into benchmarks/results/NAME.json, with when and by which command it was made."""

import argparse
import datetime
import json
import pathlib
import platform


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--load", required=True, type=float, help="average number of other processes that wanted to run")
    parser.add_argument("parts", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    result = {"command": arguments.command, "commit": arguments.commit, "date": datetime.date.today().isoformat(),
              "load": arguments.load, "system": f"{platform.system()} {platform.machine()}"}
    for part in arguments.parts:
        result.update(json.loads(part.read_text()))
    target = pathlib.Path(__file__).parent / "results" / f"{arguments.name}.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
