#!/usr/bin/env python3
"""Reads the files of reports strictly, as machines do.

    check_documents.py FOLDER

FOLDER holds a folder for each report or comparison. The page must be well-formed XML as well as HTML, run and load nothing,
and be told apart by a screen reader: unique ids, references that lead somewhere, named pictures, headed tables. report.json and
the CSV files must be readable by others and tell the same. Prints each offence and exits 1 if there is any.
"""

import csv
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

DOCTYPE = "<!doctype html>"
ALLOWED = set(
    """html head meta link title style body header h1 h2 h3 h4 p a main section nav ul li div dl dt dd figure figcaption svg desc text line
    rect path circle table caption thead tbody tr th td details summary footer""".split()
)
VOID = {"meta", "link"}
FOREIGN_EMPTY = {"line", "rect", "path", "circle"}


class Html(HTMLParser):
    """The tags as an HTML parser sees them, to compare with what an XML parser sees."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.open = []
        self.errors = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in VOID | FOREIGN_EMPTY:
            self.errors.append(f"<{tag} /> is not closed in HTML")
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> closes another element")


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def check_safety(elements, style):
    for element in elements:
        if element.tag not in ALLOWED:
            yield f"<{element.tag}> has no place in a report"
        for name, value in element.attrib.items():
            if name.startswith("on") or name in {"src", "srcset", "style", "action", "formaction", "xlink:href"}:
                yield f"<{element.tag} {name}>: runs or loads something"
            if name == "href" and not (value.startswith("#") or (element.tag == "link" and value == "data:,")):
                yield f"<{element.tag} href>: leads out of the document: {value}"
            if re.search(r"\b(nan|inf)\b", value, re.IGNORECASE) and name not in {"id", "aria-label"}:
                yield f"<{element.tag} {name}={value!r}> is not a number"
    if re.search(r"url\(|@import|expression", style):
        yield "the style sheet loads something"


def check_structure(root, elements):
    ids = [element.get("id") for element in elements if element.get("id") is not None]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"the id {name!r} is not unique"
    for element in elements:
        for attribute in ("aria-labelledby", "aria-describedby", "href"):
            value = element.get(attribute, "")
            if attribute == "href" and not value.startswith("#"):
                continue
            for target in value.lstrip("#").split():
                if target not in ids:
                    yield f"<{element.tag} {attribute}={value!r}> leads nowhere"
    if root.get("lang") != "en":
        yield "the language is not told"
    for landmark in ("header", "main", "footer", "nav"):
        if len(list(root.iter(landmark))) != 1:
            yield f"there must be one <{landmark}>"
    levels = [int(element.tag[1]) for element in elements if re.fullmatch(r"h[1-6]", element.tag)]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "the first heading must be the only <h1>"
    for above, below in zip(levels, levels[1:]):
        if below > above + 1:
            yield f"a heading of level {below} follows one of level {above}"
    body = root.find("body")
    first = next(text.strip() for text in body.itertext() if text.strip())
    if " ".join(first.split()) != text_of(next(root.iter("h1"))):
        yield f"the first line is not the heading, but {first!r}"


def check_pictures_and_tables(root, least):
    pictures = 0
    for svg in root.iter("svg"):
        if svg.get("aria-hidden") == "true":
            continue
        pictures += 1
        title, description = svg.find("title"), svg.find("desc")
        if svg.get("role") != "img" or title is None or description is None:
            yield "a picture without role, title and description"
        elif svg.get("aria-labelledby") != title.get("id") or svg.get("aria-describedby") != description.get("id"):
            yield f"the picture {text_of(title)!r} is named by something else"
        elif not text_of(title) or not text_of(description):
            yield "a picture whose title or description is empty"
        ElementTree.fromstring(ElementTree.tostring(svg))
    if pictures < least:
        yield f"only {pictures} pictures"
    for table in root.iter("table"):
        caption = table.find("caption")
        if caption is None or not text_of(caption):
            yield "a table without a caption"
        if any(cell.get("scope") not in {"row", "col"} for cell in table.iter("th")):
            yield "a heading of a table without a scope"
        head = table.find("thead/tr")
        for row in table.iter("tr"):
            if head is not None and len(row) != len(head):
                yield f"a row of {len(row)} cells under {len(head)} columns"


def check_page(path, pictures):
    page = path.read_bytes().decode("utf-8")
    if not page.startswith(DOCTYPE):
        yield "the document type is missing"
        return
    try:
        root = ElementTree.fromstring(page[len(DOCTYPE) :])
    except ElementTree.ParseError as error:
        yield f"not well formed: {error}"
        return
    elements = list(root.iter())
    html = Html()
    html.feed(page)
    html.close()
    yield from html.errors
    if [tag for tag, _ in html.tags] != [element.tag.lower() for element in elements]:
        yield "an HTML parser sees other elements than an XML parser"
    policy = [meta.get("content") for meta in root.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    if not policy or "default-src 'none'" not in policy[0]:
        yield "there is no Content-Security-Policy"
    yield from check_safety(elements, "".join(style.text for style in root.iter("style")))
    yield from check_structure(root, elements)
    yield from check_pictures_and_tables(root, pictures)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def check_data(folder):
    text = (folder / "report.json").read_bytes().decode("utf-8")
    report = json.loads(text, parse_constant=refuse_constant)
    if report["format"] != "undertone-report" or report["format_version"] != 1:
        yield "report.json is of another format"
    for evaluation in report["evaluations"]:
        tables = {}
        for kind, name in evaluation["files"].items():
            with open(folder / name, encoding="utf-8", errors="surrogateescape", newline="") as file:
                tables[kind] = list(csv.DictReader(file, strict=True))
            if any(None in row or None in row.values() for row in tables[kind]):
                yield f"{name}: rows of different lengths"
        expected = {
            "folds": len(evaluation["fold_outcomes"]),
            "classes": len(evaluation["class_names"]),
            "confusion": len(evaluation["class_names"]),
            "subgroups": len(evaluation["subgroups"]),
            "clips": len(evaluation["clips"]),
        }
        if {kind: len(rows) for kind, rows in tables.items()} != expected:
            yield f"{evaluation['split']}: the CSV files have other numbers of rows than report.json"
        for row, fold in zip(tables["folds"], evaluation["fold_outcomes"]):
            if float(row["uar"]) != fold["scores"]["uar"]:
                yield f"{evaluation['split']}: a fold's UAR differs between CSV and JSON"
        right = sum(row["correct"] == "1" for row in tables["clips"])
        if abs(right / len(tables["clips"]) - evaluation["scores"]["accuracy"]) > 1e-12:
            yield f"{evaluation['split']}: the accuracy is not that of clips.csv"


def check_comparison(folder):
    comparison = json.loads((folder / "compare.json").read_bytes().decode("utf-8"), parse_constant=refuse_constant)
    if comparison["format"] != "undertone-comparison" or comparison["format_version"] != 1:
        yield "compare.json is of another format"
    contenders = comparison["contenders"]
    best = contenders[comparison["best"]]
    if any(contender["uar"] > best["uar"] for contender in contenders):
        yield "the best is not the best"
    for contender in contenders:
        if contender["to_best"] is not None and abs(best["uar"] - contender["uar"] - contender["to_best"]["uar"]) > 1e-12:
            yield "a difference from the best is another than that of the figures"


def main():
    folders = sorted(path.parent for path in Path(sys.argv[1]).glob("*/report.html"))
    offences = [f"{sys.argv[1]}: no reports"] if not folders else []
    for folder in folders:
        offences += [f"{folder.name}/report.html: {offence}" for offence in check_page(folder / "report.html", 5)]
        offences += [f"{folder.name}: {offence}" for offence in check_data(folder)]
    comparisons = sorted(path.parent for path in Path(sys.argv[1]).glob("*/compare.html"))
    for folder in comparisons:
        offences += [f"{folder.name}/compare.html: {offence}" for offence in check_page(folder / "compare.html", 2)]
        offences += [f"{folder.name}: {offence}" for offence in check_comparison(folder)]
    print("\n".join(offences) if offences else f"{len(folders)} reports and {len(comparisons)} comparisons read")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
