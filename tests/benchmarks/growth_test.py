#!/usr/bin/env python3
"""benchmarks/growth.sh at a small size: every figure is there, and the plots show the results.

    growth_test.py UNDERTONE SMALL-ENCODER
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import growth.section  # noqa: E402
from growth.plots import plot  # noqa: E402

UNDERTONE, ENCODER = sys.argv[1], pathlib.Path(sys.argv[2])
SVG = "{http://www.w3.org/2000/svg}"


class Growth(unittest.TestCase):
    def test_whole_run(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            output = folder / "growth-here.json"
            subprocess.run(
                [sys.executable, "-B", BENCHMARKS / "growth" / "measure.py", "--undertone", UNDERTONE, "--encoder", ENCODER, "--work",
                 folder, "--output", output, "--command", "benchmarks/growth.sh here", "--commit", "abc", "--processor", "A processor",
                 "--quick"], check=True, stdout=subprocess.DEVNULL)
            result = json.loads(output.read_text())
        subjects = list(dict.fromkeys((e["encoder"], e["precision"]) for e in result["by_length"]))
        self.assertEqual(subjects[:2], [("undertone-small", "f32"), (ENCODER.name, "f32")])
        self.assertEqual(len(result["by_length"]), 2 * len(subjects))
        self.assertEqual(len(result["by_count"]), 2 * len(subjects))
        self.assertEqual([(e["encoder"], e["precision"]) for e in result["throughput"]], subjects)
        for entry in result["throughput"]:
            self.assertEqual([len(rates) for rates in entry["clips_per_s_all"].values()], [2, 2, 2])
        for entry in result["by_length"] + result["by_count"]:
            self.assertGreater(entry["wall_s"], 0)
            self.assertGreater(entry["peak_memory_mib"], 1)
        text = growth.section.section("growth-here", result, "results")
        for name, picture in growth.section.pictures("growth-here", result).items():
            self.assertIn(f"(results/{name})", text)
            xml.etree.ElementTree.fromstring(picture)


class Throughput(unittest.TestCase):
    def test_ratios_are_of_the_rounds(self):
        rates = {"one_core": [10, 20, 10], "all_cores": [20, 20, 25], "apart": [10, 40, 20]}
        result = {"cores": 2, "throughput": [{"encoder": "e", "precision": "f32", "clips": 4, "clips_per_s_all": rates}]}
        self.assertEqual(growth.section.throughput_table(result).splitlines()[-1],
                         "| e, f32 | 10.00 | 20.00 | **1.00** (0.50–1.25) | 20.00 | **1.00** (0.50–1.00) |")


class Plot(unittest.TestCase):
    def test_points_lie_where_their_values_are(self):
        entries = [{"encoder": "e", "precision": "f32", "clip_s": x, "wall_s": y, "peak_memory_mib": 40 * y}
                   for x, y in ((1, 0.1), (10, 1), (100, 10))]
        root = xml.etree.ElementTree.fromstring(plot("t", "seconds", entries, "clip_s"))
        lines = [[tuple(map(float, point.split(","))) for point in line.get("points").split()] for line in root.iter(f"{SVG}polyline")]
        frames = [[float(r.get(key)) for key in ("x", "y", "width", "height")] for r in root.iter(f"{SVG}rect") if r.get("class")]
        self.assertEqual([len(line) for line in lines], [3, 3])
        for line, (left, top, width, height) in zip(lines, frames):
            for x, y in line:
                self.assertTrue(left <= x <= left + width and top <= y <= top + height, (x, y))
            # Equal factors are equal ways.
            self.assertAlmostEqual(line[1][0] - line[0][0], line[2][0] - line[1][0], delta=0.2)
            self.assertAlmostEqual(line[1][1] - line[0][1], line[2][1] - line[1][1], delta=0.2)
        self.assertEqual(lines[0][0], (frames[0][0], frames[0][1] + frames[0][3]))
        titles = [title.text for title in root.iter(f"{SVG}title")]
        self.assertIn("e, f32: 10 at 100", titles)
        self.assertTrue(any(re.fullmatch("e, f32: 400 at 100", title) for title in titles))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
