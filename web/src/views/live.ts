// Live: emotions that move as one speaks, and a summary at the end.

import { LiveSession } from "../api/live_session";
import type { Measurement, Model, Summary } from "../api/types";
import { byId, element } from "../dom";
import { look } from "../emotions/emotions";
import { percent, seconds } from "../format/numbers";
import { Bars } from "./bars";
import { showLevel } from "./meter";
import { hideProblem } from "./problem";
import { showView } from "./stage";
import { clearVerdict, showVerdict } from "./verdict";

// One bar for each half second of a minute.
const kStripLength = 120;

export class LiveView {
  private session: LiveSession | null = null;
  private starting = false;
  private bars: Bars | null = null;
  private lanes: string[] = [];
  private spoken: string | null | undefined;

  constructor(
    private readonly model: () => Model | null,
    private readonly failed: (error: unknown) => void,
  ) {
    byId("stop-live").addEventListener("click", () => this.stop());
  }

  async start(): Promise<void> {
    if (this.session !== null || this.starting) return;
    this.starting = true;
    hideProblem();
    this.spoken = undefined;
    try {
      this.session = await LiveSession.start({
        ready: () => clearVerdict(byId("live-now"), "listening…"),
        measurement: (measurement) => this.measure(measurement),
        summary: (summary) => this.summarise(summary),
        failed: (problem) => {
          this.end();
          this.failed(problem);
        },
      });
    } catch (error) {
      this.failed(error);
      return;
    } finally {
      this.starting = false;
    }
    this.bars = new Bars(byId("live-bars"), this.model()?.labels ?? []);
    byId("live-strip").replaceChildren();
    byId("live-lanes").replaceChildren();
    this.lanes = [];
    for (const label of this.model()?.labels ?? []) this.lane(label);
    byId("live-level").hidden = false;
    byId("live-summary").textContent = "";
    byId("live-spoken").textContent = "";
    byId("stop-live").hidden = false;
    byId("stop-live").removeAttribute("aria-disabled");
    byId("again-live").hidden = true;
    byId("live-title").textContent = "Live";
    clearVerdict(byId("live-now"), "connecting…");
    showView("live");
  }

  cancel(): void {
    this.session?.cancel();
    this.session = null;
  }

  private stop(): void {
    if (this.session === null) return;
    this.session.stop();
    byId("stop-live").setAttribute("aria-disabled", "true");
  }

  private measure(measurement: Measurement): void {
    const { label, probabilities, confidence, silent, level_dbfs: level } = measurement;
    showLevel(byId("live-level"), level);
    const heard = silent ? null : label;
    if (heard === null) clearVerdict(byId("live-now"), "listening…");
    else showVerdict(byId("live-now"), heard);
    this.bars?.show(heard === null ? null : probabilities, heard);
    this.extendStrip(heard, confidence ?? 0);
    // A screen reader hears changes, not every half second.
    if (heard !== this.spoken) {
      this.spoken = heard;
      byId("live-spoken").textContent = heard ?? "Silence";
    }
  }

  private extendStrip(label: string | null, confidence: number): void {
    const strip = byId("live-strip");
    const text = label === null ? "silent" : `${label}, ${percent(confidence)}`;
    const tone = label === null ? "silent" : look(label).tone;
    const item = element(
      "li",
      { class: `tone-${tone}`, title: text },
      element("span", { class: "visually-hidden" }, text),
    );
    if (label !== null) item.style.setProperty("--lane", String(this.lane(label)));
    strip.append(item);
    while (strip.childElementCount > kStripLength) strip.firstElementChild?.remove();
  }

  private lane(label: string): number {
    if (!this.lanes.includes(label)) {
      this.lanes.push(label);
      byId("live-lanes").append(element("li", {}, label));
    }
    return this.lanes.indexOf(label);
  }

  private summarise(summary: Summary): void {
    this.end();
    byId("live-title").textContent = "In all";
    const length = seconds(Math.round(summary.duration_s * 10) / 10);
    if (summary.label === null || summary.probabilities === null) {
      clearVerdict(byId("live-now"), "nothing heard");
      this.bars?.show(null, null);
      byId("live-summary").textContent = `${length}, and all of it was silence.`;
    } else {
      showVerdict(byId("live-now"), summary.label);
      this.bars?.show(summary.probabilities, summary.label);
      const silence = summary.silent > 0 ? `, ${summary.silent} of them silent` : "";
      byId("live-summary").textContent =
        `${summary.label}, ${percent(summary.confidence ?? 0)}: the mean of ${summary.measurements} measurements in ${length}${silence}.`;
    }
    byId("live-title").focus();
  }

  private end(): void {
    this.session = null;
    byId("stop-live").hidden = true;
    byId("again-live").hidden = false;
    byId("live-level").hidden = true;
  }
}
