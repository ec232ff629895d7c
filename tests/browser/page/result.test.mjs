// From a file to its result.
import assert from "node:assert/strict";
import { kModel, json, predictionOf } from "./mock_server.mjs";
import { analyse, bars, looksRight, pageTest, problem, upload } from "./fixture.mjs";
import { buzz } from "./wav.mjs";

pageTest("the start says what this is, and is not", {}, async ({ browser, page }) => {
  await page.waitForSelector("text=undertone-small");
  const text = await page.innerText("body");
  for (const words of [
    "actors",
    "EU AI Act",
    "high-risk",
    "not stored",
    "None is recorded",
    "CC BY-NC-SA 4.0",
    "30 seconds",
  ]) {
    assert.ok(text.includes(words), `the page does not say: ${words}`);
  }
  await looksRight(browser, "start");
});

pageTest(
  "recorded scores are shown with their split",
  {
    setUp: (server) => {
      server.model = {
        ...kModel,
        classifier: { ...kModel.classifier, scores: { uar: 0.561 }, split: "speaker-independent" },
      };
    },
  },
  async ({ page }) => {
    await page.waitForSelector("text=unweighted average recall 56.1 %; split: speaker-independent.");
  },
);

pageTest("a file gives a label and six bars, its bytes unchanged", {}, async ({ browser, page, server }) => {
  const clip = buzz(3);
  await upload(page, clip);
  await page.waitForSelector("#view-clip:not([hidden])");
  await looksRight(browser, "clip");
  await analyse(page);
  assert.equal((await page.innerText("#verdict")).trim(), "Happy");
  const shown = await bars(page);
  assert.deepEqual(
    shown.map(({ label }) => label),
    kModel.labels,
  );
  assert.deepEqual(
    shown.filter(({ top }) => top).map(({ label }) => label),
    ["Happy"],
  );
  assert.ok(shown.every(({ number }) => /^([<>]\s)?\d+\s%$/.test(number)));
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0].url, "/emotion_predict");
  assert.ok(server.requests[0].body.includes(clip), "the file was not sent as it is");
  assert.ok(server.requests[0].body.includes('name="file"; filename="clip.wav"'));
  assert.equal(await page.evaluate(() => document.activeElement.id), "result-title");
  assert.match(await page.innerText("#announcer"), /^Happy, 55\s%/);
  await page.click("text=The answer as JSON");
  assert.equal(JSON.parse(await page.innerText("#json")).label, "Happy");
  await page.click("#copy");
  await page.waitForSelector("#copied:not(:empty)");
  await looksRight(browser, "result");
});

pageTest(
  "warnings are said in words",
  {
    setUp: (server) => {
      server.answer = (_, response, body) => {
        const warnings = [
          { code: "clipped_audio", message: "m" },
          { code: "new_kind", message: "Something else." },
        ];
        json(response, 200, { ...predictionOf(body), warnings });
      };
    },
  },
  async ({ page }) => {
    await upload(page, buzz(2));
    await analyse(page);
    assert.match(await page.innerText("#warnings"), /overdriven[^]*Something else\./);
  },
);

pageTest(
  "labels that nobody announced are shown, and are text",
  {
    setUp: (server) => {
      const odd = "<img src=x onerror=alert(1)>";
      server.answer = (_, response, body) =>
        json(response, 200, {
          ...predictionOf(body),
          label: odd,
          confidence: 0.6,
          probabilities: { [odd]: 0.6, Happy: 0.4 },
        });
    },
  },
  async ({ page }) => {
    await upload(page, buzz(2));
    await analyse(page);
    assert.match(await page.innerText("#verdict"), /<img src=x/);
    assert.equal((await bars(page)).length, 2);
    assert.equal(await page.$$eval("#result img", (found) => found.length), 0);
  },
);

pageTest("a part chosen by numbers is sent as a WAV of that length", {}, async ({ page, server }) => {
  await upload(page, buzz(4));
  await page.fill("#trim-start", "1");
  await page.fill("#trim-end", "2.5");
  await page.press("#trim-end", "Tab");
  assert.match(await page.innerText("#trim-state"), /1\.5 seconds of 4 seconds/);
  await analyse(page);
  const { body } = server.requests[0];
  const at = body.indexOf("RIFF");
  assert.equal(body.readUInt16LE(at + 34), 16);
  assert.equal(body.readUInt32LE(at + 40) / body.readUInt32LE(at + 28), 1.5);
  assert.ok(body.includes('filename="selection.wav"'));
});

