import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeWav, toPcm16, wavBytes } from "../src/audio/wav";

test("samples become 16-bit ones, clipped at full scale", () => {
  assert.deepEqual(
    [...toPcm16(new Float32Array([0, 1, -1, 2, -2, 0.5]))],
    [0, 32767, -32768, 32767, -32768, 16384],
  );
});

test("a WAV file says what it holds", () => {
  const bytes = encodeWav(new Float32Array([0, 1, -1]), 48000);
  const view = new DataView(bytes);
  const text = (at: number) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  assert.equal(bytes.byteLength, wavBytes(3));
  assert.deepEqual([text(0), text(8), text(12), text(36)], ["RIFF", "WAVE", "fmt ", "data"]);
  assert.equal(view.getUint32(4, true), bytes.byteLength - 8);
  assert.equal(view.getUint16(22, true), 1);
  assert.equal(view.getUint32(24, true), 48000);
  assert.equal(view.getUint32(28, true), 96000);
  assert.equal(view.getUint16(34, true), 16);
  assert.equal(view.getUint32(40, true), 6);
  assert.deepEqual(
    [44, 46, 48].map((at) => view.getInt16(at, true)),
    [0, 32767, -32768],
  );
});
