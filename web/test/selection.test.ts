import assert from "node:assert/strict";
import { test } from "node:test";
import { isWhole, lengthOf, tidy, windowFor } from "../src/audio/selection";

test("a selection is in order, inside, and on tenths", () => {
  assert.deepEqual(tidy(3, 1, 10), { start: 1, end: 3 });
  assert.deepEqual(tidy(-5, 99, 10), { start: 0, end: 10 });
  assert.deepEqual(tidy(1.234, 2.345, 10), { start: 1.2, end: 2.3 });
  assert.deepEqual(tidy(Number.NaN, 2, 10), { start: 0, end: 2 });
  assert.ok(tidy(0, 9.98, 9.98).end <= 9.98);
});

test("what leaves nothing out is the whole", () => {
  assert.equal(isWhole({ start: 0, end: 9.98 }, 9.98), true);
  assert.equal(isWhole({ start: 0.1, end: 9.98 }, 9.98), false);
  assert.equal(lengthOf({ start: 1, end: 3 }), 2);
});

test("only long recordings are cut into windows", () => {
  assert.equal(windowFor(null), null);
  assert.equal(windowFor(10), null);
  assert.equal(windowFor(10.1), 5);
});
