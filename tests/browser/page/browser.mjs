// A Chromium with one page, which remembers everything that must not happen.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const kNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const kOptions = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--mute-audio",
  "--autoplay-policy=no-user-gesture-required",
];
const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const kShots = process.env.UNDERTONE_SCREENSHOTS ?? "build/screenshots";

export function findChromium() {
  if (process.env.UNDERTONE_CHROMIUM) return process.env.UNDERTONE_CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return (
    folders.flatMap((folder) => kNames.map((name) => join(folder, name))).find((path) => existsSync(path)) ??
    null
  );
}

export const kFakeMicrophone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

export class Browser {
  faults = [];

  // options: Chromium's, besides the usual; context: Playwright's (viewport, colorScheme, …).
  static async open(url, { options = [], context = {}, prepare = null } = {}) {
    const browser = new Browser();
    browser.origin = new URL(url).origin;
    browser.profile = mkdtempSync(join(tmpdir(), "undertone-page-"));
    browser.context = await chromium.launchPersistentContext(browser.profile, {
      executablePath: findChromium(),
      headless: true,
      args: [...kOptions, ...options],
      viewport: { width: 1180, height: 860 },
      ...context,
    });
    browser.context.setDefaultTimeout(20000);
    browser.page = browser.context.pages()[0] ?? (await browser.context.newPage());
    browser.watch();
    if (prepare) await prepare(browser.page);
    await browser.page.goto(url);
    return browser;
  }

  watch() {
    this.page.on("console", (message) => {
      // Chromium itself logs each answer that is an error; the page must say it, and tests look at that.
      if (
        message.type() === "error" &&
        /Failed to load resource|WebSocket connection to/.test(message.text())
      )
        return;
      if (["error", "warning"].includes(message.type())) this.faults.push(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.faults.push(`thrown: ${error.message}`));
    this.page.on("dialog", (dialog) => this.faults.push(`dialog: ${dialog.message()}`));
    this.page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${this.origin}/`) && !/^(data|blob):/.test(url))
        this.faults.push(`asked for ${url}`);
    });
    this.page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== new URL(this.origin).host)
        this.faults.push(`connected to ${socket.url()}`);
    });
  }

  // Serious and critical faults that axe finds in the page as it is, as lines.
  async axe() {
    // Evaluated by the debugger, which the page's policy does not bind.
    await this.page.evaluate(kAxe);
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ["violations"] }),
    );
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
      );
  }

  sideways() {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  }

  async shot(name) {
    mkdirSync(kShots, { recursive: true });
    await this.page.screenshot({ path: join(kShots, `${name}.png`), fullPage: true });
  }

  async close() {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
