// A recording at hand: to listen to, to trim, to send.

import { predict } from "../api/client";
import { fileTooLarge, selectionTooShort } from "../api/problem";
import type { Model, Prediction } from "../api/types";
import { cut, decode, reduceRate, type Sound } from "../audio/decode";
import { isWhole, kShortest, lengthOf, type Selection, tidy, windowFor } from "../audio/selection";
import { encodeWav, wavBytes } from "../audio/wav";
import { byId } from "../dom";
import { megabytes, preciseClock, seconds } from "../format/numbers";
import { Player } from "./player";
import { hideProblem, showProblem } from "./problem";
import { hideResult, showResult } from "./result";
import { showView } from "./stage";
import { Timeline } from "./timeline";

interface Clip {
  blob: Blob;
  fileName: string;
  sound: Sound | null;
  url: string | null;
  player: Player | null;
  selection: Selection | null;
}

export class ClipView {
  private clip: Clip | null = null;
  private request: AbortController | null = null;
  private opening = 0;
  private readonly timeline = new Timeline(byId("timeline"), (time) => this.clip?.player?.playFrom(time));

  constructor(private readonly model: () => Model | null) {
    byId("play").addEventListener("click", () => this.clip?.player?.toggle(this.clip.selection));
    byId("analyse").addEventListener("click", () => void this.analyse());
    byId("cancel-analysis").addEventListener("click", () => this.request?.abort());
    byId("trim-clear").addEventListener("click", () => this.select(null));
    for (const id of ["trim-start", "trim-end"])
      byId(id).addEventListener("change", () => this.selectFromInputs());
  }

  // fromRecorder: MediaRecorder's files have no duration and cannot be sought in, so what was decoded is played instead.
  async open(blob: Blob, fileName: string, title: string, fromRecorder: boolean): Promise<void> {
    this.close();
    const limit = this.model()?.limits.body_bytes ?? null;
    if (limit !== null && blob.size > limit) {
      showView("start");
      showProblem(fileTooLarge(blob.size, limit));
      return;
    }
    const turn = ++this.opening;
    const sound = await decode(blob);
    if (turn !== this.opening) return;
    // What a browser has just recorded it can decode, unless there is nothing in it.
    if (sound === null && fromRecorder) {
      showView("start");
      showProblem(selectionTooShort(kShortest));
      return;
    }
    const clip: Clip = { blob, fileName, sound, url: null, player: null, selection: null };
    this.clip = clip;
    byId("clip-title").textContent = title;
    byId("clip-facts").textContent = [
      sound === null ? null : seconds(Math.round(sound.duration * 10) / 10),
      megabytes(blob.size),
    ]
      .filter((fact) => fact !== null)
      .join(", ");
    byId("player").hidden = sound === null;
    byId("no-player").hidden = sound !== null;
    showView("clip");
    if (sound === null) return;
    const playable = fromRecorder
      ? new Blob([encodeWav(sound.samples, sound.rate)], { type: "audio/wav" })
      : blob;
    clip.url = URL.createObjectURL(playable);
    byId("duration").textContent = preciseClock(sound.duration);
    clip.player = new Player(byId("waveform"), clip.url, sound, {
      position: (time) => {
        byId("position").textContent = preciseClock(time);
        this.timeline.mark(time);
      },
      playing: (isPlaying) => {
        byId("play").textContent = isPlaying ? "Pause" : "Play";
        byId("play").setAttribute("aria-pressed", String(isPlaying));
      },
      selected: (start, end) => this.select(tidy(start, end, sound.duration), true),
    });
    this.select(null);
    if (sound.duration < kShortest) showProblem(selectionTooShort(kShortest));
  }

  close(): void {
    ++this.opening;
    this.request?.abort();
    this.clip?.player?.destroy();
    if (this.clip?.url) URL.revokeObjectURL(this.clip.url);
    this.clip = null;
    this.timeline.clear();
    byId("position").textContent = preciseClock(0);
    hideResult();
    hideProblem();
  }

