#!/usr/bin/env python3
"""Feeds good and bad trees to the checks of this folder: a check that cannot fail would be worth nothing."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_layers
import check_tree
import rules

HERE = Path(__file__).resolve().parent


class TemporaryTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")

    def run_script(self, script):
        return subprocess.run(
            [sys.executable, str(HERE / script), str(self.root)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


class LayersTest(TemporaryTree):
    def setUp(self):
        super().setUp()
        self.write("include/undertone/error.hpp", "#include <string>\n#include <undertone/version.hpp>\n")
        self.write("src/common/pool.cpp", '#include "common/pool.hpp"\n#include <openssl/evp.h>\n')
        self.write("src/common/CMakeLists.txt", "undertone_add_module(common SOURCES pool.cpp PRIVATE OpenSSL::Crypto)\n")
        self.write("src/tensor/CMakeLists.txt", "undertone_add_module(tensor SOURCES t.cpp PUBLIC undertone::common)\n")
        self.write("src/tensor/t.cpp", '#include "common/pool.hpp"\n#include <zip.h>\n')
        self.write("src/encoder/kernels/gemm.cpp", "#include <dnnl.hpp>\n")
        self.write(
            "src/encoder/CMakeLists.txt",
            "undertone_add_module(\n  encoder\n  SOURCES gemm.cpp\n  PUBLIC undertone::tensor # and what it brings\n"
            "  PRIVATE DNNL::dnnl)\n",
        )
        self.write("src/encoder/layer.cpp", '#include "common/pool.hpp"\n#include "tensor/matrix.hpp"\n')
        self.write("apps/undertone/table.hpp", "#include <string>\n")
        self.write("apps/undertone/main.cpp", '#include <CLI/CLI.hpp>\n#include "encoder/layer.hpp"\n#include "table.hpp"\n')
        self.write("apps/undertone/CMakeLists.txt", "target_link_libraries(undertone_cli PRIVATE CLI11::CLI11)\n")

    def check(self):
        return check_layers.Tree(self.root).check()

    def assert_offence(self, part):
        errors = self.check().errors
        self.assertEqual(len(errors), 1, errors)
        self.assertIn(part, errors[0])

    def test_good_tree(self):
        self.assertEqual(self.check().errors, [])
        self.assertEqual(self.run_script("check_layers.py").returncode, 0)

    def test_upward_include(self):
        self.write("src/tensor/bad.cpp", '#include <vector>\n\n  #  include "encoder/layer.hpp"\n')
        errors = self.check().errors
        self.assertTrue(any("src/tensor/bad.cpp:3: tensor must not include encoder/layer.hpp" in e for e in errors), errors)
        result = self.run_script("check_layers.py")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"src/tensor/bad.cpp:3", result.stdout)

    def test_upward_include_in_angle_brackets(self):
        self.write("src/common/bad.hpp", "#include <tensor/matrix.hpp>\n")
        self.assertIn("common must not include tensor/matrix.hpp", self.check().errors[0])

    def test_include_of_an_unlinked_module(self):
        self.write("src/audio/CMakeLists.txt", "undertone_add_module(audio SOURCES a.cpp)\n")
        self.write("src/audio/a.cpp", '#include "common/pool.hpp"\n')
        self.assert_offence("audio includes common but does not link undertone::common")

    def test_upward_link(self):
        self.write("src/dataset/CMakeLists.txt", "undertone_add_module(dataset SOURCES d.cpp PUBLIC undertone::audio)\n")
        self.assert_offence("src/dataset/CMakeLists.txt:1: dataset must not link undertone::audio")

    def test_upward_link_by_target_name(self):
        self.write("src/dataset/CMakeLists.txt", "\ntarget_link_libraries(undertone_dataset PUBLIC undertone_tensor)\n")
        self.assert_offence("src/dataset/CMakeLists.txt:2: dataset must not link undertone_tensor")

    def test_cyclic_links(self):
        self.write("src/common/CMakeLists.txt", "undertone_add_module(common SOURCES c.cpp PUBLIC undertone::tensor)\n")
        self.assertTrue(any("cycle: common -> tensor -> common" in e for e in self.check().errors), self.check().errors)

    def test_libraries_stay_home(self):
        offenders = {
            "libavformat/avformat.h": "FFmpeg",
            "libswresample/swresample.h": "FFmpeg",
            "dnnl.hpp": "oneDNN",
            "oneapi/dnnl/dnnl.hpp": "oneDNN",
            "dnnl_threadpool.hpp": "oneDNN",
            "svm.h": "LIBSVM",
            "libsvm/svm.h": "LIBSVM",
            "cblas.h": "OpenBLAS",
            "zip.h": "libzip",
            "CLI/CLI.hpp": "CLI11",
            "openssl/sha.h": "OpenSSL",
            "curl/curl.h": "libcurl",
        }
        for header, library in offenders.items():
            with self.subTest(header=header):
                self.write("src/encoder/bad.cpp", f"#include <{header}>\n")
                self.assert_offence(f"<{header}>: {library} is included only in")

    def test_libraries_at_home(self):
        self.write("src/audio/CMakeLists.txt", "undertone_add_module(audio SOURCES a.cpp PRIVATE PkgConfig::FFMPEG)\n")
        self.write("src/audio/reader.cpp", 'extern "C" {\n#include <libavformat/avformat.h>\n}\n')
        self.write("src/classifier/CMakeLists.txt", "undertone_add_module(classifier SOURCES a.cpp PRIVATE OpenBLAS::openblas)\n")
        self.write("src/classifier/algebra.cpp", '#include <cblas.h>\n#include "classifier/algebra.hpp"\n')
        self.assertEqual(self.check().errors, [])

    def test_library_linked_elsewhere(self):
        for target in ("PkgConfig::FFMPEG", "DNNL::dnnl", "OpenBLAS::openblas", "LIBSVM::svm", "CLI11::CLI11", "CURL::libcurl"):
            with self.subTest(target=target):
                self.write("src/dataset/CMakeLists.txt", f"undertone_add_module(dataset SOURCES d.cpp PRIVATE {target})\n")
                self.assert_offence(f"{target}: ")

    def test_public_headers(self):
        for line in ("#include <fmt/core.h>", '#include "common/pool.hpp"', '#include "undertone/error.hpp"', "#include <stdio.h>"):
            with self.subTest(line=line):
                self.write("include/undertone/bad.hpp", line + "\n")
                self.assert_offence("include/undertone/bad.hpp:1: a public header includes")

    def test_unknown_module(self):
        self.write("src/helpers/h.cpp", "#include <string>\n")
        self.assert_offence("src/helpers:1: this module is not in")

    def test_parent_folder(self):
        self.write("src/tensor/bad.cpp", '#include "../common/pool.hpp"\n')
        self.assert_offence("without '..'")

    def test_unknown_quoted_header(self):
        self.write("src/tensor/bad.cpp", '#include "nowhere.hpp"\n')
        self.assert_offence('"nowhere.hpp": neither')

    def test_long_file_is_a_warning(self):
        self.write("src/tensor/long.cpp", "// line\n" * (rules.LONG_FILE_LINES + 1))
        report = self.check()
        self.assertEqual(report.errors, [])
        self.assertEqual(len(report.warnings), 1)
        self.assertIn("src/tensor/long.cpp", report.warnings[0])

    def test_empty_tree(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertIn("no source file", check_layers.Tree(empty).check().errors[0])

    def test_rules_with_a_cycle(self):
        errors = check_layers.Tree(self.root, modules={**rules.MODULES, "common": {"pipeline"}}).check().errors
        self.assertTrue(any("the rules allow a cycle" in e for e in errors), errors)

    def test_rules_that_let_the_library_use_a_network(self):
        modules = {**rules.MODULES, "encoder": {"common", "tensor", "download"}}
        errors = check_layers.Tree(self.root, modules=modules).check().errors
        self.assertEqual(errors, ["rules.py:1: the rules let pipeline, the library, use download"])

    def test_the_library_links_no_network(self):
        self.write("src/pipeline/CMakeLists.txt", "undertone_add_module(pipeline SOURCES p.cpp PRIVATE undertone::download)\n")
        self.assert_offence("pipeline must not link undertone::download")

    def test_rules_name_modules(self):
        for module, uses in rules.MODULES.items():
            self.assertLessEqual(uses, set(rules.MODULES), module)

    def test_the_rules_are_in_the_order_of_the_build(self):
        listed = list(rules.MODULES)
        for position, module in enumerate(listed):
            self.assertLessEqual(rules.MODULES[module], set(listed[:position]), module)


class TreeTest(TemporaryTree):
    def offences(self):
        return check_tree.check(self.root)[1]

    def test_good_tree(self):
        self.write("README.md", "# A title\n\nSee [there](docs/a.md#a-second-title), [up](#a-title), [web](https://example.org/home/x).\n")
        self.write("docs/a.md", "# One\n\n## A *second* title?\n\n[back](../README.md), [folder](../docs)\n\n[ref]: ../README.md\n")
        self.write("src/a.cpp", '// "relative/home/x", ../shared/data, $HOME/x, /usr/lib, /etc/os-release, a//work/b\n')
        self.assertEqual(self.offences(), [])
        self.assertEqual(self.run_script("check_tree.py").returncode, 0)

    def test_private_paths(self):
        for folder in check_tree.PRIVATE_FOLDERS:
            with self.subTest(folder=folder):
                path = f"/{folder}/someone"
                self.write("src/a.cpp", f'\nopen("{path}/x.wav");\n')
                self.assertEqual(self.offences(), [f"src/a.cpp:2: {path} is a path of somebody's own machine"])

    def test_private_path_in_data(self):
        self.write("tests/golden/a.npy", b"\x93NUMPY\x00\xff" + b"/home" + b"/someone/a.py\x00")
        self.assertEqual(len(self.offences()), 1)
        self.assertEqual(self.run_script("check_tree.py").returncode, 1)

    def test_broken_links(self):
        links = {
            "[x](missing.md)": "leads to docs/missing.md",
            "![x](../missing.png)": "leads to missing.png",
            "[x](<missing.md> \"title\")": "leads to docs/missing.md",
            "[x]: missing.md": "leads to docs/missing.md",
            "[x](../../outside.md)": "leaves the repository",
            "[x](/README.md)": "leaves the repository",
            "[x](#nothing)": "names a heading",
            "[x](b.md#nothing)": "names a heading",
        }
        self.write("docs/b.md", "# Something\n")
        for link, message in links.items():
            with self.subTest(link=link):
                self.write("docs/a.md", f"# Title\n\n{link}\n")
                offences = self.offences()
                self.assertEqual(len(offences), 1, offences)
                self.assertIn("docs/a.md:3: the link", offences[0])
                self.assertIn(message, offences[0])

    def test_code_holds_no_links(self):
        self.write("a.md", "```\n[x](missing.md)\n```\n\n`[x](missing.md)`\n")
        self.assertEqual(self.offences(), [])

    def test_ignored_files_are_not_looked_at(self):
        subprocess.run(["git", "init", "--quiet", str(self.root)], check=True)
        self.write(".gitignore", "/build/\n")
        self.write("build/a.txt", "/home" + "/someone")
        self.assertEqual(self.offences(), [])
        self.write("new.txt", "/home" + "/someone")
        self.assertEqual(len(self.offences()), 1)

    def test_empty_tree(self):
        self.assertEqual(len(self.offences()), 1)


if __name__ == "__main__":
    unittest.main()
