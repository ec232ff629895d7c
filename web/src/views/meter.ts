// A level meter.

import { meterShare } from "../audio/levels";
import { decibels } from "../format/numbers";

export function showLevel(meter: HTMLElement, dbfs: number): void {
  const bar = meter.firstElementChild as HTMLElement;
  bar.style.transform = `scaleX(${meterShare(dbfs)})`;
  meter.setAttribute("aria-valuenow", String(Math.round(Math.max(-60, Math.min(0, dbfs)))));
  meter.setAttribute("aria-valuetext", decibels(dbfs));
}
