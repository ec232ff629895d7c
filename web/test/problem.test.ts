import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOfMicrophone, problemOfResponse, problemOfStream, retryAfter } from "../src/api/problem";

test("Retry-After is a number of seconds or nothing", () => {
  assert.equal(retryAfter("7"), 7);
  assert.equal(retryAfter("Wed, 21 Oct 2015 07:28:00 GMT"), null);
  assert.equal(retryAfter("-1"), null);
  assert.equal(retryAfter(null), null);
});

test("a busy server says when to try again", () => {
  for (const [status, code] of [
    [429, "too_many_requests"],
    [503, "overloaded"],
    [503, "loading"],
  ] as const) {
    const problem = problemOfResponse(status, { code, message: "m" }, "7", null);
    assert.match(problem.advice, /in 7 seconds/);
    assert.equal(problem.retryAfterSeconds, 7);
    assert.equal(problem.retryable, true);
  }
});

test("the server's hint is passed on, as sentences", () => {
  const body = { code: "audio_unreadable", message: "upload: cut off", hint: "record it again" };
  assert.equal(problemOfResponse(422, body, null, null).advice, "Cut off. Record it again.");
  assert.match(
    problemOfResponse(415, { code: "unsupported_media_type", message: "m" }, null, null).advice,
    /WAV/,
  );
});

test("too large names the limit where it is known", () => {
  assert.match(problemOfResponse(413, null, null, 26214400).advice, /25 MB/);
  assert.doesNotMatch(problemOfResponse(413, null, null, null).advice, /MB/);
});

test("an answer that is no error object still gives a sentence", () => {
  const problem = problemOfResponse(502, null, null, null);
  assert.equal(problem.title, "The server failed.");
  assert.ok(problem.advice.length > 10);
});

test("every way a stream ends has a sentence", () => {
  assert.match(problemOfStream({ code: "overloaded", message: "m" }, 1013).title, /busy/);
  assert.match(problemOfStream(null, 1013).title, /busy/);
  assert.match(problemOfStream({ code: "shutting_down", message: "m" }, 1012).title, /stopping/);
  assert.match(problemOfStream({ code: "idle_timeout", message: "m" }, 1008).title, /No sound/);
  assert.match(problemOfStream({ code: "internal", message: "went wrong" }, 1011).advice, /Went wrong\./);
  assert.match(problemOfStream(null, 1006).title, /lost/);
});

test("a microphone that is refused differs from one that is missing", () => {
  const titles = ["NotAllowedError", "NotFoundError", "NotReadableError"].map(
    (name) => problemOfMicrophone(name).title,
  );
  assert.equal(new Set(titles).size, 3);
});
