import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, look } from "../src/emotions/emotions";
import { confidenceInWords, runnerUp, scoresInWords, warningInWords } from "../src/emotions/wording";

test("confidence looks at the runner-up too", () => {
  assert.equal(confidenceInWords(0.45, { Happy: 0.45, Sad: 0.4 }), "a close call");
  assert.equal(confidenceInWords(0.45, { Happy: 0.45, Sad: 0.2 }), "leaning this way");
  assert.equal(confidenceInWords(0.6, { Happy: 0.6, Sad: 0.2 }), "fairly clear");
  assert.equal(confidenceInWords(0.9, { Happy: 0.9, Sad: 0.1 }), "clear");
});

test("the runner-up is the most probable of the others", () => {
  assert.deepEqual(runnerUp("Happy", { Happy: 0.6, Sad: 0.1, Fear: 0.3 }), ["Fear", 0.3]);
  assert.equal(runnerUp("Happy", { Happy: 1 }), null);
});

test("no score is claimed where none is recorded", () => {
  assert.match(scoresInWords({}, ""), /none is claimed/);
  assert.match(scoresInWords({}, "speaker-independent"), /none is claimed/);
  assert.equal(
    scoresInWords({ uar: 0.561 }, "by speaker"),
    "unweighted average recall 56.1 %; split: by speaker.",
  );
  assert.match(scoresInWords({ uar: 0.561 }, ""), /split: not recorded/);
});

test("warnings that the page does not know are shown as the server words them", () => {
  assert.match(warningInWords("short_audio", "x"), /very short/);
  assert.equal(warningInWords("new_one", "something else"), "something else");
});

test("every emotion has a stroke of its own, and unknown ones have one too", () => {
  const labels = ["Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust", "Bored"];
  assert.equal(new Set(labels.map((label) => look(label).stroke)).size, labels.length);
  assert.equal(new Set(labels.map((label) => look(label).tone)).size, labels.length);
  assert.equal(look("constructor").tone, "other");
});

test("labels keep the model's order, with unannounced ones at the end", () => {
  assert.deepEqual(inOrder(["Sad", "Happy", "Fear"], { Happy: 0.1, Bored: 0.2, Sad: 0.7 }), [
    "Sad",
    "Happy",
    "Bored",
  ]);
});
