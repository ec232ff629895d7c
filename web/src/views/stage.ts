// Which view of the stage is shown. Focus follows to its heading.

import { byId } from "../dom";

export type ViewName = "start" | "recording" | "clip" | "live";
const kFocus: Record<ViewName, string> = {
  start: "record",
  recording: "stop",
  clip: "clip-title",
  live: "live-title",
};

export function showView(name: ViewName): void {
  document.body.dataset.view = name;
  for (const view of Object.keys(kFocus)) byId(`view-${view}`).hidden = view !== name;
  byId(kFocus[name]).focus();
}

export function announce(text: string): void {
  byId("announcer").textContent = text;
}
