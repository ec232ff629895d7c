// That these tests see the faults they look for.
import assert from "node:assert/strict";
import { pageTest } from "./fixture.mjs";

const kPage = `<!doctype html><html lang="en"><title>faulty</title><main><h1>faulty</h1>
<p style="color:#bbb;background:#fff">pale</p><div style="width:3000px">wide</div>
<img src="http://127.0.0.1:9/picture.png" alt="">
<script>console.error("logged"); setTimeout(() => { throw new Error("broken"); });</script></main>`;

pageTest("a page with every fault is found out", {}, async ({ browser, page }) => {
  await page.setContent(kPage, { waitUntil: "load" });
  const seen = [...browser.faults, ...(await browser.axe())].join("\n");
  for (const fault of [
    "asked for http://127.0.0.1:9/picture.png",
    "color-contrast",
    "violates the following Content Security Policy",
  ]) {
    assert.ok(seen.includes(fault), `blind to '${fault}'; saw:\n${seen}`);
  }
  assert.ok((await browser.sideways()) > 0, "blind to scrolling sideways");
  await page.evaluate(() => console.error("logged"));
  await page.evaluate(() =>
    setTimeout(() => {
      throw new Error("broken");
    }),
  );
  await page.waitForTimeout(100);
  const later = browser.faults.join("\n");
  assert.ok(later.includes("console: logged") && later.includes("thrown: broken"), later);
  browser.faults.length = 0;
});