pageTest(
  "a part chosen with the mouse shows in the numbers, and can be given up",
  {},
  async ({ page, server }) => {
    const clip = buzz(4);
    await upload(page, clip);
    await page.waitForSelector("#waveform div");
    const box = await page.locator("#waveform").boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 8 });
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 8 });
    await page.mouse.up();
    const ends = await page.$$eval("#trim input", (inputs) => inputs.map((input) => input.valueAsNumber));
    assert.ok(Math.abs(ends[0] - 1) < 0.15 && Math.abs(ends[1] - 3) < 0.15, `selected ${ends}`);
    await page.click("#trim-clear");
    await analyse(page);
    assert.ok(server.requests[0].body.includes(clip));
  },
);

pageTest("a part that is too short is not sent", {}, async ({ page, server }) => {
  await upload(page, buzz(4));
  await page.fill("#trim-end", "0.3");
  await page.press("#trim-end", "Tab");
  await page.click("#analyse");
  assert.match(await problem(page), /too short.*0\.5 seconds/);
  assert.equal(server.requests.length, 0);
});

pageTest("a long recording has a timeline, also as a table", {}, async ({ browser, page, server }) => {
  await upload(page, buzz(42));
  await analyse(page);
  assert.equal(server.requests[0].url, "/emotion_predict?window_s=5");
  const names = await page.$$eval("#timeline button", (buttons) =>
    buttons.map((button) => button.getAttribute("aria-label")),
  );
  assert.equal(names.length, 9);
  assert.match(names[0], /^0:00 to 0:05: \w+, \d+\s%$/);
  assert.match(names[5], /silent$/);
  await page.click("#windows summary");
  assert.equal(await page.$$eval("#windows-rows tr", (rows) => rows.length), 9);
  await looksRight(browser, "timeline");

  await page.focus("#timeline button");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), names[2]);
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => document.querySelectorAll("#timeline button")[2].getAttribute("aria-current") === "true",
  );
  await page.waitForSelector("#play >> text=Pause");
});

pageTest("the timeline of a part lies under that part", {}, async ({ page }) => {
  await upload(page, buzz(30));
  await page.fill("#trim-start", "15");
  await page.press("#trim-start", "Tab");
  await analyse(page);
  const [first] = await page.$$eval("#timeline button", (buttons) =>
    buttons.map(({ style, ariaLabel }) => [style.left, ariaLabel]),
  );
  assert.equal(first[0], "50%");
  assert.match(first[1], /^0:15 to 0:20/);
});

pageTest("what the browser cannot decode is sent all the same", {}, async ({ page, server }) => {
  await upload(page, Buffer.from("#!AMR\nnot for browsers"), "memo.amr", "audio/amr");
  await page.waitForSelector("#no-player:not([hidden])");
  await analyse(page);
  assert.equal(server.requests.length, 1);
});

pageTest("a dropped file is opened", {}, async ({ page }) => {
  const data = buzz(2).toString("base64");
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "dropped.wav", { type: "audio/wav" }));
    for (const kind of ["dragover", "drop"]) {
      document.body.dispatchEvent(
        new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    }
  }, data);
  await page.waitForSelector("#clip-title >> text=dropped.wav");
});

pageTest("the keyboard alone leads from the page to a result, and out of it", {}, async ({ page }) => {
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  const tabTo = async (id) => {
    for (let i = 0; i < 40; ++i) {
      if ((await focused()) === id) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach #${id}`);
  };
  page.on("filechooser", (chooser) =>
    chooser.setFiles({ name: "clip.wav", mimeType: "audio/wav", buffer: buzz(3) }),
  );
  // Answered only once the browser hands choosers over.
  await page.evaluate(() => undefined);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "skip");
  await tabTo("choose");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "clip-title");
  await tabTo("trim-start");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.inputValue("#trim-start"), "0.1");
  await tabTo("analyse");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "result-title");
  const reached = new Set();
  for (let i = 0; i < 40 && (await focused()) !== "skip"; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.tagName));
  }
  assert.ok(reached.has("SUMMARY") && reached.has("BODY") | reached.has("A"), "the keyboard is trapped");
});

pageTest("the appearance is chosen and kept", {}, async ({ page }) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click("#theme");
  await page.click("#theme");
  assert.match(await page.innerText("#theme"), /dark/);
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await paper(), dark);
});
