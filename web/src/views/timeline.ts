// Emotions over time, beneath the waveform: one button each, of which the Tab key reaches one and arrow keys the others.

import type { WindowResult } from "../api/types";
import { byId, element, stroke } from "../dom";
import { look } from "../emotions/emotions";
import { clock, percent } from "../format/numbers";

export class Timeline {
  private buttons: HTMLButtonElement[] = [];
  private spans: WindowResult[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly seek: (seconds: number) => void,
  ) {
    place.addEventListener("keydown", (event) => this.move(event));
  }

  clear(): void {
    this.place.hidden = true;
    this.place.replaceChildren();
    this.buttons = [];
    this.spans = [];
  }

  // offset: where in the recording the windows begin; duration: of the whole recording.
  show(windows: WindowResult[], offset: number, duration: number): void {
    this.spans = windows.map((window) => ({
      ...window,
      start_s: window.start_s + offset,
      end_s: window.end_s + offset,
    }));
    this.buttons = this.spans.map((span, index) => this.button(span, index, duration));
    this.place.replaceChildren(...this.buttons);
    this.place.hidden = false;
    byId("windows-rows").replaceChildren(...this.spans.map((span) => this.row(span)));
  }

  mark(time: number): void {
    this.spans.forEach((span, index) => {
      const current = time >= span.start_s && time < span.end_s;
      if (current) this.buttons[index]?.setAttribute("aria-current", "true");
      else this.buttons[index]?.removeAttribute("aria-current");
    });
  }

  private button(span: WindowResult, index: number, duration: number): HTMLButtonElement {
    const when = `${clock(span.start_s)} to ${clock(span.end_s)}`;
    const what = describe(span);
    const button = element(
      "button",
      {
        type: "button",
        class: `tone-${span.label === null ? "silent" : look(span.label).tone}`,
        title: `${when}: ${what}`,
        "aria-label": `${when}: ${what}`,
        tabindex: index === 0 ? 0 : -1,
      },
      span.label === null ? null : stroke(look(span.label).stroke, "0 0 120 24", "glyph"),
      element("span", {}, span.label ?? "silent"),
    );
    button.style.left = `${(100 * span.start_s) / duration}%`;
    button.style.width = `${(100 * (span.end_s - span.start_s)) / duration}%`;
    button.addEventListener("click", () => this.seek(span.start_s));
    return button;
  }

  private row(span: WindowResult): HTMLTableRowElement {
    const play = element(
      "button",
      { type: "button", class: "btn quiet" },
      `${clock(span.start_s)}–${clock(span.end_s)}`,
    );
    play.setAttribute("aria-label", `${clock(span.start_s)}–${clock(span.end_s)}, play from here`);
    play.addEventListener("click", () => this.seek(span.start_s));
    return element(
      "tr",
      {},
      element("td", {}, play),
      element("td", {}, span.label ?? "silent"),
      element("td", {}, span.confidence === null ? "–" : percent(span.confidence)),
    );
  }

  private move(event: KeyboardEvent): void {
    const at = this.buttons.indexOf(document.activeElement as HTMLButtonElement);
    const last = this.buttons.length - 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = this.buttons[Math.max(0, Math.min(last, to))];
    if (next === undefined) return;
    for (const button of this.buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}

function describe(span: WindowResult): string {
  if (span.label === null || span.confidence === null) return "silent";
  return `${span.label}, ${percent(span.confidence)}`;
}
