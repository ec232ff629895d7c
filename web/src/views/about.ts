// What answers here, from /v1/model.

import type { Model } from "../api/types";
import { byId, element } from "../dom";
import { scoresInWords } from "../emotions/wording";
import { megabytes, seconds } from "../format/numbers";

export function showModel(model: Model): void {
  const { classifier, encoder, limits } = model;
  const facts: [string, string][] = [
    ["Model", encoder.name === model.name ? model.name : `${model.name}, encoder ${encoder.name}`],
    ["Measured quality", scoresInWords(classifier.scores, classifier.split)],
    [
      "Learnt from",
      classifier.corpora.length > 0 ? `acted speech: ${classifier.corpora.join(", ")}` : "not recorded",
    ],
    ["Emotions", model.labels.join(", ")],
    ["Licence of the model", model.licence === "" ? "not recorded" : model.licence],
    ["Limits", `${megabytes(limits.body_bytes)}, ${seconds(limits.duration_s)}`],
    ["Version", `undertone ${model.version}`],
  ];
  byId("model").replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}
