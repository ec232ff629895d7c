// What the tests share: a browser at a mock server, and words for what a person does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.mjs";
import { MockServer } from "./mock_server.mjs";

const kDist = process.env.UNDERTONE_DIST;

// A test with a page of its own. At its end the page must have done nothing that it must not, whatever the test was about.
// options: those of Browser.open, and setUp(server) and address(server) before it.
export function pageTest(name, options, body) {
  test(name, { skip: kDist ? false : "UNDERTONE_DIST is not set", timeout: 120000 }, async () => {
    const server = await MockServer.start(kDist);
    let browser = null;
    try {
      options.setUp?.(server);
      browser = await Browser.open(options.address?.(server) ?? server.url, options);
      await body({ browser, page: browser.page, server });
      assert.deepEqual(browser.faults, []);
    } finally {
      await browser?.close();
      await server.stop();
    }
  });
}

export async function upload(page, bytes, name = "clip.wav", mimeType = "audio/wav") {
  await page.setInputFiles("#file", { name, mimeType, buffer: bytes });
}

export async function analyse(page) {
  await page.click("#analyse");
  await page.waitForSelector("#result:not([hidden])");
}

// The problem that is shown, once it is.
export async function problem(page) {
  await page.waitForSelector("#problem:not([hidden])");
  return (await page.innerText("#problem")).replace(/\s+/g, " ");
}

export async function bars(page, place = "#bars") {
  return page.$$eval(`${place} li`, (items) =>
    items.map((item) => ({
      label: item.children[1].textContent,
      number: item.querySelector(".number").textContent,
      top: item.classList.contains("top"),
    })),
  );
}

// No serious fault in the light and in the dark, wide and on a phone, and no scrolling sideways on that.
export async function looksRight(browser, name) {
  const { page } = browser;
  const wide = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [size, viewport] of [
      ["wide", wide],
      ["phone", { width: 360, height: 740 }],
    ]) {
      await page.setViewportSize(viewport);
      // What is drawn anew for another size has to be there before it is looked at.
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      assert.deepEqual(await browser.axe(), [], `${name}, ${colorScheme}, ${size}`);
      assert.ok((await browser.sideways()) <= 0, `${name} scrolls sideways, ${colorScheme}, ${size}`);
      await browser.shot(`${name}-${size}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  await page.setViewportSize(wide);
}
