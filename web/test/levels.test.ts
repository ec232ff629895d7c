import assert from "node:assert/strict";
import { test } from "node:test";
import { meterShare, peaks, rmsDbfs } from "../src/audio/levels";

test("levels are in dB below full scale", () => {
  assert.equal(rmsDbfs(new Float32Array(100).fill(1)), 0);
  assert.ok(Math.abs(rmsDbfs(new Float32Array(100).fill(0.1)) + 20) < 1e-5);
  assert.equal(rmsDbfs(new Float32Array(100)), -90);
  assert.equal(rmsDbfs(new Float32Array()), -90);
  assert.deepEqual([-90, -60, -30, 0, 3].map(meterShare), [0, 0, 0.5, 1, 1]);
});

test("peaks cover every sample once", () => {
  assert.deepEqual([...peaks(new Float32Array([0, -1, 0.5, 0.25, 0, 0.75]), 3)], [1, 0.5, 0.75]);
  assert.deepEqual([...peaks(new Float32Array([0.5, 1]), 10)], [0.5, 1]);
  const marked = new Float32Array(1001);
  marked[1000] = 1;
  assert.equal(peaks(marked, 7).at(-1), 1);
});
