// A live session: the microphone through an AudioWorklet to the WebSocket, and what comes back.

import { closeMicrophone, openMicrophone } from "../audio/microphone";
import { Problem, problemOfStream, recorderMissing } from "./problem";
import type { ErrorBody, LiveMessage, Measurement, Summary } from "./types";

// The worklet's own file; set when the page is built.
declare const WORKLET_URL: string;

export interface LiveEvents {
  ready(): void;
  measurement(measurement: Measurement): void;
  summary(summary: Summary): void;
  failed(problem: Problem): void;
}

export class LiveSession {
  private ended = false;
  private lastError: ErrorBody | null = null;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    private readonly socket: WebSocket,
    private readonly events: LiveEvents,
  ) {}

  // Throws a Problem if it does not come to a connection.
  static async start(events: LiveEvents): Promise<LiveSession> {
    const stream = await openMicrophone();
    const context = new AudioContext();
    try {
      if (context.audioWorklet === undefined) throw recorderMissing();
      await context.audioWorklet.addModule(WORKLET_URL);
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const socket = new WebSocket(`${scheme}//${location.host}/v1/stream`);
      const session = new LiveSession(stream, context, socket, events);
      session.connect();
      return session;
    } catch (error) {
      closeMicrophone(stream);
      void context.close();
      throw error instanceof Problem ? error : problemOfStream(null, 1006);
    }
  }

  // Ends the sound; the summary still comes.
  stop(): void {
    this.release();
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "stop" }));
    else this.socket.close();
  }

  // Ends everything at once and reports nothing more.
  cancel(): void {
    this.ended = true;
    this.release();
    this.socket.close();
  }

  private connect(): void {
    this.socket.addEventListener("open", () => {
      const start = {
        type: "start",
        format: "pcm_s16le",
        rate: this.context.sampleRate,
        window_s: 3,
        step_s: 0.5,
      };
      this.socket.send(JSON.stringify(start));
    });
    this.socket.addEventListener("message", (event) => this.receive(event.data));
    this.socket.addEventListener("close", (event) => {
      this.release();
      if (this.ended) return;
      this.ended = true;
      this.events.failed(problemOfStream(this.lastError, event.code));
    });
  }

  private receive(data: unknown): void {
    if (this.ended || typeof data !== "string") return;
    let message: LiveMessage;
    try {
      message = JSON.parse(data) as LiveMessage;
    } catch {
      return;
    }
    if (message.type === "ready") {
      this.listen();
      this.events.ready();
    } else if (message.type === "measurement") {
      this.events.measurement(message);
    } else if (message.type === "summary") {
      this.ended = true;
      this.release();
      this.events.summary(message);
    } else if (message.type === "error") {
      this.lastError = message.error;
    }
  }

  private listen(): void {
    const node = new AudioWorkletNode(this.context, "pcm", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.addEventListener("message", (event: MessageEvent<Int16Array<ArrayBuffer>>) => {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(event.data);
    });
    node.port.start();
    this.context.createMediaStreamSource(this.stream).connect(node);
  }

  private release(): void {
    closeMicrophone(this.stream);
    if (this.context.state !== "closed") void this.context.close();
  }
}
