// The page with the program's own server.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Browser, kFakeMicrophone } from "./browser.mjs";
import { analyse, bars, looksRight, problem, upload } from "./fixture.mjs";
import { kPolicy } from "./policy.mjs";
import { buzz } from "./wav.mjs";

const kProgram = process.env.UNDERTONE_PROGRAM;
// One whose label is sure and far ahead, so that what a codec changes of the sound does not change it.
const kClip = join(process.env.UNDERTONE_DATA ?? "", "ravdess/Actor_12/03-01-05-02-02-01-12.flac");

function unavailable() {
  if (!kProgram) return "UNDERTONE_PROGRAM is not set";
  const { stdout } = spawnSync(kProgram, ["serve", "--help"], { encoding: "utf8" });
  return stdout?.includes("--port") ? false : "this program has no `serve`";
}

async function startServer() {
  const child = spawn(kProgram, ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^Undertone listens on (http:\S+)$/.exec(line);
    if (found) return { child, url: found[1] };
  }
  throw new Error("the server ended before it listened");
}

async function stopServer({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

function predict(path) {
  return JSON.parse(execFileSync(kProgram, ["predict", "--json", path], { encoding: "utf8" }));
}

function realTest(name, { skip = false, options = [] }, body) {
  test(name, { skip: unavailable() || skip, timeout: 180000 }, async () => {
    const server = await startServer();
    let browser = null;
    try {
      browser = await Browser.open(server.url, { options });
      await browser.page.waitForSelector("#model dd >> nth=1");
      await body({ browser, page: browser.page, server });
      assert.deepEqual(browser.faults, []);
    } finally {
      await browser?.close();
      await stopServer(server);
    }
  });
}

const kNoClip = existsSync(kClip) ? false : "there is no data";

// The clip as a WAV that a fake microphone plays; silence follows.
function microphoneFile() {
  const path = join(mkdtempSync(join(tmpdir(), "undertone-sound-")), "clip.wav");
  execFileSync("ffmpeg", [
    "-v",
    "error",
    "-i",
    kClip,
    "-af",
    "apad=pad_dur=30",
    "-ar",
    "48000",
    "-ac",
    "1",
    path,
  ]);
  return path;
}

function firstPrediction(path) {
  const prediction = predict(path);
  return Array.isArray(prediction) ? prediction[0] : prediction;
}

realTest(
  "real server: the page comes with its policy, and its assets are immutable",
  {},
  async ({ browser, server }) => {
    const response = await fetch(server.url);
    assert.equal(response.headers.get("Content-Security-Policy"), kPolicy);
    const [asset] = (await response.text()).match(/\/assets\/[\w.-]+\.js/);
    assert.match((await fetch(server.url + asset)).headers.get("Cache-Control"), /immutable/);
    await looksRight(browser, "real-start");
  },
);

realTest("real server: a synthesised file gives a label and six bars", {}, async ({ page }) => {
  const path = join(mkdtempSync(join(tmpdir(), "undertone-sound-")), "buzz.wav");
  writeFileSync(path, buzz(3));
  await upload(page, readFileSync(path));
  await analyse(page);
  const expected = firstPrediction(path);
  assert.equal((await page.innerText("#verdict")).trim(), expected.label);
  assert.equal((await bars(page)).length, 6);
  assert.deepEqual(JSON.parse(await page.textContent("#json")).probabilities, expected.probabilities);
});

realTest(
  "real server: a real clip gives what the command line gives",
  { skip: kNoClip },
  async ({ browser, page }) => {
    await upload(page, readFileSync(kClip), "clip.flac", "audio/flac");
    await analyse(page);
    const expected = firstPrediction(kClip);
    assert.equal((await page.innerText("#verdict")).trim(), expected.label);
    assert.deepEqual(JSON.parse(await page.textContent("#json")).probabilities, expected.probabilities);
    await looksRight(browser, "real-result");
  },
);

realTest("real server: a long recording has a timeline", {}, async ({ page }) => {
  await upload(page, buzz(23));
  await analyse(page);
  assert.equal(await page.$$eval("#timeline button", (buttons) => buttons.length), 5);
});

realTest("real server: what is not a recording is refused with its hint", {}, async ({ page }) => {
  await upload(page, Buffer.from("This is no sound at all. ".repeat(40)), "notes.wav");
  await page.click("#analyse");
  assert.match(await problem(page), /(not a recording|cannot be heard)\. \S+/);
});

const kPlayed = kNoClip || unavailable() ? null : microphoneFile();
const kPlaying = [...kFakeMicrophone, `--use-file-for-fake-audio-capture=${kPlayed}%noloop`];

realTest(
  "real server: the microphone gives what the command line gives",
  { skip: kNoClip, options: kPlaying },
  async ({ page }) => {
    const { label, confidence } = firstPrediction(kClip);
    assert.ok(confidence > 0.7, `the clip's label is not sure enough to compare: ${label}, ${confidence}`);
    await page.click("#record");
    await page.waitForFunction(() => document.getElementById("elapsed").textContent === "0:04");
    await page.click("#stop");
    await page.waitForSelector("#view-clip:not([hidden])");
    await analyse(page);
    assert.equal((await page.innerText("#verdict")).trim(), label);
  },
);

realTest(
  "real server: live moves, and ends in a summary",
  { skip: kNoClip, options: kPlaying },
  async ({ page }) => {
    await page.click("#live");
    await page.waitForSelector("#live-strip li:not(.tone-silent)", { state: "attached" });
    const before = JSON.stringify(await bars(page, "#live-bars"));
    await page.waitForFunction(
      (old) => document.querySelector("#live-bars").innerText !== old,
      await page.innerText("#live-bars"),
    );
    assert.notEqual(JSON.stringify(await bars(page, "#live-bars")), before);
    await page.click("#stop-live");
    await page.waitForSelector("#live-summary:not(:empty)");
    assert.match(await page.innerText("#live-summary"), /the mean of \d+ measurements/);
  },
);

realTest("real server: one that stops is said to be gone", {}, async ({ page, server }) => {
  await upload(page, buzz(2));
  await page.waitForSelector("#view-clip:not([hidden])");
  await stopServer(server);
  await page.click("#analyse");
  assert.match(await problem(page), /does not answer/);
});
