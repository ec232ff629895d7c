// Wires the views together.

import { fetchModel } from "./api/client";
import { Problem } from "./api/problem";
import type { Model } from "./api/types";
import { byId } from "./dom";
import { showModel } from "./views/about";
import { ClipView } from "./views/clip";
import { setUpFiles } from "./views/files";
import { LiveView } from "./views/live";
import { hideProblem, setUpProblem, showProblem } from "./views/problem";
import { RecordingView } from "./views/recording";
import { setUpResult } from "./views/result";
import { showView } from "./views/stage";
import { setUpTheme } from "./views/theme";

let model: Model | null = null;

const clip = new ClipView(() => model);
const recording = new RecordingView(
  (blob) => void clip.open(blob, `recording.${extension(blob.type)}`, "Your recording", true),
  (error) => showProblem(error, () => void recording.start()),
  startOver,
);
const live = new LiveView(
  () => model,
  (error) => showProblem(error, () => void live.start()),
);

function extension(type: string): string {
  return type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm";
}

function startOver(): void {
  live.cancel();
  clip.close();
  showView("start");
}

function openFile(file: File): void {
  live.cancel();
  recording.abandon();
  void clip.open(file, file.name, file.name, false);
}

async function loadModel(): Promise<void> {
  try {
    model = await fetchModel();
  } catch (error) {
    showProblem(error, () => void loadModel());
    // A server that is starting says when to ask again.
    if (error instanceof Problem && error.retryAfterSeconds !== null) {
      setTimeout(() => {
        if (model === null) {
          hideProblem();
          void loadModel();
        }
      }, 1000 * Math.max(1, error.retryAfterSeconds));
    }
    return;
  }
  showModel(model);
  recording.setLimit(Math.min(model.limits.window_s, model.limits.duration_s));
}

setUpTheme(() => clip.recolour());
setUpProblem();
setUpResult();
setUpFiles(openFile);
byId("record").addEventListener("click", () => {
  hideProblem();
  void recording.start();
});
byId("live").addEventListener("click", () => void live.start());
byId("again").addEventListener("click", startOver);
byId("again-live").addEventListener("click", startOver);
void loadModel();
