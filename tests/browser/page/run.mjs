// Runs all tests of the page, one after the other.
//
//   UNDERTONE_DIST          the built page, for the mock server; without it those tests are skipped
//   UNDERTONE_PROGRAM       the program, for the tests with its own server; without it, or without `serve`, those are skipped
//   UNDERTONE_DATA          recordings (ravdess/ in it); without it what needs them is skipped
//   UNDERTONE_SCREENSHOTS   where pictures are left (build/screenshots)
//   UNDERTONE_CHROMIUM      the browser, if not the one that PATH finds
import { findChromium } from "./browser.mjs";

if (findChromium() === null) {
  console.log("skipped: no Chromium is installed");
  process.exit(77);
}
await import("./faults.test.mjs");
await import("./result.test.mjs");
await import("./recording.test.mjs");
await import("./live.test.mjs");
await import("./errors.test.mjs");
await import("./real_server.test.mjs");
