#!/usr/bin/env python3
"""Checks that modules depend one way only, and that libraries stay behind the module that owns them.

    check_layers.py ROOT

Reads the #include lines of src/, apps/ and include/, and the CMake lists of src/ and apps/. Prints each offence as
FILE:LINE: what, and exits 1 if there is any. rules.py holds the rules.
"""

import re
import sys
from pathlib import Path, PurePosixPath

import rules

SOURCE_SUFFIXES = {".cpp", ".hpp", ".h", ".cc", ".cxx", ".inl", ".in"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<path>[^>"]+)[>"]')
MODULE_CALL = re.compile(r"\bundertone_add_module\s*\(\s*(?P<body>[^)]*)\)", re.DOTALL)
LINK_CALL = re.compile(r"\btarget_link_libraries\s*\(\s*(?P<body>[^)]*)\)", re.DOTALL)
OWN_TARGET = re.compile(r"^undertone(?:::|_)(?P<name>\w+)$")


class Report:
    def __init__(self):
        self.errors = []
        self.warnings = []

    def error(self, path, line, message):
        self.errors.append(f"{path}:{line}: {message}")

    def warning(self, path, line, message):
        self.warnings.append(f"{path}:{line}: warning: {message}")


def within(path, folders):
    """Whether a path relative to the root is one of these folders or inside one."""
    return any(path == PurePosixPath(folder) or PurePosixPath(folder) in path.parents for folder in folders)


def module_of(path):
    return path.parts[1] if len(path.parts) > 2 and path.parts[0] == "src" else None


def find_cycle(graph):
    """A list of nodes that leads back to its first, or None."""
    done = set()

    def visit(node, trail):
        if node in trail:
            return trail[trail.index(node) :] + [node]
        if node in done:
            return None
        for successor in sorted(graph.get(node, ())):
            cycle = visit(successor, trail + [node])
            if cycle:
                return cycle
        done.add(node)
        return None

    for start in sorted(graph):
        cycle = visit(start, [])
        if cycle:
            return cycle
    return None


def reachable_from(graph, start):
    reachable, waiting = set(), [start]
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            if name not in reachable:
                reachable.add(name)
                waiting.append(name)
    return reachable


def without_comments(cmake):
    return re.sub(r"#[^\n]*", "", cmake)


class Tree:
    def __init__(self, root, modules=None, libraries=None):
        self.root = Path(root)
        self.modules = rules.MODULES if modules is None else modules
        self.libraries = rules.CONFINED_LIBRARIES if libraries is None else libraries
        self.report = Report()
        self.links = {}  # module -> the modules it links
        self.includes = {}  # module -> {module it includes: (file, line)}
        self.sources_seen = 0

    def check(self):
        cycle = find_cycle(self.modules)
        if cycle:
            self.report.error("rules.py", 1, "the rules allow a cycle: " + " -> ".join(cycle))
        self.check_library_rules()
        self.check_module_folders()
        for folder in ("src", "apps", "include"):
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and path.suffix in SOURCE_SUFFIXES and not path.name.endswith(".cmake.in"):
                    self.check_source(path)
        for folder in ("src", "apps"):
            for path in sorted((self.root / folder).rglob("CMakeLists.txt")):
                self.check_cmake(path)
        cycle = find_cycle(self.links)
        if cycle:
            self.report.error("src", 1, "targets link each other in a cycle: " + " -> ".join(cycle))
        self.check_links_back_includes()
        if self.sources_seen == 0:
            self.report.error(self.root, 1, "no source file was found: is this the root of the repository?")
        return self.report

    def check_library_rules(self):
        for name in sorted(reachable_from(self.modules, rules.LIBRARY) & rules.NOT_IN_THE_LIBRARY):
            self.report.error("rules.py", 1, f"the rules let {rules.LIBRARY}, the library, use {name}")

    def check_module_folders(self):
        for folder in sorted((self.root / "src").glob("*/")):
            if folder.is_dir() and folder.name not in self.modules:
                self.report.error(f"src/{folder.name}", 1, "this module is not in tests/architecture/rules.py")

    def check_source(self, path):
        self.sources_seen += 1
        relative = PurePosixPath(path.relative_to(self.root).as_posix())
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > rules.LONG_FILE_LINES:
            self.report.warning(relative, len(lines), f"{len(lines)} lines: is this one idea?")
        for number, line in enumerate(lines, start=1):
            match = INCLUDE.match(line)
            if match:
                self.check_include(relative, number, match["path"], quoted=match["open"] == '"')

    def check_include(self, source, line, included, quoted):
        self.check_library_include(source, line, included)
        if source.parts[0] == "include":
            if included not in rules.STANDARD_HEADERS and not (included.startswith("undertone/") and not quoted):
                self.report.error(
                    source, line, f"a public header includes {included}: only the standard library and <undertone/...>"
                )
            return
        if ".." in PurePosixPath(included).parts:
            self.report.error(source, line, f"{included}: include from the root of the module, without '..'")
            return
        target = included.split("/")[0] if "/" in included else None
        if target in self.modules:
            self.check_module_include(source, line, included, target)
        elif quoted and not self.is_local(source, included):
            self.report.error(source, line, f'"{included}": neither "module/header" nor a file of this folder')

    def is_local(self, source, included):
        candidates = [self.root / source.parent / included]
        if source.parts[0] == "apps":
            candidates.append(self.root / "apps" / included)
            candidates.append(self.root / "apps" / source.parts[1] / included)
        return any(path.is_file() or path.with_name(path.name + ".in").is_file() for path in candidates)

    def check_module_include(self, source, line, included, target):
        module = module_of(source)
        if module is None or module == target:  # apps may use everything
            return
        self.includes.setdefault(module, {}).setdefault(target, (source, line))
        if target not in self.modules.get(module, set()):
            self.report.error(source, line, f"{module} must not include {included}: {self.allowance(module)}")

    def allowance(self, module):
        allowed = [name for name in self.modules if name in self.modules.get(module, set())]
        return f"it may use {', '.join(allowed)}" if allowed else "it may use no other module"

    def check_library_include(self, source, line, included):
        for name, library in self.libraries.items():
            if re.match(library["include"], included) and not within(source, library["folders"]):
                self.report.error(
                    source, line, f"<{included}>: {name} is included only in {', '.join(library['folders'])}"
                )

    def check_cmake(self, path):
        relative = PurePosixPath(path.relative_to(self.root).as_posix())
        text = without_comments(path.read_text(encoding="utf-8"))
        module = module_of(relative)
        if module is not None and MODULE_CALL.search(text):
            self.links.setdefault(module, set())
        for call in (MODULE_CALL, LINK_CALL):
            for match in call.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                for word in match["body"].split()[1:]:
                    self.check_link(relative, line, module, word.strip('"'))

    def check_link(self, source, line, module, word):
        for name, library in self.libraries.items():
            folders = library.get("link_folders", library["folders"])
            if re.fullmatch(library["target"], word) and not within(source, folders):
                self.report.error(source, line, f"{word}: {name} is linked only in {', '.join(folders)}")
        own = OWN_TARGET.match(word)
        if module is None or own is None or own["name"] not in self.modules or own["name"] == module:
            return
        self.links.setdefault(module, set()).add(own["name"])
        if own["name"] not in self.modules.get(module, set()):
            self.report.error(source, line, f"{module} must not link {word}: {self.allowance(module)}")

    def check_links_back_includes(self):
        """What is included must be linked, at least through what is linked."""
        for module, targets in sorted(self.includes.items()):
            if module not in self.links:  # not built yet
                continue
            reachable = reachable_from(self.links, module)
            for target, (source, line) in sorted(targets.items()):
                if target not in reachable:
                    self.report.error(source, line, f"{module} includes {target} but does not link undertone::{target}")


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    tree = Tree(arguments[0])
    report = tree.check()
    for message in report.warnings + report.errors:
        print(message)
    print(f"{tree.sources_seen} source files, {len(report.errors)} offences, {len(report.warnings)} warnings")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
