// An emotion in large letters, with its undertone beneath.

import { stroke } from "../dom";
import { look } from "../emotions/emotions";

export function showVerdict(place: HTMLElement, label: string): void {
  const { tone, stroke: path } = look(label);
  place.className = place.className.replace(/ ?tone-\w+/, "").concat(` tone-${tone}`);
  place.replaceChildren(label, stroke(path, "0 0 120 24", "glyph"));
}

export function clearVerdict(place: HTMLElement, text: string): void {
  place.className = place.className.replace(/ ?tone-\w+/, "");
  place.replaceChildren(text);
}
