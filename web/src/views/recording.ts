// Recording: what is heard, how loud, for how long, and the end at the limit.

import { rmsDbfs } from "../audio/levels";
import { Recorder } from "../audio/recorder";
import { byId, reducedMotion } from "../dom";
import { clock, seconds } from "../format/numbers";
import { showLevel } from "./meter";
import { announce, showView } from "./stage";
import { colour } from "./theme";

export class RecordingView {
  private recorder: Recorder | null = null;
  private limit = 30;
  private starting = false;
  private readonly history: number[] = [];

  constructor(
    private readonly done: (recording: Blob) => void,
    private readonly failed: (error: unknown) => void,
    private readonly cancelled: () => void,
  ) {
    byId("stop").addEventListener("click", () => void this.stop());
    byId("cancel-recording").addEventListener("click", () => this.cancel());
  }

  setLimit(limit: number): void {
    this.limit = limit;
    for (const place of document.querySelectorAll("[data-limit]")) place.textContent = seconds(limit);
    byId("limit").textContent = clock(limit);
  }

  async start(): Promise<void> {
    if (this.recorder !== null || this.starting) return;
    this.starting = true;
    try {
      this.recorder = await Recorder.start(() => void this.stop());
    } catch (error) {
      this.failed(error);
      return;
    } finally {
      this.starting = false;
    }
    this.history.length = 0;
    showView("recording");
    announce("Recording.");
    this.watch(this.recorder);
  }

  private watch(recorder: Recorder): void {
    const samples = new Float32Array(2048);
    const interval = reducedMotion() ? 250 : 50;
    const timer = setInterval(() => {
      if (this.recorder !== recorder) {
        clearInterval(timer);
        return;
      }
      recorder.read(samples);
      const level = rmsDbfs(samples);
      showLevel(byId("level"), level);
      this.history.push(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0));
      this.draw();
      byId("elapsed").textContent = clock(recorder.elapsed);
      if (recorder.elapsed >= this.limit) {
        announce("The limit is reached.");
        void this.stop();
      }
    }, interval);
  }

  private draw(): void {
    const canvas = byId<HTMLCanvasElement>("recording-wave");
    const context = canvas.getContext("2d");
    if (context === null) return;
    const scale = Math.min(2, devicePixelRatio);
    canvas.width = Math.max(1, canvas.clientWidth * scale);
    canvas.height = Math.max(1, canvas.clientHeight * scale);
    const step = 5 * scale;
    const count = Math.floor(canvas.width / step);
    context.fillStyle = colour("accent");
    for (const [i, peak] of this.history.slice(-count).entries()) {
      // The square root lets quiet speech be seen.
      const height = Math.max(2 * scale, Math.sqrt(Math.min(1, peak)) * canvas.height);
      context.fillRect(i * step, (canvas.height - height) / 2, 3 * scale, height);
    }
  }

  private async stop(): Promise<void> {
    const recorder = this.recorder;
    if (recorder === null) return;
    this.recorder = null;
    this.done(await recorder.stop());
  }

  // Ends a recording under way and forgets it.
  abandon(): void {
    this.recorder?.cancel();
    this.recorder = null;
  }

  private cancel(): void {
    this.abandon();
    this.cancelled();
  }
}
