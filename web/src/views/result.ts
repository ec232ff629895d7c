// The answer to one recording.

import type { Prediction } from "../api/types";
import { byId, element } from "../dom";
import { confidenceInWords, runnerUp, warningInWords } from "../emotions/wording";
import { percent } from "../format/numbers";
import { Bars } from "./bars";
import { announce } from "./stage";
import { showVerdict } from "./verdict";

export function setUpResult(): void {
  byId("copy").addEventListener("click", () => void copyJson());
}

async function copyJson(): Promise<void> {
  const json = byId("json");
  try {
    await navigator.clipboard.writeText(json.textContent ?? "");
    byId("copied").textContent = "Copied.";
  } catch {
    // No clipboard without a secure context: select it, so that Ctrl-C copies.
    getSelection()?.selectAllChildren(json);
    byId("copied").textContent = "Selected; press Ctrl-C to copy.";
  }
}

export function hideResult(): void {
  byId("result").hidden = true;
}

export function showResult(prediction: Prediction, labels: readonly string[]): void {
  const { label, confidence, probabilities, warnings } = prediction;
  const words = confidenceInWords(confidence, probabilities);
  const second = runnerUp(label, probabilities);
  const behind = second === null ? "" : ` Next: ${second[0]}, ${percent(second[1])}.`;
  showVerdict(byId("verdict"), label);
  byId("sureness").replaceChildren(element("strong", {}, percent(confidence)), `, ${words}.${behind}`);
  byId("warnings").replaceChildren(
    ...warnings.map((warning) => element("li", {}, warningInWords(warning.code, warning.message))),
  );
  new Bars(
    byId("bars"),
    labels.filter((name) => Object.hasOwn(probabilities, name)),
  ).show(probabilities, label);
  byId("json").textContent = JSON.stringify(prediction, null, 2);
  byId("copied").textContent = "";
  byId("windows").hidden = prediction.windows === undefined;
  byId("result").hidden = false;
  byId("result-title").focus();
  announce(`${label}, ${percent(confidence)}, ${words}.`);
}
