#!/usr/bin/env python3
"""Opens reports in headless Chromium, as a reader would.

    check_in_browser.py FOLDER [PICTURES]

FOLDER holds a folder for each report. Each is opened wide and narrow, in the light and in the dark: nothing may be logged,
nothing run, nothing asked for but the file itself; the page must not scroll sideways, its texts must stand out from what is
behind them and stay within their pictures. Then it is printed, and asked what a screen reader and a keyboard find in it.
With PICTURES, a folder, screenshots and prints are left there to look at. Exits 77 where there is no Chromium.
"""

import base64
import collections
import sys
import tempfile
from pathlib import Path

import chromium

SKIPPED = 77
WIDTHS = (1280, 360)
MEASURE = (Path(__file__).parent / "measure_page.js").read_text(encoding="utf-8")

# A page that has every fault this test looks for, so that one who looks knows that it sees.
FAULTY_PAGE = """<!doctype html><title>faulty</title><body style="background:#fff">
<p style="color:#bbb">pale</p><div style="width:3000px">wide</div><img src="http://127.0.0.1:9/picture.png" alt="">
<svg role="img" viewBox="0 0 10 10" width="10" height="10"><text x="8" y="8">out</text></svg>
<script>console.error("logged"); setTimeout(() => { throw new Error("thrown"); });</script>"""
FAULTS = ("console.error", "exception", "asked for http://127.0.0.1:9/picture.png", "scrolls sideways", "contrast", "leaves its picture")


def offences_of_events(events, url):
    for event in events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Log.entryAdded":
            yield f"logged: {parameters['entry']['text']}"
        elif method == "Runtime.consoleAPICalled":
            yield f"console.{parameters['type']} was called"
        elif method == "Runtime.exceptionThrown":
            yield "an exception was thrown"
        elif method == "Page.javascriptDialogOpening":
            yield "a dialog was opened"
        elif method == "Network.requestWillBeSent":
            asked = parameters["request"]["url"]
            if asked != url and not asked.startswith("data:"):
                yield f"asked for {asked}"


def look(browser, url):
    """Opens the page and yields what is wrong with it."""
    yield from offences_of_events(browser.open(url), url)
    yield from browser.evaluate(MEASURE)


def check_accessibility(browser):
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in nodes:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    for landmark in ("main", "navigation", "banner", "contentinfo"):
        if len(roles.get(landmark, [])) != 1:
            yield f"a screen reader finds {len(roles.get(landmark, []))} landmarks of the kind {landmark}"
    for role in ("image", "table", "heading", "link"):
        names = roles.get(role, roles.get("img", []) if role == "image" else [])
        if not names or not all(name.strip() for name in names):
            yield f"a screen reader finds {role}s without a name, or none"


def check_keyboard(browser):
    for kind in ("rawKeyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    if browser.evaluate("document.activeElement.className") != "skip":
        yield "the first Tab does not lead to the link past the heading"


def print_page(browser):
    return base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])


def check_report(browser, page, pictures):
    url = page.as_uri()
    name = page.parent.name
    papers = {}
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            browser.resize(width, 800)
            browser.colour_scheme(scheme)
            for offence in look(browser, url):
                yield f"{scheme}, {width} px: {offence}"
            if pictures:
                shot = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
                (pictures / f"{name}-{scheme}-{width}.png").write_bytes(base64.b64decode(shot))
        papers[scheme] = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    if papers["light"] == papers["dark"]:
        yield "light and dark look alike"
    yield from check_keyboard(browser)
    yield from check_accessibility(browser)
    printed = print_page(browser)
    if not printed.startswith(b"%PDF-") or len(printed) < 10_000:
        yield "printing gives no document"
    if pictures:
        (pictures / f"{name}.pdf").write_bytes(printed)


def check_that_faults_are_seen(browser):
    with tempfile.TemporaryDirectory(prefix="undertone-faulty-") as folder:
        page = Path(folder) / "faulty.html"
        page.write_text(FAULTY_PAGE, encoding="utf-8")
        browser.resize(1280, 800)
        seen = "\n".join(look(browser, page.as_uri()))
        for fault in FAULTS:
            if fault not in seen:
                yield f"this test is blind to '{fault}'; it saw:\n{seen}"


def main():
    program = chromium.find()
    if program is None:
        print("skipped: no Chromium is installed")
        return SKIPPED
    folder = Path(sys.argv[1]).resolve()
    pages = sorted([*folder.glob("*/report.html"), *folder.glob("*/compare.html")])
    pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    offences = [] if pages else [f"{sys.argv[1]}: no reports"]
    with chromium.Chromium(program) as browser:
        offences += check_that_faults_are_seen(browser)
        for page in pages:
            offences += [f"{page.parent.name}: {offence}" for offence in check_report(browser, page, pictures)]
    for offence, times in list(collections.Counter(offences).items())[:50]:
        print(offence if times == 1 else f"{offence} ({times} times)")
    print(f"{len(pages)} reports looked at, {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
