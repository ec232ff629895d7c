// What a number means, in words. Pure.

// How sure the model is that it is `label`, given the probabilities of all.
export function confidenceInWords(confidence: number, probabilities: Record<string, number>): string {
  const sorted = Object.values(probabilities).sort((a, b) => b - a);
  const lead = confidence - (sorted[1] ?? 0);
  if (lead < 0.1) return "a close call";
  if (confidence < 0.5) return "leaning this way";
  if (confidence < 0.75) return "fairly clear";
  return "clear";
}

// The second most probable one, or null where there is none.
export function runnerUp(label: string, probabilities: Record<string, number>): [string, number] | null {
  let best: [string, number] | null = null;
  for (const entry of Object.entries(probabilities)) {
    if (entry[0] !== label && (best === null || entry[1] > best[1])) best = entry;
  }
  return best;
}

const kScoreNames: Record<string, string> = {
  uar: "unweighted average recall",
  accuracy: "accuracy",
  macro_f1: "macro F1",
  war: "weighted accuracy",
};

// What a bundle records of its own quality, as one sentence.
export function scoresInWords(scores: Record<string, number>, split: string): string {
  const parts = Object.entries(scores)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => `${kScoreNames[name] ?? name} ${(value * 100).toFixed(1)} %`);
  if (parts.length === 0) return "None is recorded in this model, so none is claimed.";
  return `${parts.join(", ")}; split: ${split === "" ? "not recorded, so take it with care" : split}.`;
}

const kWarnings: Record<string, string> = {
  short_audio: "The recording is very short, which makes the result less certain.",
  long_audio: "The recording is long: it was heard piece by piece, and the result is their mean.",
  silent_audio: "The recording is silent or nearly so; the result means little.",
  clipped_audio: "The recording is overdriven, which distorts a voice. Move away from the microphone.",
};

export function warningInWords(code: string, message: string): string {
  return kWarnings[code] ?? message;
}
