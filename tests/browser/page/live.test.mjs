// Live: emotions that move, silence, and the end.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bars, looksRight, pageTest, problem } from "./fixture.mjs";
import { kFakeMicrophone } from "./browser.mjs";
import { kMicrophone } from "./recording.test.mjs";
import { buzz } from "./wav.mjs";

pageTest(
  "emotions move as one speaks, and a summary ends it",
  { options: kMicrophone },
  async ({ browser, page }) => {
    await page.waitForSelector("text=undertone-small");
    await page.click("#live");
    const seen = new Set();
    for (let i = 2; i <= 5; ++i) {
      await page.waitForSelector(`#live-strip li:nth-child(${i})`, { state: "attached" });
      seen.add(JSON.stringify(await bars(page, "#live-bars")));
    }
    assert.ok(seen.size >= 3, "the bars do not move");
    assert.ok(Number(await page.getAttribute("#live-level", "aria-valuenow")) > -60);
    await looksRight(browser, "live");
    await page.click("#stop-live");
    await page.waitForSelector("#live-summary:not(:empty)");
    assert.match(await page.innerText("#live-summary"), /^Happy, \d+\s%: the mean of \d+ measurements/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "live-title");
    await looksRight(browser, "live-summary");
    await page.click("#again-live");
    await page.waitForSelector("#view-start:not([hidden])");
  },
);

const kSilence = join(mkdtempSync(join(tmpdir(), "undertone-sound-")), "silence.wav");
writeFileSync(kSilence, buzz(10, { rate: 48000, loudness: 0 }));

pageTest(
  "silence is shown as silence",
  { options: [...kFakeMicrophone, `--use-file-for-fake-audio-capture=${kSilence}`] },
  async ({ page }) => {
    await page.click("#live");
    await page.waitForSelector("#live-strip li.tone-silent:nth-child(2)", { state: "attached" });
    assert.equal(await page.innerText("#live-now"), "listening…");
    assert.equal(await page.innerText("#live-spoken"), "Silence");
    await page.click("#stop-live");
    await page.waitForSelector("#live-summary >> text=all of it was silence");
  },
);

pageTest(
  "a connection that is lost is said, and can be had again",
  { options: kMicrophone },
  async ({ page, server }) => {
    await page.click("#live");
    await page.waitForSelector("#live-strip li", { state: "attached" });
    for (const socket of server.sockets.clients) socket.terminate();
    assert.match(await problem(page), /connection to the server was lost/);
    await page.click("#problem-retry");
    await page.waitForSelector("#problem", { state: "hidden" });
    await page.waitForSelector("#live-strip li", { state: "attached" });
  },
);

pageTest(
  "a server with too many live sessions says so",
  {
    options: kMicrophone,
    setUp: (server) => {
      server.stream = (socket) => {
        socket.send(JSON.stringify({ type: "error", error: { code: "overloaded", message: "too many" } }));
        socket.close(1013);
      };
    },
  },
  async ({ page }) => {
    await page.click("#live");
    assert.match(await problem(page), /busy.*as many people/i);
  },
);
