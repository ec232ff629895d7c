// A recording in the making: the microphone, the encoder, and what is heard right now.

import { recorderMissing } from "../api/problem";
import { closeMicrophone, openMicrophone } from "./microphone";

const kTypes = [
  "audio/webm;codecs=opus",
  "audio/ogg;codecs=opus",
  "audio/mp4;codecs=opus",
  "audio/mp4",
  "audio/webm",
];

export class Recorder {
  private readonly pieces: Blob[] = [];
  private readonly startedAt = performance.now();
  private readonly finished: Promise<void>;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly analyser: AnalyserNode,
    private readonly recorder: MediaRecorder,
    onLost: () => void,
  ) {
    recorder.addEventListener("dataavailable", (event) => this.pieces.push(event.data));
    this.finished = new Promise((resolve) =>
      recorder.addEventListener("stop", () => resolve(), { once: true }),
    );
    // A microphone that is unplugged ends its track, and with it the recording.
    stream.getAudioTracks()[0]?.addEventListener("ended", onLost, { once: true });
    recorder.start();
  }

  // Throws a Problem. onLost is called if the microphone goes away.
  static async start(onLost: () => void): Promise<Recorder> {
    if (typeof MediaRecorder === "undefined" && navigator.mediaDevices?.getUserMedia !== undefined)
      throw recorderMissing();
    const stream = await openMicrophone();
    try {
      const mimeType = kTypes.find((type) => MediaRecorder.isTypeSupported(type));
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 2048;
      context.createMediaStreamSource(stream).connect(analyser);
      const recorder = new MediaRecorder(stream, {
        audioBitsPerSecond: 128000,
        ...(mimeType ? { mimeType } : {}),
      });
      return new Recorder(stream, context, analyser, recorder, onLost);
    } catch {
      closeMicrophone(stream);
      throw recorderMissing();
    }
  }

  get elapsed(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  // The last 2048 samples.
  read(into: Float32Array<ArrayBuffer>): void {
    this.analyser.getFloatTimeDomainData(into);
  }

  async stop(): Promise<Blob> {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    await this.finished;
    this.release();
    return new Blob(this.pieces, { type: this.recorder.mimeType });
  }

  cancel(): void {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.release();
  }

  private release(): void {
    closeMicrophone(this.stream);
    void this.context.close();
  }
}
