import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, length, megabytes, percent, preciseClock, seconds } from "../src/format/numbers";

test("a clock shows minutes and seconds", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(83.9), "1:23");
  assert.equal(clock(-1), "0:00");
  assert.equal(preciseClock(59.96), "1:00.0");
  assert.equal(preciseClock(83.44), "1:23.4");
});

test("percentages claim neither certainty nor impossibility", () => {
  assert.equal(percent(0), "0 %".replaceAll(" ", "\u00a0"));
  assert.equal(percent(0.001), "< 1 %".replaceAll(" ", "\u00a0"));
  assert.equal(percent(0.676), "68 %".replaceAll(" ", "\u00a0"));
  assert.equal(percent(0.997), "> 99 %".replaceAll(" ", "\u00a0"));
  assert.equal(percent(1), "100 %".replaceAll(" ", "\u00a0"));
});

test("units are in words", () => {
  assert.deepEqual([30, 60, 90, 600].map(length), ["30 seconds", "1 minute", "90 seconds", "10 minutes"]);
  assert.equal(seconds(1), "1 second");
  assert.equal(seconds(2.5), "2.5 seconds");
  assert.equal(megabytes(26214400), "25 MB");
  assert.equal(megabytes(1572864), "1.5 MB");
});
