// The choice between automatic, light and dark, kept in the browser where it may be.

import { byId } from "../dom";

const kKey = "undertone-theme";
const kChoices = ["automatic", "light", "dark"] as const;
type Choice = (typeof kChoices)[number];

function stored(): Choice {
  try {
    return kChoices.find((choice) => choice === localStorage.getItem(kKey)) ?? "automatic";
  } catch {
    return "automatic";
  }
}

function apply(choice: Choice): void {
  if (choice === "automatic") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", choice);
  byId("theme").textContent = `Appearance: ${choice}`;
}

// onChange is called whenever colours change, by choice or by the system.
export function setUpTheme(onChange: () => void): void {
  let choice = stored();
  apply(choice);
  byId("theme").addEventListener("click", () => {
    choice = kChoices[(kChoices.indexOf(choice) + 1) % kChoices.length] ?? "automatic";
    try {
      localStorage.setItem(kKey, choice);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
    apply(choice);
    onChange();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
