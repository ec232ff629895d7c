// What answers here, from /v1/model.

import type { Model } from "../api/types";
import { byId, element } from "../dom";
import { scoresInWords } from "../emotions/wording";
import { length, megabytes } from "../format/numbers";

const kCorpora: Record<string, string> = {
  cremad: "CREMA-D (English)",
  emodb: "EmoDB (German)",
  nemo: "nEMO (Polish)",
  ravdess: "RAVDESS (English)",
  savee: "SAVEE (English)",
  tess: "TESS (English)",
};

function corpusName(corpus: string): string {
  return Object.hasOwn(kCorpora, corpus) ? (kCorpora[corpus] ?? corpus) : corpus;
}

export function showModel(model: Model): void {
  const { classifier, encoder, limits } = model;
  const facts: [string, string][] = [
    ["Model", encoder.name === model.name ? model.name : `${model.name}, encoder ${encoder.name}`],
    ["Measured quality", scoresInWords(classifier.scores, classifier.split)],
    [
      "Learnt from",
      classifier.corpora.length > 0
        ? `acted speech: ${classifier.corpora.map(corpusName).join(", ")}`
        : "not recorded",
    ],
    ["Emotions", model.labels.join(", ")],
    ["Licence of the model", model.licence === "" ? "not recorded" : model.licence],
    ["Limits", `${megabytes(limits.body_bytes)}, ${length(limits.duration_s)}`],
    ["Version", `undertone ${model.version}`],
  ];
  byId("model").replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}
