// A bar for each emotion: stroke, name, bar, number. Updated in place, so that bars move.

import { element, stroke } from "../dom";
import { inOrder, look } from "../emotions/emotions";
import { percent } from "../format/numbers";

interface Row {
  item: HTMLLIElement;
  fill: HTMLDivElement;
  number: HTMLSpanElement;
}

export class Bars {
  private readonly rows = new Map<string, Row>();
  private readonly list: HTMLUListElement;

  constructor(
    parent: HTMLElement,
    private readonly labels: readonly string[],
  ) {
    this.list = element("ul", { class: "bars" });
    parent.replaceChildren(this.list);
    for (const label of labels) this.row(label);
  }

  // null shows that there is nothing to show.
  show(probabilities: Record<string, number> | null, top: string | null): void {
    for (const label of inOrder(this.labels, probabilities ?? {})) this.row(label);
    for (const [label, row] of this.rows) {
      const share = probabilities === null ? null : (probabilities[label] ?? 0);
      row.fill.style.transform = `scaleX(${share ?? 0})`;
      row.number.textContent = share === null ? "–" : percent(share);
      row.item.classList.toggle("top", label === top);
    }
  }

  private row(label: string): void {
    if (this.rows.has(label)) return;
    const { tone, stroke: path } = look(label);
    const fill = element("div", { class: "fill" });
    fill.style.transform = "scaleX(0)";
    const number = element("span", { class: "number" }, "–");
    const item = element(
      "li",
      { class: `tone-${tone}` },
      stroke(path, "0 0 120 24", "glyph"),
      element("span", {}, label),
      element("div", { class: "track", "aria-hidden": "true" }, fill),
      number,
    );
    this.list.append(item);
    this.rows.set(label, { item, fill, number });
  }
}