  recolour(): void {
    this.clip?.player?.recolour();
  }

  private selectFromInputs(): void {
    const sound = this.clip?.sound;
    if (!sound) return;
    const value = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
    const start = value("trim-start");
    const end = value("trim-end");
    this.select(
      tidy(Number.isNaN(start) ? 0 : start, Number.isNaN(end) ? sound.duration : end, sound.duration),
    );
  }

  private select(wanted: Selection | null, fromRegion = false): void {
    const clip = this.clip;
    if (!clip?.sound) return;
    const { duration } = clip.sound;
    const selection = wanted !== null && !isWhole(wanted, duration) && lengthOf(wanted) > 0 ? wanted : null;
    clip.selection = selection;
    const shown = selection ?? tidy(0, duration, duration);
    for (const [id, value] of [
      ["trim-start", shown.start],
      ["trim-end", shown.end],
    ] as const) {
      const input = byId<HTMLInputElement>(id);
      input.max = duration.toFixed(1);
      input.value = value.toFixed(1);
    }
    byId("trim-clear").hidden = selection === null;
    byId("trim-state").textContent =
      selection === null
        ? "All of it will be sent, unchanged."
        : `${seconds(Number(lengthOf(selection).toFixed(1)))} of ${seconds(Number(duration.toFixed(1)))} will be sent.`;
    if (!fromRegion || selection === null) clip.player?.select(selection);
  }

  private async payload(clip: Clip): Promise<{ blob: Blob; fileName: string; duration: number | null }> {
    if (clip.selection === null || clip.sound === null) {
      return { blob: clip.blob, fileName: clip.fileName, duration: clip.sound?.duration ?? null };
    }
    let part = cut(clip.sound, clip.selection.start, clip.selection.end);
    const limit = this.model()?.limits.body_bytes ?? Number.POSITIVE_INFINITY;
    // What surrounds the file in the form takes a little room too.
    if (wavBytes(part.samples.length) > limit - 1024) part = await reduceRate(part);
    const blob = new Blob([encodeWav(part.samples, part.rate)], { type: "audio/wav" });
    return { blob, fileName: "selection.wav", duration: part.duration };
  }

  private async analyse(): Promise<void> {
    const clip = this.clip;
    if (clip === null || this.request !== null) return;
    const length = clip.selection === null ? clip.sound?.duration : lengthOf(clip.selection);
    hideProblem();
    hideResult();
    this.timeline.clear();
    if (length !== undefined && length < kShortest) {
      showProblem(selectionTooShort(kShortest));
      return;
    }
    const request = new AbortController();
    this.request = request;
    this.working(true);
    try {
      const { blob, fileName, duration } = await this.payload(clip);
      const limit = this.model()?.limits.body_bytes ?? null;
      if (limit !== null && blob.size > limit) throw fileTooLarge(blob.size, limit);
      const prediction = await predict(blob, fileName, {
        windowSeconds: windowFor(duration),
        bodyLimit: limit,
        signal: request.signal,
      });
      if (this.clip === clip) this.show(clip, prediction);
    } catch (error) {
      if (!request.signal.aborted) showProblem(error, () => void this.analyse());
    } finally {
      this.request = null;
      this.working(false);
    }
  }

  private show(clip: Clip, prediction: Prediction): void {
    if (prediction.windows !== undefined && clip.sound !== null) {
      this.timeline.show(prediction.windows, clip.selection?.start ?? 0, clip.sound.duration);
    }
    showResult(prediction, this.model()?.labels ?? Object.keys(prediction.probabilities));
  }

  private working(busy: boolean): void {
    byId("working").textContent = busy ? "Listening to it …" : "";
    byId("cancel-analysis").hidden = !busy;
    byId("analyse").setAttribute("aria-disabled", String(busy));
  }
}
