// A server that keeps docs/api.md's contract without hearing anything, for what a real one cannot be made to show: a test
// sets `answer` or `stream`. What it "hears" follows from how loud and how fast the sound is, so that it moves.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { kPolicy } from "./policy.mjs";

const kLabels = ["Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust"];
const kTypes = {
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

export const kModel = {
  name: "undertone-small",
  version: "0.1.0",
  encoder: { name: "undertone-small", fingerprint: "mock", layer: 5, pooling: "mean", precision: "f32", dimension: 256 },
  classifier: {
    bundle: "bundle.safetensors",
    corpora: ["emodb", "nemo", "ravdess"],
    split: "",
    scores: {},
    created_by: "undertone 0.1.0",
  },
  labels: kLabels,
  licence: "CC BY-NC-SA 4.0",
  limits: {
    body_bytes: 26214400,
    duration_s: 600,
    window_s: 30,
    request_s: 60,
    stream: { message_bytes: 262144, idle_s: 30, session_s: 3600 },
  },
};

function probabilitiesAt(position) {
  const weights = kLabels.map((_, index) => Math.exp(2.2 * Math.cos(position - index)));
  const sum = weights.reduce((a, b) => a + b);
  return Object.fromEntries(kLabels.map((label, index) => [label, weights[index] / sum]));
}

function heard(position) {
  const probabilities = probabilitiesAt(position);
  const [label, confidence] = Object.entries(probabilities).reduce((best, next) =>
    next[1] > best[1] ? next : best,
  );
  return { label, probabilities, confidence };
}

// The length of the WAV file inside of a form, or a guess.
function durationOf(body) {
  const at = body.indexOf("RIFF");
  const data = at < 0 ? -1 : body.indexOf("data", at + 12);
  if (data < 0) return 3;
  const rate = body.readUInt32LE(at + 28);
  return Math.min(body.readUInt32LE(data + 4), body.length - data - 8) / rate;
}

export function predictionOf(body, windowSeconds = 30) {
  const duration = durationOf(body);
  const warnings = [];
  if (duration > 30) warnings.push({ code: "long_audio", message: "longer than 30 s" });
  if (duration < 1) warnings.push({ code: "short_audio", message: "shorter than 1 s" });
  const prediction = {
    ...heard(1.1),
    duration_s: duration,
    warnings,
    model: { encoder: "undertone-small", licence: kModel.licence },
  };
  if (duration <= windowSeconds) return prediction;
  const windows = [];
  for (let start = 0; start < duration - 1; start += windowSeconds) {
    const end = duration - start - windowSeconds < 1 ? duration : start + windowSeconds;
    const silent = windows.length % 7 === 5;
    const { label, confidence, probabilities } = silent
      ? { label: null, confidence: null, probabilities: null }
      : heard(1 + windows.length * 0.8);
    windows.push({ start_s: start, end_s: end, silent, label, confidence, probabilities });
  }
  return { ...prediction, windows };
}

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers });
  response.end(JSON.stringify(body));
}

export function refuse(response, status, code, message, extra = {}, headers = {}) {
  json(response, status, { error: { code, message, ...extra } }, headers);
}

// A live session as the contract has it: a measurement for each half second of sound.
function live(socket) {
  let rate = 0;
  let samples = 0;
  let measured = 0;
  let silent = 0;
  let loudest = 0;
  socket.on("message", (data, isBinary) => {
    if (isBinary) {
      samples += data.length / 2;
      for (let at = 0; at + 1 < data.length; at += 2)
        loudest = Math.max(loudest, Math.abs(data.readInt16LE(at)) / 32768);
      while (samples / rate >= 1 + measured * 0.5) {
        const end = 1 + measured * 0.5;
        const isSilent = loudest < 0.001;
        const result = isSilent
          ? { label: null, confidence: null, probabilities: null }
          : heard(measured * 0.7);
        silent += isSilent;
        const level = Math.max(-90, 20 * Math.log10(loudest + 1e-5));
        const at = { start_s: Math.max(0, end - 3), end_s: end, level_dbfs: level, silent: isSilent };
        socket.send(JSON.stringify({ type: "measurement", sequence: measured++, ...at, ...result }));
        loudest = 0;
      }
      return;
    }
    const message = JSON.parse(data.toString());
    if (message.type === "start") {
      rate = message.rate;
      socket.send(
        JSON.stringify({
          type: "ready",
          window_s: 3,
          step_s: 0.5,
          labels: kLabels,
          limits: kModel.limits.stream,
        }),
      );
    } else {
      const result = measured > silent ? heard(1) : { label: null, confidence: null, probabilities: null };
      const counts = { duration_s: samples / rate, measurements: measured, silent, skipped: 0 };
      socket.send(JSON.stringify({ type: "summary", ...counts, ...result }));
      socket.close(1000);
    }
  });
}

export class MockServer {
  // What answers instead of the contract; null restores it. answer(request, response, body), stream(socket).
  answer = null;
  stream = null;
  model = kModel;
  modelAnswer = null;
  requests = [];

  constructor(dist) {
    this.dist = dist;
    this.http = createServer((request, response) => this.route(request, response));
    this.sockets = new WebSocketServer({ server: this.http, path: "/v1/stream" });
    this.sockets.on("connection", (socket) => (this.stream ?? live)(socket));
  }

  static async start(dist, port = 0) {
    const server = new MockServer(dist);
    await new Promise((resolve) => server.http.listen(port, "127.0.0.1", resolve));
    server.port = server.http.address().port;
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  async stop() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  route(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname === "/emotion_predict" && request.method === "POST") {
      const pieces = [];
      request.on("data", (piece) => pieces.push(piece));
      request.on("end", () => {
        const body = Buffer.concat(pieces);
        this.requests.push({ url: request.url, headers: request.headers, body });
        if (this.answer) this.answer(request, response, body);
        else json(response, 200, predictionOf(body, Number(url.searchParams.get("window_s") ?? 30)));
      });
    } else if (url.pathname === "/v1/model") {
      if (this.modelAnswer) this.modelAnswer(request, response);
      else json(response, 200, this.model);
    } else if (url.pathname === "/" || url.pathname === "/emotion") {
      this.file(response, "index.html", {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": kPolicy,
      });
    } else if (/^\/assets\/[\w.-]+$/.test(url.pathname)) {
      const type = kTypes[url.pathname.split(".").pop()];
      this.file(response, url.pathname, {
        "Content-Type": type,
        "Cache-Control": "public, max-age=31536000, immutable",
      });
    } else {
      refuse(response, 404, "not_found", `there is no ${url.pathname}`);
    }
  }

  file(response, path, headers) {
    try {
      const content = readFileSync(join(this.dist, path));
      response.writeHead(200, { "X-Content-Type-Options": "nosniff", ...headers });
      response.end(content);
    } catch {
      refuse(response, 404, "not_found", `there is no ${path}`);
    }
  }
}
