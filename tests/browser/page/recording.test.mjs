// From Chromium's fake microphone to a result.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kFakeMicrophone } from "./browser.mjs";
import { analyse, looksRight, pageTest, problem } from "./fixture.mjs";
import { kModel } from "./mock_server.mjs";
import { buzz } from "./wav.mjs";

const kSound = join(mkdtempSync(join(tmpdir(), "undertone-sound-")), "buzz.wav");
writeFileSync(kSound, buzz(10, { rate: 48000 }));
export const kMicrophone = [...kFakeMicrophone, `--use-file-for-fake-audio-capture=${kSound}`];

pageTest(
  "a recording is shown as it comes in, and sent as the browser made it",
  { options: kMicrophone },
  async ({ browser, page, server }) => {
    await page.click("#record");
    await page.waitForFunction(() => document.getElementById("elapsed").textContent === "0:02");
    assert.ok(Number(await page.getAttribute("#level", "aria-valuenow")) > -60, "the meter does not move");
    assert.equal(await page.innerText("#limit"), "0:30");
    await looksRight(browser, "recording");
    await page.click("#stop");
    await page.waitForSelector("#view-clip:not([hidden])");
    await page.click("#play");
    await page.waitForFunction(() => document.getElementById("position").textContent > "0:00.3");
    await page.click("#play");
    await analyse(page);
    const { body } = server.requests[0];
    assert.match(body.toString("latin1"), /filename="recording\.(webm|ogg|m4a)"/);
    assert.ok(
      body.includes(Buffer.from([0x1a, 0x45, 0xdf, 0xa3])) || body.includes("ftyp") || body.includes("OggS"),
    );
  },
);

pageTest(
  "a recording ends at the limit",
  {
    options: kMicrophone,
    setUp: (server) => {
      server.model = { ...kModel, limits: { ...kModel.limits, window_s: 2 } };
    },
  },
  async ({ page }) => {
    await page.waitForSelector("text=Up to 2 seconds");
    await page.click("#record");
    await page.waitForSelector("#view-clip:not([hidden])");
    assert.match(await page.innerText("#clip-facts"), /^(1\.9|2|2\.\d) seconds/);
  },
);

pageTest("a recording that is discarded is gone", { options: kMicrophone }, async ({ page, server }) => {
  await page.click("#record");
  await page.click("#cancel-recording");
  await page.waitForSelector("#view-start:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement.id), "record");
  assert.equal(server.requests.length, 0);
});

pageTest("a recording of a moment is too short", { options: kMicrophone }, async ({ page }) => {
  await page.evaluate(() => {
    // Pressed as soon as it is there, faster than any finger.
    new MutationObserver(() => document.getElementById("stop").click()).observe(
      document.getElementById("view-recording"),
      { attributes: true },
    );
  });
  await page.click("#record");
  assert.match(await problem(page), /too short|cannot/);
});
