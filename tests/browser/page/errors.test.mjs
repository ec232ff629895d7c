// Everything that can go wrong, seen as a sentence that helps.
import assert from "node:assert/strict";
import { analyse, looksRight, pageTest, problem, upload } from "./fixture.mjs";
import { kModel, json, predictionOf, refuse } from "./mock_server.mjs";
import { buzz } from "./wav.mjs";

const kHost = "page.test";

pageTest(
  "a microphone that is refused",
  { options: ["--use-fake-device-for-media-stream", "--deny-permission-prompts"] },
  async ({ browser, page }) => {
    await page.click("#record");
    assert.match(await problem(page), /microphone was refused.*address bar/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "problem");
    await looksRight(browser, "error");
    await page.click("#problem-dismiss");
    await page.click("#live");
    assert.match(await problem(page), /microphone was refused/);
  },
);

pageTest(
  "no microphone at all",
  {
    prepare: (page) =>
      page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
      }),
  },
  async ({ page }) => {
    await page.click("#record");
    assert.match(await problem(page), /No microphone was found.*choose a file/);
  },
);

pageTest(
  "an address at which browsers allow no microphone",
  {
    options: [`--host-resolver-rules=MAP ${kHost} 127.0.0.1`],
    address: (server) => `http://${kHost}:${server.port}`,
  },
  async ({ page }) => {
    await page.click("#record");
    assert.match(await problem(page), /no microphone here.*https/);
    await upload(page, buzz(2));
    await analyse(page);
  },
);

pageTest(
  "a browser that cannot record",
  { prepare: (page) => page.addInitScript(() => delete globalThis.MediaRecorder) },
  async ({ page }) => {
    await page.click("#record");
    assert.match(await problem(page), /cannot record.*file/);
  },
);

const kRefusals = [
  [415, "unsupported_media_type", /not a recording.*Give it sound\./],
  [422, "audio_unreadable", /cannot be heard.*Give it sound\./],
  [422, "audio_too_short", /too short.*Give it sound\./],
  [422, "audio_too_long", /too long.*Give it sound\./],
  [413, "body_too_large", /too large.*25 MB/],
  [500, "internal", /server failed.*Give it sound\./],
];
for (const [status, code, words] of kRefusals) {
  pageTest(
    `an answer of ${status} ${code}`,
    {
      setUp: (server) => {
        server.answer = (_, response) =>
          refuse(response, status, code, "upload: what happened", { hint: "Give it sound." });
      },
    },
    async ({ page }) => {
      await upload(page, buzz(2));
      await page.click("#analyse");
      assert.match(await problem(page), words);
    },
  );
}

pageTest(
  "a busy server says when, and the same is tried again",
  {
    setUp: (server) => {
      server.answer = (_, response) =>
        refuse(response, 503, "overloaded", "full", {}, { "Retry-After": "7" });
    },
  },
  async ({ page, server }) => {
    await upload(page, buzz(2));
    await page.click("#analyse");
    assert.match(await problem(page), /busy.*in 7 seconds/);
    server.answer = null;
    await page.click("#problem-retry");
    await page.waitForSelector("#result:not([hidden])");
    assert.ok(await page.isHidden("#problem"));
  },
);

pageTest(
  "too many requests of one client",
  {
    setUp: (server) => {
      server.answer = (_, response) =>
        refuse(response, 429, "too_many_requests", "many", {}, { "Retry-After": "1" });
    },
  },
  async ({ page }) => {
    await upload(page, buzz(2));
    await page.click("#analyse");
    assert.match(await problem(page), /several recordings.*in 1 second\./);
  },
);

pageTest(
  "a server that goes away while it is asked",
  {
    setUp: (server) => {
      server.answer = (request) => request.socket.destroy();
    },
  },
  async ({ page, server }) => {
    await upload(page, buzz(2));
    await page.click("#analyse");
    assert.match(await problem(page), /does not answer.*still here/);
    server.answer = (_, response, body) => json(response, 200, predictionOf(body));
    await page.click("#problem-retry");
    await page.waitForSelector("#result:not([hidden])");
  },
);

pageTest(
  "a slow server can be given up on",
  {
    setUp: (server) => {
      server.answer = () => {};
    },
  },
  async ({ page, server }) => {
    await upload(page, buzz(2));
    await page.click("#analyse");
    await page.waitForSelector("#working >> text=Listening");
    await page.click("#cancel-analysis");
    await page.waitForSelector("#working:empty", { state: "attached" });
    assert.ok(await page.isHidden("#problem"));
    server.answer = null;
    await analyse(page);
  },
);

pageTest(
  "a file that is too large is not sent",
  {
    setUp: (server) => {
      server.model = { ...kModel, limits: { ...kModel.limits, body_bytes: 50000 } };
    },
  },
  async ({ page, server }) => {
    await page.waitForSelector("text=undertone-small");
    await upload(page, buzz(3));
    assert.match(await problem(page), /too large/);
    assert.equal(server.requests.length, 0);
  },
);

pageTest(
  "a server that still loads its model is asked again",
  {
    setUp: (server) => {
      let asked = 0;
      server.modelAnswer = (_, response) =>
        asked++ === 0
          ? refuse(response, 503, "loading", "loading", {}, { "Retry-After": "1" })
          : json(response, 200, kModel);
    },
  },
  async ({ page }) => {
    assert.match(await problem(page), /loading its model/);
    await page.waitForSelector("text=undertone-small");
    assert.ok(await page.isHidden("#problem"));
  },
);
