// Everything that can go wrong, as sentences for the person in front of the page. Pure.

import { megabytes, seconds } from "../format/numbers";
import type { ErrorBody } from "./types";

export class Problem extends Error {
  override name = "Problem";
  constructor(
    readonly title: string,
    readonly advice: string,
    // How long the server asks to wait before the same is tried again.
    readonly retryAfterSeconds: number | null = null,
    // Whether trying the same again can help.
    readonly retryable = false,
  ) {
    super(title);
  }
}

function sentence(text: string): string {
  const trimmed = text.trim().replace(/^upload: /, "");
  if (trimmed === "") return "";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

// Retry-After in seconds; the other form that HTTP allows, a date, is not used by this server.
export function retryAfter(header: string | null): number | null {
  if (header === null || !/^\d{1,6}$/.test(header.trim())) return null;
  return Number(header.trim());
}

function waiting(wait: number | null): string {
  return wait === null ? "Try again in a moment." : `Try again in ${seconds(Math.max(1, wait))}.`;
}

export function problemOfResponse(
  status: number,
  body: ErrorBody | null,
  retryAfterHeader: string | null,
  bodyLimit: number | null,
): Problem {
  const said = sentence(body?.message ?? "");
  const hint = sentence(body?.hint ?? "");
  const advice = (fallback: string) => [said, hint || fallback].filter((text) => text !== "").join(" ");
  const wait = retryAfter(retryAfterHeader);
  switch (status) {
    case 408:
      return new Problem("The server ran out of time.", "Try again, or choose a shorter part.", null, true);
    case 413:
      return new Problem(
        "This recording is too large.",
        bodyLimit === null
          ? "Choose a shorter part of it, or a smaller file."
          : `The server takes up to ${megabytes(bodyLimit)}. Choose a shorter part of it, or a smaller file.`,
      );
    case 415:
      return new Problem(
        "This is not a recording.",
        advice("Choose a sound file, such as WAV, MP3, M4A, OGG or WebM."),
      );
    case 422:
      if (body?.code === "audio_too_short") {
        return new Problem("This recording is too short.", advice("Record a few seconds of speech."));
      }
      if (body?.code === "audio_too_long") {
        return new Problem("This recording is too long.", advice("Choose a shorter part of it."));
      }
      return new Problem("This recording cannot be heard.", advice("It may be damaged. Try another one."));
    case 429:
      return new Problem("You already have several recordings under way.", waiting(wait), wait, true);
    case 503:
      if (body?.code === "loading") {
        return new Problem("The server is still loading its model.", waiting(wait), wait, true);
      }
      if (body?.code === "shutting_down") {
        return new Problem("The server is stopping.", waiting(wait), wait, true);
      }
      return new Problem(
        "The server is busy.",
        `It has as much to do as it takes on. ${waiting(wait)}`,
        wait,
        true,
      );
    default:
      return new Problem(
        status >= 500 ? "The server failed." : "The server refused this.",
        advice("Try again; if it happens again, tell whoever runs this server."),
        null,
        true,
      );
  }
}

export function serverGone(): Problem {
  return new Problem(
    "The server does not answer.",
    "It may have been stopped, or the connection is down. Your recording is still here: try again.",
    null,
    true,
  );
}

// Why a live session ended, from what the server said and how it closed.
export function problemOfStream(error: ErrorBody | null, closeCode: number): Problem {
  const code = error?.code ?? "";
  if (code === "overloaded" || closeCode === 1013) {
    return new Problem(
      "The server is busy.",
      "As many people as it can hear are live already. Try again in a moment.",
      null,
      true,
    );
  }
  if (code === "shutting_down" || closeCode === 1012) {
    return new Problem("The server is stopping.", "Try again in a moment.", null, true);
  }
  if (code === "idle_timeout") {
    return new Problem(
      "No sound arrived at the server.",
      "Check that the microphone is on, then start again.",
      null,
      true,
    );
  }
  if (error !== null) {
    return new Problem(
      "The live session was ended by the server.",
      `${sentence(error.message)} ${sentence(error.hint ?? "")}`.trim(),
      null,
      true,
    );
  }
  return new Problem(
    "The connection to the server was lost.",
    "It may have been stopped. Start again when it is back.",
    null,
    true,
  );
}

// What getUserMedia refused with; `name` is that of the DOMException.
export function problemOfMicrophone(name: string): Problem {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new Problem(
        "The microphone was refused.",
        "Allow it in the browser's address bar, then try again. You can also choose a file.",
        null,
        true,
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return new Problem(
        "No microphone was found.",
        "Connect one and try again, or choose a file.",
        null,
        true,
      );
    case "NotReadableError":
    case "AbortError":
      return new Problem(
        "The microphone cannot be used.",
        "Another program may be using it. Close that and try again.",
        null,
        true,
      );
    default:
      return new Problem("The microphone cannot be used.", "Try again, or choose a file.", null, true);
  }
}

export function insecureContext(): Problem {
  return new Problem(
    "The browser allows no microphone here.",
    "Recording needs https:// or this machine's own address (http://localhost). You can still choose a file.",
  );
}

export function recorderMissing(): Problem {
  return new Problem("This browser cannot record.", "Choose a file instead, or use a current browser.");
}

export function fileTooLarge(bytes: number, limit: number): Problem {
  return new Problem(
    "This file is too large.",
    `It has ${megabytes(bytes)}; the server takes up to ${megabytes(limit)}. Choose a shorter or a compressed one.`,
  );
}

export function selectionTooShort(minimum: number): Problem {
  return new Problem(
    "This is too short.",
    `At least ${seconds(minimum)} are needed; a few seconds of speech are best.`,
  );
}
